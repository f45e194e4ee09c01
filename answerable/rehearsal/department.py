"""A make-believe department: a work-order system that speaks our JSON contract, for trying, teaching and measuring.

`./311 rehearse department --port 8420 --key SECRET --tell http://localhost:8311/connect/v1/works/updates` takes work
orders, recognises repeated ones, moves them on (planned, begun, done with a picture) and tells of it by signed
webhook.  It can be slow, fail now and then, be down for a while, and be told to misbehave.
"""

from __future__ import annotations

import base64
import json
import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingTCPServer
from typing import Any, Final
from urllib.parse import parse_qs, unquote, urlsplit
from urllib.request import Request, urlopen

from answerable.kernel.signatures import is_signed, secret_bytes, signed_headers
from answerable.plumbing import clock
from answerable.rehearsal import picture

Record = dict[str, Any]
Reply = tuple[int, Record]

STEPS: Final = ("scheduled", "in_progress", "done")
"""What becomes of a work order by itself."""

TELL_SECONDS: Final = 10.0
_TRIES: Final = 5


@dataclass(frozen=True, slots=True)
class Manner:
    """How the department behaves.  Units: seconds; `fail` is the share of calls that fail, from 0 to 1."""

    key: str = ""
    services: tuple[str, ...] = ()
    slow_seconds: float = 0.0
    fail: float = 0.0
    down_seconds: float = 0.0
    step_seconds: float = 0.0
    tell_url: str = ""
    record: Path | None = None
    recognises: bool = True
    """Whether a repeated key is recognised; without it the department shows what a careless system does."""


@dataclass(slots=True)
class Department:
    """What the department keeps, under one lock; every write of the record is on the disk before it is answered."""

    manner: Manner
    orders: dict[str, Record] = field(default_factory=dict)
    events: list[Record] = field(default_factory=list)
    messages: list[Record] = field(default_factory=list)
    keys: dict[str, str] = field(default_factory=dict)
    repeats: int = 0
    calls: int = 0
    up_at: float = 0.0
    dropped_answers: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    _untold: list[Record] = field(default_factory=list)

    def __post_init__(self) -> None:
        """What an earlier run wrote down is known again."""
        self.up_at = time.monotonic() + self.manner.down_seconds
        if self.manner.record is not None and self.manner.record.exists():
            for line in self.manner.record.read_text(encoding="utf-8").splitlines():
                self._keep(json.loads(line))

    @property
    def is_up(self) -> bool:
        """Whether calls are answered at all."""
        return time.monotonic() >= self.up_at

    # --- what is asked ---

    def file(self, told: Record) -> Reply:
        """The order under a number of ours; the same key is the same number."""
        key, service = str(told.get("key", "")), str(told.get("service", ""))
        if not key or not told.get("description"):
            return 422, {"reason": "key and description are required"}
        if self.manner.services and service not in self.manner.services:
            return 422, {"reason": f"we do not do '{service}'"}
        with self.lock:
            known = self.keys.get(key) if self.manner.recognises else None
            if known is not None:
                self.repeats += 1
                return 200, self._shown(self.orders[known])
            order = {
                "reference": f"WO-{len(self.orders) + 1:06}", "key": key, "status": "received", "service": service,
                "description": told["description"], "place": told.get("place", {}), "step": 0,
                "photos": len(told.get("photos", ())), "at": _now(), "filed_at": clock.now().timestamp(),
            }  # fmt: skip
            self._keep(order)
            self._write(order)
            return 201, self._shown(order)

    def listed(self, *, key: str, references: str, since: str) -> Reply:
        """The orders asked for, or all."""
        wanted = set(filter(None, references.split(",")))
        with self.lock:
            found = [
                self._shown(each) for each in self.orders.values()
                if (not key or each["key"] == key) and (not wanted or each["reference"] in wanted)
                and (not since or each["at"] >= since)
            ]  # fmt: skip
        return 200, {"work_orders": found}

    def happened(self, *, references: str, since: str) -> Reply:
        """The events of those orders, oldest first."""
        wanted = set(filter(None, references.split(",")))
        with self.lock:
            found = [each for each in self.events if not wanted or each["reference"] in wanted]
        return 200, {"events": [each for each in found if not since or each["at"] >= since]}

    def hear(self, reference: str, told: Record) -> Reply:
        """A message about an order; the same key is the same message."""
        with self.lock:
            if reference not in self.orders:
                return 404, {"reason": "no such work order"}
            if any(each["key"] == told.get("key") for each in self.messages):
                self.repeats += 1
                return 200, {"reference": reference}
            self.messages.append({"reference": reference, **told})
            if told.get("status") == "closed":
                self.orders[reference]["step"] = len(STEPS)
                self.orders[reference]["status"] = "cancelled"
        return 201, {"reference": reference}

    # --- what happens there ---

    def step(self, reference: str, status: str, *, words: str = "", photo: bytes = b"", **more: Any) -> Record:
        """The order stands so from now on, and whoever listens is told."""
        with self.lock:
            order = self.orders[reference]
            event = self._event(order, status, words=words, photo=photo, **more)
            order["status"], order["at"] = status, event["at"]
            self.events.append(event)
            self._untold.append(event)
        return event

    def _event(self, order: Record, status: str, *, words: str, photo: bytes, **more: Any) -> Record:
        number = 1 + sum(1 for each in self.events if each["reference"] == order["reference"])
        event = {
            "event": f"{order['reference']}-{number}", "reference": order["reference"], "sequence": number,
            "status": status, "words": words, "at": _now(), **more,
        }  # fmt: skip
        return event | ({"photos": [{"base64": base64.b64encode(photo).decode("ascii")}]} if photo else {})

    def move_on(self) -> int:
        """Orders whose time has come take their next step; gives how many."""
        now = clock.now().timestamp()
        with self.lock:
            due = [
                each for each in self.orders.values()
                if each["step"] < len(STEPS) and now >= each["filed_at"] + (each["step"] + 1) * self.manner.step_seconds
            ]  # fmt: skip
        for order in due:
            status = STEPS[order["step"]]
            order["step"] += 1
            day = (clock.now() + timedelta(days=3)).date().isoformat()
            more = {"expected_on": day} if status == "scheduled" else {}
            words = "The work is done." if status == "done" else ""
            self.step(order["reference"], status, words=words, photo=_done() if status == "done" else b"", **more)
        return len(due)

    def untold(self) -> list[Record]:
        """What nobody was told yet, oldest first; it is told from now on."""
        with self.lock:
            found, self._untold = self._untold, []
        return found

    # --- misbehaviour ---

    def plant(self, what: str, reference: str) -> Reply:
        """Something that nobody is told of: closed in silence, opened again, forgotten, or an order nobody sent."""
        with self.lock:
            if what == "invent":
                return 201, self._invented()
            if reference not in self.orders:
                return 404, {"reason": "no such work order"}
            if what == "forget":
                gone = self.orders.pop(reference)
                self.keys.pop(gone["key"], None)
                return 200, self._shown(gone)
            if what not in {"close", "open"}:
                return 404, {"reason": "close, open, forget or invent"}
            order = self.orders[reference]
            order["status"], order["at"], order["step"] = (
                ("done" if what == "close" else "in_progress"), _now(), len(STEPS),
            )  # fmt: skip
            return 200, self._shown(order)

    def _invented(self) -> Record:
        order = {
            "reference": f"WO-9{len(self.orders):05}", "key": f"invented-{len(self.orders)}", "status": "received",
            "service": "", "description": "Nobody sent this", "place": {}, "step": len(STEPS), "photos": 0,
            "at": _now(), "filed_at": clock.now().timestamp(),
        }  # fmt: skip
        self._keep(order)
        return self._shown(order)

    def _keep(self, order: Record) -> None:
        self.orders[order["reference"]] = order
        self.keys[order["key"]] = order["reference"]

    def _write(self, order: Record) -> None:
        if self.manner.record is not None:
            with self.manner.record.open("a", encoding="utf-8") as record:
                record.write(json.dumps(order) + "\n")

    @staticmethod
    def _shown(order: Record) -> Record:
        return {name: order[name] for name in ("reference", "key", "status", "at")}


def _now() -> str:
    return clock.now().isoformat(timespec="microseconds")


def _done() -> bytes:
    return picture.mended()


# --- the server -----------------------------------------------------------------------------------------------------


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    department: Department

    def do_GET(self) -> None:
        """Answer a question."""
        target = self.path.encode()
        self._reply(signed=target, act=lambda: self._asked(urlsplit(self.path)))

    def do_POST(self) -> None:
        """Answer what is filed or told."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._reply(signed=body, act=lambda: self._told(urlsplit(self.path).path, body))

    def _reply(self, *, signed: bytes, act: Callable[[], Reply]) -> None:
        department, manner = self.department, self.department.manner
        department.calls += 1
        if not department.is_up:
            self.close_connection = True
            return
        is_control = self.path.startswith("/rehearsal/")
        if manner.key and not is_control and not self._is_signed(signed):
            self._send(401, {"reason": "not signed with the key we agreed on"})
            return
        fate = random.random()  # noqa: S311 - make-believe trouble
        fails = not is_control and fate < manner.fail
        if fails and fate < manner.fail / 2:  # half of the failures come before the work is kept, half after
            self._send(500, {"reason": "broken"})
            return
        status, told = act()
        if manner.slow_seconds and not is_control:
            time.sleep(manner.slow_seconds)
        if fails:
            department.dropped_answers += 1
            self.close_connection = True
            return
        self._send(status, told)

    def _is_signed(self, signed: bytes) -> bool:
        headers = {name.lower(): value for name, value in self.headers.items()}
        return is_signed(secret_bytes(self.department.manner.key), headers, body=signed, now=clock.now())

    def _asked(self, url: Any) -> Reply:
        question = {name: values[0] for name, values in parse_qs(url.query).items()}
        since, references = question.get("since", ""), question.get("references", "")
        match url.path.strip("/").split("/"):
            case ["services"]:
                return 200, {"services": [{"code": each} for each in self.department.manner.services]}
            case ["work-orders"]:
                return self.department.listed(key=question.get("key", ""), references=references, since=since)
            case ["events"]:
                return self.department.happened(references=references, since=since)
            case ["rehearsal"]:
                return 200, _figures(self.department)
        return 404, {"reason": "no such place"}

    def _told(self, path: str, body: bytes) -> Reply:
        try:
            told = json.loads(body or b"{}")
        except ValueError:
            return 400, {"reason": "that is no JSON"}
        match path.strip("/").split("/"):
            case ["work-orders"]:
                return self.department.file(told)
            case ["work-orders", reference, "messages"]:
                return self.department.hear(unquote(reference), told)
            case ["rehearsal", what, reference]:
                return self.department.plant(what, unquote(reference))
            case ["rehearsal", what]:
                return self.department.plant(what, "")
        return 404, {"reason": "no such place"}

    def _send(self, status: int, told: Mapping[str, Any]) -> None:
        content = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_args: Any) -> None:
        """The department keeps its own record."""


def _figures(department: Department) -> Record:
    with department.lock:
        return {
            "orders": len(department.orders), "keys": len(department.keys), "repeats": department.repeats,
            "events": len(department.events), "messages": len(department.messages), "calls": department.calls,
            "dropped_answers": department.dropped_answers,
        }  # fmt: skip


class _Server(ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 256

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Somebody hung up: that is part of the rehearsal."""


def serve(department: Department, *, port: int, host: str = "127.0.0.1") -> ThreadingTCPServer:
    """The department answers at that port, on threads of its own; port 0 chooses one."""
    handler = type("Handler", (_Handler,), {"department": department})
    server = _Server((host, port), handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    return server


# --- telling --------------------------------------------------------------------------------------------------------


def tell(department: Department, events: list[Record], *, stop: threading.Event) -> Record | None:
    """What the city answered to the events, sent until it took them; None when it never did or `stop` is set."""
    manner = department.manner
    body = json.dumps({"events": events}).encode()
    for number in range(_TRIES):
        headers = {
            "Content-Type": "application/json",
            **signed_headers(secret_bytes(manner.key), message_id=events[0]["event"], at=clock.now(), body=body),
        }
        request = Request(manner.tell_url, data=body, headers=headers, method="POST")  # noqa: S310 - as told
        try:
            with urlopen(request, timeout=TELL_SECONDS) as answer:  # noqa: S310
                return dict(json.loads(answer.read()))
        except (OSError, ValueError):
            if stop.wait(min(2.0**number, 8.0)):
                break
    return None


def work(department: Department, *, stop: threading.Event, pause_seconds: float = 0.5) -> None:
    """Orders move on and are told of until `stop` is set."""
    while not stop.wait(pause_seconds):
        if department.manner.step_seconds and department.is_up:
            department.move_on()
        events = department.untold() if department.manner.tell_url else []
        for start in range(0, len(events), 20):
            tell(department, events[start : start + 20], stop=stop)

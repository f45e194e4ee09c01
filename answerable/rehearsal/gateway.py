"""A text-message gateway to rehearse with: takes messages, knows repeated ones, sends receipts and answers back.

It speaks docs/handbook/sms.md and keeps everything in memory.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.request import Request, urlopen

from answerable.plumbing import clock

_BACK_SECONDS: Final = 10.0
REPEATED: Final = 200
TAKEN: Final = 202


@dataclass(frozen=True, slots=True)
class Text:
    """One message that was taken: its id here, to whom, what, under which reference."""

    id: str
    to: str
    text: str
    reference: str
    language: str


@dataclass(slots=True)
class Gateway:
    """What was taken, and how the gateway misbehaves.

    `answers` are given instead of taking, one a call: a status and a code.  `lost_answers` are calls that are taken
    and not answered.  `bad` numbers are refused.
    """

    key: str
    calls: int = 0
    repeated: int = 0
    texts: dict[str, Text] = field(default_factory=dict)
    answers: list[tuple[int, str]] = field(default_factory=list)
    lost_answers: int = 0
    bad: set[str] = field(default_factory=set)
    port: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        """As ANSWERABLE_SMS_URL names it."""
        return f"http://127.0.0.1:{self.port}/v1"

    def to(self, number: str) -> list[Text]:
        """What was taken for that number, oldest first."""
        return [each for each in self.texts.values() if each.to == number]

    def take(self, headers: Mapping[str, str], body: bytes) -> tuple[int, dict[str, str]]:
        """The answer to one call: a status and what is said."""
        with self.lock:
            self.calls += 1
            if headers.get("authorization") != f"Bearer {self.key}":
                return 401, {"code": "bad_key"}
            if self.answers:
                status, code = self.answers.pop(0)
                return status, {"code": code}
            told = json.loads(body)
            if told["to"] in self.bad:
                return 422, {"code": "bad_number", "message": "No such number."}
            return self._kept(headers.get("idempotency-key", ""), told)

    def _kept(self, reference: str, told: Mapping[str, Any]) -> tuple[int, dict[str, str]]:
        if reference in self.texts:
            self.repeated += 1
            return REPEATED, {"id": self.texts[reference].id}
        made = Text(uuid.uuid4().hex, told["to"], told["text"], reference, told["language"])
        self.texts[reference] = made
        return TAKEN, {"id": made.id}

    def tell(self, base_url: str, what: str, told: Mapping[str, str], *, key: str = "") -> int:
        """The status with which the city answers a signed call: `receipts` or `messages`."""
        body = json.dumps(told).encode()
        stamp, call_id = int(clock.now().timestamp()), uuid.uuid4().hex
        said = f"{call_id}.{stamp}.".encode() + body
        digest = hmac.new((key or self.key).encode(), said, hashlib.sha256).digest()
        headers = {
            "Content-Type": "application/json", "webhook-id": call_id, "webhook-timestamp": str(stamp),
            "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
        }  # fmt: skip
        asked = Request(f"{base_url}/sms/v1/{what}", data=body, headers=headers, method="POST")  # noqa: S310 our own
        with urlopen(asked, timeout=_BACK_SECONDS) as answer:  # noqa: S310 our own
            return int(answer.status)


@contextmanager
def a_gateway(*, key: str = "sms-key", port: int = 0) -> Iterator[Gateway]:
    """The gateway, running; port 0 takes a free one."""
    gateway = Gateway(key)

    class Door(BaseHTTPRequestHandler):
        """One call."""

        def do_POST(self) -> None:
            """Takes it and answers, unless the answer is to be lost."""
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            status, told = gateway.take({name.lower(): value for name, value in self.headers.items()}, body)
            if gateway.lost_answers:
                gateway.lost_answers -= 1
                self.close_connection = True
                return
            said = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, format: str, *args: Any) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Door)
    gateway.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, name="gateway", daemon=True)
    thread.start()
    try:
        yield gateway
    finally:
        server.shutdown()
        server.server_close()

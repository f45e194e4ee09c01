"""Another city's GeoReport v2 server, with the habits of servers in the field: `with other_city() as city: city.url`.

It keeps what it is sent, answers a repeated `Idempotency-Key` with the same number, and misbehaves on request.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

Record = dict[str, Any]

SERVICES: list[Record] = [
    {"service_code": "SEWER", "service_name": "Sewer", "metadata": "false", "type": "realtime"},
    {"service_code": "ROAD", "service_name": "Road", "metadata": "true", "type": "realtime"},
]
ATTRIBUTES: list[Record] = [
    {
        "code": "SIZE", "datatype": "singlevaluelist", "required": "true", "variable": "true",
        "values": [{"key": "S", "name": "Small"}, {"key": "L", "name": "Large"}],
    },
]  # fmt: skip


@dataclass(slots=True)
class OtherCity:
    """What the server was sent, what it says, and how it misbehaves."""

    url: str = ""
    form: str = "json"
    wrapped: bool = False
    honours_keys: bool = True
    tells_updates: bool = True
    is_slow_to_number: bool = False
    numbers_are_numbers: bool = False
    filed: list[Record] = field(default_factory=list)
    told: list[Record] = field(default_factory=list)
    updates: list[Record] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    failures: list[Callable[[str], int | None]] = field(default_factory=list)
    after_filing: Callable[[], None] | None = None

    def fail(self, status: int, *, times: int = 1, verb: str = "POST") -> None:
        """The next calls of that verb are answered with that status only."""
        self.failures += [lambda asked: status if asked == verb else None] * times

    def says(self, reference: str, **fields: Any) -> None:
        """The request stands so from now on."""
        next(each for each in self.filed if each["service_request_id"] == reference).update(fields)

    def file(self, form: Mapping[str, list[str]], key: str) -> Record:
        """The form is a request now, or was one already."""
        known = next((each for each in self.filed if self.honours_keys and each["key"] == key), None)
        if known is None:
            reference = f"{len(self.filed) + 101}"
            known = {
                "service_request_id": reference, "status": "open", "key": key, "form": form,
                "service_code": form["service_code"][0], "description": form.get("description", [""])[0],
                "requested_datetime": "2026-11-16T15:00:00Z", "updated_datetime": "2026-11-16T15:00:00Z",
            }  # fmt: skip
            self.filed.append(known)
        return known


class _Handler(BaseHTTPRequestHandler):
    city: OtherCity

    def do_GET(self) -> None:
        """Answer a reading call."""
        self._answer("GET", {})

    def do_POST(self) -> None:
        """Answer a writing call."""
        content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        kind = self.headers.get("Content-Type", "")
        form = parse_qs(content.decode()) if "urlencoded" in kind else _parts(content)
        self._answer("POST", form)

    def _answer(self, verb: str, form: Mapping[str, list[str]]) -> None:
        city, url = self.city, urlsplit(self.path)
        city.calls.append(f"{verb} {url.path}")
        path, _, form_asked = url.path.lstrip("/").rpartition(".")
        if form_asked != city.form:
            self._send(404, b"<html>Not found</html>", "text/html")
            return
        for failure in city.failures:
            if (status := failure(verb)) is not None:
                city.failures.remove(failure)
                self._send(status, b"<html>broken</html>", "text/html")
                return
        asked = {name: values[0] for name, values in parse_qs(url.query).items()}
        status, name, records = self._say(verb, path, asked, form)
        if verb == "POST" and city.after_filing is not None:
            city.after_filing()
        self._write(status, name, records)

    def _say(
        self, verb: str, path: str, asked: Mapping[str, str], form: Mapping[str, list[str]]
    ) -> tuple[int, str, list[Record]]:
        city, (room, _, one) = self.city, path.partition("/")
        if verb == "POST" and room == "requests":
            return self._file(form)
        if room == "services":
            definition = [{"service_code": one, "attributes": ATTRIBUTES}]
            return 200, "service_definition" if one else "services", definition if one else SERVICES
        if room == "requests":
            wanted = set(filter(None, (one, *asked.get("service_request_id", "").split(","))))
            code = asked.get("service_code", "")
            listed = [each for each in city.filed if each["service_request_id"] in wanted or not wanted]
            return 200, "service_requests", [_shown(each) for each in listed if code in {"", each["service_code"]}]
        if room == "tokens":
            return 200, "service_requests", [{"token": one, "service_request_id": one.removeprefix("token-")}]
        if room == "servicerequestupdates" and city.tells_updates:
            city.told += [{name: values[0] for name, values in form.items()}] if verb == "POST" else []
            return 200, "service_request_updates", city.updates if verb == "GET" else [{"update_id": "1"}]
        return 404, "errors", [{"code": 404, "description": "No such thing"}]

    def _file(self, form: Mapping[str, list[str]]) -> tuple[int, str, list[Record]]:
        city = self.city
        if "description" not in form or "BAD" in form["description"][0]:
            return 400, "errors", [{"code": 400, "description": "description is not acceptable"}]
        if "CRASH" in form["description"][0]:
            return 500, "errors", []
        known = city.file(form, self.headers.get("Idempotency-Key", ""))
        reference: Any = known["service_request_id"]
        if city.is_slow_to_number:
            return 200, "service_requests", [{"token": f"token-{reference}", "service_request_id": None}]
        reference = int(reference) if city.numbers_are_numbers else reference
        return 201, "service_requests", [{"service_request_id": reference, "service_notice": None}]

    def _write(self, status: int, name: str, records: list[Record]) -> None:
        if self.city.form == "xml":
            inner = "".join(f"<{name[:-1]}>{_xml(each)}</{name[:-1]}>" for each in records)
            self._send(status, f"<?xml version='1.0'?><{name}>{inner}</{name}>".encode(), "text/xml")
        else:
            told: Any = {name: records} if self.city.wrapped else records
            self._send(status, json.dumps(told).encode(), "application/json")

    def _send(self, status: int, content: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


def _shown(record: Record) -> Record:
    return {name: value for name, value in record.items() if name not in {"key", "form"}}


def _parts(content: bytes) -> dict[str, list[str]]:
    """The named parts of a multipart form, files by the number of their bytes."""
    boundary = content.split(b"\r\n", 1)[0]
    form: dict[str, list[str]] = {}
    for part in content.split(boundary)[1:-1]:
        head, _, body = part.partition(b"\r\n\r\n")
        name = head.partition(b'name="')[2].partition(b'"')[0].decode()
        said = str(len(body) - 2) if b"filename=" in head else body[:-2].decode()
        form.setdefault(name, []).append(said)
    return form


def _xml(value: Any) -> str:
    if isinstance(value, dict):
        return "".join(f"<{name}>{_xml(each)}</{name}>" for name, each in value.items())
    if isinstance(value, list):
        return "".join(f"<item>{_xml(each)}</item>" for each in value)
    return "" if value is None else escape(str(value))


@contextmanager
def other_city(**habits: Any) -> Iterator[OtherCity]:
    """The server on a free local port while inside."""
    city = OtherCity(**habits)
    handler = type("Handler", (_Handler,), {"city": city})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    city.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield city
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

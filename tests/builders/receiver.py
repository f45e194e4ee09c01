"""A program that receives webhooks: `with a_receiver() as received`, then `received.messages`."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(slots=True)
class Received:
    """What arrived, and what is answered: by default 204."""

    url: str = ""
    messages: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    answer: Callable[[dict[str, str]], tuple[int, dict[str, str], bytes]] = lambda _: (204, {}, b"")

    @property
    def bodies(self) -> list[dict[str, Any]]:
        """The messages as JSON."""
        return [json.loads(body) for _, body in self.messages]

    @property
    def ids(self) -> list[str]:
        """The ids they came under."""
        return [headers["webhook-id"] for headers, _ in self.messages]


@contextmanager
def a_receiver() -> Iterator[Received]:
    """A server on this machine that notes every POST."""
    received = Received()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            received.messages.append((headers, self.rfile.read(int(headers.get("content-length", "0")))))
            status, more, body = received.answer(headers)
            self.send_response(status)
            for name, value in ({"content-length": str(len(body))} | more).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST

        def log_message(self, *_args: Any) -> None:
            """Tests speak for themselves."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    received.url = f"http://127.0.0.1:{server.server_port}/news"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield received
    finally:
        server.shutdown()
        server.server_close()

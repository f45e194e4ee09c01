"""A make-believe department on this machine: `with a_department() as there: there.url, there.department`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from answerable.catalogue.connectorstructs import RestConnector
from answerable.connectors.adapters.rest import RestServer
from answerable.connectors.messages import PictureAway
from answerable.rehearsal.department import Department, Manner, serve

KEY = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
CODE = "works"


@dataclass(frozen=True, slots=True)
class There:
    """Where it answers, and what it keeps."""

    url: str
    department: Department


@contextmanager
def a_department(**manner: Any) -> Iterator[There]:
    """It is gone afterwards."""
    department = Department(Manner(**({"key": KEY, "services": ("ROAD",)} | manner)))
    server = serve(department, port=0)
    try:
        yield There(f"http://127.0.0.1:{server.server_address[1]}", department)
    finally:
        server.shutdown()
        server.server_close()


def a_rest_entry(url: str, **changes: Any) -> dict[str, Any]:
    """The entry of departments.toml."""
    return {"kind": "rest", "code": CODE, "endpoint": url, "services": {"pothole": "ROAD"}, "poll_seconds": 1} | changes


def no_pictures(url: str) -> bytes:
    """Nothing is fetched from anywhere."""
    raise PictureAway("unknown_host")


def a_rest_adapter(url: str, *, seconds: float = 5.0, **changes: Any) -> RestServer:
    """The adapter for it."""
    entry = {name: value for name, value in a_rest_entry(url, **changes).items() if name != "kind"}
    return RestServer(named=RestConnector(**entry), key=KEY, fetch=no_pictures, timeout_seconds=seconds)

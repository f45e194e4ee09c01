"""Doors bombarded by their own descriptions: `bombard(target, operation, …)`.

Schemathesis draws the cases; they reach the door in this process, without a socket, and every answer is held against
the description: its status, media type, headers and body.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import unquote

import hypothesis
import requests
import schemathesis
from hypothesis import HealthCheck, Phase
from schemathesis import Case, GenerationMode
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.core.transport import Response

BASE = "http://testserver"
_KNOWN = {"method", "url", "headers", "params", "data", "json", "files", "cookies"}
_CHECKED = (
    "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_headers_conformance",
    "response_schema_conformance",
)  # fmt: skip


class App(Protocol):
    """A door."""

    async def open(self) -> None:
        """It is ready."""

    async def close(self) -> None:
        """Nothing is left."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""


@dataclass(slots=True)
class Target:
    """An open door and the loop it lives in."""

    app: App
    runner: asyncio.Runner
    base: str = ""
    """Where the paths of the description begin."""

    statuses: Counter[int] = field(default_factory=Counter)

    @property
    def answered(self) -> int:
        """How many cases were sent."""
        return self.statuses.total()

    def __enter__(self) -> Target:
        """It is open."""
        self.runner.run(self.app.open())
        return self

    def __exit__(self, *_: object) -> None:
        """It is closed."""
        self.runner.run(self.app.close())
        self.runner.close()

    def send(self, asked: requests.PreparedRequest) -> Response:
        """What it answers to that request."""
        status, headers, body = self.runner.run(_sent(self.app, asked))
        self.statuses[status] += 1
        return Response(status_code=status, headers=headers, content=body, request=asked, elapsed=0.0, verify=False)


async def _sent(app: App, asked: requests.PreparedRequest) -> tuple[int, dict[str, list[str]], bytes]:
    path, _, query = (asked.path_url or "/").partition("?")
    body = asked.body if isinstance(asked.body, bytes) else (asked.body or "").encode()
    told = [{"type": "http.request", "body": body, "more_body": False}]
    said: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return told.pop() if told else {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        said.append(message)

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": asked.method, "scheme": "http",
        "path": unquote(path), "raw_path": path.encode(), "query_string": query.encode(), "root_path": "",
        "headers": [(name.lower().encode("latin-1"), _raw(value)) for name, value in asked.headers.items()],
        "client": ("127.0.0.1", 1), "server": ("testserver", 80),
    }  # fmt: skip
    await app(scope, receive, send)
    headers: dict[str, list[str]] = {}
    for name, value in said[0]["headers"]:
        headers.setdefault(name.decode(), []).append(value.decode("latin-1"))
    return said[0]["status"], headers, b"".join(message.get("body", b"") for message in said[1:])


def _raw(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode("latin-1", "replace")


@dataclass(frozen=True, slots=True)
class Change:
    """What of a drawn case is replaced, so that it gets past the first doorkeeper: a true key, a number there is."""

    path: Mapping[str, Any] = field(default_factory=dict)
    query: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=dict)

    def of(self, case: Case) -> Case:
        """The case, changed."""
        is_table = isinstance(case.body, dict)
        return case.operation.Case(
            method=case.method,
            path_parameters={**(case.path_parameters or {}), **self.path},
            query={**(case.query or {}), **self.query},
            headers={**(case.headers or {}), **self.headers},
            body={**case.body, **self.body} if is_table else case.body,
            media_type=case.media_type,
        )


def operations(description: dict[str, Any]) -> dict[str, Any]:
    """Every operation of the description by its id."""
    schema = schemathesis.openapi.from_dict(description)
    found = (each.ok() for each in schema.get_all_operations())
    return {each.definition.raw["operationId"]: each for each in found}


def bombard(target: Target, operation: Any, *, mode: GenerationMode, examples: int, changes: Sequence[Change]) -> None:
    """So many cases are drawn, and each is sent as it is and with every change.

    Where nothing that is sent can be wrong, because every text is taken, there is no negative case.
    """
    load_all_checks()
    checks = CHECKS.get_by_names(_CHECKED)

    @hypothesis.seed(311)
    @hypothesis.settings(
        max_examples=examples, database=None, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
    def run(case: Case) -> None:
        hold(target, case, checks)
        for change in changes:
            hold(target, change.of(case), checks)

    run()


def hold(target: Target, case: Case, checks: Sequence[Any]) -> None:
    """The door's answer to the case is one its description knows."""
    told = {
        name: value for name, value in case.as_transport_kwargs(base_url=BASE + target.base).items() if name in _KNOWN
    }
    asked = requests.Request(**told).prepare()
    response = target.send(asked)
    try:
        case.validate_response(response, checks=list(checks))
    except AssertionError as error:
        error.add_note(
            f"{asked.method} {asked.url}\n{asked.body!r}\n-> {response.status_code} {response.content[:500]!r}"
        )
        raise

"""The JSON door in this process: `tell(api, body)`, `asked(api, "GET", path)`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from django.db import connection

from answerable.channels.api.app import Api
from answerable.intake import actions as intake
from answerable.staff import actions as staff
from answerable.web.components.spoken import PageWords
from tests.builders.apart import run_apart
from tests.builders.database import own_url
from tests.builders.requests import fresh_key

WRITER, READER = "ans_writer", "ans_reader"
BASE = "http://testserver"


def add_clients() -> None:
    """One program that may log, one that may read the office list."""
    for key, scope in ((WRITER, "requests:write"), (READER, "office:read")):
        staff.add_api_client(name=key, scopes=[scope], digest_of_key=intake.digest_of(key))


def a_body(**changes: Any) -> dict[str, Any]:
    """A pothole in the east, by a pin."""
    body: dict[str, Any] = {
        "service_code": "pothole", "description": "Deep, by the bus stop", "answers": {"size": "big"},
        "address": "12 Mill Lane", "lat": 44.05, "lon": -79.02,
    }  # fmt: skip
    filled = body | changes
    return {name: value for name, value in filled.items() if value is not ...}


@dataclass(frozen=True, slots=True)
class Door:
    """The door, opened for each call so that no loop outlives its test."""

    conninfo: str

    def ask(self, method: str, path: str, **told: Any) -> httpx.Response:
        """One answer."""
        (answer,) = self.ask_all((method, path, told))
        return answer

    def ask_all(self, *asked: tuple[str, str, dict[str, Any]]) -> list[httpx.Response]:
        """The answers, one after the other, of one process."""
        return run_apart(self._ask_all(asked))

    async def _ask_all(self, asked: tuple[tuple[str, str, dict[str, Any]], ...]) -> list[httpx.Response]:
        api = Api(
            conninfo=self.conninfo, base_url="http://city.example", words=PageWords(), pool_size=2, patience_seconds=0.5
        )
        await api.open()
        try:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(api), base_url=BASE) as client:
                return [await client.request(method, path, **told) for method, path, told in asked]
        finally:
            await api.close()

    def log(self, body: Any = None, *, key: str | None = None, api_key: str = WRITER, **told: Any) -> httpx.Response:
        """A request told to the door."""
        headers = {"X-API-Key": api_key, "Idempotency-Key": key or fresh_key()}
        content = told if told else {"json": a_body() if body is None else body}
        return self.ask("POST", "/api/v1/requests", headers=headers, **content)

    def office(self, query: str = "", *, api_key: str = READER) -> httpx.Response:
        """A page of the office list."""
        return self.ask("GET", f"/api/v1/office/requests{query}", headers={"X-API-Key": api_key})


@contextmanager
def a_door() -> Iterator[Door]:
    """The door over the test's database, with its two clients."""
    add_clients()
    yield Door(conninfo=own_url())
    connection.close()


def problems_of(answer: httpx.Response) -> dict[str, str]:
    """The codes of what was refused, by field."""
    return {each["field"]: each["code"] for each in answer.json()["errors"]}

"""The Open311 door in this process: `door.get("services.json")`, `door.report(lat=44.05)`."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import httpx
from django.db import connection

from answerable.channels.open311.app import Open311
from answerable.intake import actions as intake
from answerable.staff import actions as staff
from answerable.staff import models as staff_models
from tests.builders.apart import run_apart
from tests.builders.database import own_url

REPORTER, OTHER, READER, WORKER = "ans_reporter", "ans_other", "ans_reader", "ans_worker"
SCOPES = {
    REPORTER: ["requests:write"], OTHER: ["requests:write"], READER: ["office:read"], WORKER: ["updates:write"],
}  # fmt: skip
MOST_BODY = 2_000_000


def add_clients() -> None:
    """Two programs that report, one of the office, one of the department that does the work."""
    for key, scopes in SCOPES.items():
        staff.add_api_client(name=key, scopes=scopes, digest_of_key=intake.digest_of(key))
    set_profile(WORKER, department="works")


def set_profile(key: str, *, rate_per_minute: int = 6000, **wishes: Any) -> None:
    """What is different for that program from now on."""
    rows = staff_models.ApiClient.objects.filter(key_digest=intake.digest_of(key))
    rows.update(profile=wishes, rate_per_minute=rate_per_minute)


def a_form(**changes: Any) -> dict[str, Any]:
    """A pothole in the east, as a program sends it."""
    form = {
        "api_key": REPORTER, "service_code": "pothole", "lat": "44.05", "long": "-79.02",
        "description": "Deep, by the bus stop", "attribute[size]": "big",
    }  # fmt: skip
    filled = form | changes
    return {name: value for name, value in filled.items() if value is not ...}


@dataclass(frozen=True, slots=True)
class GeoReport:
    """The door, opened for each call so that no loop outlives its test."""

    conninfo: str
    media: Path
    most_body: int = MOST_BODY
    anonymous_per_minute: int = 0

    def ask(self, method: str, path: str, **told: Any) -> httpx.Response:
        """One answer."""
        (answer,) = self.ask_all((method, path, told))
        return answer

    def ask_all(self, *asked: tuple[str, str, dict[str, Any]]) -> list[httpx.Response]:
        """The answers, one after the other, of one process."""
        return run_apart(self._ask_all(asked, at_once=False))

    def ask_at_once(self, *asked: tuple[str, str, dict[str, Any]]) -> list[httpx.Response]:
        """The answers to calls that arrive together, in their order."""
        return run_apart(self._ask_all(asked, at_once=True))

    async def _ask_all(
        self, asked: tuple[tuple[str, str, dict[str, Any]], ...], *, at_once: bool
    ) -> list[httpx.Response]:
        door = Open311(
            conninfo=self.conninfo, base_url="http://city.example", media=self.media, pool_size=2,
            most_body=self.most_body, patience_seconds=0.5, anonymous_per_minute=self.anonymous_per_minute,
        )  # fmt: skip
        await door.open()
        try:
            transport = httpx.ASGITransport(door)
            async with httpx.AsyncClient(transport=transport, base_url="http://testserver/open311/") as client:
                if at_once:
                    return await asyncio.gather(*[client.request(method, path, **told) for method, path, told in asked])
                return [await client.request(method, path, **told) for method, path, told in asked]
        finally:
            await door.close()

    def get(self, path: str, **told: Any) -> httpx.Response:
        """What a path of the production endpoint answers."""
        return self.ask("GET", f"v2/{path}", params=told.pop("params", told or None))

    def report(
        self, *, headers: dict[str, str] | None = None, spelling: str = "json", **changes: Any
    ) -> httpx.Response:
        """A report sent as urlencoded form."""
        return self.ask("POST", f"v2/requests.{spelling}", data=a_form(**changes), headers=headers)

    def reported(self, **changes: Any) -> str:
        """The number of a report that was taken."""
        answer = self.report(**changes)
        assert answer.status_code == 200, answer.text
        return str(answer.json()[0]["service_request_id"])


@contextmanager
def a_georeport(**wishes: Any) -> Iterator[GeoReport]:
    """The door over the test's database, with its programs."""
    add_clients()
    with tempfile.TemporaryDirectory() as folder:
        yield GeoReport(conninfo=own_url(), media=Path(folder), **wishes)
    connection.close()


def faults_of(answer: httpx.Response) -> list[str]:
    """What was wrong, one sentence a field."""
    return [each["description"] for each in answer.json()]


def tree_of(answer: httpx.Response) -> ElementTree.Element:
    """The XML of an answer."""
    return ElementTree.fromstring(answer.content)

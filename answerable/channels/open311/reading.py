"""Reading requests back: one by its number or token, a list, a released picture."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from django.core.exceptions import SynchronousOnlyOperation

from answerable.catalogue import queries as catalogue
from answerable.catalogue.city import City
from answerable.channels.doors import Store, apart
from answerable.channels.open311 import queries
from answerable.channels.open311.answers import Answer
from answerable.channels.open311.errors import NoSuchPath, UnknownToken
from answerable.channels.open311.listing import number_of, read_wish
from answerable.channels.open311.records import Record, record_of
from answerable.channels.open311.visits import Visit
from answerable.channels.open311.writing import Document
from answerable.requests import published
from answerable.requests.errors import UnknownRequest
from answerable.requests.published import PublishedRow, as_published

PICTURE_SECONDS = 3600
"""Units: seconds anybody may keep a released picture; one taken back is gone from caches by then."""


class Reading:
    """The read half of the door."""

    def __init__(self, store: Store, *, media: Path) -> None:
        self._store, self._media = store, media

    async def one(self, visit: Visit) -> Answer:
        """One request; a hidden one, a mistyped one and one that never was look alike.  Raises: UnknownRequest."""
        number = number_of(visit.asked.tail.partition("/")[2])
        row = await self._store.fetch_one(*published.one_statement(number, eyes=visit.eyes)) if number else None
        if row is None:
            raise UnknownRequest("There is no such public request.", field="service_request_id", value=number)
        return await self._answer([as_published(row)], visit)

    async def listed(self, visit: Visit) -> Answer:
        """A page of requests.  Raises: BadParameter."""
        wish = read_wish(visit.asked.query, city=visit.city, now=visit.now)
        rows = await self._store.fetch_all(*published.list_statement(wish, eyes=visit.eyes))
        return await self._answer([as_published(row) for row in rows], visit)

    async def _answer(self, rows: Sequence[PublishedRow], visit: Visit) -> Answer:
        manner = visit.manner
        cities = {version: await city_of(version) for version in {row.catalogue_version for row in rows}}
        records: list[Record] = [record_of(row, cities[row.catalogue_version], manner) for row in rows]
        return Answer(200, Document("service_requests", records), headers=visit.language_headers)

    async def token(self, visit: Visit) -> Answer:
        """The number of a request that was sent for a token, once the department has it.  Raises: UnknownToken."""
        token = visit.asked.tail.partition("/")[2]
        row = await self._store.fetch_one(queries.GIVEN_NUMBER_SQL, [token])
        if row is None:
            raise UnknownToken("Nothing was sent under this token.", field="token", value=token[:40])
        content = [{"service_request_id": row[0], "token": token}]
        return Answer(200, Document("service_requests", content), headers=visit.language_headers)

    async def picture(self, visit: Visit) -> Answer:
        """A released picture of a public request.  Raises: NoSuchPath."""
        key = visit.asked.tail.partition("/")[2].removesuffix(".jpg")
        row = await self._store.fetch_one(published.PICTURE_SQL, [key])
        path = self._media / row[0] if row else None
        content = await asyncio.to_thread(_read, path) if path else b""
        if not content:
            raise NoSuchPath("There is no such picture.", field="path", remedy="See media_url.")
        kept = ((b"cache-control", f"public, max-age={PICTURE_SECONDS}".encode()),)
        return Answer(200, content, headers=kept, content_type=b"image/jpeg")


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


async def city_of(version_id: int) -> City:
    """The catalogue version, compiled on a thread when this process has not seen it yet."""
    try:
        return catalogue.version(version_id)
    except SynchronousOnlyOperation:
        return await apart(catalogue.version, version_id)

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
from answerable.channels.open311.listing import number_of, read_news_wish, read_wish
from answerable.channels.open311.news import FollowOn, notes_of, update_of
from answerable.channels.open311.records import Record, record_of
from answerable.channels.open311.trials import row_of_trial
from answerable.channels.open311.visits import Visit
from answerable.channels.open311.writing import Document
from answerable.requests import published
from answerable.requests.errors import UnknownRequest
from answerable.requests.published import News, PublishedRow, as_news, as_published

PICTURE_SECONDS = 3600
"""Units: seconds anybody may keep a released picture; one taken back is gone from caches by then."""


class Reading:
    """The read half of the door."""

    def __init__(self, store: Store, *, media: Path) -> None:
        self._store, self._media = store, media

    async def one(self, visit: Visit) -> Answer:
        """One request; a hidden one, a mistyped one and one that never was look alike.  Raises: UnknownRequest."""
        if visit.asked.is_test:
            return await self._trial(visit)
        number = number_of(visit.asked.tail.partition("/")[2])
        row = await self._store.fetch_one(*published.one_statement(number, eyes=visit.eyes)) if number else None
        if row is None:
            raise UnknownRequest("There is no such public request.", field="service_request_id", value=number)
        return await self._answer([as_published(row)], visit)

    async def listed(self, visit: Visit) -> Answer:
        """A page of requests.  Raises: BadParameter."""
        wish = read_wish(visit.asked.query, city=visit.city, now=visit.now)
        if visit.asked.is_test:
            values = [visit.client.id, wish.size, (wish.page - 1) * wish.size]
            found = await self._store.fetch_all(queries.TRIALS_SQL, values)
            return await self._answer([row_of_trial(each, client_id=visit.client.id) for each in found], visit)
        rows = await self._store.fetch_all(*published.list_statement(wish, eyes=visit.eyes))
        return await self._answer([as_published(row) for row in rows], visit)

    async def _trial(self, visit: Visit) -> Answer:
        """What was sent to the test endpoint, as it would be read back.  Raises: UnknownRequest."""
        number = visit.asked.tail.partition("/")[2]
        row = await self._store.fetch_one(queries.TRIAL_SQL, [number])
        if row is None:
            remedy = "Here only what was sent here is read, for a day."
            raise UnknownRequest("No such test.", field="service_request_id", value=number[:40], remedy=remedy)
        return await self._answer([row_of_trial(row, client_id=visit.client.id)], visit)

    async def _answer(self, rows: Sequence[PublishedRow], visit: Visit) -> Answer:
        manner = visit.manner
        cities = {version: await city_of(version) for version in {row.catalogue_version for row in rows}}
        notes = await self._notes(rows, visit, cities) if manner.extensions and rows and rows[0].id else {}
        records: list[Record] = [
            record_of(row, cities[row.catalogue_version], manner, notes=notes.get(row.id, ())) for row in rows
        ]
        return Answer(200, Document("service_requests", records), headers=visit.language_headers)

    async def _notes(
        self, rows: Sequence[PublishedRow], visit: Visit, cities: dict[int, City]
    ) -> dict[int, list[Record]]:
        """What happened to each of the requests, in two statements for all of them."""
        told: dict[int, list[News]] = {}
        for each in await self._store.fetch_all(*published.stories_statement(rows, eyes=visit.eyes)):
            news = as_news(each)
            told.setdefault(news.request_id, []).append(news)
        gone_on: dict[int, list[FollowOn]] = {}
        for values in await self._store.fetch_all(published.FOLLOW_ONS_SQL, [[row.id for row in rows]]):
            follow_on = FollowOn(*values)
            gone_on.setdefault(follow_on.request_id, []).append(follow_on)
            cities[follow_on.catalogue_version] = await city_of(follow_on.catalogue_version)
        return {
            row.id: notes_of(
                row, cities[row.catalogue_version], visit.manner, news=told.get(row.id, ()),
                follow_ons=gone_on.get(row.id, ()), cities=cities,
            )
            for row in rows
        }  # fmt: skip

    async def updates(self, visit: Visit) -> Answer:
        """What happened to requests in an interval, oldest first; to tests nothing does.  Raises: BadParameter."""
        wish = read_news_wish(visit.asked.query, city=visit.city, now=visit.now)
        if visit.asked.is_test:
            return Answer(200, Document("service_request_updates", []), headers=visit.language_headers)
        statement = published.news_statement(
            since=wish.since, before=wish.before, numbers=wish.numbers, page=wish.page, size=wish.size, eyes=visit.eyes
        )
        rows = [as_news(values) for values in await self._store.fetch_all(*statement)]
        cities = {version: await city_of(version) for version in {row.catalogue_version for row in rows}}
        records = [update_of(row, cities[row.catalogue_version], language=visit.language) for row in rows]
        return Answer(200, Document("service_request_updates", records), headers=visit.language_headers)

    async def token(self, visit: Visit) -> Answer:
        """The number of a request that was sent for a token, once the department has it.  Raises: UnknownToken."""
        token = visit.asked.tail.partition("/")[2]
        statement = queries.GIVEN_TEST_NUMBER_SQL if visit.asked.is_test else queries.GIVEN_NUMBER_SQL
        row = await self._store.fetch_one(statement, [token])
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

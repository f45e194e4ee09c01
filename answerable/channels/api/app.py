"""Our own JSON door as a small ASGI program: the same actions as the pages, fewer layers on the way.

`calls.CALLS` lists every call with all that goes in and out; each is answered by the method of the same name.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from datetime import datetime
from typing import Any, TypeVar

from django.core.exceptions import SynchronousOnlyOperation

from answerable.catalogue import queries as catalogue
from answerable.catalogue.city import City
from answerable.channels.api import offering, reading, reference
from answerable.channels.api.answers import Answer, Send, refusal, send_answer
from answerable.channels.api.asking import Asked, read_asked, read_cursor, read_query
from answerable.channels.api.calls import CALL_LINES, found
from answerable.channels.api.ports import Words
from answerable.channels.api.reading import Reader
from answerable.channels.api.schemas import (
    AreaQuery,
    Handoffs,
    Index,
    ListedRequest,
    Logged,
    OfficeQuery,
    Promised,
    PublicList,
    PublicQuery,
    PublicRequest,
    RequestList,
    Timeline,
)
from answerable.channels.api.subscribing import SUBSCRIBING
from answerable.channels.api.telling import check_stops, decoded, place_of, report_of
from answerable.channels.doors import Client, Clients, Gathered, Store, apart
from answerable.intake import actions as intake
from answerable.kernel.ids import read_number
from answerable.kernel.languages import in_language
from answerable.plumbing import clock
from answerable.requests import queries as requests
from answerable.requests.errors import UnknownRequest
from answerable.requests.queries import RowPage
from answerable.requests.rules import Visibility, is_listed_publicly
from answerable.requests.views import RequestRow
from answerable.routing import queries as routing

log = logging.getLogger("answerable.api")

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Told = TypeVar("Told", Timeline, Promised, Handoffs)

REFRESH_SECONDS = 0.5
"""Units: seconds between two looks at catalogue and rules; half of how long a process trusts what it knows."""


class Api:
    """The door; `open` and `close` are called by the process that serves it."""

    def __init__(
        self, *, conninfo: str, base_url: str, words: Words, pool_size: int, patience_seconds: float = 10.0,
        anonymous_per_minute: int = 0, may_be_private: bool = False,
    ) -> None:  # fmt: skip
        self._base_url = base_url
        self._words = words
        self._may_be_private = may_be_private
        self._store = Store(conninfo, pool_size=pool_size, patience_seconds=patience_seconds)
        self._receiving = Gathered(
            self._store, alone=intake.RECEIVE_SQL, together=intake.RECEIVE_MANY_SQL, tell=intake.told_together
        )
        self._callers = Clients(self._store, anonymous_per_minute=anonymous_per_minute)
        self._refreshing: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """The pool is filled and the catalogue stays fresh."""
        await self._store.open()
        await apart(_refresh)
        await self._callers.open()
        self._refreshing = asyncio.create_task(self._keep_fresh())

    async def close(self) -> None:
        """Nothing is left running."""
        if self._refreshing:
            self._refreshing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._refreshing
        await self._callers.close()
        await self._store.close()

    async def _keep_fresh(self) -> None:
        while True:
            await asyncio.sleep(REFRESH_SECONDS)
            try:
                await apart(_refresh)
            except Exception:  # noqa: BLE001 the edge of a task: record and go on
                log.warning("api.catalogue_not_refreshed")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        try:
            answer = await self._answer(await read_asked(scope, receive))
        except Exception as error:  # noqa: BLE001 the edge of the process: a refusal, or recorded and said as such
            answer = refusal(error)
        await send_answer(answer, send, with_body=scope["method"] != "HEAD")

    async def _answer(self, asked: Asked) -> Answer:
        call, parts = found(asked)
        client = await self._callers.check(asked.header("x-api-key"), scope=call.scope or None, address=asked.address)
        if call.name in SUBSCRIBING:
            return await self._subscribe(call.name, asked, client, parts)
        answering: Callable[..., Awaitable[Answer]] = getattr(self, f"_{call.name}")
        return await answering(asked, **parts)

    async def _subscribe(self, name: str, asked: Asked, client: Client, parts: dict[str, str]) -> Answer:
        given = {"may_be_private": self._may_be_private} if name == "add_webhook" else {}
        status, told = await apart(SUBSCRIBING[name], asked, client, **parts, **given)
        return Answer(status, told)

    async def _index(self, asked: Asked) -> Answer:
        city = catalogue.cached()
        name = in_language(city.pack.city.name, language=asked.language_of(city))
        return Answer(200, Index(city=city.id, name=name, languages=list(city.languages), calls=list(CALL_LINES)))

    async def _openapi(self, _: Asked) -> Answer:
        return Answer(200, reference.description(catalogue.cached(), base_url=self._base_url))

    async def _log_request(self, asked: Asked) -> Answer:
        city, now = catalogue.cached(), clock.now()
        new = decoded(asked.body, city=city)
        check_stops(new, city=city)
        by_words = new.lat is None and bool(new.address)
        place = await apart(place_of, new, city=city, at=now) if by_words else place_of(new, city=city, at=now)
        report = report_of(
            new, place, city=city, key=asked.header("idempotency-key"), api_key=asked.header("x-api-key")
        )
        try:
            prepared = intake.prepare(report, at=now)
        except SynchronousOnlyOperation:
            prepared = await apart(intake.prepare, report, at=now)
        row = await self._receiving.fetch_one(prepared.values)
        receipt = intake.receipt_of(row, key=report.key)
        logged = Logged(
            number=receipt.number,
            follow_url=f"{self._base_url}/{new.language}/follow/{receipt.token}/",
            due_at=receipt.due,
            replayed=receipt.is_replay,
        )
        return Answer(200 if receipt.is_replay else 201, logged)

    async def _read_request(self, asked: Asked, *, number: str) -> Answer:
        number = str(read_number(number))
        fetched = await self._store.fetch_one(requests.ROW_BY_NUMBER_SQL, [number])
        row = requests.as_row(fetched) if fetched is not None else None
        if row is None or not is_listed_publicly(row.visibility):
            raise UnknownRequest("There is no such public request.", field="number", value=number)
        city = await _city_of(row.catalogue_version)
        language = asked.language_of(city)
        return Answer(200, _public(row, city, language=language), headers=_said_in(language))

    async def _list_requests(self, asked: Asked) -> Answer:
        wish, now = read_query(asked.query, PublicQuery), clock.now()
        filters = requests.Filters(
            department=wish.department, state=wish.state, service_code=wish.service, area_key=wish.area,
            standing=wish.promise or "", logged_from=wish.logged_from, logged_before=wish.logged_before,
            only_listed=True,
        )  # fmt: skip
        page = await self._page(filters, wish, now=now)
        language = asked.language_of(catalogue.cached())
        cities = {each: await _city_of(each) for each in {row.catalogue_version for row in page.rows}}
        told = [_public(row, cities[row.catalogue_version], language=language) for row in page.rows]
        following = str(page.following) if page.following else None
        return Answer(200, PublicList(requests=told, next=following), headers=_said_in(language))

    async def _read_timeline(self, asked: Asked, *, number: str) -> Answer:
        return await self._told(asked, reading.timeline, number)

    async def _read_promise(self, asked: Asked, *, number: str) -> Answer:
        return await self._told(asked, reading.promise, number)

    async def _read_handoffs(self, asked: Asked, *, number: str) -> Answer:
        return await self._told(asked, reading.handoffs, number)

    async def _told(self, asked: Asked, read: Callable[[str, Reader], Told], number: str) -> Answer:
        reader = Reader(language_of=asked.language_of, words=self._words, now=clock.now())
        told = await apart(read, number, reader)
        return Answer(200, told, headers=_said_in(told.language))

    async def _list_services(self, asked: Asked) -> Answer:
        city = catalogue.cached()
        language = asked.language_of(city)
        return Answer(200, offering.services(city, language=language), headers=_said_in(language))

    async def _read_service(self, asked: Asked, *, code: str) -> Answer:
        city = catalogue.cached()
        language = asked.language_of(city)
        return Answer(200, offering.service(code, city, language=language), headers=_said_in(language))

    async def _list_areas(self, asked: Asked) -> Answer:
        city, wish = catalogue.cached(), read_query(asked.query, AreaQuery)
        return Answer(200, offering.areas(city, kind=wish.kind, on=city.local_day(clock.now())))

    async def _list_office_requests(self, asked: Asked) -> Answer:
        wish, now = read_query(asked.query, OfficeQuery), clock.now()
        filters = requests.Filters(
            department=wish.department, queue=wish.queue, state=wish.state, service_code=wish.service,
            area_key=wish.area, standing=wish.promise or "", hide_confidential=True,
        )  # fmt: skip
        page = await self._page(filters, wish, now=now)
        following = str(page.following) if page.following else None
        return Answer(200, RequestList(requests=[_listed(row, now=now) for row in page.rows], next=following))

    async def _page(self, filters: requests.Filters, wish: OfficeQuery | PublicQuery, *, now: datetime) -> RowPage:
        after = read_cursor(wish.after)
        statement, values = requests.list_statement(filters, sort=wish.sort, after=after, limit=wish.limit, now=now)
        rows = await self._store.fetch_all(statement, values)
        return requests.page_of_rows(rows, sort=wish.sort, limit=wish.limit)


def _refresh() -> None:
    """Catalogue and rules are known, so that logging a request waits for nothing but its own statement."""
    catalogue.refresh()
    routing.refresh(catalogue.cached())


async def _city_of(version_id: int) -> City:
    """The catalogue version, compiled on a thread when this process has not seen it yet."""
    try:
        return catalogue.version(version_id)
    except SynchronousOnlyOperation:
        return await apart(catalogue.version, version_id)


def _said_in(language: str) -> tuple[tuple[bytes, bytes], ...]:
    return (b"content-language", language.encode()), (b"vary", b"accept-language")


def _public(row: RequestRow, city: City, *, language: str) -> PublicRequest:
    service = city.service(row.service_code)
    shows_place = row.visibility is Visibility.PUBLIC
    return PublicRequest(
        number=row.number, service_code=row.service_code, service_name=in_language(service.name, language=language),
        state=row.lifecycle, department=in_language(city.department(row.department).name, language=language),
        logged_at=row.logged_at, updated_at=row.updated_at, due_at=row.completion_due,
        promise=row.standing(clock.now()), outcome=row.outcome or None,
        address=(row.address or None) if shows_place else None, lat=row.lat if shows_place else None,
        lon=row.lon if shows_place else None, followers=row.followers,
    )  # fmt: skip


def _listed(row: RequestRow, *, now: datetime) -> ListedRequest:
    return ListedRequest(
        number=row.number, service_code=row.service_code, state=row.lifecycle, handoff=row.handoff,
        priority=row.priority,
        department=row.department, queue=row.queue, address=row.address, area=row.area_key, logged_at=row.logged_at,
        updated_at=row.updated_at, due_at=row.completion_due, promise=row.standing(now), followers=row.followers,
    )  # fmt: skip

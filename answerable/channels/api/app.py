"""Our own JSON door as a small ASGI program: the same actions as the pages, fewer layers on the way.

Paths: POST /api/v1/requests, GET /api/v1/requests/<number>, GET /api/v1/office/requests.
Every path declares its access in ROUTES; a test compares the answers with those of the pages.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

import msgspec
from django.core.exceptions import SynchronousOnlyOperation
from django.db import connection
from psycopg import OperationalError
from psycopg.rows import tuple_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from answerable.catalogue import places
from answerable.catalogue import queries as catalogue
from answerable.catalogue.city import City
from answerable.channels.api.schemas import (
    ListedRequest,
    Logged,
    NewRequest,
    Problem,
    Problems,
    PublicRequest,
    RequestList,
)
from answerable.contacts.rules import ContactDetails
from answerable.intake import actions as intake
from answerable.intake.errors import BadReport, ClientRefused, KeyReused, OutsideCity, PlaceMissing
from answerable.kernel.errors import AnswerableError
from answerable.kernel.ids import read_number
from answerable.kernel.languages import in_language
from answerable.kernel.places import Point, Precision
from answerable.plumbing import clock
from answerable.requests import queries as requests
from answerable.requests.errors import UnknownRequest
from answerable.requests.rules import is_listed_publicly
from answerable.requests.views import RequestRow
from answerable.routing import queries as routing

log = logging.getLogger("answerable.api")

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

MAX_BODY = 64_000
"""Units: bytes of a JSON body."""

CLIENT_CACHE_SECONDS = 30.0
REFRESH_SECONDS = 0.5
"""Units: seconds between two looks at catalogue and rules; half of how long a process trusts what it knows."""

_decoder = msgspec.json.Decoder(NewRequest)
_encoder = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class Answer:
    """A status and what to send with it."""

    status: int
    content: object
    headers: tuple[tuple[bytes, bytes], ...] = ()


def _refusal(status: int, *errors: AnswerableError) -> Answer:
    problems = [Problem(code=error.code, field=error.field, message=str(error)) for error in errors]
    return Answer(status, Problems(errors=problems))


class Api:
    """The door; `open` and `close` are called by the process that serves it."""

    def __init__(self, *, conninfo: str, base_url: str, pool_size: int) -> None:
        self._base_url = base_url
        self._clients: dict[str, tuple[float, frozenset[str]]] = {}
        self._pool = AsyncConnectionPool(
            conninfo,
            min_size=1,
            max_size=pool_size,
            timeout=10,
            open=False,
            kwargs={
                "autocommit": True,
                "prepare_threshold": 0,
                "application_name": "answerable api",
                "row_factory": tuple_row,
            },
        )
        self._refreshing: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """The pool is filled and the catalogue stays fresh."""
        await self._pool.open()
        await asyncio.to_thread(_refresh)
        self._refreshing = asyncio.create_task(self._keep_fresh())

    async def close(self) -> None:
        """Nothing is left running."""
        if self._refreshing:
            self._refreshing.cancel()
        await self._pool.close()

    async def _keep_fresh(self) -> None:
        while True:
            await asyncio.sleep(REFRESH_SECONDS)
            try:
                await asyncio.to_thread(_refresh)
            except Exception:  # noqa: BLE001 the edge of a task: record and go on
                log.warning("api.catalogue_not_refreshed")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        try:
            answer = await self._answer(scope, receive)
        except BadReport as error:
            answer = _refusal(400, *error.problems)
        except ClientRefused as error:
            answer = _refusal(403, error)
        except UnknownRequest as error:
            answer = _refusal(404, error)
        except KeyReused as error:
            answer = _refusal(409, error)
        except AnswerableError as error:
            answer = _refusal(400, error)
        except (OperationalError, PoolTimeout):
            log.warning("api.database_away")
            problem = Problem(
                code="api.database_away", field="", message="The database is away; send again with the same key."
            )
            answer = Answer(503, Problems(errors=[problem]), headers=((b"retry-after", b"2"),))
        body = _encoder.encode(answer.content)
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
            (b"cache-control", b"no-store"),
            (b"x-content-type-options", b"nosniff"),
            *answer.headers,
        ]
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        path, method = scope["path"], scope["method"]
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        if path == "/api/v1/requests" and method == "POST":
            return await self._log(headers, receive)
        if path == "/api/v1/office/requests" and method == "GET":
            return await self._list(headers, parse_qs(scope["query_string"].decode("latin-1")))
        if path.startswith("/api/v1/requests/") and method == "GET":
            return await self._read(path.removeprefix("/api/v1/requests/"), headers)
        known = path == "/api/v1/requests" or path.startswith(("/api/v1/requests/", "/api/v1/office/requests"))
        problem = Problem(code="api.no_such_path", field="path", message=f"There is no {method} {path}; see /api/v1/.")
        return Answer(405 if known else 404, Problems(errors=[problem]))

    async def _log(self, headers: Mapping[bytes, str], receive: Receive) -> Answer:
        told = await _body(receive)
        try:
            new = _decoder.decode(told)
        except (msgspec.ValidationError, msgspec.DecodeError) as error:
            problem = Problem(code="api.bad_body", field=_field_of(str(error)), message=f"{error}")
            return Answer(400, Problems(errors=[problem]))
        report = await self._report(new, headers)
        try:
            prepared = intake.prepare(report, at=clock.now())
        except SynchronousOnlyOperation:
            prepared = await asyncio.to_thread(intake.prepare, report, at=clock.now())
        async with self._pool.connection() as connection:
            cursor = await connection.execute(intake.RECEIVE_SQL, prepared.values)
            row = await cursor.fetchone()
        assert row is not None
        receipt = intake.receipt_of(row, key=report.key)
        logged = Logged(
            number=receipt.number,
            follow_url=f"{self._base_url}/{new.language}/follow/{receipt.token}/",
            due_at=receipt.due,
            replayed=receipt.is_replay,
        )
        return Answer(200 if receipt.is_replay else 201, logged)

    async def _report(self, new: NewRequest, headers: Mapping[bytes, str]) -> intake.Report:
        city = catalogue.cached()
        if new.lat is not None and new.lon is not None:
            pin = Point(lat=new.lat, lon=new.lon)
            place = intake.place_at(
                city, pin, precision=Precision.PIN, label=new.address, at=clock.now(), postal=new.postal_code
            )
        elif new.address:
            place = await asyncio.to_thread(_resolved, city, new.address, language=new.language)
        else:
            place = None
        contact = new.contact
        return intake.Report(
            key=headers.get(b"idempotency-key", ""),
            channel="api",
            language=new.language,
            service_code=new.service_code,
            version_id=city.version_id,
            by="resident",
            description=new.description,
            answers=new.answers,  # type: ignore[arg-type]
            place=place,
            contact=ContactDetails(
                name=contact.name, email=contact.email, phone=contact.phone, postal=contact.postal_code,
                language=new.language, news_by=contact.news_by,
            ) if contact else None,
            client_digest=intake.digest_of(headers.get(b"x-api-key", "")),
        )  # fmt: skip

    async def _read(self, spoken: str, headers: Mapping[bytes, str]) -> Answer:
        number = str(read_number(spoken))
        async with self._pool.connection() as connection:
            cursor = await connection.execute(requests.ROW_BY_NUMBER_SQL, [number])
            fetched = await cursor.fetchone()
        if fetched is None:
            raise UnknownRequest("There is no such public request.", field="number", value=number)
        row = requests.as_row(fetched)
        if not is_listed_publicly(row.visibility):
            raise UnknownRequest("There is no such public request.", field="number", value=number)
        city = await self._city_of(row.catalogue_version)
        return Answer(200, _public(row, city, language=headers.get(b"accept-language", "en")[:2]))

    @staticmethod
    async def _city_of(version_id: int) -> City:
        """The catalogue version, compiled on a thread when this process has not seen it yet."""
        try:
            return catalogue.cached_version(version_id)
        except AnswerableError:
            return await asyncio.to_thread(catalogue.version, version_id)

    async def _list(self, headers: Mapping[bytes, str], query: Mapping[str, list[str]]) -> Answer:
        await self._check_client(headers.get(b"x-api-key", ""), scope="office:read")
        first = {name: values[0] for name, values in query.items()}
        filters = requests.Filters(
            department=first.get("department", ""), queue=first.get("queue", ""), state=first.get("state", "open"),
            service_code=first.get("service", ""), area_key=first.get("area", ""), standing=first.get("promise", ""),
            hide_confidential=True,
        )  # fmt: skip
        sort, now = first.get("sort", "due"), clock.now()
        limit = int(first["limit"]) if first.get("limit", "").isdigit() else 20
        after = requests.Cursor.read(first["after"]) if first.get("after") else None
        statement, values = requests.list_statement(filters, sort=sort, after=after, limit=limit, now=now)
        async with self._pool.connection() as connection:
            cursor = await connection.execute(statement, values)
            page = requests.page_of_rows(await cursor.fetchall(), sort=sort, limit=limit)
        following = str(page.following) if page.following else None
        return Answer(200, RequestList(requests=[_listed(row, now=now) for row in page.rows], next=following))

    async def _check_client(self, api_key: str, *, scope: str) -> None:
        digest, now = intake.digest_of(api_key), time.monotonic()
        kept = self._clients.get(digest)
        if kept is None or kept[0] < now:
            async with self._pool.connection() as connection:
                cursor = await connection.execute(
                    "SELECT scopes FROM staff_apiclient WHERE key_digest = %s AND is_active", [digest]
                )
                found = await cursor.fetchone()
            kept = (now + CLIENT_CACHE_SECONDS, frozenset(found[0] if found else ()))
            if len(self._clients) > 10_000:  # noqa: PLR2004 strangers' keys must not fill the memory
                self._clients.clear()
            self._clients[digest] = kept
        if scope not in kept[1]:
            raise ClientRefused(
                "This API key may not read that.", field="x-api-key", remedy=f"Ask for a key with '{scope}'."
            )


def _refresh() -> None:
    """Catalogue and rules are known, so that logging a request waits for nothing but its own statement."""
    try:
        catalogue.refresh()
        routing.refresh(catalogue.cached())
    finally:
        connection.close()


def _resolved(city: City, said: str, *, language: str) -> places.Place:
    """The place the words mean.  Raises: OutsideCity; PlaceMissing when they mean none or several."""
    found = places.resolve(city, said, at=clock.now(), language=language)
    if isinstance(found, places.Found):
        return found.place
    if isinstance(found, places.Outside):
        raise OutsideCity(
            f"'{said}' is not in this city.", field="address", value=said, remedy="Ask its own municipality."
        )
    if isinstance(found, places.Choices):
        named = "; ".join(each.label for each in found.candidates)
        raise PlaceMissing(
            f"'{said}' could be several places.", field="address", value=said, remedy=f"Send one of: {named}."
        )
    raise PlaceMissing(
        f"'{said}' is no place we know.", field="address", value=said, remedy="Send latitude and longitude."
    )


async def _body(receive: Receive) -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        part = message.get("body", b"")
        size += len(part)
        if size > MAX_BODY:
            raise BadReport([AnswerableError(f"The body is over {MAX_BODY} bytes.", field="body", remedy="Send less.")])
        parts.append(part)
        if not message.get("more_body"):
            return b"".join(parts)


def _field_of(message: str) -> str:
    return message.rpartition("`$.")[2].rstrip("`") if "`$." in message else ""


def _public(row: RequestRow, city: City, *, language: str) -> PublicRequest:
    service = city.service(row.service_code)
    return PublicRequest(
        number=row.number, service_code=row.service_code, service_name=in_language(service.name, language=language),
        state=row.lifecycle, department=in_language(city.department(row.department).name, language=language),
        logged_at=row.logged_at, updated_at=row.updated_at, due_at=row.completion_due,
        promise=row.standing(clock.now()), outcome=None, address=row.address or None, lat=row.lat, lon=row.lon,
        followers=row.followers,
    )  # fmt: skip


def _listed(row: RequestRow, *, now: Any) -> ListedRequest:
    return ListedRequest(
        number=row.number, service_code=row.service_code, state=row.lifecycle, handoff=row.handoff,
        priority=row.priority,
        department=row.department, queue=row.queue, address=row.address, area=row.area_key, logged_at=row.logged_at,
        updated_at=row.updated_at, due_at=row.completion_due, promise=row.standing(now), followers=row.followers,
    )  # fmt: skip

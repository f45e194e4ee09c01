"""The GeoReport v2 server as a small ASGI program: the same actions as the pages, fewer layers on the way.

CALLS lists every call with the scope its API key needs.  docs/handbook/open311.md tells programmers what is served.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from answerable.catalogue import queries as catalogue
from answerable.catalogue.city import City
from answerable.channels.doors import Clients, Store, address_of, apart
from answerable.channels.open311 import reference, reporting, services
from answerable.channels.open311.answers import Answer, Send, refusal, send_answer
from answerable.channels.open311.asking import Asked, read_asked, read_body, spelling_of
from answerable.channels.open311.errors import NoSuchPath, WrongMethod
from answerable.channels.open311.reading import Reading
from answerable.channels.open311.visits import Visit, check_jurisdiction
from answerable.channels.open311.writing import Document, as_json, as_xml
from answerable.plumbing import clock
from answerable.routing import queries as routing

log = logging.getLogger("answerable.open311")

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

REFRESH_SECONDS: Final = 0.5
"""Units: seconds between two looks at catalogue and rules; half of how long a process trusts what it knows."""

SMALL_BODY: Final = 64_000
"""Units: bytes of a form that is read on the spot; a larger one is read on a thread."""

MOST_LISTS: Final = 200
"""Units: service lists and definitions kept ready, by version, language and client's wishes."""

CALLS: Final = (
    ("GET", "discovery", None),
    ("GET", "openapi", None),
    ("GET", "services", None),
    ("GET", "services/{service_code}", None),
    ("GET", "requests", None),
    ("POST", "requests", "requests:write"),
    ("GET", "requests/{service_request_id}", None),
    ("GET", "tokens/{token}", None),
    ("GET", "servicerequestupdates", None),
    ("POST", "servicerequestupdates", "requests:write or updates:write"),
)
"""Every call of an endpoint, and the scope its API key needs."""


@dataclass(frozen=True, slots=True)
class Call:
    """What answers a call."""

    act: Callable[[Visit], Awaitable[Answer]]
    needs_body: bool = False
    scope: str | None = None


class Open311:
    """The door; `open` and `close` are called by the process that serves it."""

    def __init__(
        self, *, conninfo: str, base_url: str, media: Path, pool_size: int, most_body: int,
        patience_seconds: float = 10.0, anonymous_per_minute: int = 0,
    ) -> None:  # fmt: skip
        self._base_url, self._media, self._most_body = base_url, media, most_body
        self._store = Store(
            conninfo, pool_size=pool_size, patience_seconds=patience_seconds, application_name="answerable open311"
        )
        self._clients = Clients(self._store, anonymous_per_minute=anonymous_per_minute)
        self._reading = Reading(self._store, media=media)
        self._reporting = reporting.Reporting(self._store, media=media)
        self._changed: dict[int, datetime | None] = {}
        self._lists: dict[tuple[object, ...], bytes] = {}
        self._refreshing: asyncio.Task[None] | None = None
        self._calls: Mapping[str, Mapping[str, Call]] = {
            "discovery": {"GET": Call(self._discovery)},
            "openapi": {"GET": Call(self._openapi)},
            "services": {"GET": Call(self._services)},
            "services/": {"GET": Call(self._definition)},
            "requests": {
                "GET": Call(self._reading.listed),
                "POST": Call(self._reporting.report, needs_body=True, scope="requests:write"),
            },
            "requests/": {"GET": Call(self._reading.one)},
            "tokens/": {"GET": Call(self._reading.token)},
            "servicerequestupdates": {
                "GET": Call(self._reading.updates),
                "POST": Call(self._reporting.update, needs_body=True),
            },
            "media/": {"GET": Call(self._reading.picture)},
        }

    async def open(self) -> None:
        """The pool is filled and the catalogue stays fresh."""
        await self._store.open()
        await apart(self._refresh)
        await self._clients.open()
        self._refreshing = asyncio.create_task(self._keep_fresh())

    async def close(self) -> None:
        """Nothing is left running."""
        if self._refreshing:
            self._refreshing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._refreshing
        await self._clients.close()
        await self._store.close()

    async def _keep_fresh(self) -> None:
        while True:
            await asyncio.sleep(REFRESH_SECONDS)
            try:
                await apart(self._refresh)
            except Exception:  # noqa: BLE001 the edge of a task: record and go on
                log.warning("open311.catalogue_not_refreshed")

    def _refresh(self) -> None:
        """Catalogue and rules are known, so that logging a request waits for nothing but its own statement."""
        catalogue.refresh()
        city = catalogue.cached()
        routing.refresh(city)
        if city.version_id not in self._changed:
            self._lists.clear()
            self._changed = {row.id: row.published_at for row in catalogue.versions()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        spelling = spelling_of(scope)
        try:
            if scope["method"] == "OPTIONS":
                answer = _preflight()
            else:
                asked = read_asked(scope, address=address_of(scope))
                spelling = asked.spelling
                answer = await self._answer(asked, scope, receive)
        except Exception as error:  # noqa: BLE001 the edge of the process: a refusal, or recorded and said as such
            answer = refusal(error)
        await send_answer(answer, send, spelling=spelling, with_body=scope["method"] != "HEAD")

    async def _answer(self, asked: Asked, scope: Scope, receive: Receive) -> Answer:
        call = self._call(asked)
        form = None
        if call.needs_body:
            body = await read_body(scope, receive, most=self._most_body)
            kind = asked.header("content-type")
            is_small = len(body) <= SMALL_BODY
            form = (
                reporting.read_form(kind, body)
                if is_small
                else await asyncio.to_thread(reporting.read_form, kind, body)
            )
        params = form.params if form else asked.query
        key = asked.header("x-api-key") or params.one("api_key") or asked.query.one("api_key")
        client = await self._clients.check(key, scope=call.scope, address=asked.address)
        city = catalogue.cached()
        check_jurisdiction(params.one("jurisdiction_id") or asked.query.one("jurisdiction_id"), city)
        told = params.one("locale", "lang") if form else ""
        visit = Visit(
            asked=asked, form=form, client=client, key=key, city=city, now=clock.now(),
            language=asked.language_of(city, told=told), base_url=self._base_url,
        )  # fmt: skip
        return await call.act(visit)

    def _call(self, asked: Asked) -> Call:
        head, slash, tail = asked.tail.partition("/")
        methods = self._calls.get(f"{head}{slash}" if tail and "/" not in tail else head if not slash else "")
        if methods is None:
            raise NoSuchPath(f"There is nothing at '{asked.tail[:100]}'.", field="path", remedy="See discovery.xml.")
        call = methods.get("GET" if asked.method == "HEAD" else asked.method)
        if call is None:
            allowed = ", ".join([*methods, *(["HEAD"] if "GET" in methods else [])])
            raise WrongMethod(
                f"'{asked.tail[:100]}' has no {asked.method[:20]}.",
                field="method", value=allowed, remedy=f"Use {allowed}.",
            )  # fmt: skip
        return call

    async def _discovery(self, visit: Visit) -> Answer:
        document = services.discovery(
            visit.city, base_url=visit.base_url, changed=self._changed.get(visit.city.version_id),
            language=visit.language,
        )  # fmt: skip
        # One public validator compares the bare type of this document, without a character set.
        bare = b"application/json" if visit.asked.spelling == "json" else b"text/xml"
        return Answer(200, document, headers=visit.language_headers, content_type=bare)

    async def _openapi(self, visit: Visit) -> Answer:
        if visit.asked.spelling != "json":
            raise NoSuchPath("The description is JSON.", field="format", remedy="Ask for openapi.json.")
        told = reference.description(visit.city, base_url=visit.base_url)
        return Answer(200, msgspec.json.encode(told))

    async def _services(self, visit: Visit) -> Answer:
        if not visit.serves_point():
            return Answer(200, Document("services", []), headers=visit.language_headers)
        return self._kept(
            visit, "",
            lambda: services.service_list(visit.city, language=visit.language, profile=visit.client.profile),
        )  # fmt: skip

    async def _definition(self, visit: Visit) -> Answer:
        code = visit.asked.tail.partition("/")[2]
        service = services.offered_service(visit.city, code, profile=visit.client.profile)
        return self._kept(visit, code, lambda: services.definition(service, language=visit.language))

    def _kept(self, visit: Visit, code: str, make: Callable[[], Document]) -> Answer:
        """The document, spelled once for each version, language and kind of client."""
        city: City = visit.city
        trusted = visit.client.profile.confidential_services
        name = (city.version_id, visit.language, visit.asked.spelling, trusted, code)
        body = self._lists.get(name)
        if body is None:
            document = make()
            body = as_json(document) if visit.asked.spelling == "json" else as_xml(document)
            if len(self._lists) < MOST_LISTS:
                self._lists[name] = body
        return Answer(200, body, headers=visit.language_headers)


def _preflight() -> Answer:
    """Pages of anybody may call, without cookies."""
    allowed = (
        (b"access-control-allow-methods", b"GET, HEAD, POST, OPTIONS"),
        (b"access-control-allow-headers", b"content-type, idempotency-key, x-api-key, accept-language"),
        (b"access-control-max-age", b"86400"),
    )
    return Answer(200, b"", headers=allowed)

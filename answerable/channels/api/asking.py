"""What was asked over HTTP: method, path, headers, body and the wishes of a list, each within its limits."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from answerable.catalogue.city import City
from answerable.channels.api.errors import BadBody, BadQuery, TooLarge
from answerable.requests.queries import MAX_PAGE, SORTS, Cursor, Filters
from answerable.requests.rules import Lifecycle

MAX_BODY = 64_000
"""Units: bytes of a JSON body."""

MAX_HEADERS = 16_000
"""Units: bytes of all header names and values together."""

MAX_ADDRESS = 4_000
"""Units: bytes of path and query together."""

USUAL_PAGE = 20

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

_FILTERS = {"department": "department", "queue": "queue", "state": "state", "service": "service_code",
            "area": "area_key", "promise": "standing"}  # fmt: skip
_CHOICES: Mapping[str, frozenset[str]] = {
    "state": frozenset({"open", "ended", "all", *Lifecycle}),
    "promise": frozenset({"at_risk", "breached", "paused"}),
    "sort": frozenset(SORTS),
}
_PARAMETERS = (*_FILTERS, "sort", "limit", "after")


@dataclass(frozen=True, slots=True)
class Asked:
    """One HTTP request, read whole."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes

    def header(self, name: str) -> str:
        """The header's value, or nothing."""
        return self.headers.get(name, "")

    def language_of(self, city: City) -> str:
        """The language of the city that the client likes best.  Source: RFC 9110 section 12.5.4."""
        wishes: list[tuple[float, str]] = []
        for part in self.header("accept-language").split(","):
            tag, _, weight = part.strip().partition(";q=")
            wishes.append((_weight(weight), tag.split("-")[0].strip().lower()))
        liked = [tag for weight, tag in sorted(wishes, key=lambda wish: -wish[0]) if weight and tag in city.languages]
        return liked[0] if liked else city.default_language


def _weight(told: str) -> float:
    try:
        return float(told) if told else 1.0
    except ValueError:
        return 0.0


async def read_asked(scope: Scope, receive: Receive) -> Asked:
    """The request with its body.  Raises: TooLarge; BadBody when the client hung up."""
    if sum(len(name) + len(value) for name, value in scope["headers"]) > MAX_HEADERS:
        raise TooLarge(f"The headers are over {MAX_HEADERS} bytes.", field="headers", remedy="Send fewer.")
    if len(scope["path"]) + len(scope["query_string"]) > MAX_ADDRESS:
        raise TooLarge(f"The address is over {MAX_ADDRESS} bytes.", field="path", remedy="Ask for less.")
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    if headers.get("content-length", "").isdigit() and int(headers["content-length"]) > MAX_BODY:
        raise _too_long()
    return Asked(
        method=scope["method"],
        path=scope["path"],
        query=scope["query_string"].decode("latin-1"),
        headers=headers,
        body=await _body(receive),
    )


async def _body(receive: Receive) -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise BadBody("The body broke off.", field="body", remedy="Send again with the same key.")
        part = message.get("body", b"")
        size += len(part)
        if size > MAX_BODY:
            raise _too_long()
        parts.append(part)
        if not message.get("more_body"):
            return b"".join(parts)


def _too_long() -> TooLarge:
    return TooLarge(f"The body is over {MAX_BODY} bytes.", field="body", remedy="Send less.")


@dataclass(frozen=True, slots=True)
class ListWish:
    """What of the office list is wanted, in which order, and after which row."""

    filters: Filters
    sort: str
    after: Cursor | None
    limit: int


def read_list(query: str) -> ListWish:
    """The wishes in the address; confidential requests stay out.  Raises: BadQuery naming the parameter."""
    told = _told(query)
    for name, choices in _CHOICES.items():
        if told.get(name) and told[name] not in choices:
            raise BadQuery(
                f"'{told[name][:40]}' is no {name}.", field=name, remedy=f"Use one of: {', '.join(sorted(choices))}."
            )
    return ListWish(
        filters=Filters(
            **{field: told[name] for name, field in _FILTERS.items() if told.get(name)},  # type: ignore[arg-type]
            hide_confidential=True,
        ),
        sort=told.get("sort") or "due",
        after=_cursor(told.get("after", "")),
        limit=_limit(told.get("limit", "")),
    )


def _told(query: str) -> dict[str, str]:
    told: dict[str, str] = {}
    for name, value in parse_qsl(query, encoding="utf-8", errors="replace"):
        if name not in _PARAMETERS:
            raise BadQuery(
                f"The list has no parameter '{name[:40]}'.",
                field=name[:40],
                remedy=f"Use one of: {', '.join(_PARAMETERS)}.",
            )
        if "\0" in value:
            raise BadQuery("A parameter holds a null character.", field=name, remedy="Leave it out.")
        told.setdefault(name, value)
    return told


def _cursor(told: str) -> Cursor | None:
    if not told:
        return None
    cursor = Cursor.read(told.replace(" ", "+"))  # a plus sign that the client did not escape
    if cursor is None:
        raise BadQuery(f"'{told[:60]}' is no place in the list.", field="after", remedy="Send what `next` said.")
    return cursor


def _limit(told: str) -> int:
    if not told:
        return USUAL_PAGE
    if not (told.isascii() and told.isdigit() and 1 <= int(told[:6]) <= MAX_PAGE):
        raise BadQuery(f"'{told[:20]}' is no page size.", field="limit", remedy=f"Use 1 to {MAX_PAGE}.")
    return int(told)

"""What was asked over HTTP: method, path, headers, body and the wishes of a list, each within its limits."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import msgspec

from answerable.catalogue.city import City
from answerable.channels.api.errors import BadBody, BadQuery, TooLarge
from answerable.channels.doors import address_of
from answerable.requests.queries import Cursor

MAX_BODY = 64_000
"""Units: bytes of a JSON body."""

MAX_HEADERS = 16_000
"""Units: bytes of all header names and values together."""

MAX_ADDRESS = 4_000
"""Units: bytes of path and query together."""

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

Query = TypeVar("Query", bound=msgspec.Struct)

_MISSES = re.compile(r" - at `\$(?:\.(\w+))?.*`$")
_INDEX = re.compile(r"\[[^\]]*\]")
_UNKNOWN = re.compile(r"unknown field `(.+)`")


@dataclass(frozen=True, slots=True)
class Asked:
    """One HTTP request, read whole."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    address: str = ""

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
        address=address_of(scope),
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


def read_body(told: bytes, kind: type[Query]) -> Query:
    """The body as that struct.  Raises: BadBody naming the field."""
    try:
        read: Query = _decoder_of(kind).decode(told)
        return read
    except msgspec.ValidationError as error:
        message, _, at = str(error).partition(" - at `$")
        raise BadBody(f"{message}.", field=_field_of(message, at.rstrip("`")), remedy="Correct this field.") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadBody("The body is not JSON in UTF-8.", field="body", remedy="Send one JSON object.") from error


@cache
def _decoder_of(kind: type[Query]) -> msgspec.json.Decoder[Query]:
    return msgspec.json.Decoder(kind)


def _field_of(message: str, at: str) -> str:
    """The field a decoder's message is about: the one it names, inside the table in which it was met."""
    table = _INDEX.sub("", at).removeprefix(".")
    named = message.rpartition("field `")[2].rstrip("`") if "field `" in message else ""
    return ".".join(part for part in (table, named) if part) or "body"


def read_query(query: str, wishes: type[Query]) -> Query:
    """The parameters of the address; an empty one counts as absent.  Raises: BadQuery naming the parameter."""
    told: dict[str, str] = {}
    for name, value in parse_qsl(query, encoding="utf-8", errors="replace"):
        if name in told:
            raise BadQuery(f"'{name[:40]}' is there twice.", field=name[:40], remedy="Send it once.")
        told[name] = value
    try:
        return msgspec.convert(told, wishes, strict=False)
    except msgspec.ValidationError as error:
        raise _refused(str(error), wishes) from error


def _refused(message: str, wishes: type[msgspec.Struct]) -> BadQuery:
    known = ", ".join(field.name for field in msgspec.structs.fields(wishes))
    if unknown := _UNKNOWN.search(message):
        name = unknown[1][:40]
        return BadQuery(f"There is no parameter '{name}'.", field=name, remedy=f"Use one of: {known}.")
    named = _MISSES.search(message)
    field = (named[1] if named else None) or "query"
    return BadQuery(f"{_MISSES.sub('', message)}.", field=field, remedy="Correct it or leave it out.")


def read_cursor(told: str) -> Cursor | None:
    """Where a list goes on.  Raises: BadQuery."""
    if not told:
        return None
    cursor = Cursor.read(told.replace(" ", "+"))  # a plus sign that the client did not escape
    if cursor is None:
        raise BadQuery(f"'{told[:60]}' is no place in the list.", field="after", remedy="Send what `next` said.")
    return cursor

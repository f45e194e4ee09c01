"""What was asked over HTTP: which endpoint, call and spelling, which parameters, each within its limits."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from answerable.catalogue.city import City
from answerable.channels.open311.errors import BadBody, BadParameter, Missing, NoSuchPath, TooLarge

PREFIX = "/open311/"
LIVE, TEST = "v2/", "test/v2/"
"""Where the two endpoints begin, below the prefix."""

FORMATS = ("xml", "json")
MAX_HEADERS = 16_000
"""Units: bytes of all header names and values together."""

MAX_ADDRESS = 16_000
"""Units: bytes of path and query together: a thousand request ids fit."""

MAX_FIELDS = 1_000
"""Units: parameters of one call."""

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

_ATTRIBUTE = re.compile(r"^attribute\[([^\[\]]{1,120})\](?:\[\d*\])?$")


class Params:
    """The parameters of a call, in the order they came.  Empty ones count as not sent, as the standard says."""

    __slots__ = ("_values",)

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in pairs:
            if "\0" in value or "\0" in name:
                raise BadParameter("A parameter holds a null character.", field=name.replace("\0", "")[:60])
            if value.strip():
                self._values.setdefault(name, []).append(value)

    def one(self, *names: str) -> str:
        """The value under the first of the names that was sent, or nothing.  Raises: BadParameter for two values."""
        for name in names:
            values = self._values.get(name)
            if values:
                if len(values) > 1 and len(set(values)) > 1:
                    raise BadParameter(f"'{name}' was sent with different values.", field=name, remedy="Send it once.")
                return values[0].strip()
        return ""

    def needed(self, name: str) -> str:
        """The value.  Raises: Missing."""
        value = self.one(name)
        if not value:
            raise Missing(f"{name} required.", field=name, remedy="Send it.")
        return value

    def several(self, *names: str) -> tuple[str, ...]:
        """Every value under those names, also where several stand in one, with commas between."""
        found = [value for name in names for value in self._values.get(name, ())]
        return tuple(part for value in found for each in value.split(",") if (part := each.strip()))

    def every(self, name: str) -> tuple[str, ...]:
        """Every value of that name as it was sent."""
        return tuple(self._values.get(name, ()))

    def is_true(self, name: str) -> bool:
        """Whether the parameter says yes."""
        return self.one(name).lower() in {"true", "1", "yes"}

    def attributes(self) -> dict[str, list[str]]:
        """The answers by code: `attribute[X]`, repeated or not, `attribute[X][]` and `attribute[X][0]`."""
        found: dict[str, list[str]] = {}
        for name, values in self._values.items():
            shape = _ATTRIBUTE.match(name)
            if shape:
                found.setdefault(shape.group(1), []).extend(value.strip() for value in values)
        return found

    def names(self) -> tuple[str, ...]:
        """What was sent, in its order."""
        return tuple(self._values)

    def items(self) -> Iterable[tuple[str, list[str]]]:
        """Everything that was sent and is not empty."""
        return self._values.items()


@dataclass(frozen=True, slots=True)
class Asked:
    """One HTTP request without its body.

    `tail` is the call below its endpoint, without the ending that names the spelling.
    """

    method: str
    tail: str
    is_test: bool
    spelling: str
    query: Params
    headers: Mapping[str, str]
    address: str

    def header(self, name: str) -> str:
        """The header's value, or nothing."""
        return self.headers.get(name, "")

    def language_of(self, city: City, *, told: str = "") -> str:
        """The language of the city that was asked for by name, else the one the client likes best.

        Source: RFC 9110 section 12.5.4.
        """
        named = (told or self.query.one("locale", "lang")).replace("_", "-").split("-")[0].lower()
        if named in city.languages:
            return named
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


def read_asked(scope: Scope, *, address: str) -> Asked:
    """The request as far as it can be known without its body.  Raises: TooLarge; NoSuchPath; BadParameter."""
    if sum(len(name) + len(value) for name, value in scope["headers"]) > MAX_HEADERS:
        raise TooLarge(f"The headers are over {MAX_HEADERS} bytes.", field="headers", remedy="Send fewer.")
    if len(scope["path"]) + len(scope["query_string"]) > MAX_ADDRESS:
        raise TooLarge(f"The address is over {MAX_ADDRESS} bytes.", field="path", remedy="Ask for less.")
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    query = read_pairs(scope["query_string"], what="query")
    below = scope["path"].removeprefix(PREFIX)
    is_test = below.startswith(TEST)
    tail = below.removeprefix(TEST if is_test else LIVE)
    if tail == below and not below.startswith(("discovery", "media/")):
        raise NoSuchPath(f"There is nothing at {scope['path'][:100]}.", field="path", remedy="See discovery.xml.")
    tail, spelling = _spelling(tail, headers=headers, query=query)
    return Asked(
        method=scope["method"], tail=tail, is_test=is_test, spelling=spelling, query=query, headers=headers,
        address=address,
    )  # fmt: skip


def spelling_of(scope: Scope) -> str:
    """The spelling an answer to this request has, whatever else is wrong with it."""
    return "json" if scope["path"].endswith(".json") else "xml"


def _spelling(tail: str, *, headers: Mapping[str, str], query: Params) -> tuple[str, str]:
    """The call and its spelling: by the ending, else by `format`, else by what the client accepts, else XML."""
    bare, dot, ending = tail.rpartition(".")
    if dot and ending in FORMATS:
        return bare, ending
    if dot and not tail.startswith("media/"):
        raise NoSuchPath(f"'{ending[:20]}' is not served.", field="format", remedy="Use .xml or .json.")
    wished = query.one("format").lower()
    if wished in FORMATS:
        return tail, wished
    accepted = headers.get("accept", "")
    return tail, "json" if "json" in accepted and "xml" not in accepted else "xml"


def read_pairs(told: bytes, *, what: str) -> Params:
    """Urlencoded parameters.  Raises: BadParameter, BadBody."""
    if not told:
        return Params(())
    try:
        pairs = parse_qsl(
            told.decode("utf-8"), keep_blank_values=True, encoding="utf-8", errors="strict", max_num_fields=MAX_FIELDS
        )
    except UnicodeDecodeError as error:
        raise BadBody(f"The {what} is not UTF-8.", field=what, remedy="Percent-encode it as UTF-8.") from error
    except ValueError as error:
        raise BadBody(f"The {what} has over {MAX_FIELDS} fields.", field=what, remedy="Send fewer.") from error
    return Params(pairs)


async def read_body(scope: Scope, receive: Receive, *, most: int) -> bytes:
    """The body.  Raises: TooLarge; BadBody when the client hung up."""
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit() and int(value) > most:
            raise _too_long(most)
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise BadBody("The body broke off.", field="body", remedy="Send it again.")
        part = message.get("body", b"")
        size += len(part)
        if size > most:
            raise _too_long(most)
        parts.append(part)
        if not message.get("more_body"):
            return b"".join(parts)


def _too_long(most: int) -> TooLarge:
    return TooLarge(f"The body is over {most} bytes.", field="body", remedy="Send less, or smaller pictures.")


def read_instant(told: str, *, field: str, city: City) -> datetime:
    """The instant; one without a zone is the city's.  Fractions of a second and bare dates are understood.

    Raises: BadParameter.  Source: W3C note "Date and Time Formats".
    """
    try:
        at = datetime.fromisoformat(told.replace(" ", "+") if told.count(" ") == 1 and "T" in told else told)
        if at.tzinfo is None:
            at = at.replace(tzinfo=city.timezone)
        return at.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        remedy = "Write it like 2026-11-21T08:15:30-05:00."
        raise BadParameter(f"'{told[:40]}' is no date.", field=field, value=told[:40], remedy=remedy) from error


def read_number(told: str, *, field: str, low: float, high: float) -> float:
    """The number.  Raises: BadParameter."""
    try:
        number = float(told)
    except ValueError:
        number = float("nan")
    if not low <= number <= high:
        raise BadParameter(
            f"'{told[:40]}' is no {field}.", field=field, value=told[:40], remedy=f"Send {low:g} to {high:g}."
        )
    return number

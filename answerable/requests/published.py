"""What programs outside may read of requests: bounded statements, for a door's own connections.

Who asks decides what there is: everybody sees public requests, and of those without words not where they are; a
program sees its own tellings whole; the office sees all but what is confidential.  Nobody's name is here at all.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from answerable.kernel.facts import Json
from answerable.kernel.places import EARTH_RADIUS_M, Point
from answerable.requests import cells
from answerable.requests.cells import Box
from answerable.requests.rules import PromiseStanding, Visibility, promise_standing

MOST_ROWS: Final = 1000
"""Units: requests one page may have."""

MOST_SKIPPED: Final = 100_000
"""Units: requests; a page further down is asked for by dates instead."""

MOST_NUMBERS: Final = 1000
"""Units: requests that may be named at once."""

USUAL_SPAN: Final = timedelta(days=90)
"""What a list looks back when nobody says otherwise.  Source: GeoReport v2, GET Service Requests, start_date."""

WIDE_SHARE: Final = 0.15
"""From which share of a city's box on the newest-first order finds a page faster than the cells of the map do."""


class Reader(StrEnum):
    """Whose eyes a statement is for."""

    ANYBODY = "anybody"
    CLIENT = "client"
    OFFICE = "office"


@dataclass(frozen=True, slots=True)
class PublishedRow:
    """One request as a program reads it; words, answers and postal code only where they may be read."""

    id: int
    number: str
    catalogue_version: int
    service_code: str
    lifecycle: str
    is_open: bool
    visibility: str
    department: str
    channel: str
    logged_at: datetime
    updated_at: datetime
    completion_due: datetime | None
    completion_at_risk: datetime | None
    paused_since: datetime | None
    resolved_at: datetime | None
    outcome: str
    outcome_party: str
    until: date | None
    followers: int
    area_key: str
    address: str
    lat: float | None
    lon: float | None
    answers: Mapping[str, Json]
    pictures: Sequence[str]
    is_known: bool
    description: str | None
    postal: str | None

    @property
    def shows_place(self) -> bool:
        """Whether the reader may know where it is."""
        return self.is_known or self.visibility == Visibility.PUBLIC

    def standing(self, now: datetime) -> PromiseStanding:
        """How the completion promise stands at `now`."""
        return promise_standing(
            due=self.completion_due, at_risk=self.completion_at_risk, paused_since=self.paused_since,
            ended_at=self.resolved_at, now=now,
        )  # fmt: skip


_PLAIN: Final = ", ".join(f"r.{field.name}" for field in dataclasses.fields(PublishedRow)[:-4])
_PICTURES: Final = (
    "CASE WHEN r.photos > 0 THEN ARRAY(SELECT p.key FROM requests_photo p"
    " WHERE p.request_id = r.id AND p.is_public ORDER BY p.id LIMIT 10) ELSE '{}' END"
)
_FOR_ANYBODY: Final = f"{_PLAIN}, {_PICTURES}, false, NULL, NULL"
_FOR_KNOWN: Final = (
    f"{_PLAIN}, {_PICTURES}, k.known, CASE WHEN k.known THEN r.description END, CASE WHEN k.known THEN r.postal END"
)
_LISTED: Final = "r.visibility IN ('public', 'public_redacted')"
_UNLESS_CONFIDENTIAL: Final = "r.visibility <> 'confidential'"


@dataclass(frozen=True, slots=True)
class Eyes:
    """Whose eyes, and the condition with its value by which a program knows its own tellings."""

    reader: Reader = Reader.ANYBODY
    own_sql: str = ""
    own_value: int = 0

    def source(self, rows: str = "requests_request r") -> tuple[str, str, list[Any]]:
        """Columns, table and values of a statement for these eyes over those rows."""
        if self.reader is Reader.ANYBODY:
            return _FOR_ANYBODY, rows, []
        known, values = ("true", []) if self.reader is Reader.OFFICE else (self.own_sql, [self.own_value])
        return _FOR_KNOWN, f"{rows} CROSS JOIN LATERAL (SELECT {known} AS known OFFSET 0) k", values

    def may_be_named(self) -> str:
        """The condition of a request asked for by its number."""
        if self.reader is Reader.OFFICE:
            return _UNLESS_CONFIDENTIAL
        return _LISTED if self.reader is Reader.ANYBODY else f"({_LISTED} OR ({_UNLESS_CONFIDENTIAL} AND k.known))"

    def may_be_listed(self) -> str:
        """The condition of a request found in a list."""
        return _UNLESS_CONFIDENTIAL if self.reader is Reader.OFFICE else _LISTED


def as_published(values: Sequence[Any]) -> PublishedRow:
    """The fetched columns as a value."""
    return PublishedRow(*values)


def one_statement(number: str, *, eyes: Eyes) -> tuple[str, list[Any]]:
    """The statement of one request by its number."""
    columns, source, values = eyes.source()
    return (
        f"SELECT {columns} FROM {source} WHERE r.number = %s AND {eyes.may_be_named()}",  # noqa: S608 constant words
        [*values, number],
    )


@dataclass(frozen=True, slots=True)
class Wish:
    """Which requests are wanted.  Intervals are half-open; `share` is how much of the city's box the area covers."""

    numbers: Sequence[str] = ()
    service_codes: Sequence[str] = ()
    is_open: bool | None = None
    logged_from: datetime | None = None
    logged_before: datetime | None = None
    updated_from: datetime | None = None
    updated_before: datetime | None = None
    box: Box | None = None
    centre: Point | None = None
    radius_m: float = 0.0
    share: float = 0.0
    page: int = 1
    size: int = MOST_ROWS


def list_statement(wish: Wish, *, eyes: Eyes) -> tuple[str, list[Any]]:
    """The statement of a page, newest first; by last change where changes are asked for.  The order is total."""
    clauses: list[str] = [eyes.may_be_named() if wish.numbers else eyes.may_be_listed()]
    narrowed: list[Any] = []
    _narrow(wish, clauses, narrowed, eyes=eyes)
    where = " AND ".join(clauses)
    by_change = (wish.updated_from or wish.updated_before) and not (wish.logged_from or wish.logged_before)
    column = "updated_at" if by_change else "logged_at"
    size = min(wish.size, MOST_ROWS)
    end = f" ORDER BY r.{column} DESC, r.id DESC LIMIT {size:d} OFFSET {(wish.page - 1) * size:d}"
    ranges = cells.ranges_of(wish.box) if wish.box and wish.share < WIDE_SHARE else None
    if ranges is None:
        columns, source, values = eyes.source()
        return f"SELECT {columns} FROM {source} WHERE {where}{end}", [*values, *narrowed]  # noqa: S608
    spans = [*ranges, *[ranges[-1]] * (-len(ranges) % _SPANS)]
    columns, source, values = eyes.source(_IN_CELLS.format(spans=" OR ".join([_SPAN] * len(spans)), where=where))
    bounds = [bound for span in spans for bound in span]
    return f"SELECT {columns} FROM {source}{end}", [*bounds, *narrowed, *values]  # noqa: S608


_SPANS: Final = 8
"""Ranges come in eights, the last repeated, so that there are few different statements to prepare."""

_SPAN: Final = "r.h3_10 BETWEEN %s::bigint AND %s::bigint"
_IN_CELLS: Final = "(SELECT r.* FROM requests_request r WHERE ({spans}) AND {where} OFFSET 0) r"
"""Everything in an area by the index of its cells, before the newest of it are taken: asked for both at once the
planner walks the newest of the whole city until enough of them lie in the area.  Ranges in a joined list would be taken
for a ninth of the table each, and not looked up.
"""


def _narrow(wish: Wish, clauses: list[str], values: list[Any], *, eyes: Eyes) -> None:
    if wish.numbers:
        clauses.append("r.number = ANY(%s)")
        values.append(list(wish.numbers))
    if wish.service_codes:
        clauses.append("r.service_code = " + ("%s" if len(wish.service_codes) == 1 else "ANY(%s)"))
        values.append(wish.service_codes[0] if len(wish.service_codes) == 1 else list(wish.service_codes))
    if wish.is_open is not None:
        clauses.append("r.is_open" if wish.is_open else "NOT r.is_open")
    for column, from_, before in (
        ("logged_at", wish.logged_from, wish.logged_before), ("updated_at", wish.updated_from, wish.updated_before),
    ):  # fmt: skip
        for operator, instant in ((">=", from_), ("<", before)):
            if instant is not None:
                clauses.append(f"r.{column} {operator} %s")
                values.append(instant)
    if wish.box:
        clauses.append("r.lat BETWEEN %s AND %s AND r.lon BETWEEN %s AND %s")
        values += [wish.box.south, wish.box.north, wish.box.west, wish.box.east]
        if eyes.reader is not Reader.OFFICE:
            clauses.append("r.visibility = 'public'")  # where the others are is not told by asking around either
    if wish.centre:
        clauses.append(
            "2 * %s::float8 * asin(least(1, sqrt(sin(radians(r.lat - %s::float8) / 2) ^ 2 + cos(radians(r.lat))"
            " * cos(radians(%s::float8)) * sin(radians(r.lon - %s::float8) / 2) ^ 2))) <= %s::float8"
        )
        values += [EARTH_RADIUS_M, wish.centre.lat, wish.centre.lat, wish.centre.lon, wish.radius_m]


PICTURE_SQL: Final = """
SELECT p.file FROM requests_photo p JOIN requests_request r ON r.id = p.request_id
 WHERE p.key = %s AND p.is_public AND r.visibility = 'public'
"""
"""The file of a released picture of a public request."""


TOLD_KINDS: Final = ("request.moved", "request.noted", "request.linked")
"""The facts that are news to those who follow a request from outside."""


@dataclass(frozen=True, slots=True)
class News:
    """One thing that happened to a request, as a program reads it; `words` only where they may be read.

    `stood` and `outcome` say where the request stood afterwards.
    """

    id: int
    kind: str
    at: datetime
    body: Mapping[str, Json]
    stood: str
    outcome: str
    request_id: int
    number: str
    catalogue_version: int
    service_code: str
    words: str | None


_NEWS: Final = """f.id, f.kind, f.at, f.body,
       CASE WHEN f.kind = 'request.moved' THEN concat_ws(':', f.body->>'after', f.body->>'outcome') ELSE coalesce(
           (SELECT concat_ws(':', m.body->>'after', m.body->>'outcome') FROM journal_fact m
             WHERE m.subject = f.subject AND m.kind = 'request.moved'
               AND m.seq < f.seq AND m.recorded_at >= f.recorded_at - interval '1 year' ORDER BY m.seq DESC LIMIT 1),
           'received') END,
       r.id, r.number, r.catalogue_version, r.service_code, CASE WHEN {known} THEN n.words END
  FROM journal_fact f JOIN {source} ON r.id = split_part(f.subject, ':', 2)::bigint
  LEFT JOIN requests_note n ON n.id = (f.body->>'note_id')::bigint
 WHERE f.kind = ANY(%s) AND f.subject LIKE 'request:%%'
   AND (f.kind <> 'request.noted' OR f.body->>'audience' = 'public')
   AND (f.kind <> 'request.linked' OR f.body->>'kind' = 'duplicate_of')"""


def as_news(values: Sequence[Any]) -> News:
    """The fetched columns as a value."""
    state, _, outcome = values[4].partition(":")
    fact_id, kind, at, body = values[:4]
    return News(fact_id, kind, at, body, state, outcome, *values[5:])


def _of_news(eyes: Eyes) -> tuple[str, list[Any]]:
    _, source, values = eyes.source()
    known = "false" if eyes.reader is Reader.ANYBODY else "k.known"
    joined = source if eyes.reader is Reader.ANYBODY else f"({source})"
    return _NEWS.format(known=known, source=joined), [*values, list(TOLD_KINDS)]


def news_statement(
    *, since: datetime, before: datetime | None, numbers: Sequence[str], page: int, size: int, eyes: Eyes
) -> tuple[str, list[Any]]:
    """The statement of what was recorded in the interval, oldest first; an index finds it by when."""
    text, values = _of_news(eyes)
    clauses = ["f.recorded_at >= %s", eyes.may_be_named()]
    values.append(since)
    if before is not None:
        clauses.insert(1, "f.recorded_at < %s")
        values.append(before)
    if numbers:
        clauses.append("r.number = ANY(%s)")
        values.append(list(numbers))
    size = min(size, MOST_ROWS)
    return (
        f"SELECT {text} AND {' AND '.join(clauses)}"
        f" ORDER BY f.recorded_at, f.id LIMIT {size:d} OFFSET {(page - 1) * size:d}",
        values,
    )


def stories_statement(rows: Sequence[PublishedRow], *, eyes: Eyes) -> tuple[str, list[Any]]:
    """The statement of everything that happened to those requests, in its order."""
    text, values = _of_news(eyes)
    oldest = min(row.logged_at for row in rows) - timedelta(days=1)
    return (
        f"SELECT {text} AND f.subject = ANY(%s) AND f.recorded_at >= %s ORDER BY r.id, f.seq LIMIT 20000",
        [*values, [f"request:{row.id}" for row in rows], oldest],
    )


FOLLOW_ONS_SQL: Final = """
SELECT l.other_id, r.number, r.catalogue_version, r.service_code, r.department, l.at
  FROM requests_link l JOIN requests_request r ON r.id = l.request_id
 WHERE l.other_id = ANY(%s) AND l.kind = 'follow_on_of' AND r.visibility IN ('public', 'public_redacted')
 ORDER BY l.id LIMIT 5000
"""
"""What was logged to go on from those requests."""

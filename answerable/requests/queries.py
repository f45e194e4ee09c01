"""Reads of the requests room: bounded, served by indexes, one statement each."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

import h3
import msgspec
from django.db import connection, transaction
from django.db.models import Model

from answerable.kernel.ids import read_number
from answerable.kernel.places import Point, distance_m
from answerable.requests import models
from answerable.requests.errors import UnknownRequest
from answerable.requests.rules import Lifecycle, Visibility
from answerable.requests.views import HandoffView, LinkView, NearbyRow, NoteView, PhotoView, RequestRow, RequestView

FAR = datetime(9999, 12, 31, tzinfo=UTC)
"""The due date of a request without a promise, so that lists have one sort key."""

MAX_PAGE = 200
"""Units: rows a list may have."""

ID_BITS = 63
"""Units: bits of an id without its sign."""

_View = TypeVar("_View")
_ROW_COLUMNS = tuple(field.name for field in dataclasses.fields(RequestRow))
_VIEW_COLUMNS = tuple(field.name for field in dataclasses.fields(RequestView))
_HANDOFF_COLUMNS = tuple(field.name for field in dataclasses.fields(HandoffView))
_JSON_COLUMNS = ("route", "answers", "areas")
_ROW_LIST = ", ".join(_ROW_COLUMNS)
ROW_BY_NUMBER_SQL = f"SELECT {_ROW_LIST} FROM requests_request WHERE number = %s"  # noqa: S608
"""One line by its number; shared with the JSON door."""

_H3_NEARBY_RES = 10
_H3_STEP_M = 114.0
"""Units: metres between neighbouring resolution-10 cells.  Source: H3 table of cell statistics (edge 65.9 m × √3)."""


def as_view(row: Model) -> RequestView:
    """The row as a value."""
    values = {name: getattr(row, name) for name in _VIEW_COLUMNS}
    return RequestView(
        **values | {"lifecycle": Lifecycle(values["lifecycle"]), "visibility": Visibility(values["visibility"])}
    )


def as_row(values: Sequence[Any]) -> RequestRow:
    """The fetched columns, in the order of `RequestRow`, as a value."""
    named = dict(zip(_ROW_COLUMNS, values, strict=True))
    return RequestRow(
        **named | {"lifecycle": Lifecycle(named["lifecycle"]), "visibility": Visibility(named["visibility"])}
    )


def by_id(request_id: int) -> RequestView:
    """One request.  Raises: UnknownRequest."""
    return _one(id=request_id)


def by_number(spoken: str) -> RequestView:
    """One request by its number as typed.  Raises: BadNumber, MistypedNumber, UnknownRequest."""
    return _one(number=str(read_number(spoken)))


_WITH_HANDOFFS_SQL = f"""
SELECT {", ".join(f"r.{name}" for name in _VIEW_COLUMNS)},
       (SELECT coalesce(jsonb_agg(to_jsonb(h) ORDER BY h.sequence), '[]')
          FROM (SELECT {", ".join(_HANDOFF_COLUMNS)} FROM requests_handoff WHERE request_id = r.id
                 ORDER BY sequence LIMIT 50) h)
  FROM requests_request r WHERE r.number = %s
"""  # noqa: S608 - only constant names are put in


def with_handoffs(spoken: str) -> tuple[RequestView, tuple[HandoffView, ...]]:
    """One request by its number and its work orders, in one statement.  Raises: BadNumber, MistypedNumber,
    UnknownRequest.
    """
    number = str(read_number(spoken))
    with connection.cursor() as cursor:
        cursor.execute(_WITH_HANDOFFS_SQL, [number])
        row = cursor.fetchone()
    if row is None:
        raise UnknownRequest("There is no such request.", field="number", value=number)
    *values, handoffs = row
    named = dict(zip(_VIEW_COLUMNS, values, strict=True))
    named |= {name: json.loads(named[name]) for name in _JSON_COLUMNS if isinstance(named[name], str)}
    view = RequestView(
        **named | {"lifecycle": Lifecycle(named["lifecycle"]), "visibility": Visibility(named["visibility"])}
    )
    return view, tuple(msgspec.json.decode(handoffs, type=list[HandoffView]))


def by_token(token: str) -> RequestView:
    """One request by the secret of its follow link.  Raises: UnknownRequest."""
    return _one(token=token)


def by_follower(token: str) -> RequestView:
    """The request somebody follows, by the secret of their own link.  Raises: UnknownRequest."""
    follower = models.Follower.objects.filter(token=token).first()
    return _one(id=follower.request_id if follower else None)


def _one(**key: object) -> RequestView:
    row = models.Request.objects.filter(**key).first()
    if row is None:
        raise UnknownRequest("There is no such request.", field=next(iter(key)), value=str(next(iter(key.values()))))
    return as_view(row)


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is narrowed to; empty means everything the reader may see."""

    department: str = ""
    queue: str = ""
    state: str = "open"
    service_code: str = ""
    area_key: str = ""
    standing: str = ""
    channel: str = ""
    assignee_id: int | None = None
    team_id: int | None = None
    team_ids: tuple[int, ...] = ()
    in_nobodys_hands: bool = False
    handoff: str = ""
    priority: str = ""
    hide_confidential: bool = False
    only_listed: bool = False
    logged_from: datetime | None = None
    logged_before: datetime | None = None


SORTS: Mapping[str, tuple[str, str]] = {
    "due": ("due_sort", "ASC"),
    "newest": ("logged_at", "DESC"),
    "oldest": ("logged_at", "ASC"),
}
"""How a list may be ordered; each is served by an index."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page ended: the sort value and id of its last row."""

    at: datetime
    id: int

    def __str__(self) -> str:
        return f"{self.at.isoformat()}~{self.id}"

    @classmethod
    def read(cls, text: str) -> Cursor | None:
        """The cursor in an address, or None when it is none, or none that the columns could hold."""
        at, _, request_id = text.partition("~")
        try:
            cursor = cls(at=datetime.fromisoformat(at), id=int(request_id))
            cursor.at.astimezone(UTC)
        except (ValueError, OverflowError):
            return None
        return cursor if cursor.at.tzinfo and cursor.id.bit_length() < ID_BITS else None


@dataclass(frozen=True, slots=True)
class RowPage:
    """A page of a list, and where the next one starts."""

    rows: tuple[RequestRow, ...]
    following: Cursor | None


def list_statement(
    filters: Filters, *, sort: str, after: Cursor | None, limit: int, now: datetime
) -> tuple[str, list[Any]]:
    """The one statement of a list and its parameters; shared by the pages and the JSON door."""
    column, direction = SORTS.get(sort, SORTS["due"])
    clauses, values = conditions_of(filters, now=now)
    if after is not None:
        clauses.append(f"({column}, id) {'>' if direction == 'ASC' else '<'} (%s, %s)")
        values += [after.at, after.id]
    where = " AND ".join(clauses) or "true"
    size = min(limit, MAX_PAGE) + 1
    return (
        f"SELECT {_ROW_LIST} FROM requests_request WHERE {where} "  # noqa: S608 only constant names are put in
        f"ORDER BY {column} {direction}, id {direction} LIMIT {size}",
        values,
    )


_NARROWED_BY = (
    "department", "queue", "service_code", "area_key", "channel", "handoff", "priority", "assignee_id", "team_id",
)  # fmt: skip


def conditions_of(filters: Filters, *, now: datetime) -> tuple[list[str], list[Any]]:
    """The filters as clauses and their values, in order."""
    clauses: list[str] = []
    values: list[Any] = []
    if filters.state == "open":
        clauses.append("is_open")
    elif filters.state == "ended":
        clauses.append("NOT is_open")
    elif filters.state and filters.state != "all":
        clauses.append("lifecycle = %s")
        values.append(filters.state)
    for column in _NARROWED_BY:
        value = getattr(filters, column)
        if value not in ("", None):
            clauses.append(f"{column} = %s")
            values.append(value)
    if filters.team_ids:
        clauses.append("team_id = ANY(%s)")
        values.append(list(filters.team_ids))
    if filters.in_nobodys_hands:
        clauses.append("team_id IS NULL AND assignee_id IS NULL")
    if filters.hide_confidential:
        clauses.append("visibility <> 'confidential'")
    if filters.only_listed:
        clauses.append("visibility IN ('public', 'public_redacted')")
    for limit, bound in ((filters.logged_from, "logged_at >= %s"), (filters.logged_before, "logged_at < %s")):
        if limit is not None:
            clauses.append(bound)
            values.append(limit)
    clauses += _standing_conditions(filters.standing, values, now=now)
    return clauses, values


def _standing_conditions(standing: str, values: list[Any], *, now: datetime) -> list[str]:
    if standing == "breached":
        values.append(now)
        return ["is_open", "paused_since IS NULL", "due_sort <= %s"]
    if standing == "at_risk":
        values += [now, now]
        return ["is_open", "paused_since IS NULL", "due_sort > %s", "completion_at_risk <= %s"]
    if standing == "paused":
        return ["is_open", "paused_since IS NOT NULL"]
    return []


def page_of_rows(fetched: Iterable[Sequence[Any]], *, sort: str, limit: int) -> RowPage:
    """The fetched rows as a page; one row more than the page was asked for tells whether there is a next."""
    rows = tuple(as_row(values) for values in fetched)
    size = min(limit, MAX_PAGE)
    shown = rows[:size]
    column = SORTS.get(sort, SORTS["due"])[0]
    following = Cursor(at=getattr(shown[-1], column), id=shown[-1].id) if len(rows) > size else None
    return RowPage(rows=shown, following=following)


def list_requests(
    filters: Filters, *, sort: str = "due", after: Cursor | None = None, limit: int = 20, now: datetime
) -> RowPage:
    """A page of requests in one statement, whatever the page size."""
    statement, values = list_statement(filters, sort=sort, after=after, limit=limit, now=now)
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return page_of_rows(cursor.fetchall(), sort=sort, limit=limit)


def ids_of(filters: Filters, *, sort: str, limit: int, now: datetime) -> tuple[int, ...]:
    """The ids of the requests in a list, in its order, up to the limit."""
    column, direction = SORTS.get(sort, SORTS["due"])
    clauses, values = conditions_of(filters, now=now)
    where = " AND ".join(clauses) or "true"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id FROM requests_request WHERE {where} ORDER BY {column} {direction}, id {direction} LIMIT %s",  # noqa: S608
            [*values, limit],
        )
        return tuple(row[0] for row in cursor.fetchall())


def rows_by_ids(ids: Sequence[int]) -> dict[int, RequestRow]:
    """The lines of those requests, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {_ROW_LIST} FROM requests_request WHERE id = ANY(%s)", [list(ids)])  # noqa: S608
        return {row.id: row for row in map(as_row, cursor.fetchall())}


def open_parts(request_id: int, *, limit: int = 50) -> tuple[RequestRow, ...]:
    """The parts of a request that are still open, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {_ROW_LIST} FROM requests_request WHERE is_open AND id IN"  # noqa: S608
            " (SELECT request_id FROM requests_link WHERE other_id = %s AND kind = 'part_of') ORDER BY id LIMIT %s",
            [request_id, limit],
        )
        return tuple(map(as_row, cursor.fetchall()))


def stands(ids: Sequence[int]) -> dict[int, tuple[Lifecycle, date | None]]:
    """Where those requests stand, and the day work is planned for or a hold is looked at again, in one statement."""
    rows = models.Request.objects.filter(id__in=list(ids)).values_list("id", "lifecycle", "until")
    return {request_id: (Lifecycle(lifecycle), until) for request_id, lifecycle, until in rows}


def latest(*, limit: int = 500) -> tuple[RequestView, ...]:
    """The requests logged last, whole: the sample on which changed routing rules are tried."""
    return tuple(map(as_view, models.Request.objects.order_by("-logged_at", "-id")[: min(limit, 500)]))


@contextmanager
def one_moment() -> Iterator[None]:
    """Everything read inside is as of one instant, however long it takes; inside a transaction, as of that."""
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


@dataclass(frozen=True, slots=True)
class Publishable:
    """Which requests may be published: logged from `since` up to `until`, of no hidden service.

    Of an open service the public ones are open; all others are protected.  `wards` and `neighbourhoods` are the kinds
    of area that are told; `timezone` says which local day an instant was.
    """

    since: datetime
    until: datetime
    hidden: tuple[str, ...]
    open: tuple[str, ...]
    wards: str
    neighbourhoods: str
    timezone: str
    now: datetime


_PUBLISHABLE_SQL = """
COPY (
SELECT id, number, visibility = 'private' AS is_private, service_code, service_group, lifecycle, is_open, outcome,
       channel, department, round(lat::numeric, 6) AS lat, round(lon::numeric, 6) AS lon, h3_10,
       areas -> %(wards)s ->> 'key' AS ward, areas -> %(wards)s ->> 'name' AS ward_name,
       areas -> %(neighbourhoods)s ->> 'key' AS neighbourhood,
       areas -> %(neighbourhoods)s ->> 'name' AS neighbourhood_name,
       CASE WHEN precision IN ('address', 'postal') THEN left(postal, 3) END AS postal_prefix,
       date_trunc('second', logged_at) AS logged_at, date_trunc('second', updated_at) AS updated_at,
       CASE WHEN NOT is_open THEN date_trunc('second', coalesce(resolved_at, closed_at)) END AS closed_at,
       (logged_at AT TIME ZONE %(timezone)s)::date AS logged_on,
       CASE WHEN NOT is_open THEN (coalesce(resolved_at, closed_at) AT TIME ZONE %(timezone)s)::date END AS closed_on,
       CASE WHEN completion_due IS NULL THEN 'none'
            WHEN resolved_at < completion_due THEN 'met'
            WHEN resolved_at IS NOT NULL THEN 'met_late'
            WHEN paused_since < completion_due THEN 'paused'
            WHEN completion_due <= %(now)s THEN 'breached'
            ELSE 'running' END AS promise
  FROM requests_request
 WHERE logged_at >= %(since)s AND logged_at < %(until)s
   AND visibility <> 'confidential' AND outcome NOT IN ('entered_in_error', 'cancelled_by_requester')
   AND NOT service_code = ANY(%(hidden)s) AND (visibility IN ('public', 'public_redacted')
   AND service_code = ANY(%(open)s)) = %(is_open)s
 ORDER BY {order}
) TO STDOUT (FORMAT csv)
"""
PUBLISHABLE_COLUMNS = (
    "id", "number", "is_private", "service_code", "service_group", "lifecycle", "is_open", "outcome", "channel",
    "department", "lat", "lon", "h3_10", "ward", "ward_name", "neighbourhood", "neighbourhood_name", "postal_prefix",
    "logged_at", "updated_at", "closed_at", "logged_on", "closed_on", "promise",
)  # fmt: skip
"""What a line of `stream_open` and `stream_protected` holds, in order."""


def logged_between() -> tuple[datetime, datetime] | None:
    """When the first and the last request were logged; None while there are none."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(logged_at), max(logged_at) FROM requests_request")
        first, last = cursor.fetchone()
    return (first, last) if first else None


def stream_open(wanted: Publishable) -> Iterator[bytes]:
    """The lines, as CSV, of the requests whose place and time anybody may read; oldest first, no row kept here."""
    return _stream(wanted, is_open=True, order="logged_at, id", seed=0)


def stream_protected(wanted: Publishable, *, seed: int) -> Iterator[bytes]:
    """The lines, as CSV, of the other publishable requests, in an order that only the seed explains."""
    return _stream(wanted, is_open=False, order="hashint8extended(id, %(seed)s)", seed=seed)


def _stream(wanted: Publishable, *, is_open: bool, order: str, seed: int) -> Iterator[bytes]:
    values = {field.name: getattr(wanted, field.name) for field in dataclasses.fields(wanted)}
    values |= {"hidden": list(wanted.hidden), "open": list(wanted.open), "is_open": is_open, "seed": seed}
    with connection.cursor() as cursor, cursor.copy(_PUBLISHABLE_SQL.format(order=order), values) as copy:
        yield from copy


def rows_by_numbers(numbers: Sequence[str]) -> tuple[RequestRow, ...]:
    """The lines of those numbers, in one statement; a number nobody has is left out."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {_ROW_LIST} FROM requests_request WHERE number = ANY(%s) ORDER BY id LIMIT %s",  # noqa: S608
            [list(numbers), MAX_PAGE],
        )
        return tuple(map(as_row, cursor.fetchall()))


def count_up_to(filters: Filters, *, ceiling: int, now: datetime) -> int:
    """How many fit the filters, counted no further than `ceiling` so that the cost is bounded."""
    clauses, values = conditions_of(filters, now=now)
    where = " AND ".join(clauses) or "true"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM (SELECT 1 FROM requests_request WHERE {where} LIMIT %s) AS bounded",  # noqa: S608
            [*values, ceiling],
        )
        return int(cursor.fetchone()[0])


@dataclass(frozen=True, slots=True)
class QueueCounts:
    """How much lies in a queue.  Beyond `ceiling` open requests only the soonest due are counted, and `is_bounded`.

    `mine` and `teams` are counted by themselves, wherever in the queue they stand.
    """

    open: int
    breached: int
    at_risk: int
    to_accept: int
    scheduled: int
    sent_back: int
    mine: int
    teams: int
    is_bounded: bool


_COUNTS_SQL = """
SELECT count(*),
       count(*) FILTER (WHERE paused_since IS NULL AND due_sort < %s),
       count(*) FILTER (WHERE paused_since IS NULL AND due_sort >= %s AND completion_at_risk <= %s),
       count(*) FILTER (WHERE handoff = 'sent'),
       count(*) FILTER (WHERE lifecycle = 'scheduled'),
       count(*) FILTER (WHERE handoff = 'refused'),
       (SELECT count(*) FROM (SELECT 1 FROM requests_request WHERE {where} AND assignee_id = %s LIMIT %s) AS mine),
       (SELECT count(*) FROM (SELECT 1 FROM requests_request WHERE {where} AND team_id = ANY(%s) LIMIT %s) AS teams)
  FROM (SELECT paused_since, due_sort, completion_at_risk, handoff, lifecycle
          FROM requests_request WHERE {where} ORDER BY due_sort, id LIMIT %s) AS soonest
"""


def queue_counts(
    *, department: str, queue: str, hide_confidential: bool, me: int, teams: Sequence[int], ceiling: int, now: datetime
) -> QueueCounts:
    """What lies in the open queue, and in it for this person and their teams, in one bounded statement."""
    filters = Filters(department=department, queue=queue, hide_confidential=hide_confidential)
    clauses, values = conditions_of(filters, now=now)
    with connection.cursor() as cursor:
        cursor.execute(
            _COUNTS_SQL.format(where=" AND ".join(clauses)),
            [now, now, now, *values, me, ceiling, *values, list(teams), ceiling, *values, ceiling],
        )
        total, breached, at_risk, to_accept, scheduled, sent_back, mine, of_teams = map(int, cursor.fetchone())
    return QueueCounts(
        open=total,
        breached=breached,
        at_risk=at_risk,
        to_accept=to_accept,
        scheduled=scheduled,
        sent_back=sent_back,
        mine=mine,
        teams=of_teams,
        is_bounded=total >= ceiling,
    )


def nearby(
    point: Point, *, service_codes: Sequence[str], radius_m: float, since: datetime, limit: int = 5
) -> tuple[NearbyRow, ...]:
    """Publicly listed requests of those services within the radius, nearest first.

    Units: metres.  Cells of H3 resolution 10 serve the search; the distance decides.
    """
    rings = math.ceil(radius_m / _H3_STEP_M) + 1
    centre = h3.latlng_to_cell(point.lat, point.lon, _H3_NEARBY_RES)
    cells = [_signed(h3.str_to_int(cell)) for cell in h3.grid_disk(centre, rings)]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {_ROW_LIST} FROM requests_request"  # noqa: S608
            " WHERE h3_10 = ANY(%s) AND logged_at >= %s AND service_code = ANY(%s)"
            " AND visibility IN ('public', 'public_redacted') AND lifecycle <> 'closed'"
            " AND (outcome NOT IN ('entered_in_error', 'cancelled_by_requester')) ORDER BY logged_at DESC LIMIT 200",
            [cells, since, list(service_codes)],
        )
        rows = [as_row(values) for values in cursor.fetchall()]
    found = [
        NearbyRow(row=row, distance_m=distance_m(point, Point(lat=row.lat, lon=row.lon)))
        for row in rows
        if row.lat is not None and row.lon is not None
    ]
    close = sorted((each for each in found if each.distance_m <= radius_m), key=lambda each: each.distance_m)
    return tuple(close[:limit])


def _signed(cell: int) -> int:
    return cell - (1 << 64) if cell >= 1 << 63 else cell


def cells_of(point: Point | None) -> dict[str, int | None]:
    """The H3 cells of a point at resolutions 7, 9 and 10, as the bigint columns keep them."""
    if point is None:
        return {"h3_7": None, "h3_9": None, "h3_10": None}
    return {f"h3_{res}": _signed(h3.str_to_int(h3.latlng_to_cell(point.lat, point.lon, res))) for res in (7, 9, 10)}


def of_contact(contact_id: int, *, limit: int = 20) -> tuple[RequestRow, ...]:
    """The latest requests of one contact."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {_ROW_LIST} FROM requests_request WHERE contact_id = %s ORDER BY logged_at DESC LIMIT %s",  # noqa: S608
            [contact_id, min(limit, MAX_PAGE)],
        )
        return tuple(map(as_row, cursor.fetchall()))


def of_contacts(contact_ids: Sequence[int], *, limit: int = 20) -> tuple[RequestRow, ...]:
    """The latest requests of several contacts together."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {_ROW_LIST} FROM requests_request WHERE contact_id = ANY(%s) ORDER BY logged_at DESC LIMIT %s",  # noqa: S608
            [list(contact_ids), min(limit, MAX_PAGE)],
        )
        return tuple(map(as_row, cursor.fetchall()))


def at_address(words: str, *, limit: int = 20) -> tuple[RequestRow, ...]:
    """The latest requests whose address holds the words, in any case."""
    escaped = words.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {_ROW_LIST} FROM requests_request WHERE address ILIKE %s ORDER BY logged_at DESC LIMIT %s",  # noqa: S608
            [f"%{escaped}%", min(limit, MAX_PAGE)],
        )
        return tuple(map(as_row, cursor.fetchall()))


def notes(request_id: int, *, limit: int = 200) -> tuple[NoteView, ...]:
    """The notes of a request, oldest first."""
    return _values(models.Note.objects.filter(request_id=request_id).order_by("id")[:limit], NoteView)


def photos(request_id: int, *, limit: int = 50) -> tuple[PhotoView, ...]:
    """The pictures of a request, oldest first."""
    return _values(models.Photo.objects.filter(request_id=request_id).order_by("id")[:limit], PhotoView)


def photo_of(request_id: int, *, photo_id: int) -> PhotoView | None:
    """One picture of that request."""
    return next(iter(_values(models.Photo.objects.filter(request_id=request_id, id=photo_id), PhotoView)), None)


def handoffs(request_id: int, *, limit: int = 50) -> tuple[HandoffView, ...]:
    """The work orders of a request, first to last."""
    return _values(models.HandoffRow.objects.filter(request_id=request_id).order_by("sequence")[:limit], HandoffView)


def _values(rows: Iterable[Model], view: type[_View]) -> tuple[_View, ...]:
    names = [field.name for field in dataclasses.fields(view)]  # type: ignore[arg-type]
    return tuple(view(**{name: getattr(row, name) for name in names}) for row in rows)


def links(request_id: int, *, limit: int = 100) -> tuple[LinkView, ...]:
    """The ties of a request in both directions, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT l.id, l.kind, r.id, r.number, l.request_id = %s, l.at FROM requests_link l"
            " JOIN requests_request r ON r.id = CASE WHEN l.request_id = %s THEN l.other_id ELSE l.request_id END"
            " WHERE l.request_id = %s OR l.other_id = %s ORDER BY l.id LIMIT %s",
            [request_id, request_id, request_id, request_id, limit],
        )
        return tuple(LinkView(*values) for values in cursor.fetchall())


def recent_for_duplicates(days: int, *, now: datetime) -> datetime:
    """The instant from which earlier reports count as possibly the same."""
    return now - timedelta(days=days)


def done_at(key: str) -> datetime | None:
    """When a change was made under that key, which is also when its facts say that it happened."""
    return models.Command.objects.filter(key=key).values_list("at", flat=True).first()


def files_in_use(files: Sequence[str]) -> frozenset[str]:
    """Those of the media files that a request shows."""
    return frozenset(models.Photo.objects.filter(file__in=list(files)[:5000]).values_list("file", flat=True))

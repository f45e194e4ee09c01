"""What the guard of promises asks of the requests: how long they took, which are in danger, which a storm concerns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection, transaction


class Life(NamedTuple):
    """One request as far as it has gone; an end that nobody worked towards (withdrawn, entered in error) has none."""

    id: int
    service: str
    area: str
    logged_at: datetime
    first_action_at: datetime | None
    ended_at: datetime | None
    stopped_at: datetime | None


_LIVES_SQL = """
SELECT id, service_code, area_key, logged_at, first_action_at,
       CASE WHEN outcome NOT IN ('cancelled_by_requester', 'entered_in_error', 'no_reply_from_requester')
            THEN resolved_at END,
       coalesce(resolved_at, closed_at)
  FROM requests_request
 WHERE logged_at >= %s AND (is_open OR resolved_at IS NOT NULL OR closed_at IS NOT NULL)
"""


def lives(*, since: datetime) -> Iterator[Life]:
    """Every request logged since then whose end, or whose being open, is known; streamed, no row kept here."""
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(_LIVES_SQL, [since])
        while rows := cursor.fetchmany(5000):
            yield from map(Life._make, rows)


def departments_of(request_ids: Sequence[int]) -> dict[int, str]:
    """Who has each of these requests now, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, department FROM requests_request WHERE id = ANY(%s)", [list(request_ids)])
        return dict(cursor.fetchall())


@dataclass(frozen=True, slots=True)
class Choice:
    """Which open, promised requests are meant; an empty field means all."""

    services: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    department: str = ""
    logged_from: datetime | None = None
    logged_before: datetime | None = None
    due_before: datetime | None = None


class Due(NamedTuple):
    """A request and when its completion is due."""

    id: int
    number: str
    service: str
    due_at: datetime


MOST_CHOSEN = 200_000
"""Units: requests one choice may hold."""


def chosen(choice: Choice) -> list[Due]:
    """The open requests of the choice that have a completion date, by id, in one statement."""
    clauses = ["is_open", "completion_due IS NOT NULL"]
    values: list[Any] = []
    for clause, value in (
        ("service_code = ANY(%s)", list(choice.services)), ("area_key = ANY(%s)", list(choice.areas)),
        ("department = %s", choice.department), ("logged_at >= %s", choice.logged_from),
        ("logged_at < %s", choice.logged_before), ("completion_due < %s", choice.due_before),
    ):  # fmt: skip
        if value:
            clauses.append(clause)
            values.append(value)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, number, service_code, completion_due FROM requests_request"  # noqa: S608 - only names are put in
            f" WHERE {' AND '.join(clauses)} ORDER BY id LIMIT {MOST_CHOSEN}",
            values,
        )
        return [Due._make(row) for row in cursor.fetchall()]


PAUSED_LONG_DAYS = 30
"""Units: days a clock may stand still before the board asks whether that is still right."""


@dataclass(frozen=True, slots=True)
class Board:
    """Whose promises are looked at, and the instants that part them: now, the end of today, the end of the week."""

    now: datetime
    today_ends: datetime
    week_ends: datetime
    department: str = ""
    service: str = ""
    area: str = ""
    hide_confidential: bool = False


class BoardLine(NamedTuple):
    """Open requests of one department, service or area by how their promise stands."""

    key: str
    open: int
    broken: int
    today: int
    week: int
    at_risk: int
    paused: int
    paused_long: int
    untouched: int


BUCKETS = {
    "broken": "paused_since IS NULL AND due_sort <= %(now)s",
    "today": "paused_since IS NULL AND due_sort > %(now)s AND due_sort <= %(today_ends)s",
    "week": "paused_since IS NULL AND due_sort > %(today_ends)s AND due_sort <= %(week_ends)s",
    "at_risk": "paused_since IS NULL AND due_sort > %(now)s AND completion_at_risk <= %(now)s",
    "paused": "paused_since IS NOT NULL",
    "paused_long": f"paused_since < %(now)s - interval '{PAUSED_LONG_DAYS} days'",
    "untouched": "paused_since IS NULL AND first_action_at IS NULL AND first_action_due <= %(now)s",
}
"""How an open request's promise may stand, as conditions; a request may be in several."""

DIMENSIONS = {"department": "department", "service": "service_code", "area": "area_key"}
"""What the board may be told by."""


def board(asked: Board, *, by: str) -> list[BoardLine]:
    """A line for each department, service or area with open requests, most broken first, in one statement."""
    column = DIMENSIONS[by]
    where, values = _of_board(asked)
    counts = ", ".join(f"count(*) FILTER (WHERE {condition})" for condition in BUCKETS.values())
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {column}, count(*), {counts} FROM requests_request WHERE {where}"  # noqa: S608 - constant names
            f" GROUP BY {column} ORDER BY 3 DESC, 4 DESC, 2 DESC, 1 LIMIT 500",
            values,
        )
        return [BoardLine._make(row) for row in cursor.fetchall()]


def board_ids(asked: Board, *, bucket: str, limit: int = 50) -> list[int]:
    """The requests of one bucket, soonest due first."""
    where, values = _of_board(asked)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id FROM requests_request WHERE {where} AND {BUCKETS[bucket]}"  # noqa: S608 - constant names
            f" ORDER BY due_sort, id LIMIT {limit:d}",
            values,
        )
        return [row[0] for row in cursor.fetchall()]


def _of_board(asked: Board) -> tuple[str, dict[str, Any]]:
    clauses = ["is_open"]
    for name in ("department", "service", "area"):
        if getattr(asked, name):
            clauses.append(f"{DIMENSIONS[name]} = %({name})s")
    if asked.hide_confidential:
        clauses.append("visibility <> 'confidential'")
    values = {
        "now": asked.now, "today_ends": asked.today_ends, "week_ends": asked.week_ends,
        "department": asked.department, "service": asked.service, "area": asked.area,
    }  # fmt: skip
    return " AND ".join(clauses), values

"""How much work lies where, how old it is, and how much of it was done in time: counted by queue, team and person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection

from answerable.requests.queries import Filters, conditions_of

MEASURED: Final = timedelta(days=30)
"""How far back work that was done is counted."""

AGES_DAYS: Final = (7, 30, 90)
"""Where the groups of age end; the last has no end.  Units: days since logging."""

_OPEN_SQL: Final = """
SELECT grouping(department, queue), grouping(team_id), department, queue, team_id, assignee_id,
       count(*),
       count(*) FILTER (WHERE paused_since IS NULL AND due_sort <= %(now)s),
       count(*) FILTER (WHERE paused_since IS NULL AND due_sort > %(now)s AND due_sort <= %(week)s),
       count(*) FILTER (WHERE paused_since IS NOT NULL),
       count(*) FILTER (WHERE handoff = 'sent'),
       count(*) FILTER (WHERE team_id IS NULL AND assignee_id IS NULL),
       min(logged_at),
       count(*) FILTER (WHERE logged_at > %(first)s),
       count(*) FILTER (WHERE logged_at <= %(first)s AND logged_at > %(second)s),
       count(*) FILTER (WHERE logged_at <= %(second)s AND logged_at > %(third)s),
       count(*) FILTER (WHERE logged_at <= %(third)s)
  FROM requests_request WHERE {where}
 GROUP BY GROUPING SETS ((department, queue), (team_id), (assignee_id))
"""
_DONE_SQL: Final = """
SELECT department, queue, count(*), count(*) FILTER (WHERE resolved_at < completion_due),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY resolved_at - logged_at)
  FROM requests_request
 WHERE {where} AND updated_at >= %(since)s AND resolved_at >= %(since)s AND completion_due IS NOT NULL
   AND outcome NOT IN ('entered_in_error', 'cancelled_by_requester')
 GROUP BY department, queue
"""


@dataclass(frozen=True, slots=True)
class Load:
    """Open work of a queue, a team or a person.

    `ages` counts by the groups of `AGES_DAYS`; `this_week` is due in the next seven days; `to_accept` nobody accepted.
    """

    open: int
    late: int
    this_week: int
    paused: int
    to_accept: int
    nobodys: int
    oldest: datetime | None
    ages: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Done:
    """Work of the last `MEASURED` that had a promised date: how much, how much in time, and its median time."""

    count: int
    in_time: int
    median: timedelta

    @property
    def share(self) -> float:
        """How much was done in time.  Units: 0 to 1."""
        return self.in_time / self.count


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything counted at one instant; queues go by department and queue."""

    queues: dict[tuple[str, str], Load]
    teams: dict[int, Load]
    people: dict[int, Load]
    done: dict[tuple[str, str], Done]


def overview(*, department: str, hide_confidential: bool, now: datetime) -> Overview:
    """The work of a department, or of all, in two statements over its open and its lately finished requests."""
    where, values = _where(Filters(department=department, hide_confidential=hide_confidential), now=now)
    ends = [now - timedelta(days=days) for days in AGES_DAYS]
    values |= {"now": now, "week": now + timedelta(days=7), "first": ends[0], "second": ends[1], "third": ends[2]}
    ended = Filters(department=department, state="ended", hide_confidential=hide_confidential)
    done_where, done_values = _where(ended, now=now)
    with connection.cursor() as cursor:
        cursor.execute(_OPEN_SQL.format(where=where), values)
        rows = cursor.fetchall()
        cursor.execute(_DONE_SQL.format(where=done_where), done_values | {"since": now - MEASURED})
        done = {(row[0], row[1]): Done(row[2], row[3], row[4]) for row in cursor.fetchall()}
    return Overview(
        queues={(row[2], row[3]): _load(row) for row in rows if row[0] == 0},
        teams={row[4]: _load(row) for row in rows if row[0] and row[1] == 0 and row[4] is not None},
        people={row[5]: _load(row) for row in rows if row[0] and row[1] and row[5] is not None},
        done=done,
    )


def _where(filters: Filters, *, now: datetime) -> tuple[str, dict[str, Any]]:
    """The list's conditions with named values."""
    clauses, given = conditions_of(filters, now=now)
    named = {f"w{place}": value for place, value in enumerate(given)}
    text = " AND ".join(clauses)
    for name in named:
        text = text.replace("%s", f"%({name})s", 1)
    return text, dict(named)


def _load(row: Sequence[object]) -> Load:
    open_, late, this_week, paused, to_accept, nobodys, *ages = (int(str(each)) for each in (*row[6:12], *row[13:17]))
    oldest = row[12]
    assert oldest is None or isinstance(oldest, datetime)
    return Load(
        open=open_, late=late, this_week=this_week, paused=paused, to_accept=to_accept, nobodys=nobodys, oldest=oldest,
        ages=tuple(ages),
    )  # fmt: skip

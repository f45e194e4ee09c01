"""What the guard of promises asks of the requests: how long they took, which are in danger, which a storm concerns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

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

"""Which requests ended in a time: what a draw for audits chooses from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

MOST_ENDED = 50_000
"""Units: requests one draw may look at; more than any city ends in a day."""

_ENDED_SQL = """
SELECT id, number, department, service_code, outcome, resolved_at
  FROM requests_request
 WHERE updated_at >= %(since)s AND resolved_at >= %(since)s AND resolved_at < %(until)s AND NOT is_open
   AND outcome NOT IN ('entered_in_error', 'cancelled_by_requester', 'no_reply_from_requester')
   AND channel NOT LIKE 'import%%'
 ORDER BY id LIMIT %(most)s
"""


@dataclass(frozen=True, slots=True)
class Ended:
    """One request that ended by somebody's word."""

    id: int
    number: str
    department: str
    service_code: str
    outcome: str
    resolved_at: datetime


def ended_between(since: datetime, until: datetime) -> tuple[Ended, ...]:
    """The requests that ended in that time and are still over; not those that residents withdrew or left."""
    with connection.cursor() as cursor:
        cursor.execute(_ENDED_SQL, {"since": since, "until": until, "most": MOST_ENDED})
        return tuple(Ended(*row) for row in cursor.fetchall())

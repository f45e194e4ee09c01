"""What the journal tells: a subject's history, what came after a place, broken chains, who is behind."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from django.db import connection

from answerable.journal.records import BEGINNING, BrokenChain, FollowerLag, Position, RecordedFact

BATCH: Final = 500
"""Facts read at a time, unless the caller asks for fewer."""

_COLUMNS: Final = "id, oxid::text::bigint, recorded_at, at, kind, subject, seq, by, body::text"

READ_AFTER_SQL: Final = f"""
SELECT {_COLUMNS}
  FROM journal_fact
 WHERE (oxid, id) > (%(oxid)s::text::xid8, %(id)s::bigint)
   AND oxid < pg_snapshot_xmin(pg_current_snapshot())
   AND recorded_at >= %(recorded_at)s::timestamptz - interval '1 day'
 ORDER BY oxid, id
 LIMIT {BATCH}
"""  # noqa: S608 - no word of it comes from outside
"""The next facts after a place, for any psycopg cursor; parameters from `position_parameters`.

Nothing can appear later at or before a place this has passed: see docs/decisions/0003-journal-order.md.
The day of grace on recorded_at is more than a transaction may stay open (journal_append refuses after 12 hours).
"""

HORIZON_SQL: Final = """
SELECT (pg_snapshot_xmin(pg_current_snapshot())::text::bigint - 1), 9223372036854775807, now()
"""
"""The place behind which everything is settled: following from here gives only what commits from now on."""

_TIMELINE_SQL: Final = f"""
SELECT {_COLUMNS} FROM journal_fact
 WHERE subject = %(subject)s
   AND recorded_at >= (SELECT first_at - interval '1 day' FROM journal_head WHERE subject = %(subject)s)
 ORDER BY seq DESC
 LIMIT %(limit)s
"""  # noqa: S608 - no word of it comes from outside

_BROKEN_SQL: Final = """
WITH fact AS (
    SELECT f.subject, f.seq, f.id, f.oxid, f.prev, f.hash,
           journal_digest(f.prev, f.id, f.subject, f.seq, f.kind, f.by, f.at, f.recorded_at, f.body) AS digest,
           lag(f.hash, 1, ''::bytea) OVER chain AS expected_prev,
           row_number() OVER chain AS expected_seq
      FROM journal_fact f
     WHERE %(subject)s::text IS NULL OR f.subject = %(subject)s
    WINDOW chain AS (PARTITION BY f.subject ORDER BY f.seq, f.id)
), judged AS (
    SELECT subject, seq, id, hash,
           CASE WHEN seq <> expected_seq THEN 'gap'
                WHEN prev <> expected_prev THEN 'unlinked'
                WHEN hash <> digest THEN 'altered' END AS reason
      FROM fact
), broken AS (
    SELECT DISTINCT ON (subject) subject, seq, id, reason FROM judged
     WHERE reason IS NOT NULL ORDER BY subject, seq, id
), tail AS (
    SELECT DISTINCT ON (subject) subject, seq, id, hash FROM judged ORDER BY subject, seq DESC, id DESC
)
SELECT subject, seq, id, reason FROM broken
UNION ALL
SELECT coalesce(t.subject, h.subject), coalesce(t.seq, 0), t.id,
       CASE WHEN h.subject IS NULL THEN 'headless' WHEN t.seq IS NULL OR t.seq < h.seq THEN 'cut' ELSE 'altered' END
  FROM tail t
  FULL JOIN (SELECT * FROM journal_head WHERE %(subject)s::text IS NULL OR subject = %(subject)s) h USING (subject)
 WHERE (t.seq, t.hash) IS DISTINCT FROM (h.seq, h.hash)
   AND NOT EXISTS (SELECT FROM broken b WHERE b.subject = coalesce(t.subject, h.subject))
 ORDER BY 1
 LIMIT %(limit)s
"""

_LAG_SQL: Final = """
SELECT c.name, w.waiting, coalesce(extract(epoch FROM %(now)s - w.oldest), 0)::float8,
       c.failures, c.failing_id, c.retry_at
  FROM journal_cursor c
 CROSS JOIN LATERAL (
    SELECT count(*) AS waiting, min(n.recorded_at) AS oldest FROM (
        SELECT recorded_at FROM journal_fact f
         WHERE (f.oxid, f.id) > (c.oxid, c.id) AND f.recorded_at >= c.recorded_at - interval '1 day'
         ORDER BY f.oxid, f.id
         LIMIT 10000
    ) n
 ) w
 ORDER BY c.name
"""


def position_parameters(position: Position) -> dict[str, Any]:
    """What `READ_AFTER_SQL` needs to know of a place."""
    return {"oxid": str(position.oxid), "id": position.id, "recorded_at": position.recorded_at}


def recorded(row: Sequence[Any]) -> RecordedFact:
    """The fact in a row of `READ_AFTER_SQL`."""
    fact_id, oxid, recorded_at, at, kind, subject, seq, by, body = row
    return RecordedFact(fact_id, oxid, recorded_at, at, kind, subject, seq, by, json.loads(body))


def timeline(subject: str, *, limit: int = 200) -> list[RecordedFact]:
    """The history of a subject in its order, the latest `limit` facts of it."""
    with connection.cursor() as cursor:
        cursor.execute(_TIMELINE_SQL, {"subject": subject, "limit": limit})
        return [recorded(row) for row in reversed(cursor.fetchall())]


def read_after(position: Position, *, limit: int = BATCH) -> list[RecordedFact]:
    """The next facts after a place, in the order of the journal, `limit` (at most 500) of them.

    A fact is given only when nothing that belongs before it can appear any more.
    """
    with connection.cursor() as cursor:
        cursor.execute(READ_AFTER_SQL, position_parameters(position))
        return [recorded(row) for row in cursor.fetchmany(limit)]


def horizon() -> Position:
    """The place to follow from for what commits from now on."""
    with connection.cursor() as cursor:
        cursor.execute(HORIZON_SQL)
        return Position(*cursor.fetchone())


def cursor_position(name: str) -> Position:
    """The place up to which the follower has consumed; the beginning when it has not begun."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT oxid::text::bigint, id, recorded_at FROM journal_cursor WHERE name = %s", [name])
        row = cursor.fetchone()
    return Position(*row) if row else BEGINNING


def broken_chains(*, subject: str | None = None, limit: int = 100) -> list[BrokenChain]:
    """The first broken fact of each subject whose chain does not hold; of one subject when it is named."""
    with connection.cursor() as cursor:
        cursor.execute(_BROKEN_SQL, {"subject": subject, "limit": limit})
        return [BrokenChain(*row) for row in cursor.fetchall()]


def lags(*, now: datetime) -> list[FollowerLag]:
    """How far each follower is behind, by name."""
    with connection.cursor() as cursor:
        cursor.execute(_LAG_SQL, {"now": now})
        return [FollowerLag(*row) for row in cursor.fetchall()]

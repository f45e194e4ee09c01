"""What is done to the journal: facts are appended, months prepared, a restored order rebuilt."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.db import connection

from answerable.journal.errors import OutsideTransaction
from answerable.kernel.facts import Fact

MONTHS_AHEAD: Final = 3
"""Partitions kept ready beyond the present month."""

_APPEND_ALL_SQL: Final = """
SELECT ord, journal_append(kind, subject, %(by)s, %(at)s, body)
  FROM (SELECT * FROM ROWS FROM (jsonb_to_recordset(%(facts)s::jsonb) AS (kind text, subject text, body jsonb))
          WITH ORDINALITY AS given (kind, subject, body, ord)
         ORDER BY subject, ord OFFSET 0) AS sorted
"""

_STEP_OVER_SQL: Final = """
UPDATE journal_cursor c
   SET oxid = f.oxid, id = f.id, recorded_at = f.recorded_at, updated_at = now(),
       failures = 0, failing_id = NULL, retry_at = NULL
  FROM journal_fact f
 WHERE c.name = %s AND f.id = c.failing_id
RETURNING f.id
"""


def append(fact: Fact, *, by: str, at: datetime) -> int:
    """The fact is the newest of its subject once the caller's transaction commits; gives its id.

    `at` is when it happened.  Raises: OutsideTransaction.
    """
    _require_transaction(fact)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT journal_append(%s, %s, %s, %s, %s::jsonb)",
            [fact.KIND, fact.subject(), by, at, json.dumps(fact.body())],
        )
        (fact_id,) = cursor.fetchone()
    return int(fact_id)


def append_all(facts: Sequence[Fact], *, by: str, at: datetime) -> list[int]:
    """Like `append` for several facts in one round trip; gives their ids in the order of `facts`.

    Subjects are locked in one order, so that two such writers never wait for each other.  Raises: OutsideTransaction.
    """
    if not facts:
        return []
    _require_transaction(facts[0])
    given = json.dumps([{"kind": fact.KIND, "subject": fact.subject(), "body": fact.body()} for fact in facts])
    with connection.cursor() as cursor:
        cursor.execute(_APPEND_ALL_SQL, {"by": by, "at": at, "facts": given})
        return [int(fact_id) for _, fact_id in sorted(cursor.fetchall())]


def append_many(facts: Sequence[tuple[Fact, datetime]], *, by: str) -> int:
    """The facts, each with when it happened, are the newest of their subjects; for hundreds in a few statements.

    Gives how many.  Raises: OutsideTransaction.
    """
    if not facts:
        return 0
    _require_transaction(facts[0][0])
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT journal_append_many(%s, %s::text[], %s::text[], %s::timestamptz[], %s::jsonb[])",
            [
                by,
                [fact.KIND for fact, _ in facts],
                [fact.subject() for fact, _ in facts],
                [at for _, at in facts],
                [json.dumps(fact.body()) for fact, _ in facts],
            ],
        )
        (count,) = cursor.fetchone()
    return int(count)


def ensure_partitions(now: datetime, *, months_ahead: int = MONTHS_AHEAD) -> int:
    """There is a partition for this month and the following ones; gives how many had to be created."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT journal_ensure_partitions(%s, %s)", [now, months_ahead])
        (created,) = cursor.fetchone()
    return int(created)


def rebase_after_restore() -> int:
    """The journal's order fits the transaction ids of the cluster it was restored into; gives the facts changed.

    Run it after a logical restore, before anything writes.  No follower skips a fact; some see a few twice.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT journal_rebase_after_restore()")
        (changed,) = cursor.fetchone()
    return int(changed)


def step_over(follower: str) -> int | None:
    """The follower goes on behind the fact it cannot digest; gives that fact's id, or None if it is not stuck."""
    with connection.cursor() as cursor:
        cursor.execute(_STEP_OVER_SQL, [follower])
        row = cursor.fetchone()
    return int(row[0]) if row else None


def _require_transaction(fact: Fact) -> None:
    if not connection.in_atomic_block:
        raise OutsideTransaction(
            f"The fact {fact.KIND} of {fact.subject()} was appended outside a transaction.",
            field="fact",
            value=fact.KIND,
            remedy="Append it in the transaction that changes the row it speaks of.",
        )

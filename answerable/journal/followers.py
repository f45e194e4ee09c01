"""Following the journal: each follower sees each fact of its kinds at least once, in order.

A follower's cursor moves in the transaction its handler writes in, so what a handler does in the database happens
exactly once; what it does outside may happen twice after a crash.  A fact the handler cannot digest stops this
follower alone: it is tried again after a growing pause, and `actions.step_over` lets an administrator pass it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import DatabaseError, connection, transaction

from answerable.journal.queries import BATCH, read_after
from answerable.journal.records import Position, RecordedFact
from answerable.plumbing import clock

log = logging.getLogger(__name__)

Handler = Callable[[RecordedFact], None]
"""What a follower does with one fact, inside a transaction; it must not wait for the network there."""

HandlerOfMany = Callable[[Sequence[RecordedFact]], None]
"""The same for a batch in the order of the journal, for what can be done in one statement."""

LONGEST_PAUSE: Final = timedelta(minutes=5)
"""Between two tries of a fact that cannot be digested."""


@dataclass(frozen=True, slots=True)
class Follower:
    """Who reacts to which kinds of facts; no kinds means all."""

    name: str
    kinds: frozenset[str]
    handler: Handler | None = None
    handler_of_many: HandlerOfMany | None = None

    def digest(self, facts: Sequence[RecordedFact]) -> None:
        """The facts of its kinds are handled, one by one or, where it can, all at once."""
        wanted = [fact for fact in facts if self.wants(fact)]
        if self.handler_of_many is not None and wanted:
            self.handler_of_many(wanted)
        if self.handler is not None:
            for fact in wanted:
                self.handler(fact)

    def wants(self, fact: RecordedFact) -> bool:
        """Whether the fact is of a kind it follows."""
        return not self.kinds or fact.kind in self.kinds


@dataclass(frozen=True, slots=True)
class _Cursor:
    position: Position
    failures: int
    retry_at: datetime | None


def run_follower(follower: Follower, *, limit: int = BATCH) -> int:
    """The follower has consumed its next facts; gives how many the cursor passed, 0 when it may rest.

    Nothing happens while another process runs the same follower or while it pauses after a failure.
    Raises: DatabaseError when the connection is lost.
    """
    cursor = _cursor(follower.name)
    if cursor.retry_at and clock.now() < cursor.retry_at:
        return 0
    facts = read_after(cursor.position, limit=limit)
    if not facts:
        return 0
    try:
        return _consume(follower, facts, after=cursor.position)
    except Exception as error:  # noqa: BLE001 - a handler may raise anything; below we find out for which fact
        _raise_if_disconnected(error)
        return _consume_one_by_one(follower, facts, cursor=cursor)


def follow(followers: Sequence[Follower], *, stop: threading.Event, pause_seconds: float = 0.1) -> None:
    """Runs the followers in turn until `stop` is set; a lost database is waited for."""
    while not stop.is_set():
        try:
            consumed = sum(run_follower(follower) for follower in followers if not stop.is_set())
        except DatabaseError as error:
            log.warning("followers.database_lost", extra={"error": type(error).__name__})
            connection.close()
            stop.wait(1.0)
            continue
        if not consumed:
            stop.wait(pause_seconds)


def _cursor(name: str) -> _Cursor:
    with connection.cursor() as cursor:
        for _ in range(2):
            cursor.execute(
                "SELECT oxid::text::bigint, id, recorded_at, failures, retry_at FROM journal_cursor WHERE name = %s",
                [name],
            )
            if row := cursor.fetchone():
                break
            cursor.execute("INSERT INTO journal_cursor (name) VALUES (%s) ON CONFLICT (name) DO NOTHING", [name])
    oxid, fact_id, recorded_at, failures, retry_at = row
    return _Cursor(Position(oxid=oxid, id=fact_id, recorded_at=recorded_at), failures, retry_at)


def _consume(follower: Follower, facts: Sequence[RecordedFact], *, after: Position) -> int:
    """Handle the facts and move the cursor from `after` in one transaction; 0 when somebody else moved it."""
    with transaction.atomic():
        if not _claimed(follower.name, after=after):
            return 0
        follower.digest(facts)
        _move(follower.name, to=facts[-1].position)
    return len(facts)


def _consume_one_by_one(follower: Follower, facts: Sequence[RecordedFact], *, cursor: _Cursor) -> int:
    after, consumed = cursor.position, 0
    for fact in facts:
        try:
            if not _consume(follower, [fact], after=after):
                return consumed
        except Exception as error:  # noqa: BLE001 - recorded, and tried again after a pause
            _raise_if_disconnected(error)
            _note_failure(follower.name, fact, failures=1 if consumed else cursor.failures + 1, error=error)
            return consumed
        after, consumed = fact.position, consumed + 1
    return consumed


def _claimed(name: str, *, after: Position) -> bool:
    """Whether the cursor still stands at `after` and is ours until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM journal_cursor WHERE name = %s AND oxid = %s::text::xid8 AND id = %s FOR UPDATE SKIP LOCKED",
            [name, str(after.oxid), after.id],
        )
        return cursor.fetchone() is not None


def _move(name: str, *, to: Position) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE journal_cursor SET oxid = %s::text::xid8, id = %s, recorded_at = %s, updated_at = now(),"
            " failures = 0, failing_id = NULL, retry_at = NULL WHERE name = %s",
            [str(to.oxid), to.id, to.recorded_at, name],
        )


def _note_failure(name: str, fact: RecordedFact, *, failures: int, error: Exception) -> None:
    pause = min(timedelta(seconds=2 ** min(failures, 16)), LONGEST_PAUSE)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE journal_cursor SET failures = %s, failing_id = %s, retry_at = %s, updated_at = now()"
            " WHERE name = %s",
            [failures, fact.id, clock.now() + pause, name],
        )
    log.error(
        "follower.stuck",
        extra={
            "follower": name,
            "fact": fact.id,
            "kind": fact.kind,
            "failures": failures,
            "pause_seconds": pause.total_seconds(),
            "error": type(error).__name__,
            "where": _where(error),
        },
    )


def _where(error: Exception) -> str:
    """File and line that raised: enough to find the fault, and free of what the message might quote."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}" if trace else "?"


def _raise_if_disconnected(error: Exception) -> None:
    if isinstance(error, DatabaseError) and (connection.connection is None or not connection.is_usable()):
        raise error

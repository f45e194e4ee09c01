"""Timers ring once: due rows are claimed, deleted and acted on in one transaction.

Any number of processes may run the clockwork; each claims rows the others have not.  A process killed while it
works leaves its rows as they were, and another finds them due.  So an effect in the database happens exactly once.
"""

from __future__ import annotations

import json
import logging
import threading
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import DatabaseError, OperationalError, connection, transaction

from answerable.kernel.facts import Json
from answerable.plumbing import clock

log = logging.getLogger(__name__)

BATCH: Final = 500
"""Timers claimed at a time."""

PATIENCE: Final = "200ms"
"""How long a handler waits for a row somebody else has locked; less than PostgreSQL takes to look for a deadlock
(1 s), so that in a knot with a person's action it is the clockwork that gives way and tries again."""

LONGEST_PAUSE: Final = timedelta(minutes=10)
"""Between two tries of a timer whose handler fails."""


@dataclass(frozen=True, slots=True)
class DueTimer:
    """A timer that rings: what for, about whom, since when, and what was noted when it was set."""

    id: int
    due_at: datetime
    kind: str
    subject: str
    body: dict[str, Json]
    failures: int


Handler = Callable[[Sequence[DueTimer]], object]
"""What happens when timers of a kind ring: set-based, inside the transaction, without the network.

Their rows are already gone then, so a handler may set the same timer anew; if it raises, they are back.
"""

_DUE: Final = "due_at <= %(now)s AND (retry_at IS NULL OR retry_at <= %(now)s) AND kind = ANY(%(kinds)s)"

# The instant is a parameter, not clock_timestamp(), and LIMIT is a literal: otherwise PostgreSQL would plan to scan
# the timers of years to come.
_CLAIM_SQL: Final = f"""
SELECT id, due_at, kind, subject, body::text, failures
  FROM plumbing_timer
 WHERE {_DUE}
 ORDER BY due_at, id
 LIMIT {{limit:d}}
   FOR UPDATE SKIP LOCKED
"""  # noqa: S608 - no word of it comes from outside


def set_timer(kind: str, subject: str, *, due_at: datetime, body: Mapping[str, Json] | None = None) -> None:
    """The subject's timer of this kind rings at `due_at`; one that was set before is moved."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT plumbing_timer_set(%s, %s, %s, %s::jsonb)", [kind, subject, due_at, json.dumps(dict(body or {}))]
        )


def set_timers(kind: str, timers: Sequence[tuple[str, datetime, Mapping[str, object]]]) -> None:
    """Each subject's timer of this kind rings at its instant with its body, all set in one statement."""
    if not timers:
        return
    subjects, dues, bodies = zip(*timers, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(plumbing_timer_set(%s, subject, due, body))"
            "  FROM unnest(%s::text[], %s::timestamptz[], %s::jsonb[]) AS given (subject, due, body)",
            [kind, list(subjects), list(dues), [json.dumps(dict(body)) for body in bodies]],
        )


def cancel_timer(kind: str, subject: str) -> bool:
    """The subject's timer of this kind will not ring; gives whether there was one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT plumbing_timer_cancel(%s, %s)", [kind, subject])
        (cancelled,) = cursor.fetchone()
    return bool(cancelled)


def overdue_seconds(*, now: datetime) -> float:
    """How long the oldest due timer has been waiting, 0 when none is due."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(due_at) FROM plumbing_timer WHERE due_at <= %s", [now])
        (oldest,) = cursor.fetchone()
    return (now - oldest).total_seconds() if oldest else 0.0


@dataclass(frozen=True, slots=True)
class Clockwork:
    """Rings due timers with the handler of their kind; wiring names the handlers."""

    handlers: Mapping[str, Handler]

    def run_once(self) -> int:
        """Due timers have rung, up to one batch; gives how many.

        When a handler fails, the batch is rung timer by timer and only the ones at fault are put off.
        Raises: DatabaseError when the connection is lost.
        """
        if not self._any_due():
            return 0
        try:
            return self._ring()
        except Exception as error:  # noqa: BLE001 - a handler may raise anything; below we find out for which timer
            _raise_if_disconnected(error)
            return self._ring_one_by_one()

    def run(self, *, stop: threading.Event, pause_seconds: float = 0.1) -> None:
        """Rings timers as they come due until `stop` is set; a lost database is waited for."""
        while not stop.is_set():
            try:
                rung = self.run_once()
            except DatabaseError as error:
                log.warning("clockwork.database_lost", extra={"error": type(error).__name__})
                connection.close()
                stop.wait(1.0)
                continue
            if not rung:
                stop.wait(pause_seconds)

    def _any_due(self) -> bool:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT EXISTS (SELECT FROM plumbing_timer WHERE {_DUE})", self._now())  # noqa: S608
            (due,) = cursor.fetchone()
        return bool(due)

    def _ring(self) -> int:
        with transaction.atomic():
            due = self._claim(limit=BATCH)
            by_kind: dict[str, list[DueTimer]] = defaultdict(list)
            for timer in due:
                by_kind[timer.kind].append(timer)
            _delete(due)
            for kind, timers in by_kind.items():
                self.handlers[kind](timers)
        return len(due)

    def _ring_one_by_one(self) -> int:
        rung = 0
        for _ in range(BATCH):
            with transaction.atomic():
                due = self._claim(limit=1)
                if not due:
                    break
                rung += self._ring_one(due[0])
        return rung

    def _ring_one(self, timer: DueTimer) -> int:
        try:
            with transaction.atomic():
                _delete([timer])
                self.handlers[timer.kind]([timer])
        except Exception as error:  # noqa: BLE001 - recorded, and tried again after a pause
            _raise_if_disconnected(error)
            _put_off(timer, error)
            return 0
        return 1

    def _claim(self, *, limit: int) -> list[DueTimer]:
        with connection.cursor() as cursor:
            cursor.execute(_CLAIM_SQL.format(limit=limit), self._now())
            rows = cursor.fetchall()
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [PATIENCE])
        return [
            DueTimer(timer_id, due_at, kind, subject, json.loads(body), failures)
            for timer_id, due_at, kind, subject, body, failures in rows
        ]

    def _now(self) -> dict[str, Any]:
        return {"now": clock.now(), "kinds": sorted(self.handlers)}


def _delete(timers: Sequence[DueTimer]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM plumbing_timer WHERE id = ANY(%s)", [[timer.id for timer in timers]])


def _put_off(timer: DueTimer, error: Exception) -> None:
    """The timer is tried again: soon when a row was merely locked, else after a growing pause, and logged."""
    locked = isinstance(error, OperationalError)
    failures = timer.failures + (0 if locked else 1)
    pause = timedelta(seconds=1) if locked else min(timedelta(seconds=2 ** min(failures, 16)), LONGEST_PAUSE)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE plumbing_timer SET failures = %s, retry_at = %s WHERE id = %s",
            [failures, clock.now() + pause, timer.id],
        )
    if not locked:
        log.error(
            "clockwork.stuck",
            extra={
                "timer": timer.id,
                "kind": timer.kind,
                "subject": timer.subject,
                "failures": failures,
                "pause_seconds": pause.total_seconds(),
                "error": type(error).__name__,
            },
        )


def _raise_if_disconnected(error: Exception) -> None:
    if isinstance(error, DatabaseError) and (connection.connection is None or not connection.is_usable()):
        raise error

"""What happens when the timers of promises ring: set-based, in the clockwork's transaction, each fact exactly once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from django.db import connection

from answerable.plumbing import clock
from answerable.plumbing.clockwork import DueTimer
from answerable.promises import actions
from answerable.promises.queries import Told

AT_RISK_TIMER: Final = "promise.at_risk"
BREACH_TIMER: Final = "promise.breach"
PAUSE_OVER_TIMER: Final = "promise.pause_over"
BY: Final = "system:clockwork"


def on_at_risk(timers: Sequence[DueTimer]) -> list[Told]:
    """Promises whose warning instant passed are at risk, with a fact and a timer for the breach; gives them."""
    return _call("SELECT promise, request, target, due_at FROM promises_tell_risk(%s, %s, %s)", timers)


def on_breach(timers: Sequence[DueTimer]) -> list[Told]:
    """Promises whose due instant passed are broken, with a fact; gives them."""
    return _call("SELECT promise, request, target, due_at FROM promises_tell_breach(%s, %s, %s)", timers)


def on_pause_over(timers: Sequence[DueTimer]) -> list[int]:
    """Pauses whose cap is used up are over, with a fact; gives the requests whose dates changed."""
    return actions.end_capped_pauses(_ids(timers), at=clock.now(), by=BY)


def _call(sql: str, timers: Sequence[DueTimer]) -> list[Told]:
    with connection.cursor() as cursor:
        cursor.execute(sql, [_ids(timers), clock.now(), BY])
        return [Told(*row) for row in cursor.fetchall()]


def _ids(timers: Sequence[DueTimer]) -> list[int]:
    return [int(timer.subject.split(":")[1]) for timer in timers]

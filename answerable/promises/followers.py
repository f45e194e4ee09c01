"""What happens when the timers of promises ring: set-based, in the clockwork's transaction, each fact exactly once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from django.db import connection

from answerable.plumbing import clock
from answerable.plumbing.clockwork import DueTimer
from answerable.promises import actions

AT_RISK_TIMER: Final = "promise.at_risk"
BREACH_TIMER: Final = "promise.breach"
PAUSE_OVER_TIMER: Final = "promise.pause_over"
BY: Final = "system:clockwork"


def on_at_risk(timers: Sequence[DueTimer]) -> None:
    """Promises whose warning instant passed are at risk, with a fact and a timer for the breach."""
    _call("SELECT promises_warn(%s, %s, %s)", timers)


def on_breach(timers: Sequence[DueTimer]) -> None:
    """Promises whose due instant passed are broken, with a fact."""
    _call("SELECT promises_breach(%s, %s, %s)", timers)


def on_pause_over(timers: Sequence[DueTimer]) -> list[int]:
    """Pauses whose cap is used up are over, with a fact; gives the requests whose dates changed."""
    return actions.end_capped_pauses(_ids(timers), at=clock.now(), by=BY)


def _call(sql: str, timers: Sequence[DueTimer]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, [_ids(timers), clock.now(), BY])


def _ids(timers: Sequence[DueTimer]) -> list[int]:
    return [int(timer.subject.split(":")[1]) for timer in timers]

"""What the guard does by itself: it measures each night, apart from the clockwork, so that no timer waits for it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Final

from django.db import DatabaseError, connection

from answerable.catalogue import queries as catalogue
from answerable.catalogue.city import City
from answerable.catalogue.errors import NoCatalogue
from answerable.guard import actions, rules
from answerable.plumbing import clock
from answerable.plumbing.clockwork import DueTimer
from answerable.promises import followers as promises
from answerable.promises import measured

log = logging.getLogger(__name__)

LOOK_SECONDS: Final = 60.0
"""Units: seconds between two looks at whether it is time to measure."""

NIGHTLY_AT: Final = time(2, 40)
"""Local time, when few people work and the hour that a clock change skips or repeats is over or not yet there."""


def on_at_risk(timers: Sequence[DueTimer]) -> None:
    """Promises whose warning instant passed are at risk, and the people the ladder names know it."""
    if told := promises.on_at_risk(timers):
        actions.escalate(told, trigger=rules.AT_RISK, at=clock.now())


def on_breach(timers: Sequence[DueTimer]) -> None:
    """Promises whose due instant passed are broken, and the people the ladder names know it."""
    if told := promises.on_breach(timers):
        actions.escalate(told, trigger=rules.BREACH, at=clock.now())


def on_escalation(timers: Sequence[DueTimer]) -> None:
    """The next rung is told of what is still broken."""
    actions.escalate_later(timers, at=clock.now())


def on_surge(timers: Sequence[DueTimer]) -> None:
    """The next requests of each surge have their new dates."""
    for timer in sorted(timers, key=lambda each: each.subject):
        actions.go_on(int(timer.subject.split(":")[1]), at=clock.now())


def run(stop: threading.Event, *, look_seconds: float = LOOK_SECONDS) -> None:
    """Measures when it is time, until `stop` is set; a lost database is waited for."""
    while not stop.is_set():
        try:
            measure_if_due(now=clock.now())
        except (DatabaseError, NoCatalogue) as error:
            log.warning("guard.not_measured", extra={"error": type(error).__name__})
        finally:
            connection.close()
        stop.wait(look_seconds)


def measure_if_due(*, now: datetime) -> bool:
    """It was measured after the latest night's hour, by this process or another; gives whether by this one."""
    measured.forget()
    at = measured.experience().measured_at
    if at is not None and at >= latest_night(catalogue.active(), now=now):
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtext('guard.measure'))")
        (is_ours,) = cursor.fetchone()
        if not is_ours:
            return False
        try:
            actions.measure(at=now)
        finally:
            cursor.execute("SELECT pg_advisory_unlock(hashtext('guard.measure'))")
    return True


def latest_night(city: City, *, now: datetime) -> datetime:
    """The last instant at which the city's clocks showed the hour of measuring."""
    local = now.astimezone(city.timezone)
    tonight = local.replace(hour=NIGHTLY_AT.hour, minute=NIGHTLY_AT.minute, second=0, microsecond=0)
    return tonight if tonight <= local else tonight - timedelta(days=1)

"""Builds that were asked for are made, each by a process of its own, so that its memory goes when it ends."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import DatabaseError, connection

from answerable.catalogue import queries as catalogue
from answerable.catalogue.city import City
from answerable.catalogue.errors import NoCatalogue
from answerable.channels.opendata import actions, queries
from answerable.plumbing import clock
from answerable.plumbing.clockwork import DueTimer, set_timer

log = logging.getLogger(__name__)

TIMER = "opendata.daily"
LOOK_SECONDS = 3.0
"""Units: seconds between two looks for a build that was asked for."""

PATIENCE_SECONDS = 10
"""Units: seconds a build has to end by itself when the product stops."""

_COMMAND = (sys.executable, "-P", "-m", "answerable.cli", "export", "--asked")


def on_daily(timers: Sequence[DueTimer]) -> None:
    """The day's build is asked for, and the next day's timer is set."""
    actions.ask(by="system:clockwork", at=clock.now())
    for _timer in timers:
        set_daily()


def set_daily() -> None:
    """The timer rings at the hour the city pack says; it never rings in a city that publishes nothing."""
    try:
        due = next_due(catalogue.active(), now=clock.now())
    except NoCatalogue:
        return
    if due is not None:
        set_timer(TIMER, "city", due_at=due)


def next_due(city: City, *, now: datetime) -> datetime | None:
    """The next instant at which the city's clocks show the hour of its builds."""
    terms = city.pack.city.open_data
    if terms is None:
        return None
    hour, minute = map(int, terms.daily_at.split(":"))
    today = now.astimezone(city.timezone).replace(hour=hour, minute=minute, second=0, microsecond=0)
    return today if today > now else today + timedelta(days=1)


def run(stop: threading.Event, *, command: Sequence[str] = _COMMAND, look_seconds: float = LOOK_SECONDS) -> None:
    """Builds that were asked for are made, one after the other, until `stop` is set."""
    while not stop.wait(look_seconds):
        try:
            actions.end_interrupted(at=clock.now())
            asked = queries.is_asked()
        except DatabaseError:
            asked = False
        finally:
            connection.close()
        if asked:
            _make(command, stop)


def _make(command: Sequence[str], stop: threading.Event) -> None:
    """One build by a process of its own, which is asked to end when the product stops."""
    with subprocess.Popen(command, env=dict(os.environ), start_new_session=True) as child:
        while child.poll() is None:
            if stop.wait(0.2):
                child.terminate()
                try:
                    child.wait(PATIENCE_SECONDS)
                except subprocess.TimeoutExpired:
                    child.kill()
    if child.returncode:
        log.warning("opendata.build_failed", extra={"exit_code": child.returncode})

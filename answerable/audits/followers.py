"""Each night at the hour the city pack says, yesterday's closures are drawn from."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from answerable.audits import actions
from answerable.catalogue import queries as catalogue
from answerable.catalogue.city import City
from answerable.catalogue.errors import NoCatalogue
from answerable.plumbing import clock
from answerable.plumbing.clockwork import DueTimer, set_timer

log = logging.getLogger(__name__)

TIMER = "audits.draw"


def on_night(timers: Sequence[DueTimer]) -> None:
    """Yesterday is drawn from, and the next night's timer is set."""
    now = clock.now()
    chosen = actions.draw(catalogue.active().local_day(now) - timedelta(days=1), by="system:clockwork", at=now)
    log.info("audits.drawn", extra={"chosen": chosen})
    for _timer in timers:
        set_nightly()


def set_nightly() -> None:
    """The timer rings at the hour the city pack says."""
    try:
        due = next_due(catalogue.active(), now=clock.now())
    except NoCatalogue:
        return
    set_timer(TIMER, "city", due_at=due)


def next_due(city: City, *, now: datetime) -> datetime:
    """The next instant at which the city's clocks show that hour."""
    hour, minute = map(int, city.pack.city.audits.drawn_at.split(":"))
    today = now.astimezone(city.timezone).replace(hour=hour, minute=minute, second=0, microsecond=0)
    return today if today > now else today + timedelta(days=1)

"""What the guard does: it measures, escalates, and promises anew for many."""

from __future__ import annotations

import logging
from datetime import datetime

from answerable.catalogue import queries as catalogue
from answerable.guard import learning
from answerable.promises import actions as promises
from answerable.promises import queries as promise_clocks
from answerable.promises.experience import HISTORY
from answerable.requests import promised

log = logging.getLogger(__name__)


def measure(*, at: datetime) -> int:
    """What earlier requests teach is as of `at`; gives how many curves rest on enough of them."""
    city, since = catalogue.active(), at - HISTORY
    paused = promise_clocks.paused_seconds(since=since, now=at)
    curves = learning.curves_of(promised.lives(since=since), paused=paused, local_day=city.local_day, now=at)
    kept = promises.keep_curves(curves, at=at)
    log.info("guard.measured", extra={"curves": kept})
    return kept

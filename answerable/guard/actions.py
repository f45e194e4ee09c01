"""What the guard does: it measures, escalates, and promises anew for many."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from answerable.catalogue import queries as catalogue
from answerable.guard import learning, rules
from answerable.journal import actions as journal
from answerable.plumbing.clockwork import DueTimer, set_timers
from answerable.promises import actions as promises
from answerable.promises import queries as promise_clocks
from answerable.promises.events import PromiseEscalated
from answerable.promises.experience import HISTORY
from answerable.promises.queries import Told
from answerable.requests import promised

log = logging.getLogger(__name__)

ESCALATION_TIMER: Final = "promise.escalate"
"""Comes due when a rung of the ladder is told some time after the breach."""

CLOCKWORK: Final = "system:clockwork"


def measure(*, at: datetime) -> int:
    """What earlier requests teach is as of `at`; gives how many curves rest on enough of them."""
    city, since = catalogue.active(), at - HISTORY
    paused = promise_clocks.paused_seconds(since=since, now=at)
    curves = learning.curves_of(promised.lives(since=since), paused=paused, local_day=city.local_day, now=at)
    kept = promises.keep_curves(curves, at=at)
    log.info("guard.measured", extra={"curves": kept})
    return kept


def escalate(told: Sequence[Told], *, trigger: str, at: datetime) -> int:
    """Those above know of the promises that are now at risk or broken, by the ladder of the department that has them.

    Rungs that come later get a timer.  Called inside the transaction that told of the promises; gives how many rungs
    were told now.
    """
    city, places = catalogue.active(), promised.departments_of([each.request for each in told])
    facts: list[tuple[PromiseEscalated, datetime]] = []
    later: list[tuple[str, datetime, dict[str, object]]] = []
    for each in told:
        department = places.get(each.request, "")
        ladder = city.ladder(department)
        for climb in rules.climbs(ladder, trigger=trigger, target=each.target, happened_at=each.due_at):
            if climb.step == trigger:
                facts.append((_fact(each, climb.rung, climb.step, department, city.version_id), at))
            else:
                body: dict[str, object] = {"rung": climb.rung, "step": climb.step}
                later.append((f"promise:{each.promise}:{climb.rung}", climb.at, body))
    set_timers(ESCALATION_TIMER, later)
    return journal.append_many(facts, by=CLOCKWORK)


def escalate_later(timers: Sequence[DueTimer], *, at: datetime) -> int:
    """The rungs whose time has come are told of promises that are still broken; gives how many."""
    broken = {each.promise: each for each in promise_clocks.still_broken(sorted({_promise(each) for each in timers}))}
    city, places = catalogue.active(), promised.departments_of([each.request for each in broken.values()])
    facts = [
        (_fact(one, _whole(timer, "rung"), str(timer.body["step"]), places.get(one.request, ""), city.version_id), at)
        for timer in timers
        if (one := broken.get(_promise(timer))) is not None
    ]
    return journal.append_many(facts, by=CLOCKWORK)


def _fact(told: Told, rung: int, step: str, department: str, version: int) -> PromiseEscalated:
    return PromiseEscalated(
        told.request, told.promise, told.target, due_at=told.due_at.isoformat(), department=department, rung=rung,
        step=step, version=version,
    )  # fmt: skip


def _promise(timer: DueTimer) -> int:
    return int(timer.subject.split(":")[1])


def _whole(timer: DueTimer, name: str) -> int:
    value = timer.body[name]
    return value if isinstance(value, int) else 0

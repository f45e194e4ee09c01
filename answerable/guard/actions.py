"""What the guard does: it measures, escalates, and promises anew for many."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec
from django.db import transaction

from answerable.catalogue import queries as catalogue
from answerable.guard import events, learning, models, queries, rules
from answerable.guard.errors import NobodyConcerned
from answerable.guard.rules import NewDate
from answerable.journal import actions as journal
from answerable.plumbing.clockwork import DueTimer, set_timer, set_timers
from answerable.promises import actions as promises
from answerable.promises import queries as promise_clocks
from answerable.promises.events import PromiseEscalated
from answerable.promises.experience import HISTORY
from answerable.promises.queries import Told
from answerable.requests import promised, promising
from answerable.requests.promised import Choice

log = logging.getLogger(__name__)

ESCALATION_TIMER: Final = "promise.escalate"
"""Comes due when a rung of the ladder is told some time after the breach."""

CLOCKWORK: Final = "system:clockwork"

SURGE_TIMER: Final = "guard.surge"
"""Comes due when the next requests of a surge have their turn."""

TURN: Final = 200
"""Units: requests promised anew in one transaction; locks are held for less than a second."""


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


@dataclass(frozen=True, slots=True)
class Decision:
    """New dates for many, as somebody decided them: whom, when, why, and what they are told in each language."""

    choice: Choice
    date: NewDate
    reason: str
    words: Mapping[str, str]


def start_surge(decision: Decision, *, key: str, by: str, at: datetime) -> int:
    """Every request the decision concerns now will get its new date and one message, a few hundred at a time.

    Whom it concerns is settled here, once; the same key again gives the same record.  Gives its id.
    Raises: BadSurge, NobodyConcerned, MissingReason, BadChoice.
    """
    rules.check_words(decision.words, languages=catalogue.active().languages)
    promising.need_new_date_reason(decision.reason)
    earlier = models.Surge.objects.filter(key=key).first()
    if earlier is not None:
        return int(earlier.pk)
    moves = queries.moves_of(decision.choice, decision.date, now=at)
    if not moves:
        raise NobodyConcerned("No open request would get a later date.", field="until", remedy="Widen the choice.")
    with transaction.atomic():
        surge = models.Surge.objects.create(
            key=key, reason=decision.reason, words=dict(decision.words), by=by, at=at, count=len(moves),
            chosen=msgspec.to_builtins({"choice": decision.choice, "date": decision.date}), left=len(moves),
        )  # fmt: skip
        models.Member.objects.bulk_create(
            [
                models.Member(surge_id=surge.pk, request_id=each.id, due_before=each.before, due_at=each.after)
                for each in moves
            ],
            batch_size=2000,
        )
        journal.append(events.SurgeStarted(surge.pk, reason=decision.reason, requests=len(moves)), by=by, at=at)
        set_timer(SURGE_TIMER, f"surge:{surge.pk}", due_at=at)
    return int(surge.pk)


def go_on(surge_id: int, *, at: datetime) -> int:
    """The next requests of the surge have their new dates; the last ones end it.  Gives how many had their turn.

    Called in the clockwork's transaction: killed, it has not happened; rung twice, each request has one turn.
    """
    surge = models.Surge.objects.select_for_update().get(id=surge_id)
    turn = list(models.Member.objects.filter(surge_id=surge_id, outcome="").order_by("request_id")[:TURN])
    dues = {each.request_id: each.due_at for each in turn if each.due_at > at}
    told = promising.promise_many_anew(dues, reason=surge.reason, surge=surge_id, by=surge.by, at=at)
    for outcome, ids in (("told", told), ("passed", {each.request_id for each in turn} - told)):
        models.Member.objects.filter(surge_id=surge_id, request_id__in=list(ids)).update(outcome=outcome)
    surge.left -= len(turn)
    if surge.left > 0 and turn:
        set_timer(SURGE_TIMER, f"surge:{surge_id}", due_at=at)
    else:
        surge.finished_at = at
        told_all = models.Member.objects.filter(surge_id=surge_id, outcome="told").count()
        fact = events.SurgeFinished(surge_id, told=told_all, passed=surge.count - told_all)
        journal.append(fact, by=CLOCKWORK, at=at)
    surge.save()
    return len(turn)

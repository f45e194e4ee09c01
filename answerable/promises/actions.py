"""What is done to promises.  Callers hold a transaction and pass the instant they read once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection, transaction

from answerable.catalogue import queries as catalogue
from answerable.catalogue.city import City
from answerable.catalogue.structs import Service
from answerable.kernel.facts import Fact, Json
from answerable.promises import clock as clocks
from answerable.promises import events, measured, planning
from answerable.promises.clock import CAP_REACHED, SETTLED, PromiseClock
from answerable.promises.experience import SMALLEST, Cell, Curve
from answerable.promises.models import MeasuredCurve, Promise
from answerable.promises.queries import as_clock
from answerable.promises.rules import Calendar, Kind, State, Target


@dataclass(slots=True)
class _Change:
    """One clock before and after an act, with the ledger entries and facts that say so."""

    before: PromiseClock
    after: PromiseClock
    entries: list[dict[str, Json]] = field(default_factory=list)
    facts: list[dict[str, Json]] = field(default_factory=list)

    def say(self, entry: str, fact: Fact, *, at: datetime) -> None:
        """The act is in the ledger and in the request's history."""
        body = fact.body()
        self.facts.append({"kind": fact.KIND, "at": at.isoformat(), "body": body})
        kept = {key: value for key, value in body.items() if key not in {"promise", "target"}}
        self.entries.append({"entry": entry, "at": at.isoformat(), "body": kept})


def make(
    request_id: int, planned: Iterable[planning.Planned], *, at: datetime, by: str, reason: str | None = None
) -> None:
    """The request has these promises, counted from `at`; a second round when it had some before."""
    document = json.dumps([each.as_json() for each in planned])
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT promises_make(%s, %s::jsonb, %s, %s, %s)", [request_id, document, at, by, reason])


def make_again(
    request_id: int,
    *,
    city: City,
    service: Service,
    answers: Mapping[str, Json],
    priority: str,
    started_at: datetime,
    reason: str,
    at: datetime,
    by: str,
    area: str = "",
) -> None:
    """A reopened request has a new round of promises counted from `started_at`; the old ones stay as they ended."""
    planned = planning.plan(
        city, service=service, answers=answers, priority=priority, started_at=started_at, area=area,
        experience=measured.experience(),
    )  # fmt: skip
    make(request_id, planned, at=started_at, by=by, reason=reason)


def pause(request_id: int, *, reason: str, at: datetime, by: str, targets: Sequence[str] = tuple(Kind)) -> None:
    """The clocks of the request stand still from `at`, up to their cap; those already broken do not."""

    def act(change: _Change) -> None:
        clock = change.after = clocks.paused(change.before, at=at, reason=reason)
        if clock is not change.before:
            ends_by = clock.pause_ends_by
            fact = events.PromisePaused(
                clock.request_id, clock.id, clock.target.kind, reason, ends_by.isoformat() if ends_by else None
            )
            change.say("paused", fact, at=at)

    _act(_open_clocks(request_id, targets), act, by=by)


def resume(request_id: int, *, at: datetime, by: str) -> None:
    """The clocks of the request run again; due instants move by the paused time that counts."""
    _act(_open_clocks(request_id), lambda change: _resume(change, at=at), by=by)


def meet(request_id: int, *, target: str, at: datetime, by: str) -> None:
    """The promise is kept at `at`, in time or late; a breach nobody had noticed is recorded first."""

    def act(change: _Change) -> None:
        _resume(change, at=at)
        _note_breach(change, at=at)
        clock = change.after = clocks.met(change.after, at=at)
        late = clock.state is State.MET_LATE
        fact = events.PromiseMet(clock.request_id, clock.id, clock.target.kind, clock.due_at.isoformat(), late)
        change.say(clock.state.value, fact, at=at)

    _act(_open_clocks(request_id, (target,)), act, by=by)


def void(request_id: int, *, reason: str, at: datetime, by: str) -> None:
    """Nothing is owed any more; a breach that had happened is recorded first."""

    def act(change: _Change) -> None:
        _note_breach(change, at=at)
        clock = change.after = clocks.voided(change.after, at=at)
        change.say("voided", events.PromiseVoided(clock.request_id, clock.id, clock.target.kind, reason), at=at)

    _act(_open_clocks(request_id), act, by=by)


def remake(
    request_id: int,
    *,
    city: City,
    service: Service,
    answers: Mapping[str, Json],
    priority: str,
    reason: str,
    at: datetime,
    by: str,
    area: str = "",
) -> None:
    """The request's promises are those of `service`, counted from the original start with the same pauses.

    A kind the new service does not promise is voided; one it adds is counted from the first start too.
    """
    source = city.promise(service.promise).source
    found = _open_clocks(request_id)
    here = planning.Setting(city, service=service.code, area=area, experience=measured.experience())
    targets = [
        here.warned(target, started_at=found[0].started_at if found else at)
        for target in planning.targets_of(city, service=service, answers=answers, priority=priority)
    ]

    def act(change: _Change) -> None:
        target = clocks.matching(targets, change.before)
        if target is None:
            clock = change.after = clocks.voided(change.before, at=at)
            change.say("voided", events.PromiseVoided(clock.request_id, clock.id, clock.target.kind, reason), at=at)
            return
        change.after = clocks.remade(
            change.before,
            target=target,
            catalogue_version=city.version_id,
            source=source,
            calendar=planning.calendar_of(city, target.calendar),
            at=at,
        )
        _say_remade(change, reason=reason, at=at)

    added = _added(request_id, targets)
    _act(found, act, by=by)
    if added and found:
        _add(found[0], added, city=city, source=source, reason=reason, at=at, by=by)


def _added(request_id: int, targets: Sequence[Target]) -> list[Target]:
    """The targets of kinds the request was never promised."""
    known = set(Promise.objects.filter(request_id=request_id).values_list("target", flat=True))
    return [target for target in targets if target.kind.value not in known]


def _add(
    like: PromiseClock, targets: Sequence[Target], *, city: City, source: str, reason: str, at: datetime, by: str
) -> None:
    """Promises of further kinds that count from where `like` counts and stand still if it does."""
    planned = [
        planning.planned(target, city, source=source, started_at=like.started_at, pauses=like.closed_pauses)
        for target in targets
    ]
    make(like.request_id, planned, at=at, by=by, reason=reason)
    since = like.paused_since
    if since is not None:
        kinds = [target.kind for target in targets]
        pause(like.request_id, reason=like.pauses[-1].reason, at=since, by=by, targets=kinds)


def repromise(request_id: int, *, target: str, due: datetime, reason: str, at: datetime, by: str) -> None:
    """The resident is told a new date; the first one stays on record, and a breach that had happened stays one.

    Raises: BadRepromise.
    """

    def act(change: _Change) -> None:
        _note_breach(change, at=at)
        change.after = clocks.repromised(change.after, due=due, at=at)
        _say_remade(change, reason=reason, at=at, repromised=True)

    _act(_open_clocks(request_id, (target,)), act, by=by)


def repromise_many(dues: Mapping[int, datetime], *, reason: str, surge: int, at: datetime, by: str) -> frozenset[int]:
    """The completion of each request has its new date, in three statements for all; gives those still promised."""
    told: set[int] = set()

    def act(change: _Change) -> None:
        _note_breach(change, at=at)
        change.after = clocks.repromised(change.after, due=dues[change.before.request_id], at=at)
        _say_remade(change, reason=reason, at=at, repromised=True, surge=surge)
        told.add(change.before.request_id)

    rows = (
        Promise.objects.select_for_update(no_key=True)
        .filter(request_id__in=list(dues), target=Kind.COMPLETION.value)
        .exclude(state__in=[state.value for state in SETTLED])
        .order_by("id")
    )
    _act([as_clock(row) for row in rows], act, by=by)
    return frozenset(told)


def keep_curves(curves: Mapping[Cell, Curve], *, at: datetime) -> int:
    """What earlier requests teach is as measured at `at`; curves on too few requests are left out.  Gives how many."""
    rows = [
        MeasuredCurve(
            target=cell.target, service_code=cell.service, area_key=cell.area, season=cell.season,
            observed=curve.observed, ended=curve.ended, knots=[[round(x, 1), round(y, 6)] for x, y in curve.knots],
            half_seconds=curve.half_seconds, most_seconds=curve.most_seconds, measured_at=at,
        )
        for cell, curve in sorted(curves.items())
        if curve.ended >= SMALLEST
    ]  # fmt: skip
    with transaction.atomic():
        MeasuredCurve.objects.all().delete()
        MeasuredCurve.objects.bulk_create(rows, batch_size=1000)
    measured.forget()
    return len(rows)


def end_capped_pauses(promise_ids: Sequence[int], *, at: datetime, by: str) -> list[int]:
    """The pauses whose cap is used up by `at` are over from that instant; gives the requests concerned."""
    touched: list[int] = []

    def act(change: _Change) -> None:
        ends = change.before.pause_ends_by
        if ends is not None and ends <= at:
            _resume(change, at=ends, reason=CAP_REACHED)
            touched.append(change.before.request_id)

    with transaction.atomic():
        rows = Promise.objects.select_for_update(no_key=True).filter(id__in=list(promise_ids)).order_by("id")
        _act([as_clock(row) for row in rows], act, by=by)
    return touched


def _resume(change: _Change, *, at: datetime, reason: str | None = None) -> None:
    before = change.after
    if before.paused_since is None:
        return
    clock = change.after = clocks.resumed(before, at=at, calendar=_calendar(before))
    fact = events.PromiseResumed(
        clock.request_id,
        clock.id,
        clock.target.kind,
        clock.due_at.isoformat(),
        int(clock.paused_time(now=at).total_seconds()),
        reason,
    )
    change.say("resumed", fact, at=at)


def _note_breach(change: _Change, *, at: datetime) -> None:
    """The clockwork may be a moment late; what happened first is said first."""
    clock = change.after
    if clock.is_overdue(at=at):
        change.after = clocks.breached(clock)
        fact = events.PromiseBreached(clock.request_id, clock.id, clock.target.kind, clock.due_at.isoformat())
        change.say("breached", fact, at=clock.due_at)


def _say_remade(
    change: _Change, *, reason: str, at: datetime, repromised: bool | None = None, surge: int | None = None
) -> None:
    clock = change.after
    fact = events.PromiseRemade(
        clock.request_id,
        clock.id,
        clock.target.kind,
        reason,
        due_before=change.before.due_at.isoformat(),
        due_at=clock.due_at.isoformat(),
        amount=clock.target.amount,
        unit=clock.target.unit,
        repromised=repromised,
        surge=surge,
    )
    change.say("repromised" if repromised else "remade", fact, at=at)


def _calendar(clock: PromiseClock) -> Calendar:
    return planning.calendar_of(catalogue.version(clock.catalogue_version), clock.target.calendar)


def _open_clocks(request_id: int, targets: Sequence[str] = tuple(Kind)) -> list[PromiseClock]:
    """The request's promises that are not settled, locked in one order until the transaction ends."""
    rows = (
        Promise.objects.select_for_update(no_key=True)
        .filter(request_id=request_id, target__in=[str(each) for each in targets])
        .exclude(state__in=[state.value for state in SETTLED])
        .order_by("id")
    )
    return [as_clock(row) for row in rows]


def _act(found: Iterable[PromiseClock], act: Callable[[_Change], None], *, by: str) -> None:
    """Each clock as `act` leaves it, written in one statement; those it leaves alone are not touched."""
    changes = [_Change(clock, clock) for clock in found]
    for change in changes:
        act(change)
    document = [_document(change) for change in changes if change.entries]
    if document:
        with connection.cursor() as cursor:
            cursor.execute("SELECT promises_write(%s::jsonb, %s)", [json.dumps(document), by])


def _document(change: _Change) -> dict[str, Json]:
    ends = change.after.pause_ends_by
    return {
        "row": _row(change.after),
        "pause_ends": _text(ends),
        "entries": list(change.entries),
        "facts": list(change.facts),
    }


def _row(clock: PromiseClock) -> dict[str, Json]:
    target, cap = clock.target, clock.target.pause_cap
    return {
        "id": clock.id,
        "request_id": clock.request_id,
        "amount": target.amount,
        "unit": target.unit.value,
        "calendar": target.calendar,
        "catalogue_version": clock.catalogue_version,
        "source": clock.source,
        "at_risk_share": target.at_risk_share,
        "pause_cap_seconds": None if cap is None else int(cap.total_seconds()),
        "due_at": _text(clock.due_at),
        "at_risk_at": _text(clock.at_risk_at),
        "state": clock.state.value,
        "pauses": planning.pauses_as_json(clock.pauses),
        "warned_at": _text(clock.warned_at),
        "met_at": _text(clock.met_at),
        "breached_at": _text(clock.breached_at),
        "voided_at": _text(clock.voided_at),
        "repromised_at": _text(clock.repromised_at),
        "repromised_due": _text(clock.repromised_due),
        "version": clock.version,
    }


def _text(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()

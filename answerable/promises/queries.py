"""What the promises room tells: the clocks of requests, their dates, the ledger, what the clockwork has not noticed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Q, QuerySet

from answerable.kernel.facts import Json
from answerable.promises.clock import SETTLED, PromiseClock
from answerable.promises.models import LedgerEntry, Promise
from answerable.promises.planning import Dates
from answerable.promises.rules import Kind, Pause, State, Target, Unit

LEDGER_LIMIT: Final = 500
"""Entries of one request that are read; far above any real history."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the promise ledger."""

    promise: int
    target: Kind
    round: int
    entry: str
    at: datetime
    by: str
    body: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Told:
    """A promise of which something was just told, or is to be told."""

    promise: int
    request: int
    target: str
    due_at: datetime


def still_broken(promise_ids: Sequence[int]) -> tuple[Told, ...]:
    """Those of the promises that are broken and not yet kept, voided or promised anew."""
    rows = Promise.objects.filter(id__in=list(promise_ids), state=State.BREACHED.value).order_by("id")
    return tuple(Told(row.id, row.request_id, row.target, row.due_at) for row in rows)


def clocks_of(request_id: int) -> tuple[PromiseClock, ...]:
    """Every promise the request was ever given, round by round, first action first."""
    rows = Promise.objects.filter(request_id=request_id)
    return tuple(
        sorted((as_clock(row) for row in rows), key=lambda clock: (clock.round, clock.target.kind != "first_action"))
    )


def current_clocks(request_ids: Sequence[int]) -> dict[int, tuple[PromiseClock, ...]]:
    """The promises of the latest round of each request, in one statement; a request without any is left out."""
    found: dict[int, dict[Kind, PromiseClock]] = defaultdict(dict)
    for row in Promise.objects.filter(request_id__in=list(request_ids)).order_by("round"):
        found[row.request_id][Kind(row.target)] = as_clock(row)
    return {request: tuple(kinds[kind] for kind in Kind if kind in kinds) for request, kinds in found.items()}


def current_dates(request_id: int) -> Dates:
    """The dates of the request's latest promises."""
    return dates_of(current_clocks([request_id]).get(request_id, ()))


def dates_of(clocks: Sequence[PromiseClock]) -> Dates:
    """The dates of a request's latest promises, as lists and letters need them."""
    by_kind = {clock.target.kind: clock for clock in clocks}
    first, last = by_kind.get(Kind.FIRST_ACTION), by_kind.get(Kind.COMPLETION)
    return Dates(
        first_action_due=first.due_at if first else None,
        completion_due=last.due_at if last else None,
        completion_at_risk=last.at_risk_at if last else None,
    )


def is_paused(request_id: int) -> bool:
    """Whether the clock of one of the request's latest promises stands still."""
    return any(clock.paused_since for clock in current_clocks([request_id]).get(request_id, ()))


def is_promised(request_id: int) -> bool:
    """Whether an end of the request is still owed, in time or late."""
    clocks = current_clocks([request_id]).get(request_id, ())
    return any(clock.target.kind is Kind.COMPLETION and clock.state not in SETTLED for clock in clocks)


def ledger_of(request_id: int) -> tuple[Entry, ...]:
    """What happened to the request's promises, oldest first."""
    return ledger_of_clocks(clocks_of(request_id))


def ledger_of_clocks(clocks: Sequence[PromiseClock]) -> tuple[Entry, ...]:
    """What happened to these promises, oldest first, in one statement."""
    promises = {each.id: each for each in clocks}
    entries = LedgerEntry.objects.filter(promise_id__in=list(promises)).order_by("at", "id")[:LEDGER_LIMIT]
    return tuple(
        Entry(
            promise=each.promise_id,
            target=promises[each.promise_id].target.kind,
            round=promises[each.promise_id].round,
            entry=each.entry,
            at=each.at,
            by=each.by,
            body=each.body,
        )
        for each in entries
    )


def unnoticed_breaches(*, now: datetime, grace: timedelta = timedelta(minutes=1)) -> int:
    """How many promises were broken longer than `grace` ago without the clockwork having said so; should be 0."""
    return Promise.objects.filter(
        Q(state__in=[State.RUNNING.value, State.AT_RISK.value]), due_at__lt=now - grace
    ).count()


def as_clock(row: Promise) -> PromiseClock:
    """The row as the rules see it."""
    cap = row.pause_cap_seconds
    target = Target(
        kind=Kind(row.target),
        amount=row.amount,
        unit=Unit(row.unit),
        calendar=row.calendar,
        at_risk_share=row.at_risk_share,
        pause_cap=None if cap is None else timedelta(seconds=cap),
    )
    return PromiseClock(
        id=row.id,
        request_id=row.request_id,
        round=row.round,
        target=target,
        catalogue_version=row.catalogue_version,
        source=row.source,
        started_at=row.started_at,
        due_at=row.due_at,
        at_risk_at=row.at_risk_at,
        first_due_at=row.first_due_at,
        state=State(row.state),
        pauses=tuple(_pause(each) for each in row.pauses),
        warned_at=row.warned_at,
        met_at=row.met_at,
        breached_at=row.breached_at,
        voided_at=row.voided_at,
        repromised_at=row.repromised_at,
        repromised_due=row.repromised_due,
        version=row.version,
    )


def _pause(kept: Mapping[str, Any]) -> Pause:
    end = kept.get("to")
    return Pause(datetime.fromisoformat(kept["from"]), datetime.fromisoformat(end) if end else None, kept["reason"])


def paused_seconds(*, since: datetime, now: datetime) -> dict[int, float]:
    """How long the completion clock of each request stood still, of those promised from `since` that ever did."""
    rows = (
        Promise.objects.filter(target=Kind.COMPLETION.value, started_at__gte=since)
        .exclude(pauses=[])
        .order_by("request_id", "round")
    )
    return {row.request_id: as_clock(row).paused_time(now=now).total_seconds() for row in _streamed(rows)}


def _streamed(rows: QuerySet[Promise]) -> Iterator[Promise]:
    return rows.iterator(chunk_size=2000)

"""The clock of one promise, and what each act does to it: pure; an act that changes nothing returns the same clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from answerable.promises import rules
from answerable.promises.errors import BadRepromise
from answerable.promises.rules import Calendar, Pause, State, Target

CAP_REACHED: Final = "cap_reached"
"""Why the clockwork ends a pause."""

RUNS: Final = frozenset({State.RUNNING, State.AT_RISK})
"""States in which time is passing and the promise can still be kept."""

SETTLED: Final = frozenset({State.MET, State.MET_LATE, State.VOID})
"""States nothing leads out of; a reopened request gets another round of promises."""


@dataclass(frozen=True, slots=True)
class PromiseClock:
    """One promise as it stands: what was promised, when it counts from, and what happened to it.

    `state` is what has been recorded (a breach nobody has noticed yet is still running); `standing` says what is true.
    `first_due_at` is the date the resident was told first; `round` counts reopenings from 1.
    """

    id: int
    request_id: int
    round: int
    target: Target
    catalogue_version: int
    source: str
    started_at: datetime
    due_at: datetime
    at_risk_at: datetime
    first_due_at: datetime
    state: State
    pauses: tuple[Pause, ...] = ()
    warned_at: datetime | None = None
    met_at: datetime | None = None
    breached_at: datetime | None = None
    voided_at: datetime | None = None
    repromised_at: datetime | None = None
    repromised_due: datetime | None = None
    version: int = 1

    @property
    def paused_since(self) -> datetime | None:
        """When the pause that is still open began."""
        return self.pauses[-1].started_at if self.pauses and self.pauses[-1].ended_at is None else None

    @property
    def closed_pauses(self) -> tuple[Pause, ...]:
        """The pauses that are over."""
        return tuple(pause for pause in self.pauses if pause.ended_at is not None)

    @property
    def pause_ends_by(self) -> datetime | None:
        """When the open pause will have used up the cap; None without one."""
        return rules.cap_reached_at(self.pauses, since=self.started_at, cap=self.target.pause_cap)

    def paused_time(self, *, now: datetime) -> timedelta:
        """How much paused time counts so far."""
        pauses = rules.closed_at(self.pauses, now=now)
        return rules.paused_time(pauses, since=self.started_at, cap=self.target.pause_cap)

    def standing(self, *, now: datetime) -> State:
        """Where the promise stands at `now`, whether or not the clockwork has noticed."""
        return rules.state(
            due_at=self.due_at,
            at_risk_at=self.at_risk_at,
            now=now,
            met_at=self.met_at,
            paused_since=self.paused_since,
            voided_at=self.voided_at,
        )

    def is_overdue(self, *, at: datetime) -> bool:
        """Whether it is broken at `at` but not yet recorded so."""
        return self.state in RUNS and at >= self.due_at


def paused(clock: PromiseClock, *, at: datetime, reason: str) -> PromiseClock:
    """The clock standing still from `at`; unchanged when it stands, is settled or is broken already."""
    if clock.state not in RUNS or at >= clock.due_at:
        return clock
    return replace(clock, state=State.PAUSED, pauses=(*clock.pauses, Pause(at, None, reason)))


def resumed(clock: PromiseClock, *, at: datetime, calendar: Calendar) -> PromiseClock:
    """The clock running again from `at`, its due instant moved by what the pause counts; unchanged if it runs."""
    if clock.paused_since is None:
        return clock
    closed = rules.closed_at(clock.pauses, now=at)
    return _recounted(replace(clock, pauses=closed), at=at, calendar=calendar)


def met(clock: PromiseClock, *, at: datetime) -> PromiseClock:
    """The promise kept at `at`, in time or late; unchanged if settled.  An open pause ends first, see `resumed`.

    News may come late: work done before the due instant keeps the promise although the breach was already told.
    """
    if clock.state in SETTLED:
        return clock
    if at >= clock.due_at:
        return replace(clock, met_at=at, state=State.MET_LATE)
    was_told = clock.breached_at == clock.due_at
    return replace(clock, met_at=at, state=State.MET, breached_at=None if was_told else clock.breached_at)


def voided(clock: PromiseClock, *, at: datetime) -> PromiseClock:
    """The promise no longer owed, since nobody waits for it; unchanged if settled."""
    if clock.state in SETTLED:
        return clock
    return replace(clock, voided_at=at, state=State.VOID, pauses=rules.closed_at(clock.pauses, now=at))


def breached(clock: PromiseClock) -> PromiseClock:
    """The promise recorded as broken at its due instant."""
    return replace(clock, state=State.BREACHED, breached_at=clock.breached_at or clock.due_at)


def remade(
    clock: PromiseClock, *, target: Target, catalogue_version: int, source: str, calendar: Calendar, at: datetime
) -> PromiseClock:
    """The promise of another service for the same request: same start, same pauses; unchanged if settled."""
    if clock.state in SETTLED:
        return clock
    changed = replace(
        clock,
        target=target,
        catalogue_version=catalogue_version,
        source=source,
        repromised_at=None,
        repromised_due=None,
    )
    return _recounted(changed, at=at, calendar=calendar)


def repromised(clock: PromiseClock, *, due: datetime, at: datetime) -> PromiseClock:
    """The promise with a new date told to the resident; the first one stays on record.

    Raises: BadRepromise when the date is not in the future or the promise is settled.
    """
    if clock.state in SETTLED:
        raise BadRepromise(
            f"The promise is already {clock.state.value}.",
            field="state",
            value=clock.state.value,
            remedy="Reopen the request to promise anew.",
        )
    if due <= at:
        raise BadRepromise(
            f"The new date {due.isoformat()} is over.", field="due", value=due.isoformat(), remedy="Choose a later one."
        )
    changed = replace(clock, repromised_at=at, repromised_due=due)
    return _recounted(changed, at=at, calendar=None)


def _recounted(clock: PromiseClock, *, at: datetime, calendar: Calendar | None) -> PromiseClock:
    """The clock with due instant, warning and recorded state counted anew."""
    due, at_risk = _instants(clock, calendar)
    already_warned = clock.warned_at is not None and at >= at_risk
    running = State.AT_RISK if already_warned else State.RUNNING
    return replace(
        clock,
        due_at=due,
        at_risk_at=at_risk,
        warned_at=clock.warned_at if already_warned else None,
        state=State.PAUSED if clock.paused_since is not None else running,
    )


def _instants(clock: PromiseClock, calendar: Calendar | None) -> tuple[datetime, datetime]:
    target = clock.target
    if clock.repromised_at is not None and clock.repromised_due is not None:
        stops = rules.counted_pauses(clock.closed_pauses, since=clock.started_at, cap=target.pause_cap)
        due = rules.pushed_back(clock.repromised_due, rules.after(stops, since=clock.repromised_at))
        return due, due - rules.warning_time(target, length=clock.repromised_due - clock.repromised_at)
    if calendar is None:
        raise ValueError("a promise that was not promised anew is counted with its calendar")
    return (
        rules.due_at(target, started_at=clock.started_at, calendar=calendar, pauses=clock.closed_pauses),
        rules.at_risk_at(target, started_at=clock.started_at, calendar=calendar, pauses=clock.closed_pauses),
    )


def matching(targets: Sequence[Target], clock: PromiseClock) -> Target | None:
    """The target of the clock's kind."""
    return next((target for target in targets if target.kind is clock.target.kind), None)

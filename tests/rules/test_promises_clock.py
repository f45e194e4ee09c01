"""The clock of one promise through any life: paused, resumed, warned, broken, kept, voided, promised anew."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answerable.promises import clock as clocks
from answerable.promises.clock import RUNS, SETTLED, PromiseClock
from answerable.promises.errors import BadRepromise
from answerable.promises.rules import Calendar, Kind, State, Target, Unit, at_risk_at, due_at

CITY = Calendar(code="city", timezone="America/Toronto")
START = datetime(2026, 9, 14, 13, 0, tzinfo=UTC)


def hours(number: float) -> datetime:
    return START + timedelta(hours=number)


def a_clock(amount: int = 10, unit: Unit = Unit.HOURS, cap: timedelta | None = None) -> PromiseClock:
    target = Target(Kind.COMPLETION, amount, unit, "city", pause_cap=cap)
    due = due_at(target, started_at=START, calendar=CITY)
    return PromiseClock(
        id=1,
        request_id=17,
        round=1,
        target=target,
        catalogue_version=1,
        source="",
        started_at=START,
        due_at=due,
        at_risk_at=at_risk_at(target, started_at=START, calendar=CITY),
        first_due_at=due,
        state=State.RUNNING,
    )


def noticed(clock: PromiseClock, *, at: datetime) -> PromiseClock:
    """The clock after the clockwork looked at it."""
    ends = clock.pause_ends_by
    if ends is not None and ends <= at:
        clock = clocks.resumed(clock, at=ends, calendar=CITY)
    if clock.state is State.RUNNING and at >= clock.at_risk_at:
        clock = replace(clock, state=State.AT_RISK, warned_at=clock.at_risk_at)
    return clocks.breached(clock) if clock.is_overdue(at=at) else clock


def acted(clock: PromiseClock, act: str, *, at: datetime) -> PromiseClock:
    if act == "pause":
        return clocks.paused(clock, at=at, reason="weather")
    if act == "resume":
        return clocks.resumed(clock, at=at, calendar=CITY)
    if act == "meet":
        return clocks.met(clocks.resumed(clock, at=at, calendar=CITY), at=at)
    if act == "void":
        return clocks.voided(clock, at=at)
    return clock


lives = st.lists(
    st.tuples(st.sampled_from(("pause", "resume", "pause", "resume", "look", "meet", "void")), st.integers(0, 30)),
    max_size=10,
)
beginnings = st.builds(
    a_clock,
    st.integers(1, 40),
    st.sampled_from(Unit),
    st.none() | st.integers(0, 60).map(lambda number: timedelta(hours=number)),
)


def lived(clock: PromiseClock, life: list[tuple[str, int]]) -> list[tuple[PromiseClock, PromiseClock, datetime]]:
    """Each step of a life: before, after, when; the clockwork looks before every act."""
    steps, at = [], START
    for act, pause_hours in life:
        at += timedelta(hours=pause_hours)
        before = noticed(clock, at=at)
        clock = acted(before, act, at=at)
        steps.append((before, clock, at))
    return steps


@given(beginnings, lives)
def test_what_is_recorded_is_what_is_true_whenever_the_clockwork_has_looked(
    clock: PromiseClock, life: list[tuple[str, int]]
) -> None:
    for _, after, at in lived(clock, life):
        seen = noticed(after, at=at)
        assert seen.state is seen.standing(now=at)


@given(beginnings, lives)
def test_no_life_makes_a_promise_shorter_or_longer_than_the_cap_allows(
    clock: PromiseClock, life: list[tuple[str, int]]
) -> None:
    cap = clock.target.pause_cap
    for _, after, _ in lived(clock, life):
        assert after.due_at >= after.first_due_at
        if cap is not None and clock.target.unit is not Unit.BUSINESS_DAYS:
            assert after.due_at <= after.first_due_at + cap


@given(beginnings, lives)
def test_nothing_leads_out_of_a_settled_state(clock: PromiseClock, life: list[tuple[str, int]]) -> None:
    for before, after, _ in lived(clock, life):
        if before.state in SETTLED:
            assert after == before


@given(beginnings, lives)
def test_at_most_one_pause_is_open_and_it_is_the_last(clock: PromiseClock, life: list[tuple[str, int]]) -> None:
    for _, after, _ in lived(clock, life):
        assert all(pause.ended_at is not None for pause in after.pauses[:-1])
        assert (after.state is State.PAUSED) == (after.paused_since is not None)


@given(beginnings, lives)
def test_a_breach_once_told_is_not_undone_by_a_pause(clock: PromiseClock, life: list[tuple[str, int]]) -> None:
    for before, after, _ in lived(clock, life):
        if before.state is State.BREACHED:
            assert after.state in {State.BREACHED, State.MET_LATE, State.VOID}


@given(beginnings, lives, st.integers(0, 400))
def test_re_classifying_there_and_back_changes_nothing(
    clock: PromiseClock, life: list[tuple[str, int]], amount: int
) -> None:
    steps = lived(clock, life)
    clock, at = (steps[-1][1], steps[-1][2]) if steps else (clock, START)
    if clock.state not in RUNS:
        return
    other = Target(Kind.COMPLETION, amount + 1, Unit.CALENDAR_DAYS, "city")

    there = clocks.remade(clock, target=other, catalogue_version=2, source="", calendar=CITY, at=at)
    back = clocks.remade(there, target=clock.target, catalogue_version=1, source="", calendar=CITY, at=at)

    assert (back.due_at, back.at_risk_at, back.pauses) == (clock.due_at, clock.at_risk_at, clock.pauses)


def test_a_pause_that_is_asked_for_twice_is_one_pause() -> None:
    once = clocks.paused(a_clock(), at=hours(1), reason="weather")

    assert clocks.paused(once, at=hours(2), reason="parts") is once


def test_a_running_clock_is_not_resumed() -> None:
    running = a_clock()

    assert clocks.resumed(running, at=hours(1), calendar=CITY) is running


def test_a_promise_with_a_new_date_counts_later_pauses_only() -> None:
    """Paused 1 to 3, promised anew at 5 for hour 50, paused 20 to 24: due at hour 54."""
    clock = clocks.resumed(clocks.paused(a_clock(), at=hours(1), reason="x"), at=hours(3), calendar=CITY)
    clock = clocks.repromised(clock, due=hours(50), at=hours(5))
    clock = clocks.resumed(clocks.paused(clock, at=hours(20), reason="x"), at=hours(24), calendar=CITY)

    assert (clock.due_at, clock.first_due_at) == (hours(54), hours(10))
    assert clock.at_risk_at == hours(54) - timedelta(hours=9)


def test_a_new_date_shares_the_cap_with_the_pauses_before_it() -> None:
    """Four hours of a cap of five were used before the new date; one is left."""
    clock = a_clock(cap=timedelta(hours=5))
    clock = clocks.resumed(clocks.paused(clock, at=hours(1), reason="x"), at=hours(5), calendar=CITY)
    clock = clocks.repromised(clock, due=hours(50), at=hours(6))
    clock = clocks.resumed(clocks.paused(clock, at=hours(20), reason="x"), at=hours(30), calendar=CITY)

    assert clock.due_at == hours(51)


def test_a_new_date_for_a_promise_that_stands_still_leaves_it_standing() -> None:
    clock = clocks.repromised(clocks.paused(a_clock(), at=hours(1), reason="x"), due=hours(50), at=hours(6))

    assert clock.state is State.PAUSED
    assert clocks.resumed(clock, at=hours(10), calendar=CITY).due_at == hours(54)


@pytest.mark.parametrize("act", ["meet", "void"])
def test_a_settled_promise_gets_no_new_date(act: str) -> None:
    with pytest.raises(BadRepromise, match="already"):
        clocks.repromised(acted(a_clock(), act, at=hours(1)), due=hours(50), at=hours(6))

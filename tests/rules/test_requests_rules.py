"""The life of a request as one table."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answerable.requests.errors import MissingReason, NotAllowed, UnknownFamily
from answerable.requests.rules import (
    DEFAULT_TRANSITIONS,
    FAMILIES,
    OPEN,
    ClockEffect,
    Lifecycle,
    Outcome,
    PromiseStanding,
    Step,
    allowed_from,
    check_step,
    clock_effect,
    is_first_action,
    is_reopening,
    may_dispute,
    promise_standing,
)

NOW = datetime(2026, 11, 21, 15, 0, tzinfo=UTC)
states = st.sampled_from(list(Lifecycle))


def a_whole_step(to: Lifecycle) -> Step:
    return Step(to=to, outcome=Outcome.COMPLETED, reason="frozen ground", until=date(2026, 12, 1), party="province")


def test_every_state_has_its_line_in_the_table() -> None:
    assert set(DEFAULT_TRANSITIONS) == set(Lifecycle)


def test_every_state_can_be_reached_and_left() -> None:
    reached = {to for targets in DEFAULT_TRANSITIONS.values() for to in targets}

    assert reached == set(Lifecycle) - {Lifecycle.RECEIVED}
    assert all(DEFAULT_TRANSITIONS[state] for state in Lifecycle)


@given(states, states)
def test_the_table_alone_decides_which_step_is_taken(state: Lifecycle, to: Lifecycle) -> None:
    if to in DEFAULT_TRANSITIONS[state]:
        check_step(state, a_whole_step(to))
    else:
        with pytest.raises(NotAllowed) as refused:
            check_step(state, a_whole_step(to))
        assert state in str(refused.value)


@given(states)
def test_every_open_request_can_be_resolved(state: Lifecycle) -> None:
    assert (Lifecycle.RESOLVED in allowed_from(state)) == (state in OPEN)


@given(states)
def test_nothing_becomes_received_again(state: Lifecycle) -> None:
    assert Lifecycle.RECEIVED not in allowed_from(state)


def test_correspondence_is_never_scheduled() -> None:
    table = FAMILIES["correspondence"]

    assert Lifecycle.SCHEDULED not in table
    assert all(Lifecycle.SCHEDULED not in targets for targets in table.values())


def test_an_unknown_family_names_the_known_ones() -> None:
    with pytest.raises(UnknownFamily, match="correspondence"):
        allowed_from(Lifecycle.RECEIVED, family="weddings")


@pytest.mark.parametrize(
    ("step", "field"),
    [
        (Step(to=Lifecycle.RESOLVED), "outcome"),
        (Step(to=Lifecycle.RESOLVED, outcome=Outcome.NOT_CITY_RESPONSIBILITY), "party"),
        (Step(to=Lifecycle.RESOLVED, outcome=Outcome.CANNOT_BE_DONE), "reason"),
        (Step(to=Lifecycle.RESOLVED, outcome=Outcome.ALREADY_PROGRAMMED), "until"),
        (Step(to=Lifecycle.ON_HOLD), "reason"),
        (Step(to=Lifecycle.ON_HOLD, reason="frost"), "until"),
        (Step(to=Lifecycle.AWAITING_REQUESTER), "reason"),
        (Step(to=Lifecycle.SCHEDULED), "until"),
        (Step(to=Lifecycle.REFERRED), "party"),
    ],
)
def test_a_step_that_lacks_something_names_the_field(step: Step, field: str) -> None:
    with pytest.raises(MissingReason) as refused:
        check_step(Lifecycle.ASSIGNED, step)

    assert refused.value.field == field


def test_a_hold_pauses_only_where_the_service_allows_it() -> None:
    before, hold = Lifecycle.ASSIGNED, Lifecycle.ON_HOLD

    assert clock_effect(before, hold, on_hold_pauses=True) is ClockEffect.PAUSE
    assert clock_effect(before, hold, on_hold_pauses=False) is ClockEffect.NONE


def test_waiting_for_the_requester_pauses_and_the_reply_resumes() -> None:
    waiting = Lifecycle.AWAITING_REQUESTER

    assert clock_effect(Lifecycle.ASSIGNED, waiting, on_hold_pauses=False) is ClockEffect.PAUSE
    assert clock_effect(waiting, Lifecycle.ASSIGNED, on_hold_pauses=False) is ClockEffect.RESUME


def test_from_one_pause_to_another_the_clock_stays_still() -> None:
    effect = clock_effect(Lifecycle.AWAITING_REQUESTER, Lifecycle.ON_HOLD, on_hold_pauses=True)

    assert effect is ClockEffect.NONE


@given(states, states)
def test_taking_an_ended_request_up_again_is_a_reopening(state: Lifecycle, to: Lifecycle) -> None:
    assert is_reopening(state, to) == (state in {Lifecycle.RESOLVED, Lifecycle.CLOSED} and to in OPEN)


def test_only_doing_something_is_a_first_action() -> None:
    assert is_first_action(Lifecycle.ASSIGNED, Lifecycle.IN_PROGRESS)
    assert not is_first_action(Lifecycle.RECEIVED, Lifecycle.ASSIGNED)
    assert not is_first_action(Lifecycle.RECEIVED, Lifecycle.ON_HOLD)


def test_a_resident_may_dispute_for_thirty_days() -> None:
    resolved = NOW - timedelta(days=30)

    assert may_dispute(Lifecycle.CLOSED, resolved_at=resolved + timedelta(seconds=1), now=NOW)
    assert not may_dispute(Lifecycle.CLOSED, resolved_at=resolved, now=NOW)
    assert not may_dispute(Lifecycle.ASSIGNED, resolved_at=resolved + timedelta(days=1), now=NOW)


@given(st.integers(-100, 100), st.integers(0, 50))
def test_an_open_promise_only_ever_gets_worse(hours_left: int, warned_hours: int) -> None:
    order = [PromiseStanding.RUNNING, PromiseStanding.AT_RISK, PromiseStanding.BREACHED]
    due = NOW + timedelta(hours=hours_left)
    at_risk = due - timedelta(hours=warned_hours)

    def standing(now: datetime) -> PromiseStanding:
        return promise_standing(due=due, at_risk=at_risk, paused_since=None, ended_at=None, now=now)

    assert order.index(standing(NOW)) <= order.index(standing(NOW + timedelta(hours=1)))


def test_a_promise_runs_up_to_and_not_including_its_due_instant() -> None:
    before = NOW - timedelta(microseconds=1)

    def ended(at: datetime) -> PromiseStanding:
        return promise_standing(due=NOW, at_risk=None, paused_since=None, ended_at=at, now=NOW + timedelta(days=9))

    assert ended(before) is PromiseStanding.MET
    assert ended(NOW) is PromiseStanding.MET_LATE


def test_a_pause_that_began_too_late_does_not_hide_the_breach() -> None:
    standing = promise_standing(
        due=NOW, at_risk=None, paused_since=NOW + timedelta(hours=1), ended_at=None, now=NOW + timedelta(hours=2)
    )

    assert standing is PromiseStanding.BREACHED

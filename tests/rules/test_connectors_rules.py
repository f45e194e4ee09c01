"""When to try again, and what other systems' words mean here."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from answerable.catalogue.connectorchecks import MEANINGS
from answerable.connectors.rules import (
    LONGEST_PAUSE,
    MOST_TRIES,
    UNREAD,
    WORDS,
    Meaning,
    key_of,
    meaning_of,
    pause_after,
    plain_word,
    step_for,
)
from answerable.requests.rules import OPEN, Lifecycle, Outcome, Step, check_step


def test_pauses_double_up_to_an_hour_and_spread() -> None:
    middle = [pause_after(tries, chance=0.5).total_seconds() for tries in (1, 2, 3, 10, 11, 60)]

    assert middle == [5, 10, 20, 2560, 3600, 3600]
    assert pause_after(1, chance=0.0) == timedelta(seconds=2.5)
    assert pause_after(1, chance=1.0) == timedelta(seconds=7.5)


@given(tries=some.integers(0, 10_000), chance=some.floats(0, 1))
def test_no_pause_is_longer_than_one_and_a_half_hours(tries: int, chance: float) -> None:
    assert timedelta(seconds=2) < pause_after(tries, chance=chance) <= 1.5 * LONGEST_PAUSE


def test_a_system_may_be_away_for_a_weekend() -> None:
    together = sum((pause_after(tries, chance=0.5) for tries in range(1, MOST_TRIES)), timedelta())

    assert timedelta(days=2) < together < timedelta(days=3)


@pytest.mark.parametrize("said", ["Action Scheduled", "ACTION-SCHEDULED", " action_scheduled "])
def test_spelling_makes_no_difference(said: str) -> None:
    assert plain_word(said) == "action_scheduled"


def test_the_citys_own_table_comes_first_and_unknown_words_ask_a_person() -> None:
    own = {"Fixed": "in_progress", "No Action": "resolved:no_problem_found", "gone": "unread"}

    assert meaning_of("FIXED", own=own) == Meaning("in_progress")
    assert meaning_of("no-action", own=own) == Meaning("resolved", Outcome.NO_PROBLEM_FOUND)
    assert meaning_of("fixed", own={}) == Meaning("resolved", Outcome.COMPLETED)
    assert meaning_of("duplicate", own={}) == meaning_of("gone", own=own) == UNREAD


@given(word=some.sampled_from(sorted(WORDS)), state=some.sampled_from(Lifecycle), may_reopen=some.booleans())
def test_every_step_that_follows_from_a_word_is_allowed(word: str, state: Lifecycle, may_reopen: bool) -> None:
    step = step_for(meaning_of(word, own={}), state=state, expected_on=date(2026, 12, 1), may_reopen=may_reopen)

    if step is not None and state is not Lifecycle.REFERRED:
        check_step(state, step)


@pytest.mark.parametrize("said", MEANINGS)
def test_whatever_a_pack_may_say_a_word_means_can_be_done(said: str) -> None:
    meaning = meaning_of("word", own={"word": said})

    step = step_for(meaning, state=Lifecycle.ASSIGNED, expected_on=None, may_reopen=False)

    if step is not None:
        check_step(Lifecycle.ASSIGNED, step)


def test_what_is_over_is_taken_up_again_only_when_the_other_system_ended_it() -> None:
    taken = Meaning("acknowledged")
    ended = [state for state in Lifecycle if state not in OPEN]

    assert [step_for(taken, state=each, expected_on=None, may_reopen=False) for each in ended] == [None, None]
    again = step_for(taken, state=Lifecycle.RESOLVED, expected_on=None, may_reopen=True)
    assert again == Step(to=Lifecycle.ASSIGNED, reason="reopened_by_owner")


def test_a_date_is_promised_only_when_there_is_one() -> None:
    dated = Meaning("scheduled")

    assert step_for(dated, state=Lifecycle.ASSIGNED, expected_on=None, may_reopen=False) is None
    step = step_for(dated, state=Lifecycle.ASSIGNED, expected_on=date(2026, 12, 1), may_reopen=False)
    assert step == Step(to=Lifecycle.SCHEDULED, until=date(2026, 12, 1))


def test_the_same_parts_make_the_same_key_and_no_key_is_too_long() -> None:
    assert key_of(1, "closed") == key_of("1", "closed") != key_of(1, "clos", "ed")
    assert len(key_of("x" * 500)) <= 80

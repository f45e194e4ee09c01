"""What two ledgers that should agree may disagree about."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from answerable.connectors.comparison import Drift, Ours, Theirs, drift_of, is_implausible, marked, missing
from answerable.connectors.rules import meaning_of
from answerable.requests.rules import Lifecycle

NOW = datetime(2026, 11, 20, 7, 0, tzinfo=UTC)
TWO_WEEKS = timedelta(days=14)


def ours(**changes: Any) -> Ours:
    """An order they took yesterday and the department has."""
    told: dict[str, Any] = {
        "delivery_id": 1, "request_id": 1, "reference": "101", "is_wanted": True, "state": Lifecycle.ASSIGNED,
        "until": None, "remote_word": "open", "last_sign_at": NOW - timedelta(days=1),
    }  # fmt: skip
    return Ours(**(told | changes))


def compared(mine: Ours, word: str | None, *, expected_on: date | None = None) -> Drift | None:
    """How that order and their word for it disagree."""
    theirs = Theirs("101", word, meaning_of(word, own={}), expected_on) if word is not None else None
    return drift_of(mine, theirs, now=NOW, silent_after=TWO_WEEKS, today=NOW.date())


@pytest.mark.parametrize(
    ("mine", "word", "expected"),
    [
        (ours(), "open", None),
        (ours(), "closed", Drift.CLOSED_THERE),
        (ours(), "refused", Drift.CLOSED_THERE),
        (ours(), None, Drift.UNKNOWN_TO_THEM),
        (ours(state=Lifecycle.RESOLVED), "closed", None),
        (ours(state=Lifecycle.RESOLVED), "in_progress", Drift.OPEN_THERE),
        (ours(state=Lifecycle.CLOSED, is_wanted=False), "open", Drift.OPEN_THERE),
        (ours(is_wanted=False), "open", Drift.OPEN_THERE),
        (ours(is_wanted=False), "closed", None),
        (ours(state=Lifecycle.RESOLVED), None, None),
        (ours(state=Lifecycle.RESOLVED, is_telling=True), "open", None),
        (ours(), "in_progress", Drift.OUT_OF_ORDER),
        (ours(remote_word="in_progress", state=Lifecycle.ON_HOLD), "in_progress", None),
        (ours(sequences=(1, 2, 5)), "open", Drift.OUT_OF_ORDER),
        (ours(last_sign_at=NOW - TWO_WEEKS), "open", Drift.SILENT),
        (ours(last_sign_at=NOW - TWO_WEEKS, state=Lifecycle.ON_HOLD), "open", None),
        (ours(last_sign_at=NOW - TWO_WEEKS, state=Lifecycle.SCHEDULED, until=date(2026, 11, 25)), "open", None),
        (ours(), "nobody knows this word", None),
    ],
)
def test_each_disagreement_has_a_name_and_agreement_has_none(mine: Ours, word: str | None, expected: Drift) -> None:
    assert compared(mine, word) is expected


def test_a_date_we_never_heard_of_is_out_of_order() -> None:
    planned = ours(state=Lifecycle.SCHEDULED, until=date(2026, 11, 25), remote_word="scheduled")

    assert compared(planned, "scheduled", expected_on=date(2026, 11, 25)) is None
    assert compared(ours(), "scheduled", expected_on=date(2026, 11, 25)) is Drift.OUT_OF_ORDER


def test_the_numbers_that_never_came_are_named() -> None:
    assert missing((1, 2, 5)) == (3, 4)
    assert missing((7,)) == missing(()) == ()


def test_a_system_that_knows_almost_nothing_of_ours_is_not_believed() -> None:
    assert is_implausible(compared=30, unknown=20)
    assert not is_implausible(compared=10, unknown=10)
    assert not is_implausible(compared=100, unknown=20)


def test_our_mark_is_found_in_their_words_and_another_citys_is_not() -> None:
    text = "Deep\n\n[Elsewhere 311: 26-0000009-1/1]\n[Northbridge 311: 26-0000001-8/2]"

    assert marked(text, city="Northbridge") == ("26-0000001-8", 2)
    assert marked("no mark", city="Northbridge") is None

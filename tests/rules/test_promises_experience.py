"""What earlier requests teach: curves, chances, and when a promise is at risk."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answerable.promises.experience import (
    EARLIEST_SHARE,
    LATEST_SHARE,
    Cell,
    Curve,
    Experience,
    Lived,
    Season,
    cells_of,
    curve_of,
    season_of,
)
from answerable.promises.rules import Kind

DAY = 86_400.0
WINTER_DAY = date(2026, 1, 15)


def took(*days: float) -> list[Lived]:
    """Requests that ended after so many days."""
    return [Lived(each * DAY, 0, has_ended=True) for each in days]


def still_open(*days: float) -> list[Lived]:
    """Requests that have been open for so many days."""
    return [Lived(each * DAY, 0, has_ended=False) for each in days]


def test_half_and_four_of_five_are_read_off_when_all_have_ended() -> None:
    curve = curve_of(took(*range(1, 11)))

    assert (curve.half_seconds, curve.most_seconds) == (5 * DAY, 8 * DAY)
    assert curve.share_ended(5 * DAY) == pytest.approx(0.5)


def test_an_open_request_counts_as_lasting_longer_than_so_far() -> None:
    """The figures of Kaplan and Meier by hand: after day 1, 4/5 are open; the one open at 2 leaves; then 2/3 of it."""
    curve = curve_of([*took(1, 3, 4), *still_open(2, 5)])

    assert curve.share_ended(1 * DAY) == pytest.approx(1 - 4 / 5)
    assert curve.share_ended(3 * DAY) == pytest.approx(1 - 4 / 5 * 2 / 3)
    assert curve.share_ended(4 * DAY) == pytest.approx(1 - 4 / 5 * 2 / 3 * 1 / 2)
    assert (curve.observed, curve.ended) == (5, 3)


def test_four_of_five_are_unknown_when_too_many_are_open() -> None:
    curve = curve_of([*took(1, 2), *still_open(3, 3, 3)])

    assert curve.most_seconds is None
    assert curve.seconds_until(0.9) is None


def test_pauses_count_for_people_and_not_for_the_clock() -> None:
    curve = curve_of([Lived(10 * DAY, 8 * DAY, has_ended=True)] * 4)

    assert curve.half_seconds == 10 * DAY
    assert curve.share_ended(2 * DAY) == 1.0


def test_the_chance_of_keeping_a_promise_falls_while_time_passes() -> None:
    """Of ten that took 1 to 10 days and a promise of 8: open after 6 days, two of four end in time."""
    curve = curve_of(took(*range(1, 11)))

    assert curve.chance(elapsed_seconds=0, length_seconds=8 * DAY) == pytest.approx(0.8)
    assert curve.chance(elapsed_seconds=6 * DAY, length_seconds=8 * DAY) == pytest.approx(0.5)
    assert curve.chance(elapsed_seconds=8 * DAY, length_seconds=8 * DAY) == 0


def test_a_promise_is_at_risk_when_the_chance_is_no_longer_even() -> None:
    curve = curve_of(took(*range(1, 11)))

    assert curve.risk_share(length_seconds=8 * DAY) == pytest.approx(6 / 8)


def test_a_service_that_is_never_late_warns_when_one_takes_longer_than_all_before() -> None:
    curve = curve_of(took(1, 1, 1, 2))

    assert curve.risk_share(length_seconds=8 * DAY) == pytest.approx(2 / 8)


def test_a_service_that_is_mostly_late_warns_after_a_quarter_of_the_time() -> None:
    curve = curve_of(took(*range(10, 40)))

    assert curve.risk_share(length_seconds=5 * DAY) == EARLIEST_SHARE


def test_a_request_belongs_to_its_place_and_season_and_to_the_wider_ones() -> None:
    cells = cells_of(target=Kind.COMPLETION, service="pothole", area="5", day=WINTER_DAY)

    assert {(cell.area, cell.season) for cell in cells} == {("5", "winter"), ("5", ""), ("", "winter"), ("", "")}
    assert season_of(date(2026, 12, 1)) is Season.WINTER
    assert season_of(date(2026, 3, 1)) is Season.SPRING


def test_the_closest_curve_that_is_known_answers() -> None:
    curve = curve_of(took(1, 2))
    known = Experience(
        {Cell("completion", "pothole", "", "winter"): curve, Cell("completion", "pothole", "", ""): curve}
    )

    found = known.of(target=Kind.COMPLETION, service="pothole", area="5", day=WINTER_DAY)

    assert found is not None
    assert (found.area, found.season) == ("", "winter")
    assert found.is_met(length=timedelta(days=2))
    assert known.of(target=Kind.FIRST_ACTION, service="pothole", area="5", day=WINTER_DAY) is None


lives = st.lists(st.builds(Lived, st.floats(0, 1e8), st.just(0.0), st.booleans()), min_size=1, max_size=60)


@given(lives, st.floats(1, 1e8), st.floats(0, 1), st.floats(0, 1))
def test_whatever_the_past_the_chance_only_falls_and_the_warning_stays_within_bounds(
    lived: list[Lived], length: float, one: float, other: float
) -> None:
    curve: Curve = curve_of(lived)
    early, late = sorted((one * length, other * length))

    assert EARLIEST_SHARE <= curve.risk_share(length_seconds=length) <= LATEST_SHARE
    assert curve.share_ended(early) <= curve.share_ended(late) + 1e-9
    assert curve.chance(elapsed_seconds=early, length_seconds=length) + 1e-6 >= curve.chance(
        elapsed_seconds=late, length_seconds=length
    )

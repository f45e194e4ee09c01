"""Blurring reveals nothing, and no protected row stands alone, whatever the rows are."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from answerable.channels.opendata import anonymity, rules
from answerable.channels.opendata.anonymity import HELD_BACK, Protected
from answerable.channels.opendata.dictionary import columns
from answerable.channels.opendata.rules import STEPS, Place, When, Where, safe
from answerable.kernel.places import Point, distance_m
from answerable.requests.rules import Visibility

_PUBLIC, _PRIVATE, _SECRET = Visibility.PUBLIC, Visibility.PRIVATE, Visibility.CONFIDENTIAL
_OVER = date(2026, 1, 1)
points = st.builds(Point, lat=st.floats(-60, 70), lon=st.floats(-179, 179))
secrets = st.binary(min_size=16, max_size=32)


@pytest.mark.parametrize(
    ("declared", "service", "request_", "placed"),
    [
        ("exact", _PUBLIC, _PUBLIC, Where.EXACT),
        (None, _PUBLIC, _PUBLIC, Where.EXACT),
        ("exact", _PUBLIC, _PRIVATE, Where.NEIGHBOURHOOD),
        ("block", _PUBLIC, _PRIVATE, Where.NEIGHBOURHOOD),
        ("random_500m", _PUBLIC, _PUBLIC, Where.RANDOM_500M),
        ("random_500m", _PRIVATE, _PRIVATE, Where.RANDOM_500M),
        (None, _PRIVATE, _PUBLIC, Where.NEIGHBOURHOOD),
        ("none", _PRIVATE, _PRIVATE, Where.NONE),
        (None, _SECRET, _PUBLIC, None),
        ("exact", _PUBLIC, _SECRET, None),
    ],
)
def test_a_request_is_placed_as_its_service_declares_or_coarser(
    declared: str | None, service: Visibility, request_: Visibility, placed: Where | None
) -> None:
    assert rules.placing(declared=declared, service=service, request=request_) == placed


@given(st.sampled_from([None, *(each.value for each in Where)]), st.sampled_from([_PUBLIC, _PRIVATE]))
def test_a_private_request_is_never_placed_exactly(declared: str | None, service: Visibility) -> None:
    assert rules.placing(declared=declared, service=service, request=_PRIVATE) not in rules.OPEN


@given(points, st.integers(0, 2**62), st.integers(0, 15), secrets)
def test_a_moved_point_lies_on_the_ring_and_is_always_the_same(
    centre: Point, cell: int, attempt: int, secret: bytes
) -> None:
    found = rules.moved(centre, cell=cell, attempt=attempt, secret=secret)

    assert rules.NEAREST_M - 3 < distance_m(centre, found) < rules.FARTHEST_M + 3
    assert found == rules.moved(centre, cell=cell, attempt=attempt, secret=secret)


def test_another_secret_moves_elsewhere_and_many_cells_have_no_common_direction() -> None:
    centre = Point(lat=44.0, lon=-79.0)

    found = [rules.moved(centre, cell=cell, attempt=0, secret=b"one") for cell in range(2000)]
    other = [rules.moved(centre, cell=cell, attempt=0, secret=b"two") for cell in range(2000)]

    middle = Point(lat=sum(each.lat for each in found) / 2000, lon=sum(each.lon for each in found) / 2000)
    assert distance_m(centre, middle) < 25
    assert all(one != two for one, two in zip(found, other, strict=True))


@given(st.integers(1, 2**62), st.integers(1, 2**62), secrets)
def test_a_records_name_lasts_and_needs_the_secret(one: int, two: int, secret: bytes) -> None:
    assert rules.record_id(one, secret=secret) == rules.record_id(one, secret=secret)
    assert (rules.record_id(one, secret=secret) == rules.record_id(two, secret=secret)) == (one == two)
    assert rules.record_id(one, secret=secret) != rules.record_id(one, secret=secret + b"x")


@given(points)
def test_a_block_is_no_finer_than_three_decimals(point: Point) -> None:
    found = rules.block(point)

    assert abs(found.lat - point.lat) <= 0.00051
    assert round(found.lat, 3) == found.lat


@pytest.mark.parametrize("declared", list(Place))
def test_each_step_says_less_than_the_one_before(declared: Place) -> None:
    said = [rules.said_place(declared, step=step) for step in STEPS]

    assert said == sorted(said, reverse=True)
    assert [tuple(When).index(step.when) for step in STEPS] == sorted(tuple(When).index(step.when) for step in STEPS)


@pytest.mark.parametrize(
    ("day", "when", "over"),
    [
        (date(2026, 2, 28), When.DAY, True), (date(2026, 3, 1), When.DAY, False),
        (date(2026, 2, 1), When.MONTH, True), (date(2026, 3, 1), When.MONTH, False),
        (date(2025, 12, 31), When.YEAR, True), (date(2026, 1, 1), When.YEAR, False),
    ],
)  # fmt: skip
def test_a_period_is_over_on_the_first_day_after_it(day: date, when: When, over: bool) -> None:
    today = date(2026, 3, 1)

    assert rules.is_over(day, when=when, today=today) == over
    counted = np.array([(day - date(1970, 1, 1)).days])
    assert anonymity.over(counted, when=when, today=today)[0] == over


row = st.tuples(
    st.integers(0, 2), st.integers(0, 1), st.sampled_from(list(Place)), st.integers(-1, 3), st.integers(-1, 2),
    st.integers(-1, 3), st.integers(-1, 2), st.integers(20_000, 20_090),
)  # fmt: skip


def protected(rows: list[tuple[int, ...]]) -> Protected:
    names = ("service", "group", "declared", "cell", "ward", "neighbourhood", "prefix", "day")
    table = np.array(rows, dtype=np.int64).reshape(len(rows), len(names))
    return Protected(**{name: table[:, position] for position, name in enumerate(names)})


def said(rows: Protected, number: int, *, step: int, place: int) -> tuple[object, ...]:
    """What the row says once it is published, spelt out one by one."""
    spot = {
        Place.NONE: None, Place.WARD: rows.ward, Place.POSTAL_PREFIX: rows.prefix,
        Place.NEIGHBOURHOOD: rows.neighbourhood, Place.RANDOM_500M: rows.cell,
    }[Place(place)]  # fmt: skip
    day = date(1970, 1, 1) + timedelta(days=int(rows.day[number]))
    period = {When.DAY: day.isoformat(), When.MONTH: day.isoformat()[:7], When.YEAR: day.isoformat()[:4]}
    tells_ward = place in {Place.WARD, Place.NEIGHBOURHOOD, Place.RANDOM_500M}
    return (
        place,
        None if spot is None else int(spot[number]),
        int(rows.ward[number]) if tells_ward else None,
        period[STEPS[step].when],
        int(rows.group[number]),
        int(rows.service[number]) if STEPS[step].names_service else None,
    )


@given(st.lists(row, max_size=80), st.integers(2, 6), st.sampled_from([_OVER, date(2024, 11, 1), date(2024, 10, 20)]))
def test_no_published_row_stands_with_fewer_than_k(rows: list[tuple[int, ...]], k: int, today: date) -> None:
    given_rows = protected(rows)

    found = anonymity.assign(given_rows, k=k, today=today)

    groups = Counter(
        said(given_rows, number, step=int(step), place=int(place))
        for number, (step, place) in enumerate(zip(found.step, found.place, strict=True))
        if step >= 0
    )
    assert min(groups.values(), default=k) >= k


@given(st.lists(row, max_size=60), st.sampled_from([_OVER, date(2024, 11, 1)]))
def test_no_row_says_more_than_its_service_declares_nor_of_a_period_still_running(
    rows: list[tuple[int, ...]], today: date
) -> None:
    given_rows = protected(rows)

    found = anonymity.assign(given_rows, k=2, today=today)

    for number, (step, place) in enumerate(zip(found.step, found.place, strict=True)):
        if step >= 0:
            day = date(1970, 1, 1) + timedelta(days=int(given_rows.day[number]))
            assert place <= given_rows.declared[number]
            assert rules.is_over(day, when=STEPS[int(step)].when, today=today)
        elif step == HELD_BACK:
            assert today.year <= 2024


def test_a_lonely_row_waits_for_its_year_and_is_then_left_out() -> None:
    lonely = protected([(0, 0, Place.NEIGHBOURHOOD, -1, 1, 1, -1, 20_000)])

    assert anonymity.assign(lonely, k=5, today=date(2024, 12, 31)).step.tolist() == [HELD_BACK]
    assert anonymity.assign(lonely, k=5, today=date(2025, 1, 1)).step.tolist() == [anonymity.LEFT_OUT]


@given(st.text(max_size=20))
def test_no_cell_begins_a_formula(text: str) -> None:
    assert not safe(text).startswith(("=", "+", "-", "@", "\t", "\r"))


def test_every_column_is_explained_in_both_languages() -> None:
    assert all(each.text["fr"] and each.title["fr"] and each.text["en"] != each.text["fr"] for each in columns())
    assert len({each.name for each in columns()}) == len(columns())

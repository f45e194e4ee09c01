"""Cells that cover a box: none of its points may be missed, and few cells must do."""

from __future__ import annotations

import itertools

from h3.api import basic_int as h3
from hypothesis import given
from hypothesis import strategies as st

from answerable.kernel.places import Point
from answerable.requests.cells import KEPT_RES, MOST_CELLS, Box, box_around, ranges_of

LATITUDES = st.floats(-75, 75)
LONGITUDES = st.floats(-170, 170)
SIZES = st.floats(0, 0.2)
SHARES = st.floats(0, 1)


@given(south=LATITUDES, west=LONGITUDES, height=SIZES, width=SIZES, up=SHARES, aside=SHARES)
def test_every_point_of_a_box_lies_in_its_ranges(
    south: float, west: float, *, height: float, width: float, up: float, aside: float
) -> None:
    box = Box(south=south, west=west, north=south + height, east=west + width)

    ranges = ranges_of(box)

    assert ranges is not None
    kept = h3.latlng_to_cell(south + up * height, west + aside * width, KEPT_RES)
    assert any(low <= kept <= high for low, high in ranges)


@given(lat=LATITUDES, lon=LONGITUDES, radius_m=st.floats(0, 5000))
def test_few_ranges_cover_a_circle_and_they_do_not_overlap(lat: float, lon: float, radius_m: float) -> None:
    ranges = ranges_of(box_around(Point(lat=lat, lon=lon), radius_m=radius_m))

    assert ranges is not None
    assert len(ranges) <= 2 * MOST_CELLS
    assert all(before[1] < after[0] for before, after in itertools.pairwise(ranges))


def test_half_a_continent_is_not_looked_for_by_cells() -> None:
    assert ranges_of(Box(south=-40.0, west=-100.0, north=40.0, east=100.0)) is None

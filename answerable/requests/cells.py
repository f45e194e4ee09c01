"""Which H3 cells cover a box, as few ranges of the column that already has an index.

A cell's descendants are neighbours as numbers, so that one coarse cell is one range of the resolution-10 column:
a box of any size is a few dozen index scans, without an index of its own.  Source: H3, "H3Index bit layout".
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from h3.api import basic_int as h3

from answerable.kernel.places import Point

KEPT_RES: Final = 10
"""The resolution of the indexed column."""

MOST_CELLS: Final = 40
"""How many cells of one size may cover a box before larger ones are taken."""

COARSEST: Final = 5

_KM2: Final = {10: 0.01505, 9: 0.10533, 8: 0.73733, 7: 5.16129, 6: 36.129, 5: 252.903}
_EDGE_KM: Final = {10: 0.0759, 9: 0.2008, 8: 0.5314, 7: 1.4061, 6: 3.7245, 5: 9.8541}
"""Units: square kilometres, kilometres.  Source: H3, table of cell statistics (averages)."""

_REACH: Final = 1.6
"""How far from a cell's middle its descendants may lie, in its edges: 1 to its corner, the rest because the hierarchy
is approximate and edges differ by a quarter over the globe.  A test tries it with random boxes."""

_KM_PER_DEGREE: Final = 111.195


@dataclass(frozen=True, slots=True)
class Box:
    """A box on the map.  Units: degrees."""

    south: float
    west: float
    north: float
    east: float

    @property
    def km2(self) -> float:
        """Its area, good enough to choose by."""
        height = (self.north - self.south) * _KM_PER_DEGREE
        width = (self.east - self.west) * _KM_PER_DEGREE * math.cos(math.radians((self.north + self.south) / 2))
        return max(height, 0.001) * max(width, 0.001)

    def grown(self, km: float) -> Box:
        """The box with that much more on every side."""
        up = km / _KM_PER_DEGREE
        aside = up / max(math.cos(math.radians(max(abs(self.south), abs(self.north)))), 0.01)
        return Box(
            south=max(self.south - up, -90.0), west=max(self.west - aside, -180.0),
            north=min(self.north + up, 90.0), east=min(self.east + aside, 180.0),
        )  # fmt: skip


def box_around(point: Point, *, radius_m: float) -> Box:
    """The box that holds the circle."""
    return Box(south=point.lat, west=point.lon, north=point.lat, east=point.lon).grown(radius_m / 1000)


@lru_cache(maxsize=4096)
def ranges_of(box: Box) -> tuple[tuple[int, int], ...] | None:
    """First and last kept cell of every stretch that may hold a point of the box; None for half a continent."""
    for resolution in range(KEPT_RES, COARSEST - 1, -1):
        grown = box.grown(_REACH * _EDGE_KM[resolution])
        if grown.km2 / _KM2[resolution] <= MOST_CELLS:
            break
    else:
        return None
    shape = h3.LatLngPoly(
        [(grown.south, grown.west), (grown.south, grown.east), (grown.north, grown.east), (grown.north, grown.west)]
    )
    cells = h3.h3shape_to_cells(shape, resolution)
    return _merged(sorted(_range(cell, resolution=resolution) for cell in cells))


def _range(cell: int, *, resolution: int) -> tuple[int, int]:
    """The kept cells below a cell.

    Bits 52 to 55 hold the resolution; three bits a digit follow, from 1 to 15; unused digits are 7.
    """
    low = cell & ~(0xF << 52) | (KEPT_RES << 52)
    high = low
    for digit in range(resolution + 1, KEPT_RES + 1):
        shift = (15 - digit) * 3
        low &= ~(0x7 << shift)
        high = high & ~(0x7 << shift) | (0x6 << shift)
    return low, high


def _merged(ranges: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    merged: list[tuple[int, int]] = []
    for low, high in ranges:
        if merged and low <= merged[-1][1]:
            continue
        merged.append((low, high))
    return tuple(merged)

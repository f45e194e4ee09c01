"""Random points for the requests of one cell: drawn once a build, the same at every build."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

import h3

from answerable.catalogue.areas import Areas
from answerable.channels.opendata import rules
from answerable.kernel.places import Point

ATTEMPTS = 16
"""Draws until the point lies in the same ward; a cell on a far shore may have none."""

CLASS_RESOLUTION = 8
"""The hexagons in which random points are counted: 0.74 km², as much as the circle a point may come from (0.785).
Source: H3 table of cell statistics, average area at resolution 8."""


@dataclass(frozen=True, slots=True)
class Scattered:
    """A published point, and the hexagon it is counted in."""

    point: Point
    hexagon: str


@dataclass(frozen=True, slots=True)
class Scattering:
    """The points of a build's cells, kept as they are asked for: a city has some ten thousand cells."""

    areas: Areas
    kind: str
    on: dt.date
    secret: bytes
    _known: dict[tuple[int, str], Scattered | None] = field(default_factory=dict)

    def of(self, cell: int, *, ward: str) -> Scattered | None:
        """The point published for requests of that cell and ward; None when none lies in the ward."""
        key = (cell, ward)
        if key not in self._known:
            self._known[key] = self._drawn(cell, ward=ward)
        return self._known[key]

    def _drawn(self, cell: int, *, ward: str) -> Scattered | None:
        lat, lon = h3.cell_to_latlng(h3.int_to_str(cell & ((1 << 64) - 1)))
        for attempt in range(ATTEMPTS):
            point = rules.moved(Point(lat=lat, lon=lon), cell=cell, attempt=attempt, secret=self.secret)
            if self._is_in(point, ward=ward):
                return Scattered(point=point, hexagon=h3.latlng_to_cell(point.lat, point.lon, CLASS_RESOLUTION))
        return None

    def _is_in(self, point: Point, *, ward: str) -> bool:
        if not self.kind:
            return True
        found = self.areas.locate(point, on=self.on).get(self.kind)
        return found is not None and (not ward or found.key == ward)

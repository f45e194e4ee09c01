"""Which of today's areas a row of the past belongs to: by its point, by today's name, or by an old area's overlap."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import shapely

from answerable.catalogue.areas import AreaHit, AreaVersion
from answerable.catalogue.city import City
from answerable.channels.imports.rules import Repair, SaidArea
from answerable.contacts.rules import words_key
from answerable.kernel.facts import Json

CERTAIN: Final = 0.995
"""From this share on an old area lies in one new area; the rest is the drawing of borders."""

ENOUGH: Final = 0.5
"""The share of an old area that a new one must hold for a request of the old to be counted there."""


@dataclass(frozen=True, slots=True)
class Laid:
    """Today's area, how sure that is (0 to 1), and the old area it was told by."""

    hit: AreaHit
    sure: float = 1.0
    was: AreaHit | None = None
    repair: Repair | None = None

    @property
    def counts_today(self) -> bool:
        """Whether the request counts in an area of today, and is not kept in one that is no more."""
        return self.was is None or self.hit != self.was

    def as_json(self) -> Json:
        """As a request keeps it."""
        told: dict[str, Json] = {"version": self.hit.version, "key": self.hit.key, "name": self.hit.name}
        if self.was is not None:
            told |= {"sure": round(self.sure, 3), "was": {"version": self.was.version, "key": self.was.key}}
        return told


class AreaBook:
    """The areas of a city as an import asks for them: each answer is found once and remembered."""

    def __init__(self, city: City, *, today: dt.date) -> None:
        self._city = city
        self._today = today
        self.primary = city.primary_area_kind
        kinds = [kind for kind in city.areas.kinds if kind != self.primary]
        self.second = "neighbourhood" if "neighbourhood" in kinds else kinds[0] if kinds else ""
        self._now = [each for each in city.areas.versions if each.holds_on(today)]
        self._bounding = [each for each in self._now if each.source.is_city_boundary and each.tree is not None]
        self._laid: dict[tuple[str, SaidArea, str], Laid | None] = {}
        self._changes = sorted(
            {day for each in city.areas.versions for day in (each.source.valid_from, each.source.valid_to) if day}
        )
        self._names = {
            (each.source.kind, each.source.version): {words_key(hit.name): hit for hit in each.hits}
            for each in city.areas.versions
        }

    def era(self, day: dt.date) -> int:
        """A number that is the same for days with the same borders."""
        return bisect_right(self._changes, day)

    def around(self, points: Sequence[tuple[float, float]]) -> list[tuple[bool, Mapping[str, AreaHit]]]:
        """For each (lat, lon): whether it is in the city, and today's areas around it."""
        if not points:
            return []
        places = np.asarray(points, dtype=float)
        dots = shapely.points(places[:, 1], places[:, 0])
        hits: list[dict[str, AreaHit]] = [{} for _ in points]
        for version in self._now:
            if version.tree is None:
                continue
            asked, found = version.tree.query(dots, predicate="intersects")
            for row, area in sorted(zip(asked.tolist(), found.tolist(), strict=True), reverse=True):
                hits[row][version.source.kind] = version.hits[area]
        return [(self._is_inside(point, hit), hit) for point, hit in zip(points, hits, strict=True)]

    def _is_inside(self, point: tuple[float, float], hits: Mapping[str, AreaHit]) -> bool:
        if self._bounding:
            return any(each.source.kind in hits for each in self._bounding)
        box = self._city.pack.city.bounds
        return box.south <= point[0] <= box.north and box.west <= point[1] <= box.east

    def said(self, said: SaidArea, *, kind: str, opened_on: dt.date) -> Laid | None:
        """Today's area of that kind for one named by a source; None when no version has it."""
        versions = [each for each in self._city.areas.versions if each.source.kind == kind]
        then = next((each for each in versions if each.holds_on(opened_on)), None)
        key = (kind, said, then.source.version if then else "")
        if key not in self._laid:
            self._laid[key] = self._find(said, versions, then)
        return self._laid[key]

    def _find(self, said: SaidArea, versions: list[AreaVersion], then: AreaVersion | None) -> Laid | None:
        """By name in today's version, then in older ones; by key alone in the version of the day it was opened."""
        today_first = sorted(versions, key=lambda each: not each.holds_on(self._today))
        for version in today_first:
            hit = self._names[(version.source.kind, version.source.version)].get(words_key(said.name))
            if hit is not None and (not said.key or said.key == hit.key or version is today_first[0]):
                return self._lay(hit, version, today_first[0])
        if said.key and not said.name and then is not None:
            hit = next((each for each in then.hits if each.key.lstrip("0") == said.key), None)
            return self._lay(hit, then, today_first[0]) if hit is not None else None
        return None

    def _lay(self, hit: AreaHit, version: AreaVersion, today: AreaVersion) -> Laid:
        if version is today:
            return Laid(hit)
        new, share = _largest_share(hit, version, today)
        if new is None or share < ENOUGH:
            return Laid(hit, sure=share, was=hit, repair=Repair.OLD_WARD_UNCERTAIN)
        return Laid(new, share, hit, Repair.OLD_WARD_LAID if share >= CERTAIN else Repair.OLD_WARD_UNCERTAIN)


def _largest_share(old: AreaHit, version: AreaVersion, today: AreaVersion) -> tuple[AreaHit | None, float]:
    """The area of today that holds most of the old one, and how much of it.  A ratio of areas needs no projection."""
    if version.tree is None or today.tree is None:
        return None, 0.0
    shape: Any = version.shapes[version.hits.index(old)]
    near = [int(place) for place in today.tree.query(shape, predicate="intersects")]
    shares = {place: shapely.intersection(shape, today.shapes[place]).area / shape.area for place in near}
    if not shares:
        return None, 0.0
    best = max(shares, key=lambda place: shares[place])
    return today.hits[best], shares[best]

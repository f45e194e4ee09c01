"""Which ward, which neighbourhood: areas held in memory, by boundary version."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import shapely
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from answerable.catalogue.errors import UnknownArea
from answerable.catalogue.files import RawArea
from answerable.catalogue.structs import AreaSource
from answerable.catalogue.words import plain_words
from answerable.kernel.places import Point, distance_m

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class AreaHit:
    """An area a place lies in, with the version of the border that says so."""

    kind: str
    version: str
    key: str
    name: str


@dataclass(frozen=True, slots=True)
class AreaVersion:
    """All areas of one kind in one version; `tree` is absent when only names are known.

    `valid_to` is the first day no longer valid.
    """

    source: AreaSource
    hits: tuple[AreaHit, ...]
    shapes: tuple[BaseGeometry, ...]
    tree: shapely.STRtree | None
    repaired: tuple[str, ...]

    def holds_on(self, day: dt.date) -> bool:
        """Whether this version is in force on that local day."""
        return (self.source.valid_from or day) <= day < (self.source.valid_to or dt.date.max)

    def containing(self, point: Point) -> AreaHit | None:
        """The area around the point; on a shared border the first in the file."""
        if self.tree is None:
            return None
        found = self.tree.query(shapely.Point(point.lon, point.lat), predicate="intersects")
        return self.hits[int(min(found))] if len(found) else None


@dataclass(frozen=True)
class Areas:
    """Every area of a city, all versions."""

    versions: tuple[AreaVersion, ...]

    @property
    def boundary_kind(self) -> str:
        """The kind whose union is the city; empty for a pack without areas."""
        return next((each.source.kind for each in self.versions if each.source.is_city_boundary), "")

    @cached_property
    def kinds(self) -> tuple[str, ...]:
        """The kinds, in the order of the pack."""
        return tuple(dict.fromkeys(each.source.kind for each in self.versions))

    @cached_property
    def repaired(self) -> tuple[str, ...]:
        """Polygons that were invalid in their file and were made valid, as `kind version key`."""
        return tuple(note for version in self.versions for note in version.repaired)

    def locate(self, point: Point, *, on: dt.date) -> Mapping[str, AreaHit]:
        """The areas around the point by kind, by the borders of that local day."""
        found = (version.containing(point) for version in self.versions if version.holds_on(on))
        return {hit.kind: hit for hit in found if hit}

    def of_kind(self, kind: str, *, on: dt.date) -> tuple[AreaHit, ...]:
        """Every area of the kind on that local day, by key as people count."""
        hits = [hit for each in self.versions if each.source.kind == kind and each.holds_on(on) for hit in each.hits]
        return tuple(sorted(hits, key=lambda hit: (len(hit.key), hit.key) if hit.key.isdigit() else (99, hit.name)))

    def get(self, kind: str, key: str, *, on: dt.date) -> AreaHit:
        """The area of that kind and key.  Raises: UnknownArea."""
        for hit in self.of_kind(kind, on=on):
            if hit.key == key:
                return hit
        raise UnknownArea(
            f"No {kind} '{key}' on {on.isoformat()}.", field=kind, value=key, remedy="Choose one of the list."
        )

    def named(self, words: str, *, on: dt.date) -> AreaHit | None:
        """The area said by name, or by its kind and key: `ward 16`, `quartier électoral 16`, or its name alone."""
        asked = plain_words(words)
        versions = zip(self.versions, self._sayings, strict=True)
        return next((said[asked] for version, said in versions if asked in said and version.holds_on(on)), None)

    @cached_property
    def _sayings(self) -> tuple[Mapping[str, AreaHit], ...]:
        """For each version its areas by all that people may call them; what means two is the first in the file."""
        return tuple(
            {said: hit for hit in reversed(version.hits) for said in _said_of(hit, version.source)}
            for version in self.versions
        )

    def middle(self, area: AreaHit) -> Point | None:
        """A point inside the area to centre a map on; none when its border is not known."""
        for version in self.versions:
            if version.tree and area in version.hits:
                inside = version.shapes[version.hits.index(area)].representative_point()
                return Point(lat=inside.y, lon=inside.x)
        return None

    def is_inside(self, point: Point, *, on: dt.date) -> bool:
        """Whether the point is in the city; a pack without borders has no outside."""
        bounding = self._bounding(on)
        return not bounding or any(each.containing(point) for each in bounding)

    def metres_outside(self, point: Point, *, on: dt.date) -> float:
        """How far the point is from the city's border; 0 inside.  Units: metres, as the crow flies."""
        if self.is_inside(point, on=on):
            return 0.0
        here = shapely.Point(point.lon, point.lat)
        nearest = min(
            (_nearest(each, here) for each in self._bounding(on)), key=lambda border: distance_m(border, point)
        )
        return distance_m(nearest, point)

    def outline(self, *, on: dt.date) -> BaseGeometry:
        """The city as one shape, for maps: the union of the areas that bound it."""
        return shapely.union_all([area for each in self._bounding(on) for area in each.shapes])

    def _bounding(self, on: dt.date) -> list[AreaVersion]:
        return [each for each in self.versions if each.source.is_city_boundary and each.tree and each.holds_on(on)]


def _said_of(hit: AreaHit, source: AreaSource) -> set[str]:
    kinds = {plain_words(kind) for kind in (source.kind, *source.label.values())}
    name = plain_words(hit.name)
    return {name} | {f"{kind} {each}" for kind in kinds for each in (plain_words(hit.key), name)}


def _nearest(version: AreaVersion, here: shapely.Point) -> Point:
    assert version.tree is not None
    area = version.shapes[int(version.tree.nearest(here))]
    border = shapely.shortest_line(area, here).coords[0]
    return Point(lat=border[1], lon=border[0])


def build(sources: Iterable[tuple[AreaSource, tuple[RawArea, ...]]]) -> Areas:
    """The areas ready for questions; invalid polygons are repaired and noted."""
    return Areas(versions=tuple(_version(source, raw) for source, raw in sources))


def _version(source: AreaSource, raw: tuple[RawArea, ...]) -> AreaVersion:
    hits = tuple(AreaHit(source.kind, source.version, each.key, each.name) for each in raw)
    if any(each.geometry is None for each in raw):
        return AreaVersion(source=source, hits=hits, shapes=(), tree=None, repaired=())
    shapes = [shape(each.geometry) for each in raw]
    broken = [index for index, each in enumerate(shapes) if not each.is_valid]
    for index in broken:
        shapes[index] = shapely.make_valid(shapes[index])
    notes = tuple(f"{source.kind} {source.version} {hits[index].key}" for index in broken)
    if notes:
        log.info("catalogue.areas_repaired", extra={"areas": list(notes)})
    shapely.prepare(shapes)
    return AreaVersion(source=source, hits=hits, shapes=tuple(shapes), tree=shapely.STRtree(shapes), repaired=notes)

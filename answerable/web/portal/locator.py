"""A small drawing of the city with a pin, and the outlines a map is drawn on; no picture is asked from elsewhere."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import shapely
from django.http import HttpRequest, JsonResponse
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_GET
from shapely.geometry import mapping
from shapely.geometry.base import BaseGeometry

from answerable.catalogue import queries as catalogue
from answerable.catalogue.city import City
from answerable.kernel.places import Point
from answerable.plumbing import clock

WIDTH = 480
"""Units: of the drawing; its height follows the city's shape."""

COARSE_DEGREES = 0.0015
"""Units: degrees by which a drawn outline may leave the true one; about 150 m, half a unit of the drawing."""

FINE_DEGREES = 0.0001
"""Units: degrees; about 10 m, for the map one can zoom."""

FOREVER_SECONDS = 31_536_000


@dataclass(frozen=True, slots=True)
class Drawing:
    """Outlines as SVG paths, which of them is marked, and where the pin stands, in units of the drawing."""

    width: int
    height: int
    paths: tuple[str, ...]
    marked: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class _Frame:
    """From degrees to units of the drawing."""

    west: float
    north: float
    scale: float
    stretch: float

    def at(self, lon: float, lat: float) -> tuple[float, float]:
        return (lon - self.west) * self.scale * self.stretch, (self.north - lat) * self.scale


def drawing(city: City, point: Point | None, *, at: dt.datetime) -> Drawing | None:
    """The city with a pin; None without a point or without borders."""
    outlines = _outlines(city.version_id, city.local_day(at), COARSE_DEGREES) if point else ()
    if point is None or not outlines:
        return None
    west, south, east, north = shapely.total_bounds([outline for _, outline in outlines])
    stretch = math.cos(math.radians((south + north) / 2))
    scale = WIDTH / ((east - west) * stretch)
    frame = _Frame(west=west, north=north, scale=scale, stretch=stretch)
    hit = city.areas.locate(point, on=city.local_day(at)).get(city.primary_area_kind)
    x, y = frame.at(point.lon, point.lat)
    drawn = [(key, _path(outline, frame)) for key, outline in outlines]
    return Drawing(
        width=WIDTH,
        height=round((north - south) * scale),
        paths=tuple(path for key, path in drawn if not hit or key != hit.key),
        marked=next((path for key, path in drawn if hit and key == hit.key), ""),
        x=round(x, 1),
        y=round(y, 1),
    )


def _path(outline: BaseGeometry, frame: _Frame) -> str:
    rings = []
    for ring in _rings(outline):
        corners = [frame.at(lon, lat) for lon, lat in ring]
        rings.append("M" + "L".join(f"{x:.0f} {y:.0f}" for x, y in corners) + "Z")
    return "".join(rings)


def _rings(outline: BaseGeometry) -> Iterator[list[tuple[float, float]]]:
    for part in getattr(outline, "geoms", [outline]):
        if part.geom_type == "Polygon":
            yield [(corner[0], corner[1]) for corner in part.exterior.coords[:-1]]


@lru_cache(maxsize=8)
def _outlines(version_id: int, day: dt.date, tolerance: float) -> tuple[tuple[str, BaseGeometry], ...]:
    """Key and simplified outline of each area that bounds the city on that day."""
    city = catalogue.version(version_id)
    return tuple(
        (hit.key, shape.simplify(tolerance))
        for version in city.areas.versions
        if version.source.kind == city.primary_area_kind and version.tree is not None and version.holds_on(day)
        for hit, shape in zip(version.hits, version.shapes, strict=True)
    )


@require_GET
def outlines(request: HttpRequest) -> JsonResponse:
    """The areas in force as GeoJSON, kept by browsers as long as the address carries this version."""
    city = catalogue.active()
    day = city.local_day(clock.now())
    names = {hit.key: hit.name for hit in city.areas.of_kind(city.primary_area_kind, on=day)}
    features = [
        {
            "type": "Feature",
            "properties": {"key": key, "name": names.get(key, key)},
            "geometry": mapping(shapely.set_precision(outline, 0.00001)),
        }
        for key, outline in _outlines(city.version_id, day, FINE_DEGREES)
    ]
    response = JsonResponse({"type": "FeatureCollection", "features": features})
    is_current = request.GET.get("v") == outlines_version(city)
    patch_cache_control(response, public=True, max_age=FOREVER_SECONDS if is_current else 60, immutable=is_current)
    return response


def outlines_version(city: City) -> str:
    """Changes when another catalogue or another border comes into force."""
    in_force = [
        each.source.version
        for each in city.areas.versions
        if each.source.kind == city.primary_area_kind and each.holds_on(city.local_day(clock.now()))
    ]
    return "-".join((str(city.version_id), *in_force))

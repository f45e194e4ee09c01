"""Points on the ground, distances, and how exactly a place is known."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from answerable.kernel.errors import BadPlace

EARTH_RADIUS_M = 6_371_008.8
"""Units: metres.  Source: IUGG mean radius R1, Moritz, Geodetic Reference System 1980."""


MAX_LATITUDE = 90.0
MAX_LONGITUDE = 180.0


class Precision(StrEnum):
    """How exactly a place is known, from a pin to a whole ward."""

    PIN = "pin"
    DEVICE = "device"
    ADDRESS = "address"
    INTERSECTION = "intersection"
    LANDMARK = "landmark"
    STREET = "street"
    POSTAL = "postal"
    AREA = "area"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Point:
    """A WGS 84 position.  Units: degrees.  Raises: BadPlace when out of range."""

    lat: float
    lon: float

    def __post_init__(self) -> None:
        finite = math.isfinite(self.lat) and math.isfinite(self.lon)
        if not finite or abs(self.lat) > MAX_LATITUDE or abs(self.lon) > MAX_LONGITUDE:
            raise BadPlace(
                f"({self.lat}, {self.lon}) is not a position.",
                field="point",
                value=f"{self.lat},{self.lon}",
                remedy="Give latitude -90 to 90 and longitude -180 to 180.",
            )


def distance_m(a: Point, b: Point) -> float:
    """The great-circle distance.  Units: metres.  Source: R. W. Sinnott, "Virtues of the Haversine", 1984."""
    lat_a, lat_b = math.radians(a.lat), math.radians(b.lat)
    half_lat = (lat_b - lat_a) / 2
    half_lon = math.radians(b.lon - a.lon) / 2
    h = math.sin(half_lat) ** 2 + math.cos(lat_a) * math.cos(lat_b) * math.sin(half_lon) ** 2
    return 2 * EARTH_RADIUS_M * math.asin(min(1.0, math.sqrt(h)))


def moved(start: Point, *, north_m: float = 0.0, east_m: float = 0.0) -> Point:
    """`start` moved by a few metres.  Units: metres; good to a millimetre below one kilometre."""
    lat = start.lat + math.degrees(north_m / EARTH_RADIUS_M)
    lon = start.lon + math.degrees(east_m / (EARTH_RADIUS_M * math.cos(math.radians(start.lat))))
    return Point(lat=lat, lon=lon)

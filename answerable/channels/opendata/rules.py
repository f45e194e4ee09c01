"""How exactly a request may be placed and dated in open data, and the steps by which it grows coarser.

A row is **open** when its request is public and its service is published exactly or by block: what it says stands on
public lists already.  Every other row is **protected**: it says no number, no time of day, and at least k rows of the
file say the same of service, place and period.
"""

from __future__ import annotations

import hashlib
import hmac
import math
import struct
from dataclasses import dataclass
from datetime import date
from enum import IntEnum, StrEnum

from answerable.kernel.places import Point
from answerable.requests.rules import Visibility


class Where(StrEnum):
    """How exactly a published row says where."""

    EXACT = "exact"
    BLOCK = "block"
    RANDOM_500M = "random_500m"
    NEIGHBOURHOOD = "neighbourhood"
    POSTAL_PREFIX = "postal_prefix"
    WARD = "ward"
    NONE = "none"


class When(StrEnum):
    """How exactly a published row says when; local days, months and years of the city."""

    INSTANT = "instant"
    DAY = "day"
    MONTH = "month"
    YEAR = "year"


OPEN: frozenset[Where] = frozenset({Where.EXACT, Where.BLOCK})
"""The ways of placing that need no protection: a block has no face."""

_FINEST_FIRST = (
    Where.EXACT, Where.BLOCK, Where.RANDOM_500M, Where.NEIGHBOURHOOD, Where.POSTAL_PREFIX, Where.WARD, Where.NONE,
)  # fmt: skip
_UNSAID = {Visibility.PUBLIC: Where.EXACT, Visibility.PRIVATE: Where.NEIGHBOURHOOD}


def placing(*, declared: str | None, service: Visibility, request: Visibility) -> Where | None:
    """How a request is placed: as its service declares, coarser when it is private; None when it is never published.

    A pothole declared `exact` that staff made private is published by neighbourhood.
    """
    if Visibility.CONFIDENTIAL in {service, request}:
        return None
    wish = Where(declared) if declared else _UNSAID[service]
    is_private = Visibility.PRIVATE in {service, request}
    return coarser(wish, Where.NEIGHBOURHOOD) if is_private and wish in OPEN else wish


def coarser(one: Where, other: Where) -> Where:
    """The one of the two that says less."""
    return max(one, other, key=_FINEST_FIRST.index)


BLOCK_DECIMALS = 3
"""Units: decimals of a degree; about 111 m north to south."""

NEAREST_M, FARTHEST_M = 100.0, 500.0
"""Units: metres a random point lies from the middle of its cell: never so near that it says the house.
Source: Hampton et al. 2010, Mapping health data: improved privacy protection with donut method geomasking."""

_METRES_A_DEGREE = 111_195.0
_TWO_TO_32 = float(1 << 32)


def block(point: Point) -> Point:
    """The point rounded to its block: 43.65348, -79.38393 is 43.653, -79.384."""
    return Point(lat=round(point.lat, BLOCK_DECIMALS), lon=round(point.lon, BLOCK_DECIMALS))


def moved(centre: Point, *, cell: int, attempt: int, secret: bytes) -> Point:
    """The centre of the cell, moved 100 to 500 m in a direction that only the secret knows.

    All requests of a cell share one point, at every build, so that neither many builds nor many requests from one
    house can be averaged.  Uniform over the ring: the squared distance is.
    """
    digest = hmac.digest(secret, struct.pack(">qi", cell, attempt), hashlib.sha256)
    first, second = struct.unpack(">II", digest[:8])
    distance = math.sqrt(NEAREST_M**2 + (FARTHEST_M**2 - NEAREST_M**2) * first / _TWO_TO_32)
    angle = 2 * math.pi * second / _TWO_TO_32
    north, east = distance * math.cos(angle), distance * math.sin(angle)
    lat = centre.lat + north / _METRES_A_DEGREE
    lon = centre.lon + east / (_METRES_A_DEGREE * math.cos(math.radians(centre.lat)))
    return Point(lat=round(lat, 5), lon=round(lon, 5))


def record_id(request_id: int, *, secret: bytes) -> str:
    """A lasting name for a row that leads nobody to its request without the secret."""
    return hmac.digest(secret, b"record" + struct.pack(">q", request_id), hashlib.sha256)[:10].hex()


def secret_for(purpose: str, *, secret_key: str) -> bytes:
    """A key of its own for one purpose, from the installation's secret."""
    return hmac.digest(secret_key.encode(), f"answerable.opendata.{purpose}".encode(), hashlib.sha256)


class Place(IntEnum):
    """What a protected row says of its place, as small numbers."""

    NONE = 0
    WARD = 1
    POSTAL_PREFIX = 2
    NEIGHBOURHOOD = 3
    RANDOM_500M = 4


PLACES: dict[Where, Place] = {
    Where.RANDOM_500M: Place.RANDOM_500M,
    Where.NEIGHBOURHOOD: Place.NEIGHBOURHOOD,
    Where.POSTAL_PREFIX: Place.POSTAL_PREFIX,
    Where.WARD: Place.WARD,
    Where.NONE: Place.NONE,
}


@dataclass(frozen=True, slots=True)
class Step:
    """One step down: the finest place that may still be said, the period, and whether the service is named."""

    finest: Place
    when: When
    names_service: bool = True


STEPS: tuple[Step, ...] = (
    Step(Place.RANDOM_500M, When.DAY),
    Step(Place.RANDOM_500M, When.MONTH),
    Step(Place.NEIGHBOURHOOD, When.MONTH),
    Step(Place.WARD, When.MONTH),
    Step(Place.WARD, When.YEAR),
    Step(Place.NONE, When.YEAR),
    Step(Place.NONE, When.YEAR, names_service=False),
)
"""How a protected row grows coarser until k rows are alike; beyond the last it is left out."""


def said_place(declared: Place, *, step: Step) -> Place:
    """What a row declared so says of its place at the step; a postal prefix is not part of a ward, so it goes whole."""
    if declared <= step.finest:
        return declared
    return Place.NONE if declared is Place.POSTAL_PREFIX else step.finest


def is_over(day: date, *, when: When, today: date) -> bool:
    """Whether the period of that day has ended, so that a row's first appearance tells no more than its period."""
    if when is When.DAY:
        return day < today
    if when is When.MONTH:
        return (day.year, day.month) < (today.year, today.month)
    return day.year < today.year


_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def safe(text: str) -> str:
    """The text, so that no spreadsheet takes it for a formula.  Source: OWASP, CSV Injection."""
    return f"'{text}" if text.startswith(_FORMULA) else text

"""The place of a report: read from what a form sends, kept with a draft, shown again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from answerable.catalogue import places
from answerable.catalogue.areas import AreaHit
from answerable.catalogue.city import City
from answerable.catalogue.places import Found, NotFound, Outside, Place, Resolution
from answerable.kernel.errors import AnswerableError, BadPlace
from answerable.kernel.facts import Json
from answerable.kernel.places import Point, Precision, moved

NUDGE_M = 10.0
"""Units: metres a pin moves at one press."""

_DIRECTIONS = {"north": (1, 0), "south": (-1, 0), "east": (0, 1), "west": (0, -1)}


def as_json(place: Place) -> dict[str, Json]:
    """The place as a draft keeps it."""
    return {
        "lat": place.point.lat if place.point else None,
        "lon": place.point.lon if place.point else None,
        "precision": str(place.precision),
        "label": place.label,
        "said": place.said,
        "postal": place.postal,
        "computed_by": place.computed_by,
        "confidence": place.confidence,
        "areas": {
            kind: {"version": hit.version, "key": hit.key, "name": hit.name} for kind, hit in place.areas.items()
        },
    }


def from_json(kept: Any) -> Place | None:
    """The place a draft kept, or None."""
    if not isinstance(kept, Mapping) or "precision" not in kept:
        return None
    has_point = kept["lat"] is not None and kept["lon"] is not None
    return Place(
        point=Point(lat=kept["lat"], lon=kept["lon"]) if has_point else None,
        precision=Precision(kept["precision"]),
        label=kept["label"],
        said=kept["said"],
        postal=kept["postal"],
        computed_by=kept["computed_by"],
        confidence=kept["confidence"],
        areas={
            kind: AreaHit(kind=kind, version=hit["version"], key=hit["key"], name=hit["name"])
            for kind, hit in kept["areas"].items()
        },
    )


def told(city: City, sent: Mapping[str, str], *, at: datetime, language: str) -> Resolution:
    """What a place form means: a device's position, a pin, words, or at least an area, in that order of exactness."""
    said = sent.get("place", "").strip()
    try:
        point = _point(sent)
        if point and sent.get("accuracy"):
            accuracy = float(sent["accuracy"])
            return places.from_device(city, point, accuracy_m=accuracy, at=at, said=said, language=language)
        if point:
            return places.resolve_pin(city, point, at=at, said=said, language=language)
        found = places.resolve(city, said, at=at, language=language)
        if isinstance(found, NotFound) and sent.get("ward"):
            return places.from_area(city, city.primary_area_kind, sent["ward"], at=at, said=said)
    except (BadPlace, ValueError):
        return NotFound(said=said, reason="bad_coordinates")
    except AnswerableError:
        return NotFound(said=said, reason="unknown")
    return found


def _point(sent: Mapping[str, str]) -> Point | None:
    lat, lon = sent.get("lat", "").strip(), sent.get("lon", "").strip()
    return Point(lat=float(lat), lon=float(lon)) if lat and lon else None


def nudged(city: City, place: Place, *, direction: str, at: datetime, language: str) -> Found | Outside | None:
    """The place with its pin moved a few metres; None when there is no pin or no such direction."""
    if place.point is None or direction not in _DIRECTIONS:
        return None
    north, east = _DIRECTIONS[direction]
    pin = moved(place.point, north_m=north * NUDGE_M, east_m=east * NUDGE_M)
    found = places.resolve_pin(city, pin, at=at, said=place.said, language=language)
    if isinstance(found, Outside) or not place.label:
        return found
    return Found(replace(found.place, label=place.label, postal=place.postal))

"""From what a resident says to a place with a stated precision, or to an honest other answer."""

from __future__ import annotations

import datetime as dt
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from answerable.catalogue.areas import AreaHit
from answerable.catalogue.city import City
from answerable.catalogue.errors import BrokenGeocoder, OutsideCity
from answerable.catalogue.lookup import GazetteerGeocoder
from answerable.catalogue.ports import Candidate, Geocoder
from answerable.catalogue.structs import matches_postal
from answerable.catalogue.words import plain_words
from answerable.kernel.errors import BadPlace
from answerable.kernel.places import Point, Precision
from answerable.plumbing import clock

log = logging.getLogger(__name__)

SURE_FROM = 0.86
"""Units: likeness from which the best match is taken without asking, when no other comes near it."""

LEAD = 0.04
"""Units: likeness the best match must be ahead of the next to be taken without asking."""

LIKELY_FROM = 0.78
CLEAR_LEAD = 0.1
"""Units: likeness; a match of more slips of the finger is taken when nothing else is anywhere near it."""

DEVICE_GOOD_M = 500.0
"""Units: metres; a device that knows its place no better than this only tells the area."""

DEVICE_SURE_M = 20.0
NEAR_MISS_M = 30.0
"""Units: metres outside the border that still count as inside: borders are simplified and run along streets."""

_COORDINATES = re.compile(r"^\s*(-?\d{1,2}\.\d+)\s*[,; ]\s*(-?\d{1,3}\.\d+)\s*$")
_POSTAL_SHAPES = {
    "CA": re.compile(r"\b([ABCEGHJ-NPRSTVXY]\d[ABCEGHJ-NPRSTV-Z])[ -]?(\d[ABCEGHJ-NPRSTV-Z]\d)?\b", re.IGNORECASE),
    "US": re.compile(r"\b(\d{5})(-\d{4})?$"),
}
"""Source: Canada Post, Addressing Guidelines; USPS Publication 28."""

_COUNTRY_WORDS = {"CA": ("canada",), "US": ("usa", "united states")}


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is: as exactly as it is known, no more.

    `said` is kept beside what was computed. `areas` are stamped with the version of their border.
    `near` only centres a map when there is no point; it is not where the thing is.
    Units: `confidence` 0 to 1, how likely this is the place that was meant.
    """

    point: Point | None
    precision: Precision
    label: str
    said: str
    areas: Mapping[str, AreaHit] = field(default_factory=dict)
    postal: str = ""
    computed_by: str = ""
    confidence: float = 1.0
    near: Point | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """One place."""

    place: Place


@dataclass(frozen=True, slots=True)
class Choices:
    """Several places could be meant: let the resident choose."""

    said: str
    candidates: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Outside:
    """The place is not in this city: a referral, not an error.  Units: `metres` beyond the border, if known."""

    said: str
    point: Point | None
    metres: float | None
    referral: str


@dataclass(frozen=True, slots=True)
class NotFound:
    """No place was understood.  `reason` is a code: `empty`, `unknown`, `bad_coordinates`."""

    said: str
    reason: str


Resolution = Found | Choices | Outside | NotFound


_connected: list[Geocoder] = []


def connect_geocoder(geocoder: Geocoder | None) -> None:
    """Places the gazetteer does not know are asked of this geocoder from now on, or of nobody."""
    _connected[:] = [geocoder] if geocoder else []


def locate(city: City, point: Point, *, at: dt.datetime) -> Mapping[str, AreaHit]:
    """The areas around the point by kind, by the borders in force at that instant."""
    return city.areas.locate(point, on=city.local_day(at))


def resolve(
    city: City, said: str, *, at: dt.datetime, language: str = "en", limit: int = 6, outside: Geocoder | None = None
) -> Resolution:
    """The place meant by the words: coordinates, a postal prefix, an area, an intersection, an address, a landmark
    or a street.  The pack's gazetteer is asked first, the outside geocoder (by default the one connected) only when
    that does not know for sure.
    """
    outside = outside or next(iter(_connected), None)
    if not plain_words(said):
        return NotFound(said=said, reason="empty")
    if coordinates := _COORDINATES.match(said):
        return _from_coordinates(city, coordinates, said=said, at=at, language=language)
    bare, postal = _without_city(city, said)
    if not plain_words(bare):
        return _from_postal(city, postal, said=said, at=at, language=language)
    if area := city.areas.named(bare, on=city.local_day(at)):
        return Found(_of_area(city, area, said=said))
    return _from_words(city, bare, said=said, postal=postal, at=at, language=language, limit=limit, outside=outside)


def from_pin(
    city: City, point: Point, *, precision: Precision = Precision.PIN, said: str = "", postal: str = "",
    at: dt.datetime | None = None,
) -> Place:  # fmt: skip
    """The place of a pin, in memory only, so that event loops may ask; the label is what was said.

    Raises: OutsideCity.
    """
    at = at or clock.now()
    areas = locate(city, point, at=at)
    if city.primary_area_kind not in areas and (
        outside := _outside(city, point, said=said or f"{point.lat:.5f}, {point.lon:.5f}", at=at)
    ):
        raise OutsideCity(outside.said, metres=outside.metres, referral=outside.referral)
    return Place(
        point=point,
        precision=precision,
        label=said,
        said=said,
        areas=areas,
        postal=postal,
        computed_by=str(precision),
    )


def best(city: City, said: str, *, postal: str = "", at: dt.datetime | None = None) -> Place:
    """One place for words nobody can be asked about again; unclear words keep what was said, without a point.

    Raises: OutsideCity.
    """
    found = resolve(city, said, at=at or clock.now())
    if isinstance(found, Outside):
        raise OutsideCity(said, metres=found.metres, referral=found.referral)
    if isinstance(found, Found):
        return replace(found.place, postal=found.place.postal or postal)
    return Place(point=None, precision=Precision.NONE, label=said, said=said, postal=postal, confidence=0.0)


def resolve_pin(
    city: City, point: Point, *, at: dt.datetime, said: str = "", language: str = "en",
    precision: Precision = Precision.PIN,
) -> Found | Outside:  # fmt: skip
    """The place of a pin on the map, labelled by the nearest name within sight."""
    if outside := _outside(city, point, said=said, at=at):
        return outside
    near = GazetteerGeocoder(city.placeset_id).reverse(point, language=language)
    place = from_pin(city, point, precision=precision, said=said, at=at)
    return Found(replace(place, label=near.label if near else ""))


def from_device(
    city: City, point: Point, *, accuracy_m: float, at: dt.datetime, said: str = "", language: str = "en"
) -> Found | Outside:
    """The place a telephone says it is at; when it is vague, only the area, without a point."""
    found = resolve_pin(city, point, at=at, said=said, language=language, precision=Precision.DEVICE)
    if isinstance(found, Outside):
        return found
    confidence = min(1.0, DEVICE_SURE_M / max(accuracy_m, 1.0))
    place = replace(found.place, confidence=round(confidence, 3))
    if accuracy_m > DEVICE_GOOD_M:
        place = replace(place, point=None, precision=Precision.AREA, label=_areas_label(place.areas))
    return Found(place)


def from_area(city: City, kind: str, key: str, *, at: dt.datetime, said: str = "") -> Found:
    """The place when only the ward is known.  Raises: UnknownArea."""
    return Found(_of_area(city, city.areas.get(kind, key, on=city.local_day(at)), said=said))


def suggest(city: City, begun: str, *, at: dt.datetime, language: str = "en", limit: int = 8) -> tuple[Place, ...]:
    """Places that go on from what is typed so far."""
    found = GazetteerGeocoder(city.placeset_id).suggest(begun, language=language, limit=limit)
    return tuple(_place(city, each, said=begun, at=at) for each in found)


def is_inside(city: City, point: Point, *, at: dt.datetime) -> bool:
    """Whether the point is in the city, border streets included."""
    return city.areas.metres_outside(point, on=city.local_day(at)) <= NEAR_MISS_M


def _from_coordinates(
    city: City, coordinates: re.Match[str], *, said: str, at: dt.datetime, language: str
) -> Resolution:
    try:
        point = Point(lat=float(coordinates.group(1)), lon=float(coordinates.group(2)))
    except BadPlace:
        return NotFound(said=said, reason="bad_coordinates")
    return resolve_pin(city, point, at=at, said=said, language=language)


def _without_city(city: City, said: str) -> tuple[str, str]:
    """The words without city, province, country and postal code; and the postal prefix, if one was said."""
    shape = _POSTAL_SHAPES.get(city.pack.city.country)
    found = shape.search(said) if shape else None
    postal = found.group(1).upper() if found else ""
    bare = f"{said[: found.start()]} {said[found.end() :]}" if found else said
    names = {plain_words(each) for each in (city.pack.city.short_name, city.pack.city.subdivision)}
    names |= {plain_words(each) for each in _COUNTRY_WORDS.get(city.pack.city.country, ())}
    parts = [part.strip() for part in bare.split(",")]
    kept = [part for index, part in enumerate(parts) if not (index and plain_words(part) in names)]
    words = ", ".join(part for part in kept if part).split()
    while len(words) > 1 and plain_words(words[-1]) in names:
        words.pop()
    return " ".join(words).strip(" ,"), postal


def _from_postal(city: City, postal: str, *, said: str, at: dt.datetime, language: str) -> Resolution:
    found = GazetteerGeocoder(city.placeset_id).find(postal, language=language, limit=1)
    pattern = city.pack.city.postal_prefix_pattern
    if pattern and not matches_postal(pattern, postal) and not found:
        return Outside(said=said, point=None, metres=None, referral=city.pack.city.outside_referral)
    if not found:
        return NotFound(said=said, reason="unknown")
    return Found(_place(city, found[0], said=said, at=at))


def _from_words(
    city: City, words: str, *, said: str, postal: str, at: dt.datetime, language: str, limit: int,
    outside: Geocoder | None,
) -> Resolution:  # fmt: skip
    found = GazetteerGeocoder(city.placeset_id).find(words, language=language, limit=limit)
    vague = not found or found[0].likeness < SURE_FROM or found[0].point is None
    if vague and outside is not None and (better := _asked_outside(outside, said, language=language, limit=limit)):
        found = better
    if not found:
        return NotFound(said=said, reason="unknown")
    if is_clear(found):
        return _checked(city, replace(found[0], postal=found[0].postal or postal), said=said, at=at)
    return Choices(said=said, candidates=tuple(_place(city, each, said=said, at=at) for each in found))


def is_clear(found: tuple[Candidate, ...]) -> bool:
    """Whether the best match may be taken without asking: sure enough, and ahead of the next."""
    best = found[0]
    lead = best.likeness - (found[1].likeness if len(found) > 1 else 0.0)
    return (best.likeness >= SURE_FROM and lead >= LEAD) or (best.likeness >= LIKELY_FROM and lead >= CLEAR_LEAD)


def _asked_outside(geocoder: Geocoder, said: str, *, language: str, limit: int) -> tuple[Candidate, ...]:
    try:
        return geocoder.find(said, language=language, limit=limit)
    except BrokenGeocoder as error:
        log.warning("catalogue.geocoder_silent", extra={"geocoder": geocoder.name, "reason": error.code})
        return ()


def _checked(city: City, candidate: Candidate, *, said: str, at: dt.datetime) -> Found | Outside:
    if candidate.point and candidate.precision is not Precision.POSTAL:
        outside = _outside(city, candidate.point, said=said, at=at)
        if outside:
            return outside
    return Found(_place(city, candidate, said=said, at=at))


def _outside(city: City, point: Point, *, said: str, at: dt.datetime) -> Outside | None:
    metres = city.areas.metres_outside(point, on=city.local_day(at))
    if metres <= NEAR_MISS_M:
        return None
    return Outside(said=said, point=point, metres=round(metres, 1), referral=city.pack.city.outside_referral)


def _place(city: City, candidate: Candidate, *, said: str, at: dt.datetime) -> Place:
    """The candidate with its areas; a postal prefix has no point, because it is kilometres wide."""
    exact = candidate.point if candidate.precision is not Precision.POSTAL else None
    areas = dict(locate(city, exact, at=at)) if exact else {}
    for kind_and_version, key in candidate.areas.items():
        kind, _, version = kind_and_version.partition("@")
        for hit in city.areas.of_kind(kind, on=city.local_day(at)):
            if hit.key == key and version in {"", hit.version}:
                areas.setdefault(kind, hit)
    return Place(
        point=exact,
        precision=candidate.precision,
        label=candidate.label,
        said=said,
        areas=areas,
        postal=candidate.postal,
        computed_by=candidate.source,
        confidence=candidate.likeness,
        near=None if exact else candidate.point,
    )


def _of_area(city: City, area: AreaHit, *, said: str) -> Place:
    return Place(
        point=None,
        precision=Precision.AREA,
        label=area.name,
        said=said,
        areas={area.kind: area},
        computed_by="area",
        near=city.areas.middle(area),
    )


def _areas_label(areas: Mapping[str, AreaHit]) -> str:
    return ", ".join(dict.fromkeys(hit.name for hit in areas.values()))

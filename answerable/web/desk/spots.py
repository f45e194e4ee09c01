"""The place of a call: kept sealed in the form between two looks, so that it is found once and cannot be forged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from django.core import signing

from answerable.catalogue import places
from answerable.catalogue.areas import AreaHit
from answerable.catalogue.city import City
from answerable.catalogue.places import Choices, Found, Outside, Place
from answerable.catalogue.structs import Referral
from answerable.kernel.errors import AnswerableError
from answerable.kernel.facts import Json
from answerable.kernel.places import Point, Precision

_SALT: Final = "answerable.desk.place"


@dataclass(frozen=True, slots=True)
class Spot:
    """What is known of where it is: one place, several to choose from, a place elsewhere, or nothing understood."""

    said: str = ""
    place: Place | None = None
    choices: tuple[Place, ...] = ()
    is_outside: bool = False
    referral: Referral | None = None
    is_unknown: bool = False


def read(city: City, *, said: str, kept: str, choice: str, at: datetime, language: str) -> Spot:
    """The spot meant by the words, by what was found for them before, or by the choice among several."""
    chosen = unsealed(choice)
    if chosen is not None:
        return Spot(said=chosen.label, place=chosen)
    if not said:
        return Spot()
    before = unsealed(kept)
    if before is not None and said in {before.said, before.label}:
        return Spot(said=said, place=before)
    return _resolved(city, said, at=at, language=language)


def _resolved(city: City, said: str, *, at: datetime, language: str) -> Spot:
    found = places.resolve(city, said, at=at, language=language)
    if isinstance(found, Found):
        return Spot(said=said, place=replace(found.place, said=said))
    if isinstance(found, Choices):
        return Spot(said=said, choices=found.candidates)
    if isinstance(found, Outside):
        return Spot(said=said, is_outside=True, referral=_referral(city, found.referral))
    return Spot(said=said, is_unknown=True)


def _referral(city: City, code: str) -> Referral | None:
    try:
        return city.referral(code) if code else None
    except AnswerableError:
        return None


def sealed(place: Place) -> str:
    """The place as a form carries it."""
    return signing.dumps(_as_json(place), salt=_SALT, compress=True)


def unsealed(text: str) -> Place | None:
    """The place a form carried; None for what was not sealed here."""
    if not text:
        return None
    try:
        return _from_json(signing.loads(text, salt=_SALT))
    except signing.BadSignature:
        return None


def _as_json(place: Place) -> dict[str, Json]:
    return {
        "at": [place.point.lat, place.point.lon] if place.point else None,
        "precision": str(place.precision),
        "label": place.label,
        "said": place.said,
        "postal": place.postal,
        "by": place.computed_by,
        "sure": place.confidence,
        "areas": [[hit.kind, hit.version, hit.key, hit.name] for hit in place.areas.values()],
    }


def _from_json(kept: Mapping[str, Any]) -> Place:
    return Place(
        point=Point(lat=kept["at"][0], lon=kept["at"][1]) if kept["at"] else None,
        precision=Precision(kept["precision"]),
        label=kept["label"],
        said=kept["said"],
        postal=kept["postal"],
        computed_by=kept["by"],
        confidence=kept["sure"],
        areas={
            kind: AreaHit(kind=kind, version=version, key=key, name=name) for kind, version, key, name in kept["areas"]
        },
    )

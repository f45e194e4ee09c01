"""An outside geocoder over HTTP: Nominatim's way of asking, or Pelias' when the address ends with `/v1`.

Source: Nominatim 4 API reference ("Search", "Reverse"); Pelias documentation ("Search", "Autocomplete", "Reverse").
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode, urlsplit

from rapidfuzz import fuzz

from answerable.catalogue.errors import BrokenGeocoder
from answerable.catalogue.ports import Candidate
from answerable.kernel.errors import BadPlace
from answerable.kernel.places import Point, Precision

TIMEOUT_SECONDS = 2.0
LONGEST_ANSWER = 1_000_000
"""Units: bytes read of an answer."""

_NOMINATIM_PRECISIONS = {
    "building": Precision.ADDRESS, "house": Precision.ADDRESS, "place": Precision.ADDRESS, "road": Precision.STREET,
    "amenity": Precision.LANDMARK, "leisure": Precision.LANDMARK, "tourism": Precision.LANDMARK,
    "shop": Precision.LANDMARK, "office": Precision.LANDMARK, "postcode": Precision.POSTAL,
}  # fmt: skip
_PELIAS_PRECISIONS = {
    "address": Precision.ADDRESS, "intersection": Precision.INTERSECTION, "street": Precision.STREET,
    "venue": Precision.LANDMARK, "postalcode": Precision.POSTAL,
}  # fmt: skip
_MOST_LIKELY = 0.95
"""An outside list is never taken for written the same: the pack's own goes first."""


class WebGeocoder:
    """Asks the service at `url` within `bounds`; what is neither place nor street there is left out."""

    def __init__(
        self, url: str, *, bounds: tuple[float, float, float, float], timeout_seconds: float = TIMEOUT_SECONDS
    ) -> None:
        """`bounds` are south, west, north, east in degrees.  Raises: ValueError when the address is not http(s)."""
        if urlsplit(url).scheme not in {"http", "https"}:
            raise ValueError(f"'{url}' is no web address: give http:// or https://.")
        self.name = f"web:{urlsplit(url).hostname}"
        self._url = url.rstrip("/")
        self._speaks_pelias = self._url.endswith("/v1")
        self._south, self._west, self._north, self._east = bounds
        self._timeout_seconds = timeout_seconds

    def find(self, said: str, *, language: str, limit: int) -> tuple[Candidate, ...]:
        """The places meant, best first.  Raises: BrokenGeocoder."""
        return self._listed("/search", said, language=language, limit=limit)

    def suggest(self, begun: str, *, language: str, limit: int) -> tuple[Candidate, ...]:
        """Places that go on from what is typed.  Raises: BrokenGeocoder."""
        path = "/autocomplete" if self._speaks_pelias else "/search"
        return self._listed(path, begun, language=language, limit=limit)

    def reverse(self, point: Point, *, language: str) -> Candidate | None:
        """The nearest named place.  Raises: BrokenGeocoder."""
        where: dict[str, Any] = (
            {"point.lat": point.lat, "point.lon": point.lon, "size": 1, "boundary.circle.radius": 0.075}
            if self._speaks_pelias
            else {"lat": point.lat, "lon": point.lon, "format": "jsonv2", "zoom": 18, "addressdetails": 1}
        )
        answer = self._asked("/reverse", where, language=language)
        found = self._read([answer] if isinstance(answer, dict) and "lat" in answer else answer, said="")
        return found[0] if found else None

    def _listed(self, path: str, said: str, *, language: str, limit: int) -> tuple[Candidate, ...]:
        answer = self._asked(path, self._question(said, limit), language=language)
        return tuple(sorted(self._read(answer, said=said), key=lambda each: -each.likeness)[:limit])

    def _question(self, said: str, limit: int) -> dict[str, Any]:
        if self._speaks_pelias:
            return {
                "text": said, "size": limit, "boundary.rect.min_lat": self._south, "boundary.rect.min_lon": self._west,
                "boundary.rect.max_lat": self._north, "boundary.rect.max_lon": self._east,
            }  # fmt: skip
        box = f"{self._west},{self._north},{self._east},{self._south}"
        return {"q": said, "format": "jsonv2", "limit": limit, "viewbox": box, "bounded": 1, "addressdetails": 1}

    def _asked(self, path: str, question: Mapping[str, Any], *, language: str) -> Any:
        headers = {"Accept": "application/json", "Accept-Language": language, "User-Agent": "Answerable"}
        request = urllib.request.Request(f"{self._url}{path}?{urlencode(question)}", headers=headers)  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=self._timeout_seconds) as answer:  # noqa: S310 - checked above
                return json.loads(answer.read(LONGEST_ANSWER))
        except (OSError, urllib.error.URLError, ValueError) as error:
            raise BrokenGeocoder(
                f"The geocoder {self.name} did not answer ({type(error).__name__}).",
                field="geocoder",
                value=self.name,
                remedy="Check ANSWERABLE_GEOCODER_URL and the service.",
            ) from error

    def _read(self, answer: Any, *, said: str) -> list[Candidate]:
        try:
            if isinstance(answer, dict) and "error" in answer:
                return []
            found = map(_of_pelias, answer["features"]) if self._speaks_pelias else map(_of_nominatim, answer)
            return [self._candidate(*each, said=said) for each in found if each is not None]
        except (KeyError, TypeError, ValueError, AttributeError, BadPlace) as error:
            raise BrokenGeocoder(
                f"The geocoder {self.name} answered something else.", field="geocoder", value=self.name,
                remedy="Check that ANSWERABLE_GEOCODER_URL is a Nominatim, or a Pelias ending with /v1.",
            ) from error  # fmt: skip

    def _candidate(
        self, precision: Precision, label: str, point: Point, postal: str, sure: float, *, said: str
    ) -> Candidate:
        """A street keeps no point: its middle is not where the thing is."""
        alike = _alike(said.casefold(), label.casefold()) if said else 1.0
        return Candidate(
            precision=precision,
            label=label,
            likeness=round(min(_MOST_LIKELY, sure * alike), 3),
            point=None if precision is Precision.STREET else point,
            postal=postal[:3].upper(),
            source=self.name,
        )


def _alike(said: str, label: str) -> float:
    """Mostly whether one holds the other's words, a little whether it holds others too.  Units: 0 to 1."""
    return 0.007 * float(fuzz.token_set_ratio(said, label)) + 0.003 * float(fuzz.token_sort_ratio(said, label))


Found = tuple[Precision, str, Point, str, float]


def _of_nominatim(raw: Mapping[str, Any]) -> Found | None:
    details = raw.get("address") or {}
    kind = raw.get("addresstype") or raw.get("category") or ""
    precision = Precision.ADDRESS if details.get("house_number") else _NOMINATIM_PRECISIONS.get(kind)
    if precision is None:
        return None
    street = " ".join(details[part] for part in ("house_number", "road") if details.get(part))
    label = street if precision in {Precision.ADDRESS, Precision.STREET} and street else raw.get("display_name", "")
    point = Point(lat=float(raw["lat"]), lon=float(raw["lon"]))
    return precision, label, point, details.get("postcode", ""), 1.0


def _of_pelias(raw: Mapping[str, Any]) -> Found | None:
    told = raw["properties"]
    precision = _PELIAS_PRECISIONS.get(told.get("layer", ""))
    if precision is None:
        return None
    lon, lat = _pair(raw["geometry"]["coordinates"])
    label = told.get("name") or told["label"]
    return precision, label, Point(lat=lat, lon=lon), told.get("postalcode", ""), float(told.get("confidence", 1.0))


def _pair(coordinates: Sequence[Any]) -> tuple[float, float]:
    """Longitude first, as GeoJSON has it."""
    lon, lat = coordinates
    return float(lon), float(lat)

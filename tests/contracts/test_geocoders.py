"""Every geocoder keeps the same promises: the pack's own gazetteer, a Nominatim and a Pelias."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from answerable.catalogue import actions, places, queries
from answerable.catalogue.errors import BrokenGeocoder
from answerable.catalogue.lookup import GazetteerGeocoder
from answerable.catalogue.places import Found, NotFound, Outside
from answerable.catalogue.ports import Geocoder
from answerable.catalogue.queries import City
from answerable.connectors.adapters.web_geocoder import WebGeocoder
from answerable.kernel.places import Point, Precision, distance_m
from tests.builders.packs import wards, write_pack

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 21, 17, 0, tzinfo=UTC)
HALL = Point(lat=44.05, lon=-79.05)
FAR = Point(lat=44.01, lon=-79.01)
BOUNDS = (44.0, -79.1, 44.1, -79.0)


def a_city(folder: Path) -> City:
    """The small city with one address and its street in the gazetteer."""
    source = {
        "kind": "address",
        "file": "a.csv",
        "columns": {"label": "label", "lat": "lat", "lon": "lon"},
        "provenance": "us",
    }
    files = {"gazetteer/a.csv": f"label,lat,lon\n12 Hall St,{HALL.lat},{HALL.lon}\n"}
    pack = write_pack(folder, gazetteer=[source], extra_files=a_ward_file() | files)
    return queries.version(actions.load_pack(pack, at=NOW))


def a_ward_file() -> dict[str, str]:
    """The two wards of the small city."""
    return {"areas/wards.geojson": wards()}


class FakeService(BaseHTTPRequestHandler):
    """A geocoding service that knows one address, one street and one suburb, in two dialects."""

    def do_GET(self) -> None:
        """Answer one question."""
        url = urlsplit(self.path)
        asked = {key: values[0] for key, values in parse_qs(url.query).items()}
        is_pelias = url.path.startswith("/v1/")
        if url.path.endswith("/reverse"):
            lat = float(asked.get("point.lat") or asked["lat"])
            known = abs(lat - HALL.lat) < 0.001
            answer = pelias(known) if is_pelias else (nominatim()[0] if known else {"error": "Unable to geocode"})
        else:
            known = "hall" in (asked.get("text") or asked["q"]).casefold()
            answer = pelias(known) if is_pelias else (nominatim() if known else [])
        self.reply(json.dumps(answer).encode())

    def reply(self, body: bytes, status: int = 200) -> None:
        """Send it."""
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


def nominatim() -> list[dict[str, Any]]:
    """Two things worth having and one that is not."""
    details = {"house_number": "12", "road": "Hall St", "postcode": "N1A 2B3"}
    return [
        {
            "lat": "44.05",
            "lon": "-79.05",
            "addresstype": "place",
            "display_name": "12, Hall St, Town",
            "address": details,
        },
        {
            "lat": "44.06",
            "lon": "-79.05",
            "addresstype": "road",
            "display_name": "Hall St",
            "address": {"road": "Hall St"},
        },
        {"lat": "44.06", "lon": "-79.05", "addresstype": "suburb", "display_name": "Hall", "address": {}},
    ]


def pelias(known: bool) -> dict[str, Any]:
    """The same, as GeoJSON."""
    places = [("address", "12 Hall St", 1.0), ("street", "Hall St", 0.8), ("neighbourhood", "Hall", 0.9)]
    features = [
        {
            "geometry": {"coordinates": [HALL.lon, HALL.lat]},
            "properties": {"layer": layer, "name": name, "label": name, "confidence": sure, "postalcode": "N1A 2B3"},
        }
        for layer, name, sure in places
    ]
    return {"features": features if known else []}


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """The handler on a free local port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(params=["gazetteer", "nominatim", "pelias"])
def geocoder(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Geocoder]:
    """Each geocoder of the house in turn."""
    if request.param == "gazetteer":
        yield GazetteerGeocoder(a_city(tmp_path).placeset_id)
        return
    with serving(FakeService) as url:
        yield WebGeocoder(url + ("/v1" if request.param == "pelias" else ""), bounds=BOUNDS)


def test_a_known_address_comes_first_with_its_point(geocoder: Geocoder) -> None:
    best = geocoder.find("12 hall st", language="en", limit=5)[0]

    assert (best.precision, best.label) == (Precision.ADDRESS, "12 Hall St")
    assert best.point is not None
    assert distance_m(best.point, HALL) < 1
    assert 0.86 <= best.likeness <= 1
    assert best.source == geocoder.name


def test_what_is_not_known_is_nothing_and_no_error(geocoder: Geocoder) -> None:
    assert geocoder.find("xyzzy plugh", language="en", limit=5) == ()
    assert geocoder.suggest("xyzz", language="en", limit=5) == ()


def test_never_more_than_asked_for(geocoder: Geocoder) -> None:
    assert len(geocoder.find("hall st", language="fr", limit=1)) == 1


def test_a_street_has_no_invented_point(geocoder: Geocoder) -> None:
    streets = [each for each in geocoder.find("hall st", language="en", limit=5) if each.precision is Precision.STREET]

    assert streets
    assert all(each.point is None for each in streets)


def test_typing_goes_on_to_a_known_place(geocoder: Geocoder) -> None:
    assert "12 Hall St" in {each.label for each in geocoder.suggest("12 hall", language="en", limit=5)}


def test_a_pin_is_named_by_what_is_near_and_only_by_that(geocoder: Geocoder) -> None:
    near = geocoder.reverse(HALL, language="en")

    assert near is not None
    assert near.label == "12 Hall St"
    assert geocoder.reverse(FAR, language="en") is None


def broken(body: bytes, status: int) -> type[FakeService]:
    """A service that always answers this."""

    class Broken(FakeService):
        def do_GET(self) -> None:
            self.reply(body, status)

    return Broken


@pytest.mark.parametrize(
    ("body", "status"), [(b"<html>", 200), (b'{"x": 1}', 200), (b"[]", 500), (b'[{"lat": "north"}]', 200)]
)
def test_a_broken_service_is_said_to_be_broken(body: bytes, status: int) -> None:
    with serving(broken(body, status)) as url:
        geocoder = WebGeocoder(url + "/v1", bounds=BOUNDS)
        with pytest.raises(BrokenGeocoder):
            geocoder.find("12 hall st", language="en", limit=5)


def test_a_service_that_does_not_answer_in_time_is_not_waited_for() -> None:
    release = threading.Event()

    class Silent(FakeService):
        def do_GET(self) -> None:
            release.wait(5)

    with serving(Silent) as url:
        geocoder = WebGeocoder(url, bounds=BOUNDS, timeout_seconds=0.05)
        with pytest.raises(BrokenGeocoder):
            geocoder.find("12 hall st", language="en", limit=5)
        release.set()


def test_an_address_that_is_not_of_the_web_is_refused() -> None:
    with pytest.raises(ValueError, match="is no web address"):
        WebGeocoder("file:///etc/passwd", bounds=BOUNDS)


def resolver(city: City, geocoder: Geocoder) -> Callable[[str], object]:
    """Resolves in that city with that geocoder behind it."""
    return lambda said: places.resolve(city, said, at=NOW, outside=geocoder)


def test_the_outside_geocoder_is_asked_when_the_pack_does_not_know(tmp_path: Path) -> None:
    with serving(FakeService) as url:
        result = resolver(a_city(tmp_path), WebGeocoder(url, bounds=BOUNDS))("12 Grand Hall St")

    assert isinstance(result, Found)
    assert (result.place.label, result.place.computed_by) == ("12 Hall St", "web:127.0.0.1")
    assert result.place.areas["ward"].key == "1"


def test_a_silent_outside_geocoder_leaves_the_packs_own_answer(tmp_path: Path) -> None:
    with serving(broken(b"", 503)) as url:
        ask = resolver(a_city(tmp_path), WebGeocoder(url, bounds=BOUNDS))
        known, unknown = ask("14 Hall St"), ask("xyzzy plugh")

    assert isinstance(known, Found)
    assert known.place.precision is Precision.STREET
    assert isinstance(unknown, NotFound)


def test_an_outside_answer_beyond_the_border_is_outside(tmp_path: Path) -> None:
    class NextTown(FakeService):
        def do_GET(self) -> None:
            self.reply(json.dumps([nominatim()[0] | {"lat": "45.0"}]).encode())

    with serving(NextTown) as url:
        result = resolver(a_city(tmp_path), WebGeocoder(url, bounds=BOUNDS))("12 Far Hall St")

    assert isinstance(result, Outside)

"""Reporting a problem on the portal, page by page, as a browser without scripts does it."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from PIL import Image

from answerable.catalogue.city import City
from answerable.plumbing import clock
from answerable.requests import queries
from answerable.requests.rules import Lifecycle, Outcome, Step
from tests.builders.packs import a_question, a_service, said
from tests.builders.requests import MONDAY, a_request, a_small_city, moved

pytestmark = pytest.mark.django_db

INSIDE = {"lat": "44.0512", "lon": "-79.0211"}


@pytest.fixture
def city(tmp_path: Path, settings: Any) -> Iterator[City]:
    settings.MEDIA_ROOT = tmp_path / "media"
    with clock.frozen(MONDAY):
        yield a_small_city(tmp_path / "northbridge")


def go(client: Client, response: Any) -> Any:
    assert response.status_code == 302, response.content[:600]
    return client.get(response["Location"])


def begin(client: Client, service: str = "pothole", **sent: str) -> str:
    """The address of the page after the place, and with it the draft."""
    response = client.post(f"/en/report/{service}/", {**INSIDE, "postal": "N1A 2B3", **sent})
    assert response.status_code == 302
    return str(response["Location"])


def draft_of(address: str) -> str:
    found = re.search(r"/report/d/([0-9a-f-]{36})/", address)
    assert found
    return found[1]


def number_on(page: Any) -> str:
    found = re.search(r"\d\d-\d{7}-\d", page.content.decode())
    assert found
    return found[0]


def test_a_report_goes_from_the_place_to_a_number(client: Client, city: City) -> None:
    address = begin(client)
    contact = go(client, client.post(address, {"q_size": "big", "description": "By the bus stop"}))
    assert "By the bus stop" in contact.content.decode()
    sent = go(client, client.post(contact.request["PATH_INFO"], {"email": "", "news_by": "none"}))

    request = queries.by_number(number_on(sent))
    assert request.answers == {"size": "big"}
    assert request.description == "By the bus stop"
    assert request.postal == "N1A2B3"
    assert (request.lat, request.lon) == (44.0512, -79.0211)
    assert request.channel == "web"


def test_sending_twice_gives_one_number(client: Client, city: City) -> None:
    address = begin(client)
    client.post(address, {"q_size": "big"})
    contact = f"/en/report/d/{draft_of(address)}/contact/"

    first = go(client, client.post(contact, {}))
    second = go(client, client.post(contact, {}))

    assert number_on(first) == number_on(second)
    assert queries.count_up_to(queries.Filters(), ceiling=10, now=MONDAY) == 1


def test_going_back_after_sending_leads_to_the_same_number(client: Client, city: City) -> None:
    address = begin(client)
    client.post(address, {"q_size": "big"})
    sent = go(client, client.post(f"/en/report/d/{draft_of(address)}/contact/", {}))

    changed = client.post(address, {"q_size": "small"})

    assert number_on(go(client, changed)) == number_on(sent)


def test_the_language_can_change_on_every_page_of_the_way(client: Client, city: City) -> None:
    address = begin(client)
    client.post(address, {"q_size": "big", "description": "Près de l'arrêt"})
    draft = draft_of(address)

    for step in ("place", "details", "contact"):
        page = client.get(f"/fr/report/d/{draft}/{step}/")
        assert page.status_code == 200
        assert f'href="/en/report/d/{draft}/{step}/"' in page.content.decode()
    assert "Près de l&#39;arrêt" in client.get(f"/fr/report/d/{draft}/details/").content.decode()


def test_an_unknown_place_is_said_and_the_words_are_kept(client: Client, city: City) -> None:
    page = go(client, client.post("/en/report/pothole/", {"place": "Nowhere at all 99", "postal": "N1A"}))

    html = page.content.decode()
    assert "<title>Error:" in html
    assert 'value="Nowhere at all 99"' in html
    assert 'value="N1A"' in html
    assert "Nous ne connaissons pas" in client.get(page.request["PATH_INFO"].replace("/en/", "/fr/")).content.decode()


def test_a_place_nobody_knows_can_be_given_by_its_area(client: Client, city: City) -> None:
    address = begin(client, lat="", lon="", place="Behind the old mill", ward="2")
    client.post(address, {"q_size": "big"})
    sent = go(client, client.post(f"/en/report/d/{draft_of(address)}/contact/", {}))

    request = queries.by_number(number_on(sent))
    assert request.precision == "area"
    assert request.area_key == "2"
    assert request.place_said == "Behind the old mill"


def test_a_place_outside_the_city_is_a_referral_and_not_an_error(client: Client, city: City) -> None:
    page = go(client, client.post("/en/report/pothole/", {"lat": "45.5", "lon": "-75.0"}))

    assert page.status_code == 200
    assert "outside the city" in page.content.decode()


def test_the_pin_moves_by_four_buttons(client: Client, city: City) -> None:
    draft = draft_of(begin(client))

    client.post(f"/en/report/d/{draft}/place/", {"nudge": "north"})
    page = client.get(f"/en/report/d/{draft}/place/").content.decode()

    assert "44.05129" in page


def test_answers_that_are_missing_are_named_and_the_rest_is_kept(client: Client, tmp_path: Path, settings: Any) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    question = a_question(required=True)
    with clock.frozen(MONDAY):
        a_small_city(tmp_path / "city", services=[a_service(question=[question])])
        address = begin(client)

        page = client.post(address, {"description": "Words to keep"})

    html = page.content.decode()
    assert page.status_code == 422
    assert 'href="#q_size"' in html
    assert "Words to keep" in html


def test_an_answer_that_means_danger_stops_the_form(client: Client, tmp_path: Path) -> None:
    stop = {"say": said("Stay back and call 911."), "action": "call_911", "when": {"answer": "size", "is": ["big"]}}
    with clock.frozen(MONDAY):
        a_small_city(tmp_path / "city", services=[a_service(stops=[stop])])
        address = begin(client)

        stopped = go(client, client.post(address, {"q_size": "big"}))
        jumped = client.get(address.replace("details", "contact"))

    assert "Stay back and call 911." in stopped.content.decode()
    assert jumped["Location"].endswith("/stop/")


def test_the_same_problem_close_by_is_followed_instead(client: Client, city: City) -> None:
    first = a_request(city)
    address = begin(client, lat="44.05001", lon="-79.02001")
    assert address.endswith("/nearby/")
    assert "12 Mill Lane" in client.get(address).content.decode()

    followed = client.post(address, {"number": first.number})
    again = client.post(address, {"number": first.number})

    assert followed["Location"] == again["Location"]
    assert queries.by_number(first.number).followers == 1
    page = client.get(followed["Location"]).content.decode()
    assert first.number in page
    assert "Deep, by the bus stop" not in page


def test_a_problem_that_is_back_leads_to_not_fixed(client: Client, city: City) -> None:
    first = a_request(city)
    moved(first, Step(to=Lifecycle.RESOLVED, outcome=Outcome.COMPLETED))
    address = begin(client, lat="44.05001", lon="-79.02001")

    followed = client.post(address, {"number": first.number})

    assert followed["Location"].endswith("#dispute")
    assert "Is it not fixed?" in client.get(followed["Location"]).content.decode()


def a_photo(colour: str = "red", *, gps: tuple[float, float] | None = None) -> io.BytesIO:
    image = Image.new("RGB", (40, 30), colour)
    exif = Image.Exif()
    if gps:
        degrees = lambda value: (float(int(value)), float(int(value % 1 * 60)), round(value * 3600 % 60, 3))  # noqa: E731
        exif.get_ifd(0x8825).update({1: "N", 2: degrees(gps[0]), 3: "W", 4: degrees(-gps[1])})
    content = io.BytesIO()
    image.save(content, "JPEG", exif=exif)
    content.seek(0)
    content.name = "photo.jpg"
    return content


def test_a_photo_offers_its_place_and_is_kept_without_it(client: Client, city: City) -> None:
    address = begin(client)
    client.post(address, {"photo": a_photo(gps=(44.03, -79.01)), "add_photo": "1", "q_size": "big"})
    page = client.get(address).content.decode()
    key = re.search(r'name="photo_place" value="([^"]+)"', page)
    assert key

    client.post(address, {"photo_place": key[1], "q_size": "big"})
    client.post(address, {"q_size": "big"})
    sent = go(client, client.post(f"/en/report/d/{draft_of(address)}/contact/", {}))

    request = queries.by_number(number_on(sent))
    assert (round(request.lat or 0, 3), round(request.lon or 0, 3)) == (44.03, -79.01)
    picture = client.get(f"/en/follow/{request.token}/photo/{queries.photos(request.id)[0].id}.jpg")
    assert Image.open(io.BytesIO(b"".join(picture.streaming_content))).getexif() == {}


def test_a_file_that_is_no_picture_is_refused_in_words(client: Client, city: City) -> None:
    address = begin(client)
    broken = io.BytesIO(b"not a picture")
    broken.name = "photo.jpg"

    page = client.post(address, {"photo": broken, "q_size": "big", "description": "Kept"})

    assert page.status_code == 422
    assert "We cannot read this photo" in page.content.decode()
    assert "Kept" in page.content.decode()


def test_a_wrong_address_is_said_and_contact_details_are_kept(client: Client, city: City) -> None:
    address = begin(client)
    client.post(address, {"q_size": "big"})
    contact = f"/en/report/d/{draft_of(address)}/contact/"

    page = client.post(contact, {"name": "Ada", "email": "nobody", "news_by": "email"})

    assert page.status_code == 422
    assert "Write an email address" in page.content.decode()
    assert 'value="Ada"' in client.get(contact).content.decode()


def test_a_draft_that_is_gone_says_so(client: Client, city: City) -> None:
    page = client.get("/en/report/d/00000000-0000-4000-8000-000000000000/details/")

    assert page.status_code == 404
    assert "This report is gone" in page.content.decode()


def test_services_are_found_and_suggested(client: Client, city: City) -> None:
    assert "/en/report/pothole/" in client.get("/en/report/", {"q": "hole"}).content.decode()
    suggested = client.get("/fr/suggest/services/", {"q": "pothole"}).json()["items"]
    assert suggested[0] == {"label": "Pothole (fr)", "href": "/fr/report/pothole/"}
    assert client.get("/en/search/", {"q": "hole"}).status_code == 200
    assert client.get("/en/suggest/places/", {"q": ""}).json() == {"items": []}
    assert client.get("/en/report/no-such-service/").status_code == 404


@pytest.mark.parametrize(
    "path", ["", "report/", "report/pothole/", "search/", "standards/", "privacy/", "accessibility/", "follow/"]
)
@pytest.mark.parametrize("language", ["en", "fr"])
def test_public_pages_hold_in_both_languages(client: Client, city: City, language: str, path: str) -> None:
    assert client.get(f"/{language}/{path}").status_code == 200


def test_the_outlines_are_kept_by_browsers(client: Client, city: City) -> None:
    page = client.get("/en/report/pothole/").content.decode()
    address = re.search(r'data-outlines="([^"]+)"', page)
    assert address

    outlines = client.get(address[1])

    assert len(outlines.json()["features"]) == 2
    assert "immutable" in outlines["Cache-Control"]


def test_a_camera_that_does_not_know_where_it_is_breaks_nothing(client: Client, city: City) -> None:
    address = begin(client)
    nowhere = a_photo(gps=(95.0, -79.0))

    kept = client.post(address, {"photo": nowhere, "add_photo": "1", "q_size": "big"})

    assert kept.status_code == 302
    assert "photo_place" not in client.get(address).content.decode()


@pytest.mark.parametrize("field", ["name", "phone"])
def test_a_detail_that_is_too_long_is_said(client: Client, city: City, field: str) -> None:
    address = begin(client)
    client.post(address, {"q_size": "big"})
    long = {"name": "A" * 200, "phone": "(" * 60 + "204-555-0123"}[field]

    page = client.post(f"/en/report/d/{draft_of(address)}/contact/", {field: long})

    assert page.status_code == 422
    assert "This is too long" in page.content.decode()


def test_a_choice_that_was_never_offered_is_no_choice(client: Client, city: City) -> None:
    address = begin(client).replace("details/", "place/")

    assert client.post(address, {"choice": "²", "place": "Nowhere at all"}).status_code == 302

"""The public page and the office's, in both languages, with and without published files."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from answerable.catalogue.city import City
from answerable.channels.opendata import followers, queries
from answerable.plumbing import clock
from answerable.plumbing.clockwork import DueTimer
from answerable.wiring import clockwork
from tests.builders.office import signed_in
from tests.builders.opendata import a_publishing_city, exported, logged
from tests.builders.packs import a_city
from tests.builders.requests import EAST, WEST

pytestmark = pytest.mark.django_db

DAY = datetime(2025, 3, 4, 15, 0, tzinfo=UTC)
NOW = datetime(2026, 11, 16, 8, 0, tzinfo=UTC)


@pytest.fixture
def city(tmp_path: Path, settings: Any) -> Iterator[City]:
    settings.OPEN_DATA_ROOT = tmp_path / "open"
    with clock.frozen(NOW):
        yield a_publishing_city(tmp_path / "northbridge")


def text_of(client: Client, address: str, status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status
    return response.content.decode()


@pytest.mark.parametrize(
    ("language", "words"), [("en", "Nothing is published yet"), ("fr", "Rien n’est encore publié")]
)
def test_before_the_first_build_the_page_says_so(city: City, language: str, words: str) -> None:
    assert words in text_of(Client(), f"/{language}/open-data/")


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_page_has_files_rows_dictionary_and_licence(city: City, tmp_path: Path, language: str) -> None:
    logged(city, "pothole", at=DAY, point=EAST)
    for _ in range(5):
        logged(city, "noise", at=DAY, point=WEST)
    exported(city, tmp_path / "open", at=NOW)

    page = text_of(Client(), f"/{language}/open-data/")

    assert 'href="/open-data/v1/requests-2025.parquet"' in page
    assert "https://licence.example/" in page
    assert "<code>location_precision</code>" in page
    assert ("Pothole (fr)" if language == "fr" else "Pothole") in page


def test_the_look_inside_narrows_to_service_and_ward(city: City, tmp_path: Path) -> None:
    logged(city, "pothole", at=DAY, point=EAST)
    logged(city, "pothole", at=DAY, point=WEST)
    logged(city, "graffiti", at=DAY + timedelta(days=400), point=WEST)
    exported(city, tmp_path / "open", at=NOW)

    both = text_of(Client(), "/en/open-data/?year=2025&service=pothole")
    west = text_of(Client(), "/en/open-data/?year=2025&service=pothole&ward=1")
    odd = text_of(Client(), "/en/open-data/?year=1899&service=%00%27&ward=9")

    assert "2 requests fit" in both
    assert "1 request fits" in west
    assert "1 request fits" in odd


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_office_sees_builds_and_placings_and_asks_for_one(city: City, tmp_path: Path, language: str) -> None:
    logged(city, "pothole", at=DAY, point=EAST)
    exported(city, tmp_path / "open", at=NOW)
    client = signed_in("supervisor")

    page = text_of(client, f"/{language}/office/open-data/")
    asked = client.post(f"/{language}/office/open-data/build/")

    assert "Complaint" in page
    assert ("Publié" if language == "fr" else "Published") in page
    assert asked.status_code == 302
    assert queries.is_asked()
    assert text_of(client, f"/{language}/office/open-data/").count("disabled") == 1


def test_an_analyst_reads_but_may_not_ask(city: City) -> None:
    client = signed_in("analyst")

    assert client.get("/en/office/open-data/").status_code == 200
    assert client.post("/en/office/open-data/build/").status_code == 403
    assert not queries.is_asked()


def test_a_city_without_a_licence_is_told_what_to_add(tmp_path: Path, settings: Any) -> None:
    settings.OPEN_DATA_ROOT = tmp_path / "open"
    a_publishing_city(tmp_path / "northbridge", city=a_city())
    client = signed_in("administrator")

    assert "[open_data]" in text_of(client, "/en/office/open-data/")
    client.post("/en/office/open-data/build/")
    assert not queries.is_asked()


def test_the_day_s_build_is_asked_for_at_the_city_s_hour(city: City) -> None:
    followers.set_daily()
    due = followers.next_due(city, now=NOW)

    with clock.frozen(datetime(2026, 11, 16, 8, 31, tzinfo=UTC)):
        rung = clockwork().run_once()

    assert due == datetime(2026, 11, 16, 8, 30, tzinfo=UTC)
    assert (rung, queries.is_asked()) == (1, True)


def test_the_next_hour_is_right_on_the_day_the_clocks_change(city: City) -> None:
    spring = datetime(2026, 3, 8, 5, 30, tzinfo=UTC)

    assert followers.next_due(city, now=spring) == datetime(2026, 3, 8, 7, 30, tzinfo=UTC)


def test_ringing_sets_the_next_day(city: City) -> None:
    followers.on_daily([DueTimer(1, NOW, followers.TIMER, "city", {}, 0)])

    with clock.frozen(NOW + timedelta(days=1, hours=1)):
        assert clockwork().run_once() == 1

"""The descriptions of the doors: for machines, and as pages for people."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client

from answerable.catalogue.city import City
from answerable.channels.api import reference as api
from answerable.plumbing import clock
from answerable.web.portal.developers import doors
from tests.builders.json_door import WRITER, Door, a_door
from tests.builders.requests import MONDAY, a_small_city, fresh_key

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    with clock.frozen(MONDAY):
        yield a_small_city(tmp_path / "northbridge")


@pytest.fixture
def door(city: City) -> Iterator[Door]:
    with a_door() as opened:
        yield opened


def test_our_own_door_serves_its_description(door: Door) -> None:
    answer = door.ask("GET", "/api/v1/openapi.json")

    assert answer.status_code == 200
    told = answer.json()
    assert told["openapi"] == "3.1.0"
    assert "/api/v1/requests/{number}" in told["paths"]
    assert told["servers"] == [{"url": "http://city.example"}]


def test_the_example_of_a_telling_works_as_it_stands(door: Door, city: City) -> None:
    sample = api.samples(city)["log_request"]

    answer = door.ask(
        "POST",
        sample.path,
        json=sample.body,
        headers=sample.headers | {"X-API-Key": WRITER, "Idempotency-Key": fresh_key()},
    )

    assert answer.status_code == 201, answer.text


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_pages_show_every_call_with_an_example(city: City, client: Client, language: str) -> None:
    overview = client.get(f"/{language}/developers/").content.decode()

    for each in doors():
        assert f"/{language}/developers/{each.name}/" in overview
        page = client.get(f"/{language}/developers/{each.name}/").content.decode()
        for operation in each.reference.operations:
            assert f"<code>{operation.method} {each.base}{operation.path}</code>" in page
        assert "curl -s" in page


def test_a_door_that_is_not_there_has_no_page(city: City, client: Client) -> None:
    assert client.get("/en/developers/backdoor/").status_code == 404


def test_the_pages_are_linked_at_the_foot(city: City, client: Client) -> None:
    assert "/en/developers/" in client.get("/en/privacy/").content.decode()

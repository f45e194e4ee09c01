"""News of a request on a device: switched on and off through the link the request is followed by."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from answerable.catalogue.city import City
from answerable.contacts import queries as contacts
from answerable.plumbing import clock
from answerable.requests import actions
from answerable.requests.rules import Visibility
from answerable.web.portal.follow import reader_link
from tests.builders.browsers import ABrowser
from tests.builders.requests import MONDAY, a_change, a_request, a_small_city

pytestmark = pytest.mark.django_db


@pytest.fixture
def city(tmp_path: Path, settings: Any) -> Iterator[City]:
    settings.MEDIA_ROOT = tmp_path / "media"
    with clock.frozen(MONDAY):
        yield a_small_city(tmp_path / "northbridge")


def told(**changes: str) -> dict[str, str]:
    browser = ABrowser("https://push.example.org/abc").told
    given = {"endpoint": browser.endpoint, "public_key": browser.public_key, "secret": browser.secret, "wanted": "yes"}
    return given | changes


def test_a_device_is_switched_on_and_off_in_the_language_of_its_page(client: Client, city: City) -> None:
    receipt = a_request(city)
    page, subject = f"/fr/follow/{receipt.token}/device/", f"request:{receipt.request_id}"

    assert client.post(page, told()).status_code == 204
    (device,) = contacts.devices_of(subject)
    assert client.post(page, told(wanted="no")).status_code == 204

    assert (device.language, device.link, device.endpoint) == ("fr", receipt.token, "https://push.example.org/abc")
    assert contacts.devices_of(subject) == ()


def test_a_follower_has_news_too_but_not_of_what_is_hidden_meanwhile(client: Client, city: City) -> None:
    receipt = a_request(city)
    follower = actions.follow(receipt.request_id, a_change("resident"), contact_id=None, language="en")

    assert client.post(f"/en/follow/{follower}/device/", told()).status_code == 204
    actions.change_visibility(receipt.request_id, a_change(), visibility=Visibility.PRIVATE)

    assert client.post(f"/en/follow/{follower}/device/", told()).status_code == 404


def test_a_link_for_a_day_and_a_broken_key_open_nothing(client: Client, city: City) -> None:
    receipt = a_request(city)

    by_number = client.post(f"/en/follow/{reader_link(receipt.request_id)}/device/", told())
    broken = client.post(f"/en/follow/{receipt.token}/device/", told(secret="AAAA"))
    inside = client.post(f"/en/follow/{receipt.token}/device/", told(endpoint="https://10.0.0.1/push"))

    assert (by_number.status_code, broken.status_code, inside.status_code) == (404, 422, 422)
    assert contacts.devices_of(f"request:{receipt.request_id}") == ()


def test_the_page_offers_it_only_to_who_holds_a_link_that_stays(client: Client, city: City) -> None:
    receipt = a_request(city)

    own = client.get(f"/en/follow/{receipt.token}/").content.decode()
    for_a_day = client.get(f"/en/follow/{reader_link(receipt.request_id)}/").content.decode()

    assert "Send news to this device" in own
    assert "data-push" not in for_a_day

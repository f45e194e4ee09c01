"""How the city reaches somebody: chosen by the link of a message, stopped with one click."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import time, timedelta
from pathlib import Path

import pytest
from django.test import Client

from answerable.catalogue.city import City
from answerable.contacts import actions as contacts
from answerable.contacts import queries as contact_queries
from answerable.contacts.queries import Reach
from answerable.contacts.rules import ContactDetails, MessageClass, PushKeys, Way
from answerable.plumbing import clock
from answerable.requests import queries as requests
from tests.builders.messages import a_message
from tests.builders.requests import MONDAY, a_request, a_small_city

pytestmark = pytest.mark.django_db

AMELIE = ContactDetails(name="Amélie Roy", email="amelie@example.org", phone="204-555-0123", news_by="email")


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    with clock.frozen(MONDAY):
        yield a_small_city(tmp_path / "northbridge")


@pytest.fixture
def amelie(city: City) -> int:
    return contacts.add(AMELIE, by="operator:1").id


def reach(contact_id: int) -> Reach:
    return contact_queries.reach_of(contact_id)


def test_the_page_shows_what_holds_and_addresses_only_their_owner_knows_again(client: Client, amelie: int) -> None:
    page = client.get(f"/en/news/{a_message(contact_id=amelie).token}/").content.decode()

    assert "a•••e@example.org" in page
    assert "••• 0123" in page
    assert "amelie@example.org" not in page
    assert page.count("checked") == 5  # news by mail, warnings by both, the language, the digest


def test_wishes_are_kept_and_the_page_goes_on_in_the_language_chosen(client: Client, amelie: int) -> None:
    token = a_message(contact_id=amelie).token

    sent = client.post(
        f"/en/news/{token}/",
        {"service": ["sms"], "promotional": ["email"], "language": "fr", "quiet_from": "20:00", "quiet_to": "09:30"},
    )

    found = reach(amelie)
    assert (sent.status_code, sent["Location"]) == (302, f"/fr/news/{token}/")
    assert found.ways(MessageClass.SERVICE) == (Way.SMS,)
    assert found.ways(MessageClass.EMERGENCY) == ()
    assert found.ways(MessageClass.PROMOTIONAL) == (Way.EMAIL,)
    assert (found.wished.quiet_from, found.wished.quiet_to, found.wished.digest) == (time(20), time(9, 30), False)
    assert found.contact.language == "fr"


def test_half_a_quiet_time_is_asked_about_and_nothing_is_kept(client: Client, amelie: int) -> None:
    sent = client.post(f"/en/news/{a_message(contact_id=amelie).token}/", {"quiet_from": "20:00", "language": "fr"})

    assert sent.status_code == 422
    assert reach(amelie).contact.language == "en"


def test_looking_at_the_unsubscribe_link_stops_nothing(client: Client, amelie: int) -> None:
    page = client.get(f"/en/news/{a_message(contact_id=amelie).token}/stop/")

    assert page.status_code == 200
    assert reach(amelie).ways(MessageClass.SERVICE) == (Way.EMAIL,)


def test_a_mail_program_stops_this_class_alone_with_one_click_and_without_a_cookie(amelie: int) -> None:
    # RFC 8058: a POST of this one field, from a program that has no session.
    strict = Client(enforce_csrf_checks=True)

    sent = strict.post(f"/en/news/{a_message(contact_id=amelie).token}/stop/", {"List-Unsubscribe": "One-Click"})

    assert sent.status_code == 200
    assert reach(amelie).ways(MessageClass.SERVICE) == ()
    assert reach(amelie).may(MessageClass.EMERGENCY, Way.EMAIL)


def test_who_stopped_by_mistake_undoes_it_there(client: Client, amelie: int) -> None:
    page = f"/fr/news/{a_message(contact_id=amelie).token}/stop/"

    client.post(page, {"List-Unsubscribe": "One-Click"})
    undone = client.post(page, {"undo": "yes"}).content.decode()

    assert reach(amelie).ways(MessageClass.SERVICE) == (Way.EMAIL,)
    assert "Arrêter ces messages" in undone


def test_an_old_message_stops_for_ever_but_opens_wishes_for_a_year(client: Client, amelie: int) -> None:
    token = a_message(contact_id=amelie).token

    with clock.frozen(MONDAY + timedelta(days=400)):
        assert client.get(f"/en/news/{token}/")["Location"] == f"/en/news/{token}/stop/"
        client.post(f"/en/news/{token}/stop/")
    assert reach(amelie).ways(MessageClass.SERVICE) == ()


def test_a_device_is_stopped_by_its_message(client: Client, city: City) -> None:
    keys = PushKeys("https://push.example.org/1", "B" * 86 + "A", "C" * 21 + "A")
    device = contacts.add_device("request:1", keys, link="x", language="en", may_be_private=False, by="resident")
    token = a_message(way=Way.PUSH, address=f"device:{device.id}").token

    page = client.post(f"/en/news/{token}/stop/").content.decode()

    assert contact_queries.device(device.id) is None
    assert "They have stopped." in page


def test_staff_mail_and_unknown_links_open_nothing(client: Client, city: City) -> None:
    staff_mail = a_message(kind="escalation", contact_id=None).token

    assert client.get(f"/en/news/{staff_mail}/").status_code == 404
    assert client.post("/en/news/no-such-token/stop/").status_code == 404


def test_a_requests_own_link_opens_wishes_only_when_the_city_learned_of_the_person_with_it(
    client: Client, city: City
) -> None:
    own = a_request(city, contact=AMELIE)
    with clock.frozen(MONDAY + timedelta(hours=1)):
        by_a_stranger = a_request(city, contact=ContactDetails(name="Not Amélie", email="amelie@example.org"))

    mine = client.get(f"/en/follow/{own.token}/wishes/").content.decode()
    theirs = client.get(f"/en/follow/{by_a_stranger.token}/wishes/").content.decode()
    refused = client.post(f"/en/follow/{by_a_stranger.token}/wishes/", {"language": "fr"})

    contact = requests.by_id(by_a_stranger.request_id).contact_id
    assert contact == requests.by_id(own.request_id).contact_id
    assert "Keep my wishes" in mine
    assert "Keep my wishes" not in theirs
    assert (refused.status_code, reach(contact or 0).contact.language) == (200, "en")

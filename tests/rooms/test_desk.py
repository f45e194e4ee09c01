"""The desk as a browser without a script sees it: one form, sent as often as wished, ending once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from answerable.catalogue.city import City
from answerable.contacts import actions as contacts
from answerable.contacts import queries as contact_queries
from answerable.contacts.rules import ContactDetails
from answerable.intake import queries as intake
from answerable.plumbing import clock
from answerable.requests import queries as requests
from answerable.requests.queries import Filters
from answerable.staff.rules import Role
from tests.builders.packs import a_service, said
from tests.builders.people import signed_in
from tests.builders.requests import MONDAY, a_request, a_small_city, fresh_key

pytestmark = pytest.mark.django_db
HOME = "/en/desk/"


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    with clock.frozen(MONDAY):
        yield a_small_city(tmp_path / "northbridge")


def a_call(**changes: Any) -> dict[str, Any]:
    """What an operator has typed for a pothole at a known point."""
    filled = {
        "key": fresh_key("call"), "phone": "416-555-0123", "name": "Ada Moss", "language": "en", "channel": "phone",
        "news_by": "none", "service": "hole", "place": "44.05, -79.02", "q_size": "big",
        "words": "Deep, by the bus stop",
    }  # fmt: skip
    return filled | changes


def logged() -> list[Any]:
    return list(requests.list_requests(Filters(state="all"), now=MONDAY).rows)


def text(response: Any) -> str:
    return response.content.decode()


def test_a_look_shows_what_the_city_knows_and_writes_nothing(client: Client, city: City) -> None:
    signed_in(client)
    a_request(city)

    page = text(client.post(HOME, a_call(action="look")))

    assert "New request: Pothole" in page
    assert "How big?" in page
    assert "Done by Monday, November 23" in page
    assert "Same one" in page
    assert len(logged()) == 1


def test_a_logged_call_ends_with_the_number_to_read_aloud(client: Client, city: City) -> None:
    operator = signed_in(client)

    answer = client.post(HOME, a_call(action="log"), follow=True)

    [row] = logged()
    assert row.number in text(answer)
    assert "Read aloud" in text(answer)
    found = requests.by_number(row.number)
    assert (found.channel, found.description, found.answers) == ("phone", "Deep, by the bus stop", {"size": "big"})
    assert contact_queries.by_id(found.contact_id).name == "Ada Moss"
    assert operator.by == f"operator:{operator.id}"


def test_the_same_form_sent_twice_leads_to_the_same_number(client: Client, city: City) -> None:
    signed_in(client)
    call = a_call(action="log")

    first = client.post(HOME, call)
    second = client.post(HOME, call)

    assert first.url == second.url
    assert len(logged()) == 1


def test_what_is_missing_is_said_at_its_field(client: Client, city: City) -> None:
    signed_in(client)

    answer = client.post(HOME, a_call(action="log", place="", q_size="huge"))

    assert answer.status_code == 422
    assert "Ask where it is" in text(answer)
    assert "Deep, by the bus stop" in text(answer)
    assert logged() == []


def test_the_resident_with_this_number_is_known_with_what_is_open(client: Client, city: City) -> None:
    signed_in(client)
    person = contacts.add(
        ContactDetails(name="Ada Moss", phone="(416) 555-0123", needs="Speak slowly"), by="operator:1"
    )
    receipt = a_request(city, contact_id=person.id)

    page = text(client.post(HOME, {"action": "look", "phone": "4165550123"}))

    assert "Speak slowly" in page
    assert receipt.number in page
    assert 'value="Ada Moss"' in page


def test_a_known_resident_keeps_one_file(client: Client, city: City) -> None:
    signed_in(client)
    person = contacts.add(ContactDetails(name="Ada Moss", phone="416-555-0123"), by="operator:1")

    client.post(HOME, a_call(action="log", email="ada@example.org"))

    assert requests.by_number(logged()[0].number).contact_id == person.id
    assert contact_queries.by_id(person.id).email == "ada@example.org"
    assert len(contact_queries.by_phone("416-555-0123")) == 1


def test_somebody_else_on_the_same_telephone_gets_a_file_of_their_own(client: Client, city: City) -> None:
    signed_in(client)
    person = contacts.add(ContactDetails(name="Ada Moss", phone="416-555-0123"), by="operator:1")

    client.post(HOME, a_call(action="log", name="Ben Moss", contact="new"))

    assert requests.by_number(logged()[0].number).contact_id != person.id
    assert {each.name for each in contact_queries.by_phone("416-555-0123")} == {"Ada Moss", "Ben Moss"}


def test_the_same_one_is_followed_instead_of_logged_again(client: Client, city: City) -> None:
    signed_in(client)
    receipt = a_request(city)
    call = a_call(same=receipt.number)

    client.post(HOME, call)
    answer = client.post(HOME, call, follow=True)

    assert "the caller follows this request" in text(answer)
    assert len(logged()) == 1
    assert requests.by_number(receipt.number).followers == 1
    [person] = contact_queries.by_phone("416-555-0123")
    assert [each.outcome for each in intake.enquiries_of(person.id)] == ["followed"]


def test_an_answer_without_a_request_is_kept_as_an_enquiry(client: Client, city: City) -> None:
    signed_in(client)
    person = contacts.add(ContactDetails(name="Ada Moss", phone="416-555-0123"), by="operator:1")

    client.post(HOME, a_call(action="answered", words="When does the pool open?"))

    [enquiry] = intake.enquiries_of(person.id)
    assert (enquiry.outcome, enquiry.words) == ("answered", "When does the pool open?")
    assert logged() == []


def test_the_line_to_say_is_in_the_language_of_the_caller(client: Client, city: City) -> None:
    signed_in(client)

    page = text(client.post(HOME, a_call(action="look", language="fr", place="")))

    assert '<span lang="fr">' in page
    assert "“Où est-ce exactement?" in page


def test_a_stop_is_said_and_holds_the_request_back(client: Client, tmp_path: Path) -> None:
    stop = {"say": said("Call 911 now."), "action": "call_911", "when": {"answer": "size", "is": ["big"]}}
    with clock.frozen(MONDAY):
        a_small_city(tmp_path / "stops", services=[a_service(stops=[stop])])
        signed_in(client)

        looked = text(client.post(HOME, a_call(action="look")))
        tried = client.post(HOME, a_call(action="log"))

    assert "Call 911 now." in looked
    assert tried.status_code == 422
    assert logged() == []


@pytest.mark.parametrize("role", [Role.DEPARTMENT, Role.ANALYST])
def test_only_the_desk_logs_for_callers(client: Client, city: City, role: Role) -> None:
    signed_in(client, role)

    assert client.get(HOME).status_code == 403
    assert client.post(HOME, a_call(action="log")).status_code == 403


def test_the_desk_asks_for_a_sign_in(client: Client, city: City) -> None:
    assert "/account/login/" in client.get(HOME).url


def test_a_call_costs_a_bounded_number_of_statements(
    client: Client, city: City, django_assert_max_num_queries: Any
) -> None:
    signed_in(client)
    person = contacts.add(ContactDetails(name="Ada Moss", phone="416-555-0123"), by="operator:1")
    for _turn in range(12):
        a_request(city, contact_id=person.id)
    client.get(HOME)

    with django_assert_max_num_queries(3):
        client.get(HOME)
    with django_assert_max_num_queries(7):
        client.post(HOME, a_call(action="look"))

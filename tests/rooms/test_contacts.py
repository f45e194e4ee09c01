"""What people wish to be told: consent by class and way, quiet hours, browsers that get news."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import time

import pytest
from django.db import connection

from answerable.contacts import actions, queries
from answerable.contacts.errors import BadDevice, UnknownContact
from answerable.contacts.rules import ConsentSource, ContactDetails, MessageClass, PushKeys, Way, Wished
from answerable.journal import queries as journal
from answerable.plumbing import clock
from tests.builders.requests import MONDAY

pytestmark = pytest.mark.django_db

KEYS = PushKeys(endpoint="https://push.example.org/1", public_key="B" * 86 + "A", secret="C" * 21 + "A")
LINK = "a-secret-link"


@pytest.fixture(autouse=True)
def monday() -> Iterator[None]:
    with clock.frozen(MONDAY):
        yield


def a_contact(**changes: str) -> int:
    given = {"name": "Amélie Roy", "email": "amelie@example.org", "phone": "204-555-0123", "news_by": "email"}
    return actions.add(ContactDetails(**(given | changes)), by="operator:1").id


def facts_of(subject: str) -> list[tuple[str, dict[str, object]]]:
    return [(fact.kind, dict(fact.body)) for fact in journal.timeline(subject)]


def test_news_reaches_somebody_by_the_way_they_chose() -> None:
    reach = queries.reach_of(a_contact())

    assert reach.ways(MessageClass.SERVICE) == (Way.EMAIL,)
    assert reach.ways(MessageClass.EMERGENCY) == (Way.EMAIL, Way.SMS)
    assert reach.ways(MessageClass.PROMOTIONAL) == ()


def test_every_yes_and_no_is_a_fact_with_where_it_was_said() -> None:
    contact = a_contact()
    said = {(MessageClass.SERVICE, Way.SMS): True, (MessageClass.PROMOTIONAL, Way.EMAIL): True}

    first = actions.consent(contact, said, source=ConsentSource.PAGE, by="resident")
    again = actions.consent(contact, said, source=ConsentSource.PAGE, by="resident")
    gone = actions.withdraw(
        contact, MessageClass.PROMOTIONAL, Way.EMAIL, source=ConsentSource.UNSUBSCRIBE, by="resident"
    )

    told = [body for kind, body in facts_of(f"contact:{contact}") if kind == "contact.consented"]
    assert (first, again, gone) == (2, 0, 1)
    assert [(each["message_class"], each["way"], each["given"], each["source"]) for each in told] == [
        ("service", "sms", True, "page"),
        ("promotional", "email", True, "page"),
        ("promotional", "email", False, "unsubscribe"),
    ]
    assert queries.reach_of(contact).ways(MessageClass.SERVICE) == (Way.EMAIL, Way.SMS)
    assert queries.reach_of(contact).ways(MessageClass.PROMOTIONAL) == ()


def test_quiet_hours_and_language_are_kept_and_the_journal_names_only_what_changed() -> None:
    contact = a_contact()
    wished = Wished(quiet_from=time(21), quiet_to=time(8), digest=False)

    actions.wish(contact, wished, language="fr", by="resident")
    actions.wish(contact, wished, language="fr", by="resident")

    reach = queries.reach_of(contact)
    assert (reach.wished, reach.contact.language) == (wished, "fr")
    assert facts_of(f"contact:{contact}")[1:] == [
        ("contact.changed", {"changed": ["quiet_from", "quiet_to", "digest", "language"]})
    ]


def test_nobody_who_is_unknown_can_wish_anything() -> None:
    with pytest.raises(UnknownContact):
        actions.wish(4711, Wished(), language="en", by="resident")
    with pytest.raises(UnknownContact):
        queries.reach_of(4711)


def add(keys: PushKeys = KEYS, link: str = LINK) -> queries.DeviceView:
    return actions.add_device("request:17", keys, link=link, language="fr", may_be_private=False, by="resident")


def test_a_browser_is_one_device_however_often_it_asks() -> None:
    first, again = add(), add()

    assert first == again
    assert queries.devices_of("request:17") == (first,)
    assert facts_of(f"device:{first.id}") == [("device.changed", {"what": "added", "about": "request:17"})]


def test_a_device_that_ended_gets_nothing_until_it_asks_again() -> None:
    made = add()

    assert actions.remove_device("request:17", KEYS.endpoint, by="resident")
    assert not actions.end_device(made.id, by="system:notices")
    assert queries.devices_of("request:17") == ()
    assert queries.device(made.id) is None
    add()
    assert [body["what"] for _, body in facts_of(f"device:{made.id}")] == ["added", "removed", "added"]


@pytest.mark.parametrize(
    "endpoint", ["http://push.example.org/", "https://10.0.0.1/x", "https://localhost/", "nonsense"]
)
def test_a_devices_address_is_one_of_the_public_internet(endpoint: str) -> None:
    with pytest.raises(BadDevice):
        add(PushKeys(endpoint=endpoint, public_key=KEYS.public_key, secret=KEYS.secret))


def test_one_link_does_not_gather_browsers_without_end() -> None:
    for number in range(10):
        add(PushKeys(f"https://push.example.org/{number}", KEYS.public_key, KEYS.secret))

    with pytest.raises(BadDevice):
        add(PushKeys("https://push.example.org/11", KEYS.public_key, KEYS.secret))
    assert add(PushKeys("https://push.example.org/11", KEYS.public_key, KEYS.secret), link="another").subject


def test_who_wanted_no_news_gets_some_when_a_report_asks_for_it_and_a_no_of_their_own_stays() -> None:
    contact = a_contact(news_by="none")
    asking = {
        "name": "", "email": "amelie@example.org", "email_key": "amelie@example.org", "phone": "", "phone_key": "",
        "news_by": "email",
    }  # fmt: skip

    assert queries.reach_of(contact).ways(MessageClass.SERVICE) == ()
    with connection.cursor() as cursor:
        cursor.execute("SELECT contacts_remember(%s::jsonb, %s)", [json.dumps(asking), MONDAY])
        assert cursor.fetchone() == (contact,)
    assert queries.reach_of(contact).ways(MessageClass.SERVICE) == (Way.EMAIL,)
    actions.consent(contact, {(MessageClass.SERVICE, Way.EMAIL): False}, source=ConsentSource.PAGE, by="resident")
    assert queries.reach_of(contact).ways(MessageClass.SERVICE) == ()

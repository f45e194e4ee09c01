"""The ledger of messages: each once, one at a time, gathered, tried again, given back, handled by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from answerable.catalogue.city import City
from answerable.contacts import actions as contacts
from answerable.contacts.rules import ContactDetails, MessageClass, Way
from answerable.kernel.ids import new_token
from answerable.notices import actions, queries
from answerable.notices.composing import Letter
from answerable.notices.errors import LanguageBehind, NotNow
from answerable.notices.ports import Away, NotTaken, Taken
from answerable.notices.wording import Wording
from answerable.plumbing import clock
from tests.builders.requests import MONDAY, a_small_city

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    with clock.frozen(MONDAY):
        yield a_small_city(tmp_path / "northbridge")


def a_contact(**changes: Any) -> int:
    given = {"name": "Amélie", "email": "amelie@example.org", "language": "fr", "news_by": "email"} | changes
    return contacts.add(ContactDetails(**given), by="operator:1").id


def a_letter(contact_id: int | None, **changes: Any) -> Letter:
    given: dict[str, Any] = {
        "token": new_token(), "key": new_token(), "kind": "note", "message_class": MessageClass.SERVICE,
        "way": Way.EMAIL, "language": "fr", "contact_id": contact_id, "request_id": 1, "fact_id": None, "address": "",
        "wording_version": 1, "subject": "Du nouveau", "text": "Bonjour", "short": "Du nouveau", "html": "<p>",
        "link": "http://city.example/fr/follow/x/", "gathers": False, "due_at": MONDAY,
    }  # fmt: skip
    return Letter(**(given | changes))


def the_only() -> Any:
    (row,) = queries.messages(queries.MessageFilters()).rows
    return queries.message(row.id)


def claimed(*, at: datetime = MONDAY) -> list[actions.Claimed]:
    with clock.frozen(at):
        return actions.claim(Way.EMAIL, limit=20)


def test_a_message_is_queued_once_claimed_by_one_and_sent(city: City) -> None:
    letter = a_letter(a_contact())
    actions.queue([letter])
    actions.queue([letter])

    (mine,) = claimed()
    assert claimed() == []
    actions.record(mine, Taken(provider_id="<1@x>", status_code=250))

    kept = the_only()
    assert (mine.address, mine.key, kept.state, kept.provider_id) == (
        "amelie@example.org",
        letter.token,
        "sent",
        "<1@x>",
    )
    assert [each.outcome for each in queries.attempts(kept.id)] == ["taken"]


def test_a_try_that_was_cut_off_is_made_again_under_the_same_key(city: City) -> None:
    actions.queue([a_letter(a_contact())])

    (first,) = claimed()
    (second,) = claimed(at=MONDAY + timedelta(minutes=3))

    assert (first.key, second.attempt) == (second.key, 2)


def test_who_wants_no_more_gets_no_more_even_of_what_waits(city: City) -> None:
    contact = a_contact()
    actions.queue([a_letter(contact)])
    contacts.withdraw(contact, MessageClass.SERVICE, Way.EMAIL, source="unsubscribe", by="resident")

    assert claimed() == []
    assert (the_only().state, the_only().reason) == ("cancelled", "no_consent")


def test_an_address_that_comes_back_gets_nothing_until_it_is_corrected(city: City) -> None:
    contact = a_contact()
    actions.queue([a_letter(contact)])
    (mine,) = claimed()
    actions.record(mine, NotTaken(reason="550 no such user", address_is_bad=True, status_code=550))
    actions.queue([a_letter(contact)])

    assert claimed() == []
    (failing,) = queries.failing_of(contact)
    assert (failing.is_hard, failing.address_key) == (True, "amelie@example.org")

    contacts.change(contact, ContactDetails(email="amelie.roy@example.org", news_by="email"), by="operator:1")
    actions.release_corrected(contact)
    assert [each.address for each in claimed()] == ["amelie.roy@example.org"]


def test_one_that_waits_does_not_overtake_an_earlier_one_of_the_same_request(city: City) -> None:
    contact = a_contact()
    actions.queue([a_letter(contact, subject="planned"), a_letter(contact, subject="done")])

    (first,) = claimed()
    actions.put_off(first, Away("451", may_have_it=False))
    assert (first.subject, claimed()) == ("planned", [])
    later = MONDAY + timedelta(minutes=1)
    (again,) = claimed(at=later)
    actions.record(again, Taken(provider_id="1"))
    assert [each.subject for each in claimed(at=later)] == ["done"]


def test_several_pieces_of_news_for_one_person_are_one_message(city: City) -> None:
    contact, other = a_contact(), a_contact(email="li@example.org")
    actions.queue([a_letter(contact, gathers=True, request_id=each, subject=f"News {each}") for each in (1, 2, 3)])
    actions.queue([a_letter(other, gathers=True)])

    digest, alone = sorted(claimed(), key=lambda each: each.kind)

    assert (digest.kind, digest.subject) == ("digest", "Du nouveau pour 3 de vos demandes")
    assert all(f"News {each}" in digest.text and f"News {each}" in digest.html for each in (1, 2, 3))
    assert [row.state for row in queries.gathered_in(digest.id)] == ["digested"] * 3
    assert (alone.kind, alone.address) == ("note", "li@example.org")


def test_by_hand_a_message_is_held_let_go_sent_again_and_called_off(city: City) -> None:
    actions.queue([a_letter(a_contact())])
    message_id = the_only().id

    actions.hold(message_id, by="operator:1")
    assert claimed() == []
    actions.release(message_id, by="operator:1")
    (mine,) = claimed()
    with pytest.raises(NotNow):
        actions.cancel(message_id, by="operator:1")
    actions.record(mine, Taken(provider_id="1"))
    actions.resend(message_id, by="operator:1")
    (again,) = claimed()

    assert again.key == f"{mine.key}/1"


def test_words_are_published_when_both_languages_are_up_to_date_and_can_be_put_back(city: City) -> None:
    own = queries.current("note", "fr")
    words = Wording(version=0, subject="S {number}", text="T", short="S")
    french = Wording(version=0, subject="F {number}", text="T", short="S")

    actions.save_drafts("note", {"en": words}, by="operator:1")
    assert {code: each.is_behind for code, each in queries.drafts("note").items()} == {"en": False, "fr": True}
    with pytest.raises(LanguageBehind):
        actions.publish("note", by="operator:1")
    actions.save_drafts("note", {"fr": french}, by="operator:1")
    assert actions.publish("note", by="operator:1") == 2
    assert queries.current("note", "fr-CA") == Wording(version=2, subject="F {number}", text="T", short="S")

    assert actions.restore("note", 0, by="operator:1") == 3
    assert queries.current("note", "fr").text == own.text.strip()
    assert [each.version for each in queries.history("note")] == [3, 2, 0]

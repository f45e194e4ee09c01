"""Staff and messages: the ledger, one message and what may be done with it, addresses that fail, the words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from answerable.catalogue.city import City
from answerable.contacts import actions as contacts
from answerable.contacts.rules import ContactDetails, Way
from answerable.intake.actions import Receipt
from answerable.notices import actions, queries
from answerable.notices.kinds import KINDS
from answerable.notices.rules import MessageState
from answerable.notices.views import MessageView
from answerable.plumbing import clock
from answerable.requests import queries as requests
from answerable.staff.rules import Role
from answerable.web.components import letters
from answerable.web.office import messagewords
from tests.builders.messages import a_message
from tests.builders.office import an_office_city, signed_in
from tests.builders.requests import MONDAY, a_request

pytestmark = pytest.mark.django_db

AMELIE = ContactDetails(name="Amélie Roy", email="amelie@example.org", phone="204-555-0123", news_by="email")
WORDS = "/en/office/messages/words/started/"


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    with clock.frozen(MONDAY):
        yield an_office_city(tmp_path / "northbridge")


@pytest.fixture
def receipt(city: City) -> Receipt:
    return a_request(city, contact=AMELIE)


def told(receipt: Receipt) -> MessageView:
    contact = requests.by_id(receipt.request_id).contact_id
    words = "Hello,\n\nWork has started.\n\nhttps://311.example.org/en/follow/a-secret-token/\n"
    return a_message(request_id=receipt.request_id, contact_id=contact, text=words)


def state_of(message: MessageView) -> MessageState:
    return queries.message(message.id).state


def test_the_ledger_lists_messages_and_narrows_them(receipt: Receipt) -> None:
    told(receipt)
    a_message(address="bob@example.org", subject="For Bob")
    supervisor = signed_in(Role.SUPERVISOR)

    whole = supervisor.get("/en/office/messages/").content.decode()
    of_one = supervisor.get(f"/en/office/messages/?number={receipt.number}").content.decode()
    of_none = supervisor.get("/en/office/messages/?number=26-0000000-0").content.decode()

    assert "amelie@example.org" in whole
    assert "For Bob" in whole
    assert "For Bob" not in of_one
    assert "There is no request with this number." in of_none


def test_a_message_is_held_let_go_and_called_off_from_the_office(receipt: Receipt) -> None:
    message, supervisor = told(receipt), signed_in(Role.SUPERVISOR)
    page = f"/en/office/messages/{message.id}/"
    states = []
    for do in ("hold", "release", "cancel", "resend"):
        supervisor.post(page + "do/", {"do": do})
        states.append(state_of(message))

    assert states == [MessageState.HELD, MessageState.DUE, MessageState.CANCELLED, MessageState.DUE]
    shown = supervisor.get(page).content.decode()
    assert "Work has started." in shown
    assert "/follow/…" in shown
    assert "a-secret-token" not in shown
    assert supervisor.post(page + "do/", {"do": "nonsense"}).status_code == 404


def test_an_operator_sees_what_the_caller_was_told_and_sends_it_again(receipt: Receipt) -> None:
    message, operator = told(receipt), signed_in(Role.OPERATOR)
    actions.cancel(message.id, by="operator:1")

    page = operator.get(f"/en/desk/request/{receipt.number}/").content.decode()
    operator.post(f"/en/desk/message/{message.id}/", {"do": "resend"})

    assert "What people were told" in page
    assert f"/en/desk/message/{message.id}/" in page
    assert "Send it again" not in operator.get(f"/en/desk/message/{message.id}/").content.decode()
    assert state_of(message) is MessageState.DUE


def test_a_departments_people_read_messages_of_their_own_requests_only(receipt: Receipt) -> None:
    message = told(receipt)

    own = signed_in(Role.DEPARTMENT, department="works").get(f"/en/office/messages/{message.id}/")
    other = signed_in(Role.DEPARTMENT, department="parks").get(f"/en/office/messages/{message.id}/")
    analyst = signed_in(Role.ANALYST).get(f"/en/office/messages/{message.id}/")

    assert [each.status_code for each in (own, other, analyst)] == [200, 404, 404]


def test_a_failing_address_is_shown_and_corrected_by_the_operator(receipt: Receipt) -> None:
    message = told(receipt)
    (claimed,) = actions.claim(Way.EMAIL, limit=5)
    actions.record(claimed, actions.NotTaken("no such mailbox", address_is_bad=True))
    contact = message.contact_id or 0
    operator, supervisor = signed_in(Role.OPERATOR), signed_in(Role.SUPERVISOR)

    shown = operator.get(f"/en/desk/request/{receipt.number}/").content.decode()
    listed = supervisor.get("/en/office/messages/returned/").content.decode()
    corrected = {"name": "Amélie Roy", "email": "amelie.roy@example.org", "phone": "204-555-0123", "news_by": "email"}
    operator.post(f"/en/desk/file/{contact}/details/", corrected | {"language": "en"})

    assert "Email comes back: amelie@example.org" in shown
    assert "amelie@example.org" in listed
    assert queries.failing_of(contact) == ()


def test_an_address_that_works_after_all_is_said_to_work(city: City) -> None:
    contact = contacts.add(AMELIE, by="operator:1").id
    a_message(contact_id=contact)
    (claimed,) = actions.claim(Way.EMAIL, limit=5)
    actions.record(claimed, actions.NotTaken("no such mailbox", address_is_bad=True))
    (failing,) = queries.failing()

    signed_in(Role.SUPERVISOR).post("/en/office/messages/returned/settle/", {"failing": str(failing.id)})

    assert queries.failing() == ()


# --- words ------------------------------------------------------------------------------------------------------


def sent(**changes: str) -> dict[str, str]:
    """The editor's form as it was drawn, with what somebody changed in it."""
    form = {
        f"{language}_{part}": getattr(queries.current("started", language), part)
        for language in ("en", "fr")
        for part in ("subject", "text", "short", "action")
    }
    return form | changes


def test_one_language_alone_is_never_published(city: City) -> None:
    supervisor = signed_in(Role.SUPERVISOR)

    supervisor.post(WORDS, sent(en_subject="We are on it: {service}", do="keep"))
    behind = supervisor.get(WORDS).content.decode()
    refused = supervisor.post(WORDS, sent(en_subject="We are on it: {service}", do="publish"))

    assert "One language is older than the other." in behind
    assert refused.status_code == 422
    assert queries.current("started", "en").version == 1


def test_both_languages_are_published_together_and_an_earlier_version_comes_back(city: City) -> None:
    supervisor = signed_in(Role.SUPERVISOR)
    both = sent(en_subject="We are on it: {service}", fr_subject="Nous y sommes : {service}", do="publish")

    published = supervisor.post(WORDS, both)
    new = queries.current("started", "fr")
    supervisor.post(WORDS, {"do": "restore", "version": "0"})

    assert published.status_code == 302
    assert (new.version, new.subject) == (2, "Nous y sommes : {service}")
    assert queries.current("started", "fr").subject != new.subject
    assert "As it came with the product" in supervisor.get(WORDS).content.decode()


def test_who_changed_one_language_only_may_say_that_both_say_the_same(city: City) -> None:
    supervisor = signed_in(Role.SUPERVISOR)
    typo = sent(en_subject="We are on it: {service}")

    supervisor.post(WORDS, typo | {"do": "keep"})
    supervisor.post(WORDS, typo | {"do": "same"})
    published = supervisor.post(WORDS, typo | {"do": "publish"})

    assert published.status_code == 302
    assert queries.current("started", "en").subject == "We are on it: {service}"


def test_a_placeholder_nobody_fills_is_refused_and_nothing_typed_is_lost(city: City) -> None:
    refused = signed_in(Role.SUPERVISOR).post(WORDS, sent(en_short="Hello {nobody}", do="keep"))

    page = refused.content.decode()
    assert refused.status_code == 422
    assert "Hello {nobody}" in page
    assert queries.drafts("started") == {}


def test_the_words_are_tried_on_a_real_request_in_both_languages(receipt: Receipt) -> None:
    page = signed_in(Role.SUPERVISOR).get(f"{WORDS}?number={receipt.number}").content.decode()

    assert page.count(receipt.number) >= 3
    assert "12 Mill Lane" in page
    assert "Nids-de-poule" in page or "Pothole" in page


def test_only_those_who_answer_for_it_change_the_words(city: City) -> None:
    assert signed_in(Role.OPERATOR).get(WORDS).status_code == 403
    assert signed_in(Role.SUPERVISOR).get("/fr/office/messages/words/").status_code == 200


def test_every_state_kind_and_way_has_words() -> None:
    assert set(letters.STATES) == set(MessageState)
    assert set(letters.WAYS) == set(Way)
    assert set(KINDS) <= set(letters.KINDS)
    assert {name for kind in KINDS.values() for name in kind.placeholders} <= set(messagewords.PLACEHOLDERS)

"""From what happens to what people are told: in their language, once, through a real mail server and a gateway."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from answerable.catalogue.city import City
from answerable.channels.email import bounces
from answerable.channels.email.carrier import MailCarrier
from answerable.channels.sms.carrier import GatewayCarrier
from answerable.contacts import queries as contacts
from answerable.contacts.rules import ContactDetails, MessageClass, Way
from answerable.guard import actions as guard
from answerable.guard import queries as guard_queries
from answerable.guard.actions import Decision
from answerable.guard.rules import NewDate
from answerable.intake.actions import Receipt
from answerable.journal import actions as journal
from answerable.journal.followers import run_follower
from answerable.notices import answers, followers, queries
from answerable.notices.actions import Arrived
from answerable.notices.queries import MessageFilters
from answerable.plumbing import clock, mail
from answerable.plumbing.clockwork import DueTimer
from answerable.promises.events import PromiseEscalated
from answerable.rehearsal.gateway import Gateway, a_gateway
from answerable.requests import actions as requests
from answerable.requests import queries as request_reads
from answerable.requests.promised import Choice
from answerable.requests.rules import Lifecycle, Outcome, Step
from tests.builders.packs import said
from tests.builders.post_office import PostOffice, a_post_office
from tests.builders.requests import a_change, a_request, a_small_city, fresh_key

pytestmark = pytest.mark.django_db(transaction=True)

TODAY = datetime.now(UTC).replace(hour=15, minute=0, second=0, microsecond=0)
"""Ten or eleven in the morning in the small city.  News is young, so this is no fixed day."""

AMELIE = ContactDetails(name="Amélie Roy", email="amelie@example.org", language="fr", news_by="email")
BEN = ContactDetails(name="Ben", phone="416-555-0123", language="fr", news_by="sms")


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    with clock.frozen(TODAY):
        ladder = [{"at": "breach+48h", "to": "roads@northbridge.example"}]
        works = {"code": "works", "name": said("Works"), "queues": [{"code": "roads", "name": said("Roads")}]}
        yield a_small_city(tmp_path / "northbridge", departments=[works | {"escalation": ladder}])


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with a_post_office() as running:
        yield running


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with a_gateway() as running:
        yield running


def told(*, at: datetime = TODAY) -> None:
    """The follower has read the journal to its end."""
    with clock.frozen(at):
        while run_follower(followers.FOLLOWER):
            pass


def mailed(office: PostOffice, *, at: datetime = TODAY + timedelta(hours=1)) -> int:
    post = mail.SmtpPost(host="127.0.0.1", port=office.port, sender="no-reply@northbridge.example")
    with clock.frozen(at):
        return followers.send_due(MailCarrier(post))


def texted(gateway: Gateway, *, at: datetime = TODAY + timedelta(hours=1)) -> int:
    with clock.frozen(at):
        return followers.send_due(GatewayCarrier(gateway.url, key=gateway.key, sender=""))


def asked(receipt: Receipt, words: str = "De quel côté?") -> None:
    step = Step(to=Lifecycle.AWAITING_REQUESTER, reason="awaiting_requester")
    requests.move(receipt.request_id, step, a_change("department:7", at=TODAY), note=words)


def by_department(receipt: Receipt, step: Step, note: str = "") -> None:
    requests.move(receipt.request_id, step, a_change("department:7", at=TODAY), note=note)


def rows(**filters: Any) -> list[queries.MessageRow]:
    return list(reversed(queries.messages(MessageFilters(**filters)).rows))


# --- e-mail -----------------------------------------------------------------------------------------------------------


def test_the_resident_is_told_of_each_step_in_french_by_mail(city: City, office: PostOffice) -> None:
    receipt = a_request(city, contact=AMELIE)
    told()
    mailed(office)
    by_department(receipt, Step(to=Lifecycle.SCHEDULED, until=TODAY.date() + timedelta(days=2)), "L'équipe passera.")
    told()
    mailed(office)
    by_department(receipt, Step(to=Lifecycle.RESOLVED, outcome=Outcome.COMPLETED))
    told()
    mailed(office)

    letters = office.to("amelie@example.org")
    assert [str(each.mail["Subject"]) for each in letters] == [
        f"Nous avons votre demande {receipt.number} : Pothole (fr)", letters[1].mail["Subject"],
        f"La suite donnée à votre demande : Pothole (fr) ({receipt.number})",
    ]  # fmt: skip
    planned = letters[1]
    assert "L'équipe passera." in planned.text
    assert "Travaux prévus le" in str(planned.mail["Subject"])
    link = f"/fr/follow/{receipt.token}/"
    assert all(link in each.text and link in each.html for each in letters)
    assert all("List-Unsubscribe-Post" in each.mail and each.mail["Content-Language"] == "fr" for each in letters)
    assert "12 Mill Lane" in letters[0].text
    assert "Le problème persiste? Dites-le-nous au plus tard le" in letters[2].text
    assert {each.state for each in rows()} == {"sent"}


def test_facts_read_twice_and_what_the_resident_did_are_not_told(city: City) -> None:
    receipt = a_request(city, contact=AMELIE)
    requests.add_note(receipt.request_id, a_change("resident", at=TODAY), words="Toujours là", audience="public")
    requests.add_note(receipt.request_id, a_change(at=TODAY), words="Only for us", audience="staff")
    by_department(receipt, Step(to=Lifecycle.RESOLVED, outcome=Outcome.COMPLETED))
    requests.dispute(receipt.request_id, a_change("resident", at=TODAY), words="Non")
    told()
    told()

    assert [each.kind for each in rows()] == ["receipt", "resolved"]


def test_who_wants_no_news_gets_none_and_a_past_brought_in_is_none(city: City) -> None:
    a_request(city, contact=ContactDetails(name="X", email="x@example.org", news_by="none"))
    a_request(city, contact=ContactDetails(name="Y", phone="416-555-0199", news_by="phone"))
    a_request(city)
    with clock.frozen(TODAY - timedelta(days=10)):
        a_request(city, contact=AMELIE)
    told()

    assert rows() == []


def test_a_confidential_request_is_named_by_its_number_alone(city: City) -> None:
    receipt = a_request(
        city, service_code="complaint", answers={}, description="About my neighbour", contact=AMELIE
    )  # fmt: skip
    by_department(receipt, Step(to=Lifecycle.IN_PROGRESS), "We visited the neighbour")
    told()

    whole = [queries.message(each.id) for each in rows()]
    assert [each.kind for each in whole] == ["receipt", "started"]
    for each in whole:
        text = f"{each.subject} {each.text} {each.short} {each.html}"
        assert receipt.number in text
        assert not any(word in text for word in ("Complaint", "neighbour", "Mill Lane", "crew"))


def test_three_pieces_of_news_in_a_short_time_come_as_one(city: City, office: PostOffice) -> None:
    receipts = [a_request(city, contact=AMELIE) for _ in range(3)]
    told()
    mailed(office)
    for each in receipts:
        by_department(each, Step(to=Lifecycle.IN_PROGRESS))
    told()

    assert mailed(office, at=TODAY) == 0  # more news may come
    assert mailed(office) == 1
    digest = office.to("amelie@example.org")[-1]
    assert digest.mail["Subject"] == "Du nouveau pour 3 de vos demandes"
    assert all(each.number in digest.text and each.token in digest.text for each in receipts)


def test_followers_are_told_in_their_own_language_and_read_no_words_to_the_requester(city: City) -> None:
    from answerable.contacts import actions as contact_actions

    receipt = a_request(city, contact=AMELIE)
    other = contact_actions.add(
        ContactDetails(name="Li", email="li@example.org", news_by="email", language="fr"), by="resident"
    )
    token = requests.follow(receipt.request_id, a_change("resident", at=TODAY), contact_id=other.id, language="en")
    by_department(receipt, Step(to=Lifecycle.IN_PROGRESS), "Dear Amélie")
    told()

    (follower,) = [queries.message(each.id) for each in rows(contact_id=other.id, kind="started")]
    assert follower.subject == f"Work has begun: Pothole ({receipt.number})"
    assert token in follower.link
    assert "Amélie" not in follower.text


def test_a_question_is_asked_once_more_before_it_is_too_late(city: City) -> None:
    receipt = a_request(city, contact=AMELIE)
    asked(receipt)
    told()
    due = TODAY + timedelta(days=10)
    timer = DueTimer(
        id=1, due_at=due, kind=followers.REMINDER_TIMER, subject=f"request:{receipt.request_id}", body={}, failures=0
    )
    with clock.frozen(due):
        followers.on_reminder([timer])
        followers.on_reminder([timer])

    (reminder,) = [queries.message(each.id) for each in rows(kind="reminder")]
    assert "De quel côté?" in reminder.text
    requests.reply(receipt.request_id, a_change("resident", at=TODAY), words="Nord")
    with clock.frozen(due + timedelta(minutes=1)):
        followers.on_reminder([timer])
    assert len(rows(kind="reminder")) == 1


# --- text messages ----------------------------------------------------------------------------------------------------


def test_a_question_by_text_message_is_answered_by_one_and_the_clock_runs_again(city: City, gateway: Gateway) -> None:
    receipt = a_request(city, contact=BEN)
    asked(receipt)
    told()
    texted(gateway)
    question = gateway.to("+14165550123")[-1]
    assert "De quel côté?" in question.text
    assert f"/fr/follow/{receipt.token}/" in question.text

    arrived = Arrived(key="sms:1", way=Way.SMS, address="+1 416 555 0123", words="Côté nord", at=TODAY)
    assert answers.take_in(arrived) == "answer"
    answers.take_in(arrived)
    texted(gateway)

    found = request_reads.by_id(receipt.request_id)
    assert (found.lifecycle, found.paused_since) == (Lifecycle.ASSIGNED, None)
    assert [each.words for each in request_reads.notes(receipt.request_id)] == ["De quel côté?", "Côté nord"]
    assert gateway.to("+14165550123")[-1].text.startswith("Merci. Votre réponse est maintenant avec la demande")


def test_of_two_questions_the_answer_goes_to_the_one_it_names_else_to_staff(city: City, gateway: Gateway) -> None:
    one, two = a_request(city, contact=BEN), a_request(city, contact=BEN)
    asked(one)
    asked(two)

    def says(key: str, words: str) -> str:
        return answers.take_in(Arrived(key=key, way=Way.SMS, address="4165550123", words=words, at=TODAY))

    assert says("a", "Nord") == "unclear"
    assert [each.words for each in queries.unread()] == ["Nord"]
    assert says("b", f"{two.number} nord") == "answer"
    assert request_reads.by_id(two.request_id).lifecycle is Lifecycle.ASSIGNED
    assert says("c", "Sud") == "answer"  # only one is left
    assert request_reads.by_id(one.request_id).lifecycle is Lifecycle.ASSIGNED


def test_stop_ends_and_start_brings_back_and_both_are_confirmed(city: City, gateway: Gateway) -> None:
    receipt = a_request(city, contact=BEN)
    person = contacts.by_phone("416-555-0123")[0]

    def says(words: str) -> None:
        answers.take_in(Arrived(key=words, way=Way.SMS, address="+14165550123", words=words, at=TODAY))

    told()
    says("ARRET")
    assert not contacts.reach_of(person.id).may(MessageClass.SERVICE, Way.SMS)
    by_department(receipt, Step(to=Lifecycle.IN_PROGRESS))
    told()
    texted(gateway)
    assert [each.text[:40] for each in gateway.to("+14165550123")] == ["City of Northbridge (fr) : vous ne recev"]
    says("début")
    assert contacts.reach_of(person.id).may(MessageClass.SERVICE, Way.SMS)


def test_what_rings_waits_for_the_morning_but_the_receipt_does_not(city: City, gateway: Gateway) -> None:
    night = TODAY.replace(hour=4)  # eleven or midnight in the city
    receipt = a_request(city, contact=BEN)
    by_department(receipt, Step(to=Lifecycle.IN_PROGRESS))
    told(at=night)

    assert texted(gateway, at=night + timedelta(hours=1)) == 1
    assert texted(gateway, at=TODAY) == 1
    assert ["Nous avons" in each.subject for each in rows()] == [True, False]


def test_a_gateway_that_takes_a_message_and_loses_the_answer_sends_it_once(city: City, gateway: Gateway) -> None:
    a_request(city, contact=BEN)
    told()
    gateway.lost_answers = 1
    gateway.answers = []

    texted(gateway)
    (row,) = rows()
    assert (row.state, queries.attempts(row.id)[0].outcome) == ("due", "unknown")
    texted(gateway, at=TODAY + timedelta(hours=2))

    assert (gateway.calls, gateway.repeated, len(gateway.texts)) == (2, 1, 1)
    assert rows()[0].state == "sent"


def test_a_number_the_gateway_will_not_have_gets_no_more(city: City, gateway: Gateway) -> None:
    gateway.bad.add("+14165550123")
    receipt = a_request(city, contact=BEN)
    told()
    texted(gateway)
    by_department(receipt, Step(to=Lifecycle.IN_PROGRESS))
    told()

    assert [(each.state, each.reason) for each in rows()] == [("bounced", "bad_address"), ("held", "failing_address")]
    assert texted(gateway) == 0


# --- many at once -----------------------------------------------------------------------------------------------------


def test_a_new_date_for_many_comes_with_the_citys_own_words_in_each_language(city: City) -> None:
    receipt = a_request(city, contact=AMELIE)
    a_request(city, contact=ContactDetails(name="Li", email="li@example.org", language="en", news_by="email"))
    words = {"en": "The storm broke hundreds of trees.", "fr": "La tempête a cassé des centaines d'arbres."}
    date = NewDate(days=30)
    decision = Decision(choice=Choice(services=("pothole",)), date=date, reason="weather", words=words)
    surge = guard.start_surge(decision, key=fresh_key("storm"), by="supervisor:3", at=TODAY)
    while not guard_queries.surge(surge).finished_at:
        with transaction.atomic():
            guard.go_on(surge, at=TODAY)
    told()

    french, english = [queries.message(each.id) for each in rows(kind="new_date")]
    assert (french.language, english.language) == ("fr", "en")
    assert words["fr"] in french.text
    assert words["en"] in english.text
    assert "La raison : la météo." in french.text
    assert receipt.number in french.subject


def test_whom_the_ladder_names_is_told_once_of_all_promises_in_danger(city: City, office: PostOffice) -> None:
    receipts = [a_request(city) for _ in range(3)]
    for each in receipts:
        fact = PromiseEscalated(
            each.request_id, promise=1, target="completion", due_at=TODAY.isoformat(), department="works", rung=1,
            step="breach+48h", version=city.version_id,
        )  # fmt: skip
        with transaction.atomic():
            journal.append(fact, by="system:clockwork", at=TODAY)
    told()
    mailed(office)

    (letter,) = office.to("roads@northbridge.example")
    assert letter.mail["Subject"] == "3 promises in danger or missed"
    assert all(f"/en/office/request/{each.number}/" in letter.text for each in receipts)
    assert "Promise missed 48 hours ago: Pothole" in letter.text
    assert "List-Unsubscribe" not in letter.mail


def test_a_mail_that_comes_back_marks_the_address_and_the_contact(city: City, office: PostOffice) -> None:
    a_request(city, contact=AMELIE)
    told()
    mailed(office)
    message_id = str(office.letters[0].mail["Message-ID"])

    assert bounces.take(a_bounce(message_id)) == "hard"
    assert bounces.take(a_bounce("<another@x.example>")) == "unknown"
    (row,) = rows()
    person = row.contact_id
    assert person is not None
    assert (row.state, row.reason) == ("bounced", "bad_address")
    assert [each.address_key for each in queries.failing_of(person)] == ["amelie@example.org"]


def a_bounce(message_id: str) -> bytes:
    """A notification of a mail server that there is no such mailbox."""
    return (
        "Content-Type: multipart/report; report-type=delivery-status; boundary=B\n\n--B\n"
        "Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx\n\n"
        "Final-Recipient: rfc822; amelie@example.org\nAction: failed\nStatus: 5.1.1\n\n--B\n"
        f"Content-Type: text/rfc822-headers\n\nMessage-ID: {message_id}\n\n--B--\n"
    ).encode()

"""Work orders by e-mail, and what departments answer by their links."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from answerable.connectors import links, queries, replies
from answerable.connectors.errors import LinkExpired, LinkOver, LinkTooSoon, NotTaken
from answerable.connectors.links import LinkView
from answerable.connectors.replies import Reply, Say
from answerable.intake.actions import Receipt
from answerable.plumbing import clock
from answerable.requests import actions as request_actions
from answerable.requests import queries as requests
from answerable.requests.errors import MissingReason, MovedMeanwhile
from answerable.requests.rules import Lifecycle, Outcome, Step
from tests.builders.mailed import CODE, WORKS, a_mailed_city, an_adapter, sent
from tests.builders.pictures import a_picture
from tests.builders.post_office import PostOffice, a_post_office
from tests.builders.requests import a_change, a_request, fresh_key

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with a_post_office() as office:
        yield office


def state_of(receipt: Receipt) -> tuple[str, str]:
    """Where the request stands, and its work order."""
    found = requests.by_id(receipt.request_id)
    return found.lifecycle, found.handoff


def link_of(receipt: Receipt) -> LinkView:
    """The latest link of the request's work order."""
    found = links.latest(requests.handoffs(receipt.request_id)[-1].id)
    assert found is not None
    return found


def says(receipt: Receipt, say: Say, **told: object) -> None:
    """The department says it on its page."""
    replies.answer(link_of(receipt), Reply(say, **told), key=fresh_key("reply"))  # type: ignore[arg-type]


def test_a_work_order_is_mailed_in_the_departments_language_and_not_yet_confirmed(
    tmp_path: Path, office: PostOffice
) -> None:
    city = a_mailed_city(tmp_path)
    receipt = a_request(city, description="Deep <b>hole</b>")

    sent(an_adapter(city, office))

    (letter,) = office.to(WORKS)
    assert letter.mail["Subject"] == f"Bon de travail {receipt.number}/1 : Nid-de-poule, 12 Mill Lane"
    assert "Deep <b>hole</b>" in letter.text
    assert "Deep &lt;b&gt;hole&lt;/b&gt;" in letter.html
    assert "How big? (fr): Big (fr)" in letter.text
    url = links.url_of(link_of(receipt).handoff_id)
    assert url in letter.text
    assert url in letter.html
    assert "/fr/work/" in url
    assert "@" not in letter.text  # nobody's address goes along unless the pack says so
    assert state_of(receipt) == ("received", "sent")
    (line,) = queries.deliveries(CODE)
    assert (line.state, line.reference, line.token) == ("delivered", f"{receipt.number}/1", letter.mail["Message-ID"])


def test_the_same_order_is_the_same_message_after_a_lost_answer(tmp_path: Path, office: PostOffice) -> None:
    city = a_mailed_city(tmp_path)
    receipt = a_request(city)
    office.lost_answers = 1
    sent(an_adapter(city, office))
    assert queries.deliveries(CODE)[0].doubtful

    with clock.frozen(clock.now() + timedelta(minutes=5)):
        sent(an_adapter(city, office))

    first, second = office.to(WORKS)
    assert first.mail["Message-ID"] == second.mail["Message-ID"]
    assert links.url_of(link_of(receipt).handoff_id) in first.text
    assert links.url_of(link_of(receipt).handoff_id) in second.text


def test_an_address_that_does_not_exist_sends_the_request_back(tmp_path: Path, office: PostOffice) -> None:
    city = a_mailed_city(tmp_path, addresses={"pothole": "gone@northbridge.example"})
    office.unknown.add("gone@northbridge.example")
    receipt = a_request(city)

    sent(an_adapter(city, office))

    assert state_of(receipt) == ("triage", "refused")
    assert "No such mailbox" in requests.handoffs(receipt.request_id)[0].reason


def test_accepted_dated_begun_and_done_with_a_photo(tmp_path: Path, office: PostOffice) -> None:
    city = a_mailed_city(tmp_path)
    receipt = a_request(city)
    sent(an_adapter(city, office))

    says(receipt, Say.ACCEPT, reference="WO-77", party="Ada, Roadworks Ltd")
    assert state_of(receipt) == ("assigned", "acknowledged")
    assert requests.handoffs(receipt.request_id)[0].reference == "WO-77"
    says(receipt, Say.SCHEDULE, on=date(2027, 1, 14), words="If it does not snow")
    assert requests.by_id(receipt.request_id).until == date(2027, 1, 14)
    says(receipt, Say.START)
    says(receipt, Say.DONE, outcome=Outcome.COMPLETED, words="Filled", photos=(a_picture(),), party="Ada")

    found = requests.by_id(receipt.request_id)
    assert (found.lifecycle, found.outcome, found.handoff) == ("resolved", "completed", "done_reported")
    assert [note.words for note in requests.notes(receipt.request_id)] == ["If it does not snow", "Filled"]
    (photo,) = requests.photos(receipt.request_id)
    assert photo.by == f"connector:{CODE}"
    used = [(each.what, each.party) for each in links.uses(link_of(receipt).handoff_id)]
    assert used == [("done", "Ada"), ("start", ""), ("schedule", ""), ("accept", "Ada, Roadworks Ltd")]


def test_an_answer_sent_twice_is_one_answer_and_one_that_comes_before_the_mail_was_recorded_counts(
    tmp_path: Path, office: PostOffice
) -> None:
    city = a_mailed_city(tmp_path)
    receipt = a_request(city)
    office.lost_answers = 1
    sent(an_adapter(city, office))

    for _ in range(2):
        replies.answer(link_of(receipt), Reply(Say.DONE, outcome=Outcome.COMPLETED), key="the-same-key-00001")

    assert state_of(receipt) == ("resolved", "done_reported")
    with clock.frozen(clock.now() + timedelta(minutes=5)):
        assert sent(an_adapter(city, office)) == 0
    assert requests.handoffs(receipt.request_id)[0].reference == f"{receipt.number}/1"


def test_work_that_is_not_theirs_goes_back_with_the_reason_and_the_link_closes(
    tmp_path: Path, office: PostOffice
) -> None:
    city = a_mailed_city(tmp_path)
    receipt = a_request(city)
    sent(an_adapter(city, office))
    link = link_of(receipt)
    with pytest.raises(MissingReason):
        says(receipt, Say.REFUSE)

    says(receipt, Say.REFUSE, words="A provincial road")

    assert state_of(receipt) == ("triage", "refused")
    assert requests.handoffs(receipt.request_id)[0].reason == "A provincial road"
    with pytest.raises(LinkOver):
        replies.answer(link, Reply(Say.ACCEPT), key=fresh_key())


def test_a_question_goes_to_the_resident_and_the_answer_to_the_department(tmp_path: Path, office: PostOffice) -> None:
    city = a_mailed_city(tmp_path)
    receipt = a_request(city)
    sent(an_adapter(city, office))

    says(receipt, Say.ASK, words="Which lane?")
    assert state_of(receipt) == ("awaiting_requester", "acknowledged")
    request_actions.reply(receipt.request_id, a_change("resident", at=clock.now()), words="The left one")
    sent(an_adapter(city, office))

    first, second = office.to(WORKS)
    assert "The left one" in second.text
    assert second.mail["In-Reply-To"] == first.mail["Message-ID"]


def test_what_cannot_be_done_now_is_said_at_once_and_changes_nothing(tmp_path: Path, office: PostOffice) -> None:
    city = a_mailed_city(tmp_path)
    receipt = a_request(city)
    sent(an_adapter(city, office))
    with pytest.raises(MovedMeanwhile):
        says(receipt, Say.START, seen="on_hold/works/roads")
    with pytest.raises(NotTaken) as broken:
        says(receipt, Say.DONE, outcome=Outcome.COMPLETED, photos=(b"no picture",))

    assert broken.value.value == "request.bad_photo"
    assert state_of(receipt) == ("received", "sent")
    assert not links.uses(link_of(receipt).handoff_id)
    assert not queries.tray()


def test_an_expired_link_opens_nothing_and_another_is_sent_to_the_departments_own_address(
    tmp_path: Path, office: PostOffice
) -> None:
    city = a_mailed_city(tmp_path, link_days=2)
    receipt = a_request(city)
    sent(an_adapter(city, office))
    old = link_of(receipt)

    with clock.frozen(clock.now() + timedelta(days=3)):
        with pytest.raises(LinkExpired):
            says(receipt, Say.ACCEPT)
        replies.renew(old, by="resident")
        with pytest.raises(LinkTooSoon):
            replies.renew(old, by="resident")
        sent(an_adapter(city, office))
        with pytest.raises(LinkExpired):
            replies.answer(old, Reply(Say.ACCEPT), key=fresh_key())
        says(receipt, Say.ACCEPT)

    _, again = office.to(WORKS)
    assert "nouveau lien" in again.mail["Subject"]
    assert links.url_of(old.handoff_id) in again.text
    assert state_of(receipt) == ("assigned", "acknowledged")


def test_a_link_opens_one_work_order_only_and_no_other_can_be_made_of_it(tmp_path: Path, office: PostOffice) -> None:
    city = a_mailed_city(tmp_path)
    first, second = a_request(city), a_request(city)
    sent(an_adapter(city, office))
    token = links.token_of(link_of(first).id)

    assert links.opened_by(token) == link_of(first)
    assert links.opened_by(token.replace(f"{link_of(first).id}:", f"{link_of(second).id}:")) is None
    assert links.opened_by("") is None
    assert links.opened_by("1") is None


def test_work_that_ended_or_went_elsewhere_closes_the_link_and_the_department_is_told(
    tmp_path: Path, office: PostOffice
) -> None:
    city = a_mailed_city(tmp_path)
    receipt = a_request(city)
    sent(an_adapter(city, office))
    old = link_of(receipt)
    request_actions.reroute(
        receipt.request_id, a_change(at=clock.now()), department="parks", queue="trees", reason="A tree"
    )
    sent(an_adapter(city, office))

    with pytest.raises(LinkOver):
        replies.answer(old, Reply(Say.ACCEPT), key=fresh_key())
    assert "Ce bon de travail est terminé" in office.to(WORKS)[-1].text
    assert "/work/" not in office.to(WORKS)[-1].text


def test_a_disputed_closure_is_a_new_work_order_with_a_link_of_its_own(tmp_path: Path, office: PostOffice) -> None:
    city = a_mailed_city(tmp_path)
    receipt = a_request(city)
    sent(an_adapter(city, office))
    first = link_of(receipt)
    says(receipt, Say.DONE, outcome=Outcome.COMPLETED)
    request_actions.dispute(receipt.request_id, a_change("resident", at=clock.now()), words="Still there")
    sent(an_adapter(city, office))

    second = link_of(receipt)
    assert second.handoff_id != first.handoff_id
    assert f"{receipt.number}/2" in office.to(WORKS)[-1].mail["Subject"]
    says(receipt, Say.ACCEPT)
    assert state_of(receipt) == ("assigned", "acknowledged")
    moved = request_actions.move(receipt.request_id, Step(to=Lifecycle.IN_PROGRESS), a_change(at=clock.now()))
    assert moved.lifecycle == "in_progress"

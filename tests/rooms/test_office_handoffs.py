"""The office's page of hand-offs: what waits, what failed and why, and the button that sends it again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client

from answerable.connectors import actions, queries, sending
from answerable.connectors.ports import Update
from answerable.connectors.rules import MOST_MISSES
from answerable.plumbing import clock
from answerable.requests import queries as requests
from tests.builders.connected import CODE, a_connected_city, an_adapter, asked, read_journal, sent
from tests.builders.office import signed_in
from tests.builders.other_city import OtherCity, other_city
from tests.builders.pictures import a_picture
from tests.builders.requests import a_request

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def other() -> Iterator[OtherCity]:
    with other_city() as city:
        yield city


def page(client: Client, address: str) -> str:
    """The page's text."""
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_supervisor_sees_what_is_refused_and_sends_it_again(tmp_path: Path, other: OtherCity) -> None:
    city = a_connected_city(tmp_path, other)
    receipt = a_request(city, description="BAD")
    adapter = an_adapter(city)
    sent(adapter)
    asked(adapter)
    actions.keep_problems(CODE, adapter.problems())
    (line,) = queries.deliveries(CODE)
    supervisor = signed_in("supervisor")

    listed = page(supervisor, f"/en/office/handoffs/?connector={CODE}&state=refused")
    one = page(supervisor, f"/en/office/handoffs/{line.id}/")

    assert "400 description is not acceptable" in listed
    assert "Its worker is not running" in listed
    assert receipt.number in listed
    assert "HTTP 400" in one
    supervisor.post(f"/en/office/handoffs/{line.id}/retry/", {"key": "once"})
    assert requests.by_id(receipt.request_id).handoff == "queued"
    assert "Waiting to be sent" in page(supervisor, f"/en/office/handoffs/{line.id}/")
    assert supervisor.get("/en/office/handoffs/999999/").status_code == 404


def test_a_word_nobody_knows_is_given_a_meaning_from_now_on(tmp_path: Path, other: OtherCity) -> None:
    city = a_connected_city(tmp_path, other)
    receipt = a_request(city)
    sent(an_adapter(city))
    actions.apply(CODE, Update("101", "Rodando", "Auf den Frühling", told_at=clock.now(), event="e-77"))
    supervisor = signed_in("supervisor")
    (waiting,) = queries.tray()
    form = {"do": "apply", "meaning": "in_progress", "from_now_on": "on"}

    listed = page(supervisor, "/fr/office/handoffs/tray/")
    answer = supervisor.post(f"/en/office/handoffs/tray/{waiting.id}/", form, follow=True)

    assert "Auf den Frühling" in listed
    assert "e-77" in listed
    assert receipt.number in listed
    assert "Followed." in answer.content.decode()
    assert "The tray is empty." in answer.content.decode()
    assert requests.by_id(receipt.request_id).lifecycle == "in_progress"
    assert queries.meanings()[0].meaning == "in_progress"
    again = supervisor.post(f"/en/office/handoffs/tray/{waiting.id}/", form, follow=True)
    assert "somebody settled it meanwhile" in again.content.decode()
    other_request = a_request(city)
    sent(an_adapter(city))
    assert actions.apply(CODE, Update("102", "rodando", told_at=clock.now())) == "applied"
    assert requests.by_id(other_request.request_id).lifecycle == "in_progress"
    supervisor.post(f"/en/office/handoffs/tray/word/{queries.meanings()[0].id}/forget/")
    assert queries.meanings() == ()


def test_a_stray_message_is_tied_to_its_request_and_one_without_use_rests_with_a_reason(
    tmp_path: Path, other: OtherCity
) -> None:
    city = a_connected_city(tmp_path, other)
    receipt = a_request(city, description="BAD")
    sent(an_adapter(city))
    told = Update("T-9", "closed", "All done.", told_at=clock.now(), photos=(a_picture(),))
    actions.apply(CODE, told)
    actions.apply(CODE, Update("T-10", "closed", "Wrong city"))
    supervisor = signed_in("supervisor")
    useless, stray = queries.tray()

    nameless = supervisor.post(f"/en/office/handoffs/tray/{useless.id}/", {"do": "dismiss"}, follow=True)
    supervisor.post(f"/en/office/handoffs/tray/{useless.id}/", {"do": "dismiss", "why": "Not our city"})
    supervisor.post(f"/en/office/handoffs/tray/{stray.id}/", {"do": "attach", "number": receipt.number})

    assert "Something is missing" in nameless.content.decode()
    assert queries.tray() == ()
    found = requests.by_id(receipt.request_id)
    assert (found.lifecycle, found.handoff, found.photos) == ("resolved", "done_reported", 1)
    assert requests.handoffs(found.id)[0].reference == "T-9"
    assert supervisor.get("/en/office/handoffs/unread/1/read/").status_code == 302


def test_who_only_works_in_a_department_does_not_see_the_ledger(tmp_path: Path, other: OtherCity) -> None:
    a_connected_city(tmp_path, other)

    assert signed_in("department", department="works").get("/en/office/handoffs/").status_code == 403
    assert "No department works in another system." not in page(signed_in("administrator"), "/en/office/handoffs/")


def test_a_line_that_is_down_is_shown_tried_and_what_it_gave_up_is_sent_again(tmp_path: Path, other: OtherCity) -> None:
    city = a_connected_city(tmp_path, other)
    waiting, given_up = a_request(city), a_request(city)
    read_journal()
    for _ in range(MOST_MISSES):
        sending.missed(CODE, "ConnectError")
    with clock.frozen(clock.now() + timedelta(hours=49)):
        sending.give_up_old(CODE)
    newest = a_request(city)
    read_journal()
    supervisor = signed_in("supervisor")

    listed = page(supervisor, "/en/office/handoffs/")
    assert "Taken for down" in listed
    assert "Last fault: ConnectError." in listed
    assert "Send all 2 again" in listed
    assert {each.what.split(" ")[0] for each in queries.ailing(now=clock.now(), late_seconds=60)} == {"down", "2"}

    supervisor.post(f"/en/office/handoffs/line/{CODE}/reset/")
    supervisor.post(f"/en/office/handoffs/line/{CODE}/resend/", {"key": "once"})
    assert supervisor.post("/en/office/handoffs/line/nobody/reset/").status_code == 404
    assert sent(an_adapter(city)) == 3
    states = [requests.by_id(each.request_id).handoff for each in (waiting, given_up, newest)]
    assert states == ["acknowledged"] * 3
    assert "Taken for down" not in page(supervisor, "/en/office/handoffs/")

"""The office's page of hand-offs: what waits, what failed and why, and the button that sends it again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client

from answerable.connectors import actions, queries
from answerable.connectors.ports import Update
from answerable.plumbing import clock
from answerable.requests import queries as requests
from tests.builders.connected import CODE, a_connected_city, an_adapter, asked, sent
from tests.builders.office import signed_in
from tests.builders.other_city import OtherCity, other_city
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


def test_a_word_nobody_knows_is_read_by_a_person(tmp_path: Path, other: OtherCity) -> None:
    city = a_connected_city(tmp_path, other)
    receipt = a_request(city)
    sent(an_adapter(city))
    actions.apply(CODE, Update("101", "Wartet", "Auf den Frühling", told_at=clock.now()))
    actions.beat(CODE)
    supervisor = signed_in("supervisor")

    listed = page(supervisor, "/fr/office/handoffs/")
    (unread,) = queries.tray()
    answer = supervisor.post(f"/en/office/handoffs/unread/{unread.id}/read/", follow=True)

    assert "Auf den Frühling" in listed
    assert receipt.number in listed
    assert "Noted as read." in answer.content.decode()
    assert queries.tray() == ()


def test_who_only_works_in_a_department_does_not_see_the_ledger(tmp_path: Path, other: OtherCity) -> None:
    a_connected_city(tmp_path, other)

    assert signed_in("department", department="works").get("/en/office/handoffs/").status_code == 403
    assert "No department works in another system." not in page(signed_in("administrator"), "/en/office/handoffs/")

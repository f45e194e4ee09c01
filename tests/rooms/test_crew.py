"""The crew's pages: whose work they show, what a crew can do, and what a telephone that kept an act is told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from answerable.catalogue.city import City
from answerable.journal import queries as journal
from answerable.plumbing import clock
from answerable.requests import actions, queries
from answerable.requests.rules import Lifecycle, Step, seen_as
from tests.builders.office import an_office_city, signed_in
from tests.builders.packs import a_service
from tests.builders.requests import MONDAY, WEST, a_change, a_request, fresh_key, moved

pytestmark = pytest.mark.django_db
KEPT = {"accept": "application/json"}


@pytest.fixture
def city(tmp_path: Path, settings: object) -> Iterator[City]:
    settings.MEDIA_ROOT = tmp_path / "media"  # type: ignore[attr-defined]
    with clock.frozen(MONDAY):
        yield an_office_city(tmp_path / "city", services=[a_service(proof="note"), a_service("tree", question=[])])


@pytest.fixture
def crew(city: City) -> Client:
    return signed_in("department", department="works")


def the_act(number: str) -> str:
    return reverse("crew:act", args=[number])


def test_the_list_holds_what_the_department_can_do_today(city: City, crew: Client) -> None:
    here, waiting, later = a_request(city), a_request(city, point=WEST), a_request(city)
    trees = a_request(city, service_code="tree")
    moved(waiting, Step(to=Lifecycle.ON_HOLD, reason="weather", until=date(2026, 11, 20)))
    moved(later, Step(to=Lifecycle.SCHEDULED, until=date(2026, 11, 17)))

    page = crew.get(reverse("crew:today")).content.decode()

    assert here.number in page
    assert not [each.number for each in (waiting, later, trees) if each.number in page]
    assert "1 job" in page


def test_a_scheduled_job_comes_on_its_day_and_a_colleague_s_does_not_come(city: City, crew: Client) -> None:
    due, theirs = a_request(city), a_request(city)
    moved(due, Step(to=Lifecycle.SCHEDULED, until=date(2026, 11, 16)))
    actions.assign(theirs.request_id, a_change(), assignee_id=999_999)

    page = crew.get(reverse("crew:today") + "?who=mine").content.decode()
    everybody = crew.get(reverse("crew:today") + "?who=all").content.decode()

    assert theirs.number not in page
    assert due.number in everybody
    assert theirs.number in everybody


def test_another_department_s_job_looks_like_none(city: City, crew: Client) -> None:
    tree = a_request(city, service_code="tree")

    assert crew.get(reverse("crew:job", args=[tree.number])).status_code == 404
    kept = crew.post(the_act(tree.number), {"do": "start", "key": fresh_key("crew")}, headers=KEPT)
    assert kept.status_code == 404
    assert kept.json()["words"]


def test_without_scripts_a_crew_begins_and_ends_a_job_by_forms(city: City, crew: Client) -> None:
    receipt = a_request(city)

    crew.post(the_act(receipt.number), {"do": "start", "key": fresh_key("crew")})
    refused = crew.post(the_act(receipt.number), {"do": "done", "outcome": "completed", "key": fresh_key("crew")})
    ended = crew.post(
        the_act(receipt.number),
        {"do": "done", "outcome": "completed", "inspection": "Filled with cold mix", "key": fresh_key("crew")},
    )

    assert refused.status_code == 422
    assert "a few words on what you found" in refused.content.decode()
    assert ended.status_code == 302
    found = queries.by_id(receipt.request_id)
    assert (found.lifecycle, found.handoff) == (Lifecycle.RESOLVED, "done_reported")


def test_an_act_sent_again_after_a_lost_answer_is_done_once(city: City, crew: Client) -> None:
    receipt = a_request(city)
    seen = seen_as(lifecycle="received", department="works", queue="roads")
    sent = {"do": "start", "key": fresh_key("crew-kept"), "seen": seen}

    answers = [crew.post(the_act(receipt.number), sent, headers=KEPT).status_code for _ in range(3)]

    assert answers == [200, 200, 200]
    moves = [fact for fact in journal.timeline(f"request:{receipt.request_id}") if fact.kind == "request.moved"]
    assert len(moves) == 1


def test_what_moved_meanwhile_is_a_conflict_that_says_so(city: City, crew: Client) -> None:
    receipt = a_request(city)
    seen = seen_as(lifecycle="received", department="works", queue="roads")
    moved(receipt, Step(to=Lifecycle.ON_HOLD, reason="weather", until=date(2026, 11, 20)))

    answer = crew.post(
        the_act(receipt.number), {"do": "start", "key": fresh_key("crew-late"), "seen": seen}, headers=KEPT
    )

    assert answer.status_code == 409
    assert answer.json() == {
        "code": "request.moved_meanwhile",
        "words": "Somebody changed this request meanwhile. It is now: On hold.",
    }


def test_what_somebody_else_did_on_the_same_telephone_is_not_sent_in_another_name(city: City, crew: Client) -> None:
    receipt = a_request(city)

    answer = crew.post(the_act(receipt.number), {"do": "start", "member": "somebody-else"}, headers=KEPT)

    assert answer.status_code == 401
    assert queries.by_id(receipt.request_id).lifecycle is Lifecycle.RECEIVED


def test_a_crew_that_asks_for_help_is_heard_and_the_job_stays(city: City, crew: Client) -> None:
    receipt = a_request(city)

    crew.post(
        the_act(receipt.number), {"do": "help", "reason": "unsafe", "note": "Live wire", "key": fresh_key("crew")}
    )

    office = crew.get(reverse("office:request", args=[receipt.number])).content.decode()
    assert "The crew asks for help: it is not safe" in office
    assert "Live wire" in office
    resident = Client().get(reverse("portal:follow_link", args=[queries.by_id(receipt.request_id).token]))
    assert "help" not in resident.content.decode()


def test_worker_manifest_and_the_page_without_a_signal_need_no_sign_in(city: City) -> None:
    worker = Client().get(reverse("crew:worker"))
    manifest = Client().get(reverse("crew:manifest")).json()

    assert worker["content-type"].startswith("text/javascript")
    assert manifest["start_url"] == reverse("crew:today")
    assert Client().get(reverse("crew:offline")).status_code == 200
    assert Client().get(reverse("crew:today")).status_code == 302

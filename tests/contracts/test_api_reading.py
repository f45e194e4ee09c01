"""What the JSON door tells everybody: a request's timeline, promise and proofs, the list, the catalogue."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from answerable.catalogue.city import City
from answerable.channels.api import reading
from answerable.channels.api.reading import Reader
from answerable.kernel.ids import RequestNumber
from answerable.plumbing import clock
from answerable.requests import actions as requests
from answerable.requests.rules import Lifecycle, Outcome, Step, Visibility
from answerable.web.components.spoken import PageWords
from tests.builders.json_door import Door, a_door, problems_of
from tests.builders.requests import MONDAY, a_change, a_request, a_small_city, moved

pytestmark = pytest.mark.django_db(transaction=True)

PARTS = ("timeline", "promise", "handoffs")


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    with clock.frozen(MONDAY):
        yield a_small_city(tmp_path / "northbridge")


@pytest.fixture
def door(city: City) -> Iterator[Door]:
    with a_door() as opened:
        yield opened


def told(door: Door, number: str, part: str, language: str = "en") -> dict[str, Any]:
    answer = door.ask("GET", f"/api/v1/requests/{number}/{part}", headers={"Accept-Language": language})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-language"] == language
    return dict(answer.json())


# --- the timeline -----------------------------------------------------------------------------------------------------


def test_a_timeline_says_every_public_fact_in_words_and_codes(door: Door, city: City) -> None:
    receipt = a_request(city)
    hold = Step(to=Lifecycle.ON_HOLD, reason="weather", until=date(2026, 11, 20))
    moved(receipt, hold)

    english, french = told(door, receipt.number, "timeline"), told(door, receipt.number, "timeline", "fr")

    kinds = [entry["kind"] for entry in english["entries"]]
    assert kinds[0] == "request.logged"
    assert {"promise.made", "request.moved", "promise.paused"} <= set(kinds)
    (step,) = (entry for entry in english["entries"] if entry["kind"] == "request.moved")
    assert step["title"] == "On hold: the weather"
    assert step["details"] == {"before": "received", "after": "on_hold", "reason": "weather", "until": "2026-11-20"}
    assert step["by"] == "department"
    (sens,) = (entry for entry in french["entries"] if entry["kind"] == "request.moved")
    assert sens["title"] != step["title"]


def test_a_timeline_keeps_words_ids_and_staffs_notes_to_the_house(door: Door, city: City) -> None:
    receipt = a_request(city)
    for audience, words in (("staff", "Ask Smith"), ("public", "Crew on its way")):
        requests.add_note(receipt.request_id, a_change(), words=words, audience=audience)
    moved(receipt, Step(to=Lifecycle.ON_HOLD, reason="Smith is ill", until=date(2026, 11, 20)))

    line = told(door, receipt.number, "timeline")

    assert [entry["kind"] for entry in line["entries"]].count("request.noted") == 1
    assert "Smith" not in str(line)
    assert "Crew" not in str(line)
    assert not {name for entry in line["entries"] for name in entry["details"]} & {
        "note_id",
        "promise",
        "rule",
        "queue",
    }


# --- the promise ------------------------------------------------------------------------------------------------------


def test_a_promise_tells_targets_clock_pauses_and_ledger(door: Door, city: City) -> None:
    receipt = a_request(city)
    hold = Step(to=Lifecycle.ON_HOLD, reason="weather", until=date(2026, 11, 20))
    requests.move(receipt.request_id, hold, a_change("department:7", at=MONDAY + timedelta(hours=1)))

    promise = told(door, receipt.number, "promise")

    assert promise["standing"] == "paused"
    assert "paused" in promise["clock"].lower()
    (end,) = (each for each in promise["targets"] if each["target"] == "completion")
    assert (end["state"], end["round"], end["due_at"]) == ("paused", 1, "2026-11-24T04:59:00Z")
    assert [(pause["reason"], pause["why"], pause["ended_at"]) for pause in end["pauses"]] == [
        ("on_hold", "the work is on hold", None)
    ]
    entries = [each["entry"] for each in promise["ledger"] if each["target"] == "completion"]
    assert entries == ["made", "paused"]


# --- the proofs -------------------------------------------------------------------------------------------------------


def test_what_is_not_proved_is_told_as_not_proved(door: Door, city: City) -> None:
    receipt = a_request(city)

    proofs = {each["proof"]: each for each in told(door, receipt.number, "handoffs")["proofs"]}

    assert [proofs[name]["state"] for name in ("logged", "sent", "acted")] == ["proved", "waiting", "waiting"]
    assert proofs["logged"]["proved_at"] == "2026-11-16T15:00:00Z"
    assert proofs["sent"]["proved_at"] is proofs["acted"]["proved_at"] is None


def test_what_was_confirmed_and_done_in_time_is_proved_with_its_instant(door: Door, city: City) -> None:
    receipt = a_request(city)
    requests.accept(receipt.request_id, a_change("department:7"))
    moved(receipt, Step(to=Lifecycle.RESOLVED, outcome=Outcome.COMPLETED))

    handed = told(door, receipt.number, "handoffs")

    assert [(each["state"], bool(each["proved_at"])) for each in handed["proofs"]] == [("proved", True)] * 3
    assert [(each["department"], each["state"]) for each in handed["handoffs"]] == [("works", "done_reported")]


def logged_to(request_id: int, department: str) -> None:
    """The first fact of the request says so, by the back door."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE journal_fact DISABLE TRIGGER USER")
        cursor.execute(
            "UPDATE journal_fact SET body = body || jsonb_build_object('department', %s::text)"
            " WHERE subject = %s AND seq = 1",
            [department, f"request:{request_id}"],
        )
        cursor.execute("ALTER TABLE journal_fact ENABLE TRIGGER USER")


def test_a_record_that_was_altered_is_told_as_not_proved(door: Door, city: City) -> None:
    receipt = a_request(city)
    logged_to(receipt.request_id, "parks")

    proofs = told(door, receipt.number, "handoffs")["proofs"]

    logged_to(receipt.request_id, "works")  # the journal outlives the test: leave it whole
    assert (proofs[0]["state"], proofs[0]["proved_at"]) == ("late", None)


# --- who may see ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("part", PARTS)
def test_a_hidden_request_and_one_that_never_was_look_alike(door: Door, city: City, part: str) -> None:
    confidential = a_request(city, service_code="complaint", answers={}, point=None).number
    private = a_request(city)
    requests.change_visibility(private.request_id, a_change(), visibility=Visibility.PRIVATE)
    numbers = (confidential, private.number, str(RequestNumber(year=99, serial=1)))

    answers = door.ask_all(*(("GET", f"/api/v1/requests/{number}/{part}", {}) for number in numbers))

    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert len({answer.text for answer in answers}) == 1


@pytest.mark.parametrize("part", PARTS)
def test_each_reading_takes_three_statements_at_most(city: City, part: str) -> None:
    receipt = a_request(city)
    moved(receipt, Step(to=Lifecycle.ON_HOLD, reason="weather", until=date(2026, 11, 20)))
    reader = Reader(language_of=lambda _: "en", words=PageWords(), now=MONDAY)
    read = getattr(reading, part)
    read(receipt.number, reader)

    with CaptureQueriesContext(connection) as counted:
        read(receipt.number, reader)

    assert len(counted) <= 3


# --- the public list --------------------------------------------------------------------------------------------------


def test_the_public_list_shows_what_everybody_may_see(door: Door, city: City) -> None:
    shown, redacted, private = a_request(city), a_request(city), a_request(city)
    requests.change_visibility(redacted.request_id, a_change(), visibility=Visibility.PUBLIC_REDACTED)
    requests.change_visibility(private.request_id, a_change(), visibility=Visibility.PRIVATE)
    a_request(city, service_code="complaint", answers={}, point=None)

    listed = door.ask("GET", "/api/v1/requests").json()["requests"]

    assert [each["number"] for each in listed] == [redacted.number, shown.number]
    assert (listed[0]["lat"], listed[1]["lat"]) == (None, 44.05)


def test_the_public_list_is_narrowed_and_turned_page_by_page(door: Door, city: City) -> None:
    numbers = [a_request(city).number for _ in range(3)]

    first = door.ask("GET", "/api/v1/requests?sort=oldest&limit=2&service=pothole&area=2&state=open").json()
    second = door.ask("GET", f"/api/v1/requests?sort=oldest&limit=2&after={first['next']}").json()
    later = door.ask("GET", "/api/v1/requests?logged_from=2026-11-17T00:00:00Z").json()
    earlier = door.ask("GET", "/api/v1/requests", params={"logged_before": "2026-11-16T15:00:00+00:00"}).json()

    assert [each["number"] for page in (first, second) for each in page["requests"]] == numbers
    assert (second["next"], later["requests"], earlier["requests"]) == (None, [], [])


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("state=lost", "state"), ("logged_from=monday", "logged_from"), ("logged_from=2026-11-16T00:00", "logged_from"),
        ("limit=0", "limit"), ("limit=2&limit=3", "limit"), ("colour=red", "colour"), ("queue=roads", "queue"),
        ("service=%00", "service"), ("area=" + "x" * 65, "area"), ("after=never", "after"),
    ],
)  # fmt: skip
def test_a_wish_the_public_list_does_not_know_is_refused_by_name(door: Door, query: str, field: str) -> None:
    answer = door.ask("GET", f"/api/v1/requests?{query}")

    assert (answer.status_code, problems_of(answer)) == (400, {field: "api.bad_query"})


# --- the catalogue ----------------------------------------------------------------------------------------------------


def test_services_and_their_questions_are_told_in_the_asked_language(door: Door) -> None:
    listed = door.ask("GET", "/api/v1/services", headers={"Accept-Language": "fr"}).json()
    one = door.ask("GET", "/api/v1/services/pothole").json()

    assert listed["services"][0]["name"] == "Pothole (fr)"
    assert one["service"]["location"] == "required"
    question = one["questions"][0]
    assert (question["code"], question["type"], question["required"]) == ("size", "single", False)
    assert [option["code"] for option in question["options"]] == ["small", "big"]
    assert {target["kind"] for target in one["promise"]["targets"]} >= {"completion"}


def test_a_service_that_is_not_there_is_told_so(door: Door) -> None:
    answer = door.ask("GET", "/api/v1/services/unicorn")

    assert (answer.status_code, problems_of(answer)) == (404, {"service_code": "api.no_such_path"})


def test_areas_are_those_in_force_today(door: Door) -> None:
    every = door.ask("GET", "/api/v1/areas").json()["areas"]
    wards = door.ask("GET", "/api/v1/areas?kind=ward").json()["areas"]

    assert {"1", "2"} <= {area["key"] for area in wards if area["is_boundary"]}
    assert [area for area in every if area["kind"] == "ward"] == wards
    assert door.ask("GET", "/api/v1/areas?kind=planet").json() == {"areas": []}

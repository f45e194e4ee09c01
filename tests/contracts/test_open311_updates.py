"""Updates over Open311: what is told of a request's life, and what programs may add to it."""

from __future__ import annotations

import http.server
import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from answerable.catalogue.city import City
from answerable.channels.open311 import models
from answerable.channels.open311.fetching import fetch
from answerable.channels.open311.followers import Fetcher
from answerable.plumbing import clock
from answerable.requests import actions as requests_actions
from answerable.requests import queries as requests
from answerable.requests.rules import Lifecycle, LinkKind, Outcome, Step
from tests.builders.open311 import (
    OTHER,
    READER,
    REPORTER,
    WORKER,
    GeoReport,
    a_form,
    a_georeport,
    faults_of,
    set_profile,
    tree_of,
)  # fmt: skip
from tests.builders.requests import MONDAY, a_change, a_request, a_small_city, moved

pytestmark = pytest.mark.django_db(transaction=True)

LONG_AGO = "2026-01-01T00:00:00Z"
FAR_AHEAD = "2099-01-01T00:00:00Z"


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    with clock.frozen(MONDAY):
        yield a_small_city(tmp_path / "northbridge")


@pytest.fixture
def door(city: City) -> Iterator[GeoReport]:
    with a_georeport() as opened:
        yield opened


def updates(door: GeoReport, **wishes: str) -> list[dict[str, Any]]:
    """Every update a program is told, whenever it was recorded."""
    answer = door.get("servicerequestupdates.json", **{"start_date": LONG_AGO, "end_date": FAR_AHEAD, **wishes})
    assert answer.status_code == 200, answer.text
    return list(answer.json())


def an_update(number: str, *, path: str = "v2", **changes: Any) -> tuple[str, str, dict[str, Any]]:
    """An update as a department's program sends it."""
    form = {"api_key": WORKER, "service_request_id": number, "description": "On our way", "update_id": "u-1"} | changes
    form = {name: value for name, value in form.items() if value is not ...}
    return "POST", f"{path}/servicerequestupdates.json", {"data": form}


def told(door: GeoReport, number: str, *, key: str = WORKER, **changes: Any) -> httpx.Response:
    """The answer to an update."""
    return door.ask_all(an_update(number, api_key=key, **changes))[0]


# --- what is told -----------------------------------------------------------------------------------------------------


def test_each_step_is_an_update_in_its_order_with_the_fields_own_words(city: City, door: GeoReport) -> None:
    receipt = a_request(city)
    moved(receipt, Step(to=Lifecycle.IN_PROGRESS), at=MONDAY + timedelta(hours=1))
    moved(receipt, Step(to=Lifecycle.RESOLVED, outcome=Outcome.COMPLETED), at=MONDAY + timedelta(hours=2))

    first, second = updates(door)

    assert first == {
        "update_id": first["update_id"], "service_request_id": receipt.number, "status": "in_progress",
        "updated_datetime": "2026-11-16T11:00:00-05:00", "description": "In progress", "media_url": None,
        "external_status_code": "in_progress",
    }  # fmt: skip
    assert (second["status"], second["external_status_code"]) == ("fixed", "resolved:completed")
    assert second["description"] == "It was completed."


def test_updates_in_xml_have_the_elements_of_the_extension(city: City, door: GeoReport) -> None:
    moved(a_request(city), Step(to=Lifecycle.ASSIGNED))

    root = tree_of(door.get("servicerequestupdates.xml", start_date=LONG_AGO, end_date=FAR_AHEAD))

    assert (root.tag, [each.tag for each in root]) == ("service_request_updates", ["request_update"])


def test_updates_are_narrowed_by_when_they_were_recorded_and_by_number(city: City, door: GeoReport) -> None:
    receipt, other = a_request(city), a_request(city)
    for each in (receipt, other):
        moved(each, Step(to=Lifecycle.ASSIGNED))

    assert len(updates(door)) == 2
    assert updates(door, start_date="2098-12-31T00:00:00Z") == []
    assert [each["service_request_id"] for each in updates(door, service_request_id=other.number)] == [other.number]
    assert len(updates(door, page_size="1", page="2")) == 1


def test_words_are_told_to_the_program_that_reported_and_the_office_only(door: GeoReport) -> None:
    number = door.reported()
    request = requests.by_number(number)
    requests_actions.add_note(request.id, a_change(), words="Behind the blue shed", audience="public")
    requests_actions.add_note(request.id, a_change(), words="For staff", audience="staff")

    said = {key: [each["description"] for each in updates(door, api_key=key)] for key in ("", OTHER, REPORTER, READER)}

    assert said == {
        "": ["A note was added."], OTHER: ["A note was added."], REPORTER: ["Behind the blue shed"],
        READER: ["Behind the blue shed"],
    }  # fmt: skip


def test_confidential_and_private_requests_have_no_updates_for_strangers(city: City, door: GeoReport) -> None:
    moved(a_request(city, service_code="complaint", answers={}), Step(to=Lifecycle.ASSIGNED))

    assert [updates(door, api_key=key) for key in ("", REPORTER, READER)] == [[], [], []]


def test_extensions_add_notes_states_and_what_was_logged_to_go_on(city: City, door: GeoReport) -> None:
    receipt, following = a_request(city), a_request(city)
    moved(receipt, Step(to=Lifecycle.IN_PROGRESS), at=MONDAY + timedelta(hours=1))
    requests_actions.link(
        following.request_id, a_change(at=MONDAY + timedelta(hours=2)), other_id=receipt.request_id,
        kind=LinkKind.FOLLOW_ON_OF,
    )  # fmt: skip

    (record,) = door.get(f"requests/{receipt.number}.json", extensions="true").json()

    assert record["status"] == "open"
    assert record["extended_attributes"]["detailed_status"] == "in_progress"
    assert [(note["type"], note["summary"]) for note in record["notes"]] == [
        ("opened", "Request opened"), ("activity", "In progress"),
        ("follow_on_created", "Follow-on request created"),
    ]  # fmt: skip
    assert record["notes"][2]["extended_attributes"]["service_request_id"] == following.number
    assert tree_of(door.get("requests.xml", extensions="true")).findtext("request/notes/note/type") == "opened"


def test_a_program_may_always_get_the_extensions(city: City, door: GeoReport) -> None:
    number = a_request(city).number
    set_profile(OTHER, extended_status=True)

    (record,) = door.get(f"requests/{number}.json", api_key=OTHER).json()

    assert [note["type"] for note in record["notes"]] == ["opened"]


def test_only_public_answers_are_told_to_everybody(door: GeoReport) -> None:
    number = door.reported()

    told_to = {
        key: door.get(f"requests/{number}.json", extensions="true", api_key=key).json()[0]["attributes"]
        for key in ("", REPORTER)
    }

    assert told_to[""] == []
    assert told_to[REPORTER] == [
        {"code": "size", "description": "How big?", "values": [{"key": "big", "name": "Big"}]}
    ]  # fmt: skip


# --- what a department's program may do -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "changes", "became"),
    [
        ("INVESTIGATING", {}, ("in_progress", "")),
        ("In Progress", {}, ("in_progress", "")),
        ("ACTION_SCHEDULED", {"attribute[until]": "2026-12-01"}, ("scheduled", "")),
        ("ACTION_SCHEDULED", {}, ("assigned", "")),
        ("FIXED", {}, ("resolved", "completed")),
        ("CLOSED", {"attribute[outcome]": "no_problem_found"}, ("resolved", "no_problem_found")),
        ("NO_FURTHER_ACTION", {}, ("resolved", "cannot_be_done")),
        ("NOT_COUNCILS_RESPONSIBILITY", {"description": "The province"}, ("resolved", "not_city_responsibility")),
        ("INTERNAL_REFERRAL", {}, ("triage", "")),
        ("on_hold", {"attribute[until]": "2026-12-01"}, ("on_hold", "")),
    ],
)
def test_a_departments_program_moves_its_work(
    city: City, door: GeoReport, status: str, changes: dict[str, Any], became: tuple[str, str]
) -> None:
    receipt = a_request(city)

    answer = told(door, receipt.number, status=status, **changes)

    assert answer.status_code == 200, answer.text
    request = requests.by_number(receipt.number)
    assert (request.lifecycle, request.outcome) == became
    assert answer.json()[0]["update_id"] in {each["update_id"] for each in updates(door)}


def test_an_update_sent_twice_is_one(city: City, door: GeoReport) -> None:
    receipt = a_request(city)

    answers = [told(door, receipt.number, status="FIXED") for _ in range(2)]
    other = told(door, receipt.number, status="FIXED", update_id="u-2", description="Photo follows")

    assert answers[0].json() == answers[1].json()
    assert other.json() != answers[0].json()
    assert [each["status"] for each in updates(door)] == ["fixed", "fixed"]
    assert requests.by_number(receipt.number).reopened == 0


def test_an_update_without_an_id_is_the_same_within_ten_minutes(city: City, door: GeoReport) -> None:
    receipt = a_request(city)

    first = told(door, receipt.number, update_id=...).json()
    with clock.frozen(MONDAY + timedelta(minutes=9)):
        again = told(door, receipt.number, update_id=...).json()

    assert again == first


def test_a_step_that_cannot_be_is_refused_and_changes_nothing(city: City, door: GeoReport) -> None:
    receipt = a_request(city)
    moved(receipt, Step(to=Lifecycle.RESOLVED, outcome=Outcome.COMPLETED))

    answer = told(door, receipt.number, status="IN_PROGRESS")

    assert answer.status_code == 400
    assert "may become" in faults_of(answer)[0]
    assert requests.by_number(receipt.number).lifecycle == "resolved"


def test_an_update_that_cannot_be_taken_is_refused(city: City, door: GeoReport) -> None:
    number = a_request(city).number
    refused: list[tuple[dict[str, Any], int]] = [
        ({"api_key": ""}, 403),
        ({"api_key": READER}, 403),
        ({"api_key": "ans_stranger"}, 403),
        ({"service_request_id": ...}, 400),
        ({"service_request_id": "26-0009999-0"}, 404),
        ({"service_request_id": "x"}, 404),
        ({"status": "HALTED"}, 400),
        ({"description": "x" * 10_000}, 400),
        ({"description": ...}, 400),
        ({"status": "CLOSED", "attribute[outcome]": "magic"}, 400),
        ({"status": "SCHEDULED", "attribute[until]": "soon"}, 400),
    ]

    answers = door.ask_all(*[an_update(number, **changes) for changes, _ in refused])

    assert [answer.status_code for answer in answers] == [status for _, status in refused]
    assert [answer.json()[0]["code"] for answer in answers] == [status for _, status in refused]
    assert updates(door) == []


def test_a_program_moves_only_its_own_departments_work(city: City, door: GeoReport) -> None:
    number = a_request(city).number
    hidden = a_request(city, service_code="complaint", answers={}).number
    set_profile(WORKER, department="parks")

    assert told(door, number, status="FIXED").status_code == 403
    assert told(door, hidden, status="FIXED").status_code == 404
    set_profile(WORKER, department="*")
    assert told(door, number, status="FIXED").status_code == 200
    assert told(door, hidden, status="FIXED", update_id="u-9").status_code == 200


def test_an_update_to_the_test_endpoint_is_checked_and_changes_nothing(city: City, door: GeoReport) -> None:
    number = a_request(city).number

    taken = told(door, number, path="test/v2", status="FIXED")
    refused = told(door, number, path="test/v2", status="CLOSED_BY_NOBODY")

    assert (taken.status_code, refused.status_code) == (200, 400)
    assert taken.json()[0]["update_id"].startswith("TEST-")
    assert updates(door) == []


# --- what other programs may do ---------------------------------------------------------------------------------------


def test_the_program_that_reported_speaks_for_the_requester(door: GeoReport) -> None:
    number = door.reported()
    request = requests.by_number(number)

    told(door, number, key=REPORTER, description="It is deeper now")
    note = requests.notes(request.id)[0]
    requests_actions.move(
        request.id, Step(to=Lifecycle.AWAITING_REQUESTER, reason="Which lane?"), a_change("department:7")
    )
    told(door, number, key=REPORTER, description="The left one", update_id="u-2")
    answered = requests.by_number(number).lifecycle
    requests_actions.move(request.id, Step(to=Lifecycle.RESOLVED, outcome=Outcome.COMPLETED), a_change("department:7"))
    told(door, number, key=REPORTER, description="It is still there", status="OPEN", update_id="u-3")

    assert (note.words, note.audience, note.by) == ("It is deeper now", "public", "resident")
    assert answered == "assigned"
    assert requests.by_number(number).reopened == 1


def test_a_requesters_fixed_is_kept_as_a_note_and_closes_nothing(door: GeoReport) -> None:
    number = door.reported()

    answer = told(door, number, key=REPORTER, status="FIXED")

    assert answer.status_code == 200
    assert requests.by_number(number).is_open


def test_another_program_adds_a_note_for_staff_and_one_more_who_waits(city: City, door: GeoReport) -> None:
    receipt = a_request(city)

    first = told(door, receipt.number, key=OTHER, description="Me too")
    again = told(door, receipt.number, key=OTHER, description="Me too")

    (note,) = requests.notes(receipt.request_id)
    assert (note.words, note.audience) == ("Me too", "staff")
    assert requests.by_number(receipt.number).followers == 1
    assert again.json() == first.json()
    assert updates(door) == []


def test_pictures_come_with_updates_too(city: City, door: GeoReport) -> None:
    receipt = a_request(city)
    form = {"api_key": WORKER, "service_request_id": receipt.number, "status": "FIXED", "description": "Done"}

    answer = door.ask("POST", "v2/servicerequestupdates.json", data=form, files={"media": ("a.jpg", a_picture(), "")})

    assert answer.status_code == 200, answer.text
    (photo,) = requests.photos(receipt.request_id)
    assert photo.by.startswith("department:")


# --- the test endpoint reads back what it was sent --------------------------------------------------------------------


def test_what_was_sent_as_a_test_is_read_back_by_its_program(door: GeoReport) -> None:
    number = door.ask("POST", "test/v2/requests.json", data=a_form()).json()[0]["service_request_id"]
    again = door.ask("POST", "test/v2/requests.json", data=a_form()).json()[0]["service_request_id"]

    (own,) = door.ask("GET", f"test/v2/requests/{number}.json?api_key={REPORTER}").json()
    (strange,) = door.ask("GET", f"test/v2/requests/{number}.json").json()
    listed = door.ask("GET", f"test/v2/requests.json?api_key={REPORTER}&extensions=true").json()

    assert again == number
    assert (own["description"], strange["description"]) == ("Deep, by the bus stop", None)
    assert (own["lat"], own["agency_responsible"], own["status"]) == (44.05, "Works", "open")
    assert [each["service_request_id"] for each in listed] == [number]
    assert door.ask("GET", "test/v2/requests.json").json() == []
    assert door.ask("GET", "test/v2/servicerequestupdates.json").json() == []


def test_the_test_endpoint_knows_no_real_request(city: City, door: GeoReport) -> None:
    number = a_request(city).number

    assert door.ask("GET", f"test/v2/requests/{number}.json").status_code == 404


# --- pictures on other servers ----------------------------------------------------------------------------------------


def a_picture() -> bytes:
    """A small JPEG."""
    file = io.BytesIO()
    Image.new("RGB", (30, 30), (10, 200, 30)).save(file, format="JPEG")
    return file.getvalue()


@contextmanager
def a_server(content: bytes) -> Iterator[str]:
    """Somebody's web server with one picture; /away points to it, /none is not there."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status = {"/away": 302, "/none": 404}.get(self.path, 200)
            self.send_response(status)
            self.send_header("location", "/there.jpg")
            self.end_headers()
            self.wfile.write(content if status == 200 else b"")

        def log_message(self, *_: Any) -> None:
            """Nothing is said."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def test_a_picture_elsewhere_is_fetched_later_once_and_stripped(door: GeoReport) -> None:
    with a_server(a_picture()) as there:
        number = door.reported(media_url=[f"{there}/a.jpg", f"{there}/away"])
        door.reported(media_url=[f"{there}/a.jpg", f"{there}/away"])
        fetcher = Fetcher(fetch=partial(fetch, allow_private=True), folder=door.media)
        tried = [fetcher.run_once(), fetcher.run_once()]

    assert tried == [2, 0]
    kept = requests.photos(requests.by_number(number).id)
    assert [(photo.width, photo.is_public) for photo in kept] == [(30, False), (30, False)]


def test_a_picture_that_does_not_come_is_tried_again_and_one_that_is_none_is_not(door: GeoReport) -> None:
    with a_server(b"no picture") as there:
        door.reported(media_url=[f"{there}/none", f"{there}/a.jpg"])
        Fetcher(fetch=partial(fetch, allow_private=True), folder=door.media).run_once()

    ledger = {row.url.rpartition("/")[2]: row for row in models.RemotePicture.objects.all()}
    assert (ledger["none"].state, ledger["none"].reason) == ("waiting", "status_404")
    assert ledger["none"].next_at > MONDAY
    assert (ledger["a.jpg"].state, ledger["a.jpg"].reason) == ("failed", "request.bad_photo")


def test_no_picture_is_fetched_from_our_own_network(door: GeoReport) -> None:
    hosts = ["127.0.0.1:81", "localhost:81", "[::1]:81", "10.0.0.1", "[::ffff:127.0.0.1]"]
    door.reported(media_url=[f"http://{host}/secret.jpg" for host in hosts])
    fetcher = Fetcher(fetch=partial(fetch, allow_private=False), folder=door.media)
    fetcher.run_once()
    fetcher.run_once()

    told = [(row.state, row.reason) for row in models.RemotePicture.objects.all()]
    assert told == [("waiting", "private")] * len(hosts)

"""The JSON door: what it takes, what it refuses and how, so that a program needs no person to understand it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from answerable.catalogue.city import City
from answerable.channels.api.asking import MAX_BODY
from answerable.journal import queries as journal
from answerable.kernel.ids import RequestNumber
from answerable.plumbing import clock
from answerable.requests import actions as requests_actions
from answerable.requests import queries as requests
from answerable.requests.rules import Lifecycle, Outcome, Step, Visibility
from tests.builders.json_door import READER, WRITER, Door, a_body, a_door, problems_of
from tests.builders.packs import a_pack, a_question, a_service, said
from tests.builders.requests import MONDAY, a_change, a_request, a_small_city, fresh_key, moved, services

pytestmark = pytest.mark.django_db(transaction=True)

CORNERS = """street,cross,lat,lon
Main St,Oak Ave,44.05,-79.02
King St E,Elm Ave,44.06,-79.02
King St W,Elm Ave,44.06,-79.06
"""


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    danger = a_question("wires", options=[{"code": "down", "label": said("Down")}, {"code": "no", "label": said("No")}])
    stop = {"when": {"answer": "wires", "is": ["down"]}, "say": said("Call 911 now."), "action": "call_911"}
    tree = a_service("tree", name=said("Tree"), question=[danger], stops=[stop])
    files = a_pack()["extra_files"] | {"gazetteer/corners.csv": CORNERS}
    source = {
        "kind": "intersection", "file": "corners.csv", "provenance": "Invented",
        "columns": {"street": "street", "cross_street": "cross", "lat": "lat", "lon": "lon"},
    }  # fmt: skip
    with clock.frozen(MONDAY):
        yield a_small_city(
            tmp_path / "northbridge", services=[*services(), tree], gazetteer=[source], extra_files=files
        )


@pytest.fixture
def door(city: City) -> Iterator[Door]:
    with a_door() as opened:
        yield opened


# --- logging ----------------------------------------------------------------------------------------------------------


def test_a_request_is_logged_with_number_link_and_promise(door: Door) -> None:
    answer = door.log(a_body(language="fr"))

    assert answer.status_code == 201, answer.text
    logged = answer.json()
    request = requests.by_number(logged["number"])
    assert logged["follow_url"] == f"http://city.example/fr/follow/{request.token}/"
    assert logged["due_at"] == "2026-11-24T04:59:00Z"
    assert (request.department, request.channel, request.area_key) == ("works", "api", "2")


def test_the_same_telling_under_the_same_key_is_one_request(door: Door) -> None:
    key = fresh_key()

    first, second = door.log(key=key), door.log(key=key)

    assert (first.status_code, second.status_code) == (201, 200)
    assert second.json() == first.json() | {"replayed": True}


def test_another_telling_under_the_same_key_is_refused(door: Door) -> None:
    key = fresh_key()
    door.log(key=key)

    answer = door.log(a_body(description="Quite another"), key=key)

    assert answer.status_code == 409
    assert problems_of(answer) == {"Idempotency-Key": "intake.key_reused"}


@pytest.mark.parametrize("key", ["", "short", "has spaces in it", "x" * 81, "naïve-key-0001"])
def test_a_missing_or_odd_key_is_refused(door: Door, key: str) -> None:
    answer = door.ask(
        "POST", "/api/v1/requests", json=a_body(),
        headers=[(b"X-API-Key", WRITER.encode()), (b"Idempotency-Key", key.encode())],
    )  # fmt: skip

    assert answer.status_code == 400
    assert problems_of(answer) == {"Idempotency-Key": "intake.bad_key"}


@pytest.mark.parametrize("api_key", ["", "a-stranger", READER])
def test_only_a_key_with_the_scope_may_log(door: Door, api_key: str) -> None:
    answer = door.log(api_key=api_key)

    assert answer.status_code == 403
    assert problems_of(answer) == {"X-API-Key": "intake.client_refused"}


@pytest.mark.parametrize(
    ("told", "field"),
    [
        (b"{", "body"),
        (b"", "body"),
        (b"[]", "body"),
        (b"\xff\xfe", "body"),
        (b'"' + b"[" * 5000, "body"),
        (b'{"service_code": "pothole", "descriptoin": "x"}', "descriptoin"),
        (b'{"description": "x"}', "service_code"),
        (b'{"service_code": 7}', "service_code"),
        (b'{"service_code": "pothole", "lat": 91, "lon": 0}', "lat"),
        (b'{"service_code": "pothole", "lat": 44.05}', "lon"),
        (b'{"service_code": "pothole", "lon": -79.02}', "lat"),
        (b'{"service_code": "pothole", "language": "de"}', "language"),
        (b'{"service_code": "pothole", "description": "a\\u0000b"}', "description"),
        (b'{"service_code": "pothole", "answers": {"size": {"deep": 1}}}', "answers"),
        (b'{"service_code": "pothole", "contact": {"news_by": "pigeon"}}', "contact.news_by"),
        (b'{"service_code": "pothole", "contact": {"fax": "1"}}', "contact.fax"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_field(door: Door, told: bytes, field: str) -> None:
    answer = door.log(content=told)

    assert answer.status_code == 400
    assert problems_of(answer) == {field: "api.bad_body"}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"service_code": "unicorn"}, {"service_code": "catalogue.unknown_service"}),
        ({"lat": 45.42, "lon": -75.69}, {"lat": "intake.outside_city"}),
        ({"lat": ..., "lon": ..., "address": ...}, {"place": "intake.place_missing"}),
        ({"answers": {"size": "huge"}}, {"size": "intake.answer_wrong"}),
        ({"contact": {"email": "nobody", "phone": "12"}}, {"email": "contact.bad_email", "phone": "contact.bad_phone"}),
        ({"lat": ..., "lon": ..., "address": "Nowhere at all 99"}, {"address": "intake.place_missing"}),
        ({"lat": ..., "lon": ..., "address": "45.42, -75.69"}, {"address": "intake.outside_city"}),
        ({"service_code": "tree", "answers": {"wires": "down"}}, {"wires": "api.stopped"}),
    ],
)
def test_every_fault_is_told_with_code_field_and_remedy(
    door: Door, changes: dict[str, Any], expected: dict[str, str]
) -> None:
    answer = door.log(a_body(**changes))

    assert answer.status_code == 400, answer.text
    assert problems_of(answer) == expected
    assert all(each["message"].count(" ") > 3 or each["code"] == "api.stopped" for each in answer.json()["errors"])


def test_words_of_a_place_are_looked_up(door: Door) -> None:
    answer = door.log(a_body(lat=..., lon=..., address="oak ave and main st", postal_code="N1A 2B3"))

    request = requests.by_number(answer.json()["number"])
    assert (request.lat, request.precision, request.area_key) == (44.05, "intersection", "2")
    assert request.place_said == "oak ave and main st"
    assert request.postal == "N1A2B3"


def test_words_that_could_be_several_places_name_them(door: Door) -> None:
    answer = door.log(a_body(lat=..., lon=..., address="King and Elm"))

    assert answer.status_code == 400
    assert problems_of(answer) == {"address": "intake.place_missing"}
    assert "King St E / Elm Ave; King St W / Elm Ave" in answer.json()["errors"][0]["message"]


def test_several_faults_are_told_at_once(door: Door) -> None:
    answer = door.log(a_body(answers={"size": "huge"}, contact={"email": "nobody"}))

    assert problems_of(answer) == {"size": "intake.answer_wrong", "email": "contact.bad_email"}


def test_nothing_is_kept_of_what_was_refused(door: Door) -> None:
    door.log(a_body(answers={"size": "huge"}))
    door.log(api_key="a-stranger")

    assert requests.list_requests(requests.Filters(state="all"), now=MONDAY).rows == ()


# --- reading ----------------------------------------------------------------------------------------------------------


def test_anybody_reads_a_public_request_in_their_language(door: Door, city: City) -> None:
    receipt = a_request(city)

    def service_name(accepted: str) -> tuple[str, str]:
        answer = door.ask("GET", f"/api/v1/requests/{receipt.number}", headers={"Accept-Language": accepted})
        return answer.json()["service_name"], answer.headers["content-language"]

    assert service_name("fr-CA, en;q=0.5") == ("Pothole (fr)", "fr")
    assert service_name("de, en;q=0.2, fr;q=0.7") == ("Pothole (fr)", "fr")
    assert service_name("de") == service_name("*") == service_name("") == ("Pothole", "en")


def test_a_number_may_be_written_as_it_was_heard(door: Door, city: City) -> None:
    receipt = a_request(city)

    answer = door.ask("GET", f"/api/v1/requests/{receipt.number.replace('-', '%20')}")

    assert answer.json()["number"] == receipt.number


def test_a_resolved_request_tells_its_outcome(door: Door, city: City) -> None:
    receipt = a_request(city)
    moved(receipt, Step(to=Lifecycle.RESOLVED, outcome=Outcome.COMPLETED))

    told = door.ask("GET", f"/api/v1/requests/{receipt.number}").json()

    assert (told["state"], told["outcome"], told["promise"]) == ("resolved", "completed", "met")
    assert "description" not in told
    assert "contact" not in str(told)


def test_a_mistyped_number_is_told_so(door: Door, city: City) -> None:
    number = a_request(city).number
    wrong = number[:-1] + str((int(number[-1]) + 1) % 10)

    answer = door.ask("GET", f"/api/v1/requests/{wrong}")

    assert answer.status_code == 400
    assert problems_of(answer) == {"number": "number.check_digit"}
    assert problems_of(door.ask("GET", "/api/v1/requests/nonsense")) == {"number": "number.malformed"}


def test_a_hidden_request_and_one_that_never_was_look_alike(door: Door, city: City) -> None:
    confidential = a_request(city, service_code="complaint", answers={}, point=None).number
    private = a_request(city)
    requests_actions.change_visibility(private.request_id, a_change(), visibility=Visibility.PRIVATE)

    answers = [
        door.ask("GET", f"/api/v1/requests/{number}")
        for number in (confidential, private.number, str(RequestNumber(year=99, serial=1)))
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert len({answer.text for answer in answers}) == 1


def test_a_request_public_without_its_words_is_told_without_its_place(door: Door, city: City) -> None:
    receipt = a_request(city)
    requests_actions.change_visibility(receipt.request_id, a_change(), visibility=Visibility.PUBLIC_REDACTED)

    told = door.ask("GET", f"/api/v1/requests/{receipt.number}").json()

    assert (told["address"], told["lat"], told["lon"]) == (None, None, None)


# --- the office list --------------------------------------------------------------------------------------------------


def test_the_list_is_narrowed_and_hides_the_confidential(door: Door, city: City) -> None:
    mine = a_request(city).number
    ended = a_request(city)
    moved(ended, Step(to=Lifecycle.RESOLVED, outcome=Outcome.COMPLETED))
    a_request(city, service_code="complaint", answers={}, point=None)

    def listed(query: str) -> list[str]:
        return [each["number"] for each in door.office(query).json()["requests"]]

    assert listed("") == [mine]
    assert listed("?state=ended") == [ended.number]
    assert set(listed("?state=all&department=works&service=pothole&area=2")) == {mine, ended.number}
    assert listed("?area=1") == listed("?queue=nothing") == listed("?promise=breached") == []


@pytest.mark.parametrize("sort", ["due", "newest", "oldest"])
def test_pages_follow_each_other_without_repeating_or_leaving_out(door: Door, city: City, sort: str) -> None:
    made = {a_request(city).number for _ in range(7)}

    seen: list[str] = []
    page = door.office(f"?sort={sort}&limit=3").json()
    while True:
        seen += [each["number"] for each in page["requests"]]
        if page["next"] is None:
            break
        page = door.office(f"?sort={sort}&limit=3&after={page['next']}").json()

    assert sorted(seen) == sorted(made)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("?after=yesterday", "after"),
        ("?after=2026-11-16T15:00:00~1", "after"),
        ("?after=2026-11-16T15:00:00%2B00:00~99999999999999999999", "after"),
        ("?limit=0", "limit"),
        ("?limit=201", "limit"),
        ("?limit=-5", "limit"),
        ("?limit=many", "limit"),
        ("?sort=colour", "sort"),
        ("?state=lost", "state"),
        ("?promise=kept", "promise"),
        ("?page=2", "page"),
        ("?department=%00", "department"),
    ],
)
def test_a_wish_the_list_does_not_know_is_refused(door: Door, query: str, field: str) -> None:
    answer = door.office(query)

    assert answer.status_code == 400
    assert problems_of(answer) == {field: "api.bad_query"}


def test_only_a_key_with_the_scope_reads_the_list(door: Door) -> None:
    assert door.office(api_key=WRITER).status_code == door.office(api_key="").status_code == 403


# --- the door itself --------------------------------------------------------------------------------------------------


def test_the_index_names_every_call(door: Door) -> None:
    told = door.ask("GET", "/api/v1/", headers={"Accept-Language": "fr"})

    assert told.status_code == 200
    assert told.json()["name"] == "City of Northbridge (fr)"
    assert {call["path"] for call in told.json()["calls"]} >= {"/api/v1/requests", "/api/v1/office/requests"}


def test_a_head_is_a_get_without_its_body(door: Door) -> None:
    whole, bare = door.ask("GET", "/api/v1/"), door.ask("HEAD", "/api/v1/")

    assert (bare.status_code, bare.content) == (200, b"")
    assert bare.headers["content-length"] == whole.headers["content-length"]


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/api/v1/requests/26-0000001-0", "GET, HEAD"),
        ("DELETE", "/api/v1/requests", "POST, GET, HEAD"),
        ("POST", "/api/v1/office/requests", "GET, HEAD"),
        ("PUT", "/api/v1/", "GET, HEAD"),
    ],
)
def test_another_method_is_refused_with_those_there_are(door: Door, method: str, path: str, allowed: str) -> None:
    answer = door.ask(method, path)

    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)
    assert problems_of(answer) == {"method": "api.wrong_method"}


def test_an_address_that_is_not_there_is_refused(door: Door) -> None:
    for path in ("/api/v2/requests", "/api/", "/api/v1/office/requests/9"):
        assert door.ask("GET", path).status_code == 404


def test_what_is_too_large_is_refused_before_it_is_read(door: Door) -> None:
    async def endless() -> Any:
        while True:
            yield b" " * 10_000

    answers = [
        door.log(content=b" " * (MAX_BODY + 1)),
        door.log(content=endless()),
        door.ask("GET", "/api/v1/", headers={"X-Long": "x" * 20_000}),
        door.ask("GET", f"/api/v1/office/requests?area={'x' * 5000}"),
    ]

    assert [answer.status_code for answer in answers] == [413] * 4
    assert {code for answer in answers for code in problems_of(answer).values()} == {"api.too_large"}


def test_no_answer_may_be_stored_or_guessed_at(door: Door) -> None:
    for answer in (
        door.log(),
        door.office(),
        door.ask("GET", "/api/v1/"),
        door.ask("GET", "/api/v9"),
        door.log(content=b"{"),
    ):
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-type"] == "application/json"


def test_while_the_database_is_away_the_client_is_asked_to_come_back(door: Door, city: City) -> None:
    away = Door(conninfo="postgresql://nobody@127.0.0.1:1/nothing?connect_timeout=1")

    for answer in (away.log(), away.ask("GET", f"/api/v1/requests/{RequestNumber(year=26, serial=1)}"), away.office()):
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
        assert problems_of(answer) == {"": "api.database_away"}


def test_the_journal_holds_no_words_of_a_program(door: Door) -> None:
    number = door.log(a_body(contact={"name": "Ada Byron", "email": "ada@example.org"})).json()["number"]

    written = str([fact.body for fact in journal.timeline(f"request:{requests.by_number(number).id}")])
    assert not any(secret in written for secret in ("Ada", "example.org", "bus stop", "Mill"))

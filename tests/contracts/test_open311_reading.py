"""Reading over Open311: discovery, services, requests; each rule of docs/handbook/open311.md about what is given."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from answerable.catalogue.city import City
from answerable.channels.doors import Store
from answerable.plumbing import clock
from answerable.requests import actions as requests_actions
from answerable.requests.rules import Lifecycle, Outcome, Step, Visibility
from tests.builders.open311 import OTHER, READER, REPORTER, GeoReport, a_georeport, set_profile, tree_of
from tests.builders.packs import a_city, a_question, a_service, said
from tests.builders.requests import EAST, MONDAY, WEST, a_change, a_request, a_small_city, moved, services

pytestmark = pytest.mark.django_db(transaction=True)

FIELDS = [
    "service_request_id", "status", "status_notes", "service_name", "service_code", "description",
    "agency_responsible", "service_notice", "requested_datetime", "updated_datetime", "expected_datetime", "address",
    "address_id", "zipcode", "lat", "long", "media_url",
]  # fmt: skip


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    stop = {"say": said("Call 911 if somebody is hurt."), "action": "continue"}
    wires = a_question("wires", type="yes_no", options=[], required=True, hint=said("Look up"))
    branch = a_question("branch", show_when={"question": "wires", "is": ["yes"]}, type="multi", required=True)
    tree = a_service("tree", name=said("Tree"), question=[wires, branch], stops=[stop], open311="batch")
    bin_ = a_service("bin", name=said("Bin"), question=[], visibility="private")
    with clock.frozen(MONDAY):
        yield a_small_city(
            tmp_path / "northbridge", services=[*services(), tree, bin_],
            city=a_city(open311={"jurisdiction_id": "northbridge.example"}),
        )  # fmt: skip


@pytest.fixture
def door(city: City) -> Iterator[GeoReport]:
    with a_georeport() as opened:
        yield opened


# --- discovery --------------------------------------------------------------------------------------------------------


def test_discovery_names_a_production_and_a_test_endpoint_in_both_spellings(door: GeoReport) -> None:
    as_json, as_xml = door.ask_all(("GET", "discovery.json", {}), ("GET", "discovery.xml", {}))

    told = as_json.json()
    assert [(each["type"], each["url"]) for each in told["endpoints"]] == [
        ("production", "http://city.example/open311/v2"), ("test", "http://city.example/open311/test/v2"),
    ]  # fmt: skip
    assert told["changeset"] == "2026-11-16T10:00:00-05:00"
    assert [each.text for each in tree_of(as_xml).findall("endpoints/endpoint/type")] == ["production", "test"]
    assert [each.text for each in tree_of(as_xml).findall("endpoints/endpoint[1]/formats/format")] == [
        "text/xml", "application/json",
    ]  # fmt: skip


def test_only_discovery_names_its_type_without_a_character_set(door: GeoReport) -> None:
    found, listed, as_json = door.ask_all(
        ("GET", "discovery.xml", {}), ("GET", "v2/services.xml", {}), ("GET", "v2/services.json", {})
    )

    assert found.headers["content-type"] == "text/xml"
    assert listed.headers["content-type"] == "text/xml; charset=utf-8"
    assert as_json.headers["content-type"] == "application/json; charset=utf-8"


# --- services ---------------------------------------------------------------------------------------------------------


def test_services_are_a_bare_array_without_the_confidential_ones(door: GeoReport) -> None:
    listed = door.get("services.json").json()

    assert [each["service_code"] for each in listed] == ["pothole", "tree", "bin"]
    assert listed[0] == {
        "service_code": "pothole", "service_name": "Pothole", "description": "A hole in the road.", "metadata": True,
        "type": "realtime", "keywords": "hole", "group": "Roads",
    }  # fmt: skip
    assert [(each["type"], each["keywords"], each["metadata"]) for each in listed[1:]] == [
        ("batch", "hole", True), ("realtime", "hole, private", False),
    ]  # fmt: skip


def test_services_and_their_words_come_in_the_wished_language(door: GeoReport) -> None:
    by_header, by_name = door.ask_all(
        ("GET", "v2/services.json", {"headers": {"accept-language": "fr-CA, en;q=0.5"}}),
        ("GET", "v2/services.json?locale=fr_CA", {}),
    )

    assert by_header.json() == by_name.json()
    assert by_name.json()[0]["service_name"] == "Pothole (fr)"
    assert by_name.headers["content-language"] == "fr"


def test_beyond_the_border_there_are_no_services(door: GeoReport) -> None:
    inside, outside = (door.get("services.json", lat=lat, long="-79.02").json() for lat in ("44.05", "45.42"))

    assert len(inside) == 3
    assert outside == []


def test_a_program_with_leave_sees_confidential_services_as_black_boxes(door: GeoReport) -> None:
    set_profile(REPORTER, confidential_services=True)

    listed = door.get("services.json", api_key=REPORTER).json()

    assert [each["type"] for each in listed if each["service_code"] == "complaint"] == ["blackbox"]


def test_a_definition_holds_stops_for_reading_and_questions_for_answering(door: GeoReport) -> None:
    told = door.get("services/tree.json").json()

    assert told["service_code"] == "tree"
    stop, wires, branch = told["attributes"]
    assert (stop["variable"], stop["required"], stop["description"]) == (False, False, "Call 911 if somebody is hurt.")
    assert wires == {
        "variable": True, "code": "wires", "datatype": "singlevaluelist", "required": True,
        "datatype_description": "Look up", "order": 2, "description": "How big?",
        "values": [{"key": "yes", "name": "Yes"}, {"key": "no", "name": "No"}],
    }  # fmt: skip
    assert (branch["datatype"], branch["required"]) == ("multivaluelist", False)
    assert branch["description"] == "How big? (How big? Yes)"


def test_a_definition_in_xml_has_the_elements_of_the_standard(door: GeoReport) -> None:
    root = tree_of(door.get("services/pothole.xml"))

    assert root.tag == "service_definition"
    assert [each.findtext("code") for each in root.findall("attributes/attribute")] == ["size", "lane"]
    assert [each.findtext("key") for each in root.findall("attributes/attribute[1]/values/value")] == ["small", "big"]


@pytest.mark.parametrize("code", ["unicorn", "complaint"])
def test_a_service_nobody_offers_and_a_confidential_one_look_alike(door: GeoReport, code: str) -> None:
    answer = door.get(f"services/{code}.json")

    assert answer.status_code == 404
    assert answer.json()[0]["code"] == 404


# --- jurisdiction -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("told", [None, "", "northbridge.example", "www.Northbridge.example", "northbridge"])
def test_no_jurisdiction_and_our_own_are_the_same(door: GeoReport, told: str | None) -> None:
    assert door.get("services.json", params={"jurisdiction_id": told} if told is not None else {}).status_code == 200


@pytest.mark.parametrize(
    "path", ["services.json", "services/pothole.json", "requests.json", "requests/26-0000001-2.json"]
)
def test_a_strangers_jurisdiction_is_not_found(door: GeoReport, path: str) -> None:
    answer = door.get(path, jurisdiction_id="elsewhere.example")

    assert answer.status_code == 404
    assert "jurisdiction_id" in answer.json()[0]["description"]


# --- one request ------------------------------------------------------------------------------------------------------


def test_a_request_has_every_field_of_the_standard_in_both_spellings(city: City, door: GeoReport) -> None:
    number = a_request(city).number

    as_json, as_xml = door.get(f"requests/{number}.json"), door.get(f"requests/{number}.xml")

    (told,) = as_json.json()
    assert list(told) == FIELDS
    assert told | {"description": None} == {
        "service_request_id": number, "status": "open", "status_notes": "Received", "service_name": "Pothole",
        "service_code": "pothole", "description": None, "agency_responsible": "Works", "service_notice": None,
        "requested_datetime": "2026-11-16T10:00:00-05:00", "updated_datetime": "2026-11-16T10:00:00-05:00",
        "expected_datetime": "2026-11-23T23:59:00-05:00", "address": "12 Mill Lane", "address_id": None,
        "zipcode": None, "lat": 44.05, "long": -79.02, "media_url": None,
    }  # fmt: skip
    (element,) = tree_of(as_xml)
    assert (tree_of(as_xml).tag, element.tag) == ("service_requests", "request")
    assert [each.tag for each in element] == FIELDS
    assert {each.tag: each.text for each in element} == {
        name: None if value is None else str(value) for name, value in told.items()
    }


def test_a_request_and_a_list_take_one_statement_and_extensions_two_more(
    city: City, door: GeoReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = [a_request(city).number for _ in range(3)]
    sent: list[str] = []
    for name in ("fetch_one", "fetch_all"):
        monkeypatch.setattr(Store, name, _counting(getattr(Store, name), sent))

    counts = []
    for path in (f"requests/{numbers[0]}.json", "requests.json", "requests.xml", "requests.json?extensions=true"):
        sent.clear()
        assert door.get(path).status_code == 200
        counts.append(len(sent))

    assert counts[:3] == [1, 1, 1]
    assert counts[3] <= 3


def _counting(kept: Any, sent: list[str]) -> Any:
    async def counting(store: Store, statement: str, values: Any) -> Any:
        sent.append(statement)
        return await kept(store, statement, values)

    return counting


@pytest.mark.parametrize("number", ["26-9999999-9", "nonsense", "26-0009999-0", "x" * 500, "%F0%9F%8C%B3"])
def test_a_number_nobody_has_is_not_found_whatever_it_looks_like(door: GeoReport, number: str) -> None:
    answer = door.get(f"requests/{number}.json")

    assert answer.status_code == 404
    assert [each["code"] for each in answer.json()] == [404]


def test_how_a_closed_request_ended_is_said_in_the_citys_words(city: City, door: GeoReport) -> None:
    receipt = a_request(city)
    moved(receipt, Step(to=Lifecycle.RESOLVED, outcome=Outcome.COMPLETED))

    (told,) = door.get(f"requests/{receipt.number}.json").json()

    assert (told["status"], told["status_notes"]) == ("closed", "It was completed.")


# --- who may read what ------------------------------------------------------------------------------------------------


def test_a_confidential_request_is_never_read_by_anybody(city: City, door: GeoReport) -> None:
    receipt = a_request(city, service_code="complaint", answers={})

    for key in ("", READER, REPORTER):
        assert door.get(f"requests/{receipt.number}.json", api_key=key).status_code == 404
        assert door.get("requests.json", api_key=key).json() == []


def test_without_words_means_without_place_too_and_no_box_finds_it(city: City, door: GeoReport) -> None:
    receipt = a_request(city)
    requests_actions.change_visibility(receipt.request_id, a_change(), visibility=Visibility.PUBLIC_REDACTED)

    (told,) = door.get("requests.json").json()

    assert (told["address"], told["lat"], told["long"], told["description"]) == (None, None, None, None)
    assert door.get("requests.json", bbox="-79.03,44.04,-79.01,44.06").json() == []


def test_nobody_but_its_program_and_the_office_reads_the_words(door: GeoReport) -> None:
    number = door.reported(zipcode="N1A 2B3")

    told = {key: door.get(f"requests/{number}.json", api_key=key).json()[0] for key in ("", REPORTER, OTHER, READER)}

    assert {key: each["description"] for key, each in told.items()} == {
        "": None, OTHER: None, REPORTER: "Deep, by the bus stop", READER: "Deep, by the bus stop",
    }  # fmt: skip
    assert {key: each["zipcode"] for key, each in told.items()} == {
        "": None, OTHER: None, REPORTER: "N1A2B3", READER: "N1A2B3",
    }  # fmt: skip


def test_a_private_request_is_read_by_its_program_and_the_office_only(door: GeoReport) -> None:
    number = door.reported(service_code="bin")

    seen = {key: door.get(f"requests/{number}.json", api_key=key).status_code for key in ("", OTHER, REPORTER, READER)}

    assert seen == {"": 404, OTHER: 404, REPORTER: 200, READER: 200}
    assert door.get("requests.json").json() == []
    assert [each["service_request_id"] for each in door.get("requests.json", api_key=READER).json()] == [number]
    assert door.get("requests.json", api_key=REPORTER, service_request_id=number).json() != []


def test_a_wrong_key_is_refused_even_for_reading(door: GeoReport) -> None:
    answer = door.get("requests.json", api_key="ans_stranger")

    assert answer.status_code == 403
    assert answer.json()[0]["code"] == 403


def test_the_key_is_taken_from_a_header_too(door: GeoReport) -> None:
    number = door.reported()

    answer = door.ask("GET", f"v2/requests/{number}.json", headers={"x-api-key": REPORTER})

    assert answer.json()[0]["description"] == "Deep, by the bus stop"


def test_the_promised_date_can_be_left_out_for_a_program_that_breaks_on_it(city: City, door: GeoReport) -> None:
    set_profile(REPORTER, expected_datetime=False)
    number = a_request(city).number

    (told,) = door.get(f"requests/{number}.json", api_key=REPORTER).json()

    assert list(told) == [name for name in FIELDS if name != "expected_datetime"]


# --- lists ------------------------------------------------------------------------------------------------------------


def numbers_of(door: GeoReport, **wishes: str) -> list[str]:
    """The numbers a list gives."""
    answer = door.get("requests.json", **wishes)
    assert answer.status_code == 200, answer.text
    return [each["service_request_id"] for each in answer.json()]


def test_a_list_is_newest_first_and_goes_back_ninety_days(city: City, door: GeoReport) -> None:
    made = []
    for days in (91, 89, 1):
        with clock.frozen(MONDAY - timedelta(days=days)):
            made.append(a_request(city).number)

    assert numbers_of(door) == [made[2], made[1]]


def test_one_date_is_ninety_days_and_two_may_be_further_apart(city: City, door: GeoReport) -> None:
    made = []
    for days in (300, 120, 100):
        with clock.frozen(MONDAY - timedelta(days=days)):
            made.append(a_request(city).number)
    day = {days: (MONDAY - timedelta(days=days)).isoformat() for days in (301, 110, 99)}

    assert numbers_of(door, start_date=day[301]) == [made[0]]
    assert numbers_of(door, end_date=day[99]) == [made[2], made[1]]
    assert numbers_of(door, start_date=day[301], end_date=day[110]) == [made[1], made[0]]
    assert numbers_of(door, start_date=day[110], end_date=day[301]) == [made[1], made[0]]


def test_pages_are_stable_and_sizes_have_many_names(city: City, door: GeoReport) -> None:
    made = [a_request(city).number for _ in range(5)][::-1]

    assert numbers_of(door, page_size="2") == made[:2]
    assert numbers_of(door, page_size="2", page="2") == made[2:4]
    assert numbers_of(door, per_page="2", page="3") == made[4:]
    assert numbers_of(door, limit="2", offset="2") == made[2:4]
    assert numbers_of(door, page_size="1000000") == made
    assert numbers_of(door, page_size="2", page="9") == []


def test_changes_are_asked_for_by_their_instant_with_fractions_and_offsets(city: City, door: GeoReport) -> None:
    with clock.frozen(MONDAY - timedelta(days=200)):
        old, older = a_request(city), a_request(city)
    requests_actions.add_note(old.request_id, a_change(at=MONDAY - timedelta(minutes=1)), words="x", audience="staff")

    since = "2026-11-16T09:55:00.250-05:00"

    assert numbers_of(door, updated_after=since) == [old.number]
    assert numbers_of(door, updated_before=since) == [older.number]


def test_status_service_and_ids_narrow_a_list(city: City, door: GeoReport) -> None:
    open_, closed = a_request(city), a_request(city)
    moved(closed, Step(to=Lifecycle.RESOLVED, outcome=Outcome.COMPLETED))

    assert numbers_of(door, status="open") == [open_.number]
    assert numbers_of(door, status="closed") == [closed.number]
    assert numbers_of(door, status="open,closed") == [closed.number, open_.number]
    assert numbers_of(door, service_code="tree") == []
    assert numbers_of(door, service_code="tree,pothole") == [closed.number, open_.number]
    assert numbers_of(door, service_request_id=f"{open_.number},26-0000000-0") == [open_.number]


def test_a_box_a_circle_and_a_point_find_what_lies_there(city: City, door: GeoReport) -> None:
    east, west = a_request(city, point=EAST).number, a_request(city, point=WEST).number

    assert numbers_of(door, bbox="-79.03,44.04,-79.01,44.06") == [east]
    assert numbers_of(door, bbox="-79.2,43.9,-78.9,44.2") == [west, east]
    assert numbers_of(door, lat="44.0501", long="-79.0201", radius="50") == [east]
    assert numbers_of(door, lat="44.0501", long="-79.0201", radius="5") == []
    assert numbers_of(door, lat="44.05", long="-79.05", radius="3000") == [west, east]


def test_a_wish_that_cannot_be_is_refused_with_its_name(door: GeoReport) -> None:
    wishes: list[dict[str, str]] = [
        {"start_date": "yesterday"}, {"end_date": "2026-13-01"}, {"updated_after": "0"}, {"page": "0"}, {"page": "x"},
        {"page_size": "-1"}, {"page_size": "0"}, {"bbox": "1,2,3"}, {"bbox": "a,b,c,d"}, {"bbox": "-181,0,0,0"},
        {"long": "-79", "lat": "x"}, {"lat": "44", "long": "x"}, {"lat": "44", "long": "-79", "radius": "-1"},
        {"lat": "nan", "long": "0"}, {"status": "pending"}, {"page": "100001"}, {"offset": "x"},
        {"start_date": "99999-01-01"},
    ]  # fmt: skip

    answers = door.ask_all(*[("GET", "v2/requests.json", {"params": each}) for each in wishes])

    for answer, each in zip(answers, wishes, strict=True):
        assert (answer.status_code, answer.json()[0]["code"]) == (400, 400), each
        assert any(name in answer.json()[0]["description"] for name in each), each


def test_an_absurd_date_is_no_failure(door: GeoReport) -> None:
    asked = [
        ("GET", "v2/requests.json", {"params": {name: at}})
        for at in ("0001-01-01", "9999-12-31T23:59:59Z", "1969-01-01T00:00:00Z", "1899-12-30")
        for name in ("start_date", "end_date", "updated_after")
    ]

    assert {answer.status_code for answer in door.ask_all(*asked)} <= {200, 400}


# --- spelling ---------------------------------------------------------------------------------------------------------


def test_without_an_ending_the_client_says_which_spelling_it_likes(door: GeoReport) -> None:
    plain, wished, accepted = door.ask_all(
        ("GET", "v2/services", {}), ("GET", "v2/services?format=json", {}),
        ("GET", "v2/services", {"headers": {"accept": "application/json"}}),
    )  # fmt: skip

    assert [each.headers["content-type"].split(";")[0] for each in (plain, wished, accepted)] == [
        "text/xml", "application/json", "application/json",
    ]  # fmt: skip


def test_what_is_not_there_is_an_error_in_the_wished_spelling(door: GeoReport) -> None:
    as_json, as_xml, no_end = door.ask_all(
        ("GET", "v2/unicorns.json", {}), ("GET", "v2/unicorns.xml", {}), ("GET", "v2/services.html", {})
    )

    assert as_json.json()[0]["code"] == 404
    assert tree_of(as_xml).findtext("error/code") == "404"
    assert no_end.status_code == 404


def test_a_method_nobody_serves_is_refused_and_says_which_are(door: GeoReport) -> None:
    answer = door.ask("DELETE", "v2/requests.json")

    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST, HEAD")


def test_a_head_is_a_get_without_its_body(door: GeoReport) -> None:
    answer = door.ask("HEAD", "v2/services.json")

    assert (answer.status_code, answer.content) == (200, b"")
    assert int(answer.headers["content-length"]) > 100


def test_pages_of_others_may_read(door: GeoReport) -> None:
    asked, read = door.ask_all(("OPTIONS", "v2/requests.json", {}), ("GET", "v2/services.json", {}))

    assert "POST" in asked.headers["access-control-allow-methods"]
    assert read.headers["access-control-allow-origin"] == "*"


def test_too_many_calls_are_told_when_to_come_back(city: City) -> None:
    with a_georeport(anonymous_per_minute=2) as door:
        answers = door.ask_all(*[("GET", "v2/services.json", {})] * 3)

    assert [each.status_code for each in answers] == [200, 200, 429]
    assert 1 <= int(answers[2].headers["retry-after"]) <= 60
    assert answers[2].json()[0]["code"] == 429

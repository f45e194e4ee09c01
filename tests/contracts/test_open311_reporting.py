"""Reporting over Open311: tolerant in what it takes, clear in what it refuses."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from answerable.catalogue.city import City
from answerable.plumbing import clock
from answerable.requests import actions as requests_actions
from answerable.requests import queries as requests
from tests.builders.open311 import (
    MOST_BODY,
    READER,
    REPORTER,
    GeoReport,
    a_form,
    a_georeport,
    faults_of,
    set_profile,
    tree_of,
)  # fmt: skip
from tests.builders.packs import a_city, a_pack, a_question, a_service, said
from tests.builders.requests import MONDAY, a_change, a_small_city, services

pytestmark = pytest.mark.django_db(transaction=True)

CORNERS = """street,cross,lat,lon
Main St,Oak Ave,44.05,-79.02
King St E,Elm Ave,44.06,-79.02
King St W,Elm Ave,44.06,-79.06
"""


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    wires = a_question("wires", options=[{"code": "down", "label": said("Down")}, {"code": "no", "label": said("No")}])
    stop = {"when": {"answer": "wires", "is": ["down"]}, "say": said("Call 911 now."), "action": "call_911"}
    parts = a_question("parts", type="multi", required=True)
    since = a_question("since", type="date", options=[])
    tree = a_service("tree", name=said("Tree"), question=[wires, parts, since], stops=[stop], open311="batch")
    hush = a_service("hush", question=[], open311="blackbox", photos=False)
    reachable = a_service("reachable", question=[], anonymous=False)
    files = a_pack()["extra_files"] | {"gazetteer/corners.csv": CORNERS}
    source = {
        "kind": "intersection", "file": "corners.csv", "provenance": "Invented",
        "columns": {"street": "street", "cross_street": "cross", "lat": "lat", "lon": "lon"},
    }  # fmt: skip
    with clock.frozen(MONDAY):
        yield a_small_city(
            tmp_path / "northbridge", services=[*services(), tree, hush, reachable], gazetteer=[source],
            extra_files=files, city=a_city(),
        )  # fmt: skip


@pytest.fixture
def door(city: City) -> Iterator[GeoReport]:
    with a_georeport() as opened:
        yield opened


def a_picture(size: int = 20, *, exif: bool = False) -> bytes:
    """A small JPEG, with a position hidden in it or not."""
    image, file = Image.new("RGB", (size, size), (200, size, 30)), io.BytesIO()
    hidden = Image.Exif()
    if exif:
        hidden[0x010F] = "Camera"
    image.save(file, format="JPEG", exif=hidden.tobytes())
    return file.getvalue()


def a_file(size: int = 20, *, exif: bool = False) -> tuple[str, bytes, str]:
    """The picture as a part of a form."""
    return (f"{size}.jpg", a_picture(size, exif=exif), "image/jpeg")


# --- what comes back --------------------------------------------------------------------------------------------------


def test_a_report_gets_its_number_and_what_happens_next(door: GeoReport) -> None:
    answer = door.report(first_name="Ada", last_name="Day", email="ada@city.example", phone="204-555-0123")

    assert answer.status_code == 200, answer.text
    (told,) = answer.json()
    assert told == {
        "service_request_id": told["service_request_id"], "service_notice": "A crew comes.", "account_id": None
    }  # fmt: skip
    request = requests.by_number(told["service_request_id"])
    assert (request.channel, request.description, request.answers) == (
        "open311", "Deep, by the bus stop", {"size": "big"}
    )  # fmt: skip
    assert (request.lat, request.lon, request.wishes_contact) == (44.05, -79.02, False)


def test_the_receipt_in_xml_has_the_elements_of_the_standard(door: GeoReport) -> None:
    root = tree_of(door.report(spelling="xml", account_id="7"))

    assert root.tag == "service_requests"
    assert [each.tag for each in root.find("request") or ()] == ["service_request_id", "service_notice", "account_id"]
    assert root.findtext("request/account_id") == "7"


def test_a_batch_service_gives_a_token_and_the_number_once_the_department_has_it(door: GeoReport) -> None:
    told = door.report(service_code="tree", **{"attribute[size]": ..., "attribute[parts][]": "small"}).json()[0]
    again = door.report(service_code="tree", **{"attribute[size]": ..., "attribute[parts][]": "small"}).json()[0]

    assert "service_request_id" not in told
    assert again["token"] == told["token"]
    assert told["token"].isalnum()
    assert door.get(f"tokens/{told['token']}.json").json() == [{"service_request_id": None, "token": told["token"]}]

    (listed,) = door.get("requests.json").json()
    requests_actions.accept(requests.by_number(listed["service_request_id"]).id, a_change("department:7"))

    assert door.get(f"tokens/{told['token']}.json").json()[0]["service_request_id"] == listed["service_request_id"]


def test_a_token_nobody_gave_is_not_found(door: GeoReport) -> None:
    assert door.get("tokens/abc.json").status_code == 404


def test_a_black_box_gives_no_number(door: GeoReport) -> None:
    (told,) = door.report(service_code="hush", **{"attribute[size]": ...}).json()

    assert told["service_request_id"] is None
    assert "gives no number" in told["service_notice"]


def test_a_program_with_leave_reports_confidential_matters_and_never_reads_them(door: GeoReport) -> None:
    refused = door.report(service_code="complaint")
    set_profile(REPORTER, confidential_services=True)
    taken = door.report(service_code="complaint")

    assert refused.status_code == 404
    assert (taken.status_code, taken.json()[0]["service_request_id"]) == (200, None)
    assert door.get("requests.json", api_key=READER).json() == []


# --- keys -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["", "ans_stranger", READER])
def test_only_a_key_with_the_scope_may_report(door: GeoReport, key: str) -> None:
    answer = door.report(api_key=key)

    assert answer.status_code == 403
    assert answer.json()[0]["code"] == 403


def test_the_key_may_stand_in_the_body_the_address_or_a_header(door: GeoReport) -> None:
    form = a_form(api_key=...)
    answers = door.ask_all(
        ("POST", f"v2/requests.json?api_key={REPORTER}", {"data": form | {"description": "one"}}),
        ("POST", "v2/requests.json", {"data": form | {"description": "two"}, "headers": {"x-api-key": REPORTER}}),
    )

    assert [each.status_code for each in answers] == [200, 200]


# --- sending twice ----------------------------------------------------------------------------------------------------


def test_a_blind_retry_within_ten_minutes_is_the_same_request(door: GeoReport) -> None:
    first = door.reported()
    with clock.frozen(MONDAY + timedelta(minutes=9, seconds=59)):
        retried = door.reported()
    with clock.frozen(MONDAY + timedelta(minutes=25)):
        later = door.reported()

    assert retried == first
    assert later != first
    assert door.reported(description="Another hole") not in {first, later}


def test_a_key_names_a_telling_for_good_and_for_its_program_alone(door: GeoReport) -> None:
    named = {"idempotency-key": "my own key, 1"}
    first = door.reported(headers=named)
    with clock.frozen(MONDAY + timedelta(days=3)):
        again = door.reported(headers=named)
        changed = door.report(headers=named, description="Something else")
    other = door.reported(headers=named, api_key="ans_other")

    assert again == first
    assert other != first
    assert (changed.status_code, "Idempotency-Key" in faults_of(changed)[0]) == (409, True)


# --- what it takes ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "told",
    [
        {"attribute[parts][]": ["small", "big"]}, {"attribute[parts]": ["small", "big"]},
        {"attribute[parts][0]": "small", "attribute[parts][1]": "big"}, {"attribute[PARTS]": "small,big"},
    ],
)  # fmt: skip
def test_several_choices_are_taken_in_every_spelling(door: GeoReport, told: dict[str, Any]) -> None:
    answer = door.report(service_code="tree", **{"attribute[size]": ...}, **told)

    assert answer.status_code == 200, answer.text
    (listed,) = door.get("requests.json").json()
    assert requests.by_number(listed["service_request_id"]).answers == {"parts": ["small", "big"]}


def test_a_day_is_taken_from_an_instant(door: GeoReport) -> None:
    door.report(
        service_code="tree",
        **{"attribute[size]": ..., "attribute[parts]": "small", "attribute[since]": "2026-11-16T03:00:00Z"},
    )

    (listed,) = door.get("requests.json").json()
    assert requests.by_number(listed["service_request_id"]).answers["since"] == "2026-11-15"


def test_an_address_in_words_is_looked_up(door: GeoReport) -> None:
    number = door.reported(lat=..., long=..., address_string="Main St and Oak Ave")

    assert requests.by_number(number).lat == 44.05


def test_words_of_every_script_come_back_as_they_were_sent(door: GeoReport) -> None:
    words = "Trou 🕳️ « profond » — שלום مرحبا & <b>\r\nnext line"
    number = door.reported(description=words)

    as_json = door.get(f"requests/{number}.json", api_key=REPORTER).json()[0]["description"]
    as_xml = tree_of(door.get(f"requests/{number}.xml", api_key=REPORTER)).findtext("request/description")
    assert (as_json, as_xml) == (words, words)


def test_control_characters_do_not_break_the_xml(door: GeoReport) -> None:
    number = door.reported(description="a\x0bb\x1fc")

    answer = door.get(f"requests/{number}.xml", api_key=REPORTER)

    assert tree_of(answer).findtext("request/description") == "a\ufffdb\ufffdc"


def test_the_same_parameter_twice_with_one_value_is_once(door: GeoReport) -> None:
    assert door.report(service_code=["pothole", "pothole"]).status_code == 200


# --- what it refuses --------------------------------------------------------------------------------------------------


REFUSED: list[tuple[dict[str, Any], int, list[str]]] = [
    ({"service_code": ...}, 400, ["service_code required"]),
    ({"service_code": "unicorn"}, 404, ["service_code"]),
    ({"service_code": ["pothole", "tree"]}, 400, ["service_code"]),
    ({"lat": ..., "long": ...}, 400, ["lat, long"]),
    ({"lat": "44.05", "long": ...}, 400, ["long required"]),
    ({"lat": "north"}, 400, ["lat"]),
    ({"lat": "1e400"}, 400, ["lat"]),
    ({"lat": "45.42", "long": "-75.69"}, 400, ["lat"]),
    ({"lat": "0", "long": "0"}, 400, ["lat"]),
    ({"lat": ..., "long": ..., "address_id": "7"}, 400, ["address_id"]),
    ({"lat": ..., "long": ..., "address_string": "King and Elm"}, 400, ["address_string"]),
    ({"lat": ..., "long": ..., "address_string": "qwxz"}, 400, ["address_string"]),
    ({"address_string": "x" * 300}, 400, ["address_string"]),
    ({"description": "x" * 10_000}, 400, ["description"]),
    ({"description": "a\0b"}, 400, ["description"]),
    ({"email": "nobody"}, 400, ["email"]),
    ({"phone": "12"}, 400, ["phone"]),
    ({"attribute[size]": "huge"}, 400, ["size"]),
    ({"attribute[size]": ["big", "small"]}, 400, ["size"]),
    ({"service_code": "reachable"}, 400, ["email"]),
    ({"service_code": "tree"}, 400, ["parts required"]),
    ({"service_code": "tree", "attribute[wires]": "down"}, 400, ["wires"]),
    ({"jurisdiction_id": "elsewhere"}, 404, ["jurisdiction_id"]),
    ({"media_url": "ftp://x/y.jpg"}, 400, ["media_url"]),
    ({"media_url": "data:image/jpeg;base64,@@@"}, 400, ["media_url"]),
    ({"media_url": "data:text/plain,hello"}, 400, ["media"]),
    ({"lat": "91", "email": "nobody", "attribute[size]": "huge"}, 400, ["lat", "size", "email"]),
]


def test_each_bad_field_is_one_entry_that_names_it(door: GeoReport) -> None:
    answers = door.ask_all(*[("POST", "v2/requests.json", {"data": a_form(**changes)}) for changes, _, _ in REFUSED])

    for answer, (changes, status, names) in zip(answers, REFUSED, strict=True):
        assert answer.status_code == status, (changes, answer.text)
        faults = faults_of(answer)
        assert len(faults) == len(names), (changes, faults)
        assert all(fault.startswith(name) for fault, name in zip(faults, names, strict=True)), faults
        assert {each["code"] for each in answer.json()} == {status}
    assert door.get("requests.json").json() == []


def test_errors_in_xml_have_the_elements_of_the_standard(door: GeoReport) -> None:
    root = tree_of(door.report(spelling="xml", service_code=...))

    assert (root.tag, root.findtext("error/code")) == ("errors", "400")
    assert (root.findtext("error/description") or "").startswith("service_code required")


BOMB = b"""<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbbbbbb"><!ENTITY c "&b;&b;&b;&b;">]><a>&c;&c;&c;</a>"""

PART = b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n"


UNREADABLE: list[tuple[bytes, str, int]] = [
    (BOMB, "text/xml", 415),
    (BOMB, "application/x-www-form-urlencoded", 415),
    (b'{"service_code": "pothole"}', "application/json", 415),
    (b"service_code=%ff%fe", "application/x-www-form-urlencoded", 400),
    (b"service_code=caf\xe9", "application/x-www-form-urlencoded", 400),
    (b"service_code=%zz&lat=%", "application/x-www-form-urlencoded", 403),
    (b"", "application/x-www-form-urlencoded", 403),
    (b"&".join([b"a=1"] * 2000), "application/x-www-form-urlencoded", 400),
    (b"--x\r\n", "multipart/form-data", 400),
    (b"nothing of that", "multipart/form-data; boundary=x", 400),
    (PART + b"half", "multipart/form-data; boundary=x", 400),
    (PART + b"\xff\r\n--x--\r\n", "multipart/form-data; boundary=x", 400),
    (b"x" * (MOST_BODY + 1), "application/x-www-form-urlencoded", 413),
]


def test_a_body_that_cannot_be_read_is_refused_for_what_it_is(door: GeoReport) -> None:
    answers = door.ask_all(
        *[
            ("POST", "v2/requests.json", {"content": content, "headers": {"content-type": content_type}})
            for content, content_type, _ in UNREADABLE
        ]
    )

    for answer, (content, _, status) in zip(answers, UNREADABLE, strict=True):
        assert (answer.status_code, answer.json()[0]["code"]) == (status, status), content[:40]


def test_an_endless_address_and_endless_headers_are_refused(door: GeoReport) -> None:
    address, headers = door.ask_all(
        ("GET", "v2/requests.json?service_request_id=" + "1," * 9000, {}),
        ("GET", "v2/requests.json", {"headers": {"x-much": "y" * 20_000}}),
    )

    assert [address.status_code, headers.status_code] == [413, 413]


# --- pictures ---------------------------------------------------------------------------------------------------------


def test_pictures_come_in_by_every_spelling_and_lose_what_the_camera_hid(door: GeoReport) -> None:
    uri = "data:image/jpeg;base64," + base64.b64encode(a_picture(21, exif=True)).decode()
    files = [
        ("media", a_file(22, exif=True)),
        ("photo1", a_file(23)),
    ]

    answer = door.ask("POST", "v2/requests.json", data=a_form(media_url=uri), files=files)

    assert answer.status_code == 200, answer.text
    kept = requests.photos(requests.by_number(answer.json()[0]["service_request_id"]).id)
    assert sorted(photo.width for photo in kept) == [21, 22, 23]
    assert all(not Image.open(door.media / photo.file).getexif() for photo in kept)
    assert not any(photo.is_public for photo in kept)


def test_a_picture_is_shown_to_everybody_only_after_its_release(door: GeoReport) -> None:
    answer = door.ask("POST", "v2/requests.json", data=a_form(), files={"media": a_file()})
    number = answer.json()[0]["service_request_id"]
    request = requests.by_number(number)
    (photo,) = requests.photos(request.id)
    key = Path(photo.file).stem
    before = door.get(f"requests/{number}.json").json()[0]["media_url"]
    requests_actions.set_photo_public(request.id, a_change(), photo_id=photo.id)
    after = door.get(f"requests/{number}.json").json()[0]["media_url"]

    assert (before, after) == (None, f"http://city.example/open311/media/{key}.jpg")
    shown = door.ask("GET", f"media/{key}.jpg")
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/jpeg")
    assert door.ask("GET", "media/0000.jpg").status_code == 404


@pytest.mark.parametrize("content", [b"GIF89a no", b"%PDF-1.4", b"\xff\xd8\xff\xe0 broken"])
def test_a_picture_that_is_none_is_refused_and_nothing_is_kept(door: GeoReport, content: bytes) -> None:
    files = [("media", a_file()), ("media", ("b.jpg", content, "image/jpeg"))]

    answer = door.ask("POST", "v2/requests.json", data=a_form(), files=files)

    assert (answer.status_code, len(faults_of(answer))) == (400, 1)
    assert faults_of(answer)[0].startswith("media")
    assert list(door.media.rglob("*.jpg")) == []


def test_forty_megabytes_are_refused_before_they_are_read(door: GeoReport) -> None:
    answer = door.ask(
        "POST", "v2/requests.json", data=a_form(), files={"media": ("a.jpg", b"\0" * 40_000_000, "image/jpeg")}
    )

    assert (answer.status_code, answer.json()[0]["code"]) == (413, 413)


def test_more_pictures_than_are_kept_are_refused(door: GeoReport) -> None:
    files = [("media", a_file(size)) for size in range(20, 26)]

    answer = door.ask("POST", "v2/requests.json", data=a_form(), files=files)

    assert (answer.status_code, faults_of(answer)[0].startswith("media")) == (400, True)


def test_a_service_without_pictures_says_that_they_were_left_out(door: GeoReport) -> None:
    answer = door.ask(
        "POST",
        "v2/requests.json",
        data=a_form(service_code="hush"),
        files={"media": a_file()},
    )

    assert (answer.status_code, "left out" in answer.json()[0]["service_notice"]) == (200, True)
    assert list(door.media.rglob("*.jpg")) == []


def test_a_retry_with_its_picture_is_the_same_request(door: GeoReport) -> None:
    told = {"data": a_form(), "files": {"media": a_file()}}
    first = door.ask("POST", "v2/requests.json", **told).json()
    with clock.frozen(MONDAY + timedelta(minutes=8)):
        again = door.ask("POST", "v2/requests.json", **told).json()
    with clock.frozen(MONDAY + timedelta(hours=2)):
        later = door.ask("POST", "v2/requests.json", **told).json()

    assert again == first
    assert later != first
    assert len(list(door.media.rglob("*.jpg"))) == 2


# --- the test endpoint ------------------------------------------------------------------------------------------------


def test_the_test_endpoint_checks_everything_and_logs_nothing(door: GeoReport) -> None:
    taken = door.ask("POST", "test/v2/requests.json", data=a_form())
    refused = door.ask("POST", "test/v2/requests.json", data=a_form(lat="45.42", long="-75.69"))

    assert (taken.status_code, refused.status_code) == (200, 400)
    assert taken.json()[0]["service_request_id"].startswith("TEST-")
    assert "Test endpoint" in taken.json()[0]["service_notice"]
    assert door.get("requests.json").json() == []


def test_reports_that_arrive_together_are_each_one_request(city: City) -> None:
    with a_georeport() as door:
        answers = door.ask_at_once(
            *[("POST", "v2/requests.json", {"data": a_form(description=f"Hole {number % 6}")}) for number in range(12)]
        )

    numbers = [answer.json()[0]["service_request_id"] for answer in answers]
    assert {answer.status_code for answer in answers} == {200}
    assert len(set(numbers)) == 6
    assert numbers[:6] == numbers[6:]

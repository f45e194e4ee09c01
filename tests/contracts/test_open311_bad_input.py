"""Whatever is thrown at the doors is answered clearly, and the next good telling is taken as if nothing had been."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from answerable.catalogue.city import City
from answerable.plumbing import clock
from answerable.requests import queries as requests
from answerable.requests.queries import Filters
from tests.builders.json_door import Door, a_body, a_door, problems_of
from tests.builders.open311 import GeoReport, a_form, a_georeport, faults_of
from tests.builders.requests import MONDAY, a_small_city

pytestmark = pytest.mark.django_db(transaction=True)

BOMB = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;&b;&b;">]><svg>&c;&c;</svg>'
RIGHT_TO_LEFT = "حفرة عميقة بجانب موقف الحافلات \u202eabc\u202c"
EMOJI = "🕳️👩🏽‍🚒🇨🇦 trou"


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    with clock.frozen(MONDAY):
        yield a_small_city(tmp_path / "northbridge")


@pytest.fixture
def door(city: City) -> Iterator[GeoReport]:
    with a_georeport() as opened:
        yield opened


@pytest.fixture
def json_door(city: City) -> Iterator[Door]:
    with a_door() as opened:
        yield opened


def a_png_of(width: int, height: int) -> bytes:
    """A picture of a few bytes that would fill gigabytes when unpacked."""
    size = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", size), (b"IDAT", zlib.compress(b"\0" * 5000)), (b"IEND", b"")]
    parts = [
        struct.pack(">I", len(told)) + kind + told + struct.pack(">I", zlib.crc32(kind + told)) for kind, told in chunks
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def a_file(content: bytes, kind: str = "image/jpeg") -> dict[str, Any]:
    """The content as the picture of a form."""
    return {"media": ("hole.jpg", io.BytesIO(content), kind)}


THROWN: list[tuple[dict[str, Any], int, str]] = [
    ({"data": a_form(api_key="ans_stranger")}, 403, "api_key"),
    ({"data": a_form(api_key=...)}, 403, "api_key"),
    ({"data": a_form(jurisdiction_id="elsewhere.example")}, 404, "jurisdiction_id"),
    ({"data": a_form(**{"attribute[size]": ...}, service_code=...)}, 400, "service_code"),
    ({"data": a_form(lat="45.4215", long="-75.6972")}, 400, "lat"),
    ({"data": a_form(description="é" * 10_000)}, 400, "description"),
    ({"data": a_form(description="a\0b")}, 400, "description"),
    ({"data": a_form(**{"attribute[size]": "bi\0g"})}, 400, "attribute[size]"),
    ({"data": a_form(lat=["44.05", "44.06"])}, 400, "lat"),
    ({"data": a_form(email=["a@example.org", "b@example.org"])}, 400, "email"),
    ({"data": a_form(), "files": a_file(BOMB, "image/svg+xml")}, 400, "media"),
    ({"data": a_form(), "files": a_file(a_png_of(60_000, 60_000), "image/png")}, 400, "media"),
    ({"data": a_form(), "files": a_file(b"<html>no picture</html>")}, 400, "media"),
    ({"data": a_form(), "files": a_file(b"\0" * 2_500_000)}, 413, "body"),
    ({"content": BOMB, "headers": {"content-type": "text/xml"}}, 415, "Content-Type"),
    ({"content": BOMB, "headers": {"content-type": "application/x-www-form-urlencoded"}}, 415, "body"),
]  # fmt: skip
"""What is sent, how it is answered, and the field that is named."""


def test_each_thing_thrown_is_answered_by_name_and_the_next_good_report_is_taken(door: GeoReport) -> None:
    sent: list[tuple[str, str, dict[str, Any]]] = []
    for number, (told, _, _) in enumerate(THROWN):
        good = {"data": a_form(description=f"Hole number {number}")}
        sent += [("POST", "v2/requests.json", told), ("POST", "v2/requests.json", good)]

    answers = door.ask_all(*sent)

    for (told, status, field), bad, good in zip(THROWN, answers[::2], answers[1::2], strict=True):
        shown = str(told)[:120]
        assert bad.status_code == status, (shown, bad.text)
        assert any(fault.startswith(field) for fault in faults_of(bad)), (shown, bad.text)
        assert good.status_code == 200, (shown, good.text)
    assert requests.count_up_to(Filters(), ceiling=1000, now=MONDAY) == len(THROWN)


@pytest.mark.parametrize("words", [EMOJI, RIGHT_TO_LEFT, "x" * 4000])
def test_words_of_every_kind_come_back_as_they_were_sent(door: GeoReport, words: str) -> None:
    number = door.reported(description=words)

    assert requests.by_number(number).description == words


JSON_THROWN: list[tuple[bytes, int, str]] = [
    (b'{"service_code": null}', 400, "service_code"),
    (b'{"service_code": "pothole", "description": null}', 400, "description"),
    (b'{"service_code": "pothole", "answers": {"size": null}}', 400, "answers"),
    (b'{"service_code": "pothole", "description": "' + b"x" * 10_000 + b'"}', 400, "description"),
    (b'{"service_code": "pothole", "lat": 1e999, "lon": 0}', 400, "lat"),
    (b'{"service_code": "pothole", "lat": NaN, "lon": 0}', 400, "body"),
    (b'{"service_code": "pothole", "description": "\\ud800"}', 400, "body"),
    (BOMB, 400, "body"),
]


def test_the_json_door_names_the_field_too_and_takes_the_next_telling(json_door: Door) -> None:
    for told, status, field in JSON_THROWN:
        bad, good = json_door.log(content=told), json_door.log(a_body())

        assert bad.status_code == status, (told[:80], bad.text)
        assert field in problems_of(bad), (told[:80], bad.text)
        assert good.status_code == 201, (told[:80], good.text)


def test_of_a_key_that_stands_twice_in_json_the_last_one_counts(json_door: Door) -> None:
    place = b'"lat": 44.05, "lon": -79.02, "answers": {"size": "big"}'
    told = b'{"service_code": "unicorn", ' + place + b', "service_code": "pothole"}'

    assert json_door.log(content=told).status_code == 201

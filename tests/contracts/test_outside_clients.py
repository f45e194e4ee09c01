"""Open311 clients written by others, unmodified from the registries, against our door on a real socket.

What a client cannot do is its own: georeport and chicagorequests only read; three reads JSON only on today's Python.
"""

from __future__ import annotations

import io
import itertools
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from django.core.management import call_command
from PIL import Image

from answerable.channels.open311.app import Open311
from answerable.plumbing import clock
from answerable.plumbing.launcher import free_port
from answerable.requests import actions as requests
from answerable.requests.rules import Lifecycle, Outcome, Step
from tests.builders.database import own_url
from tests.builders.open311 import MOST_BODY, REPORTER, add_clients
from tests.builders.packs import a_question, a_service, said
from tests.builders.requests import Receipt, a_change, a_request, a_small_city, moved, services
from tests.builders.served import served
from tests.outside import provision

MANY = 205
"""More requests than chicagorequests takes in one page."""

HOUR = timedelta(hours=1)
PLACE = {"lat": 44.05, "long": -79.02}


@dataclass(frozen=True, slots=True)
class Served:
    """The door, the number of an open request and that of a closed one."""

    url: str
    open: str
    closed: str

    @property
    def endpoint(self) -> str:
        """The production endpoint."""
        return f"{self.url}/open311/v2"


def _everything() -> dict[str, Any]:
    """A service that asks a question of every type."""
    parts = [{"code": each, "label": said(each.title())} for each in ("left", "right", "middle")]
    return a_service(
        "everything", name=said("Everything"),
        question=[
            a_question("kind", required=True),
            a_question("parts", type="multi", options=parts),
            a_question("plate", type="text", options=[]),
            a_question("story", type="long_text", options=[]),
            a_question("depth", type="number", options=[]),
            a_question("since", type="date", options=[]),
            a_question("blocked", type="yes_no", options=[]),
        ],
    )  # fmt: skip


@pytest.fixture(scope="module")
def door(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One server for all clients; what they leave is gone afterwards."""
    folder, port = tmp_path_factory.mktemp("outside"), free_port()
    with django_db_blocker.unblock():
        city = a_small_city(
            folder / "northbridge",
            services=[*services(), _everything(), a_service("tree", name=said("Tree"), question=[], open311="batch")],
        )
        add_clients()
        receipts = [a_request(city) for _ in range(MANY)]
        _close(receipts[-1])
        url = f"http://127.0.0.1:{port}"
        app = Open311(conninfo=own_url(), base_url=url, media=folder, pool_size=4, most_body=MOST_BODY)
        try:
            with served(app, port=port):
                yield Served(url=url, open=receipts[0].number, closed=receipts[-1].number)
        finally:
            call_command("flush", verbosity=0, interactive=False)


def _close(receipt: Receipt) -> None:
    now = clock.now()
    requests.accept(receipt.request_id, a_change("department:7", at=now))
    moved(receipt, Step(to=Lifecycle.RESOLVED, outcome=Outcome.COMPLETED), at=now)


def codes_of(services: Any) -> set[str]:
    """The codes of a service list."""
    return {each["service_code"] for each in services}


def as_its_reporter_reads(door: Served, number: str) -> dict[str, Any]:
    """The request with everything the program that sent it may read."""
    asked = {"extensions": "true", "api_key": REPORTER}
    (record,) = httpx.get(f"{door.endpoint}/requests/{number}.json", params=asked).json()
    return dict(record)


def answers_of(record: dict[str, Any]) -> dict[str, list[str]]:
    """The answers by the codes of their questions."""
    return {each["code"]: [value["key"] for value in each["values"]] for each in record["attributes"]}


OFFERED = {"pothole", "everything", "tree"}


# --- georeport 0.3.1: reads, in both spellings ---------------------------------------------------------------------


@pytest.mark.parametrize("spelling", ["json", "xml"])
def test_georeport_reads_everything_it_can_ask_for(door: Served, spelling: str) -> None:
    from georeport import GeoReport

    client = GeoReport(door.endpoint, jurisdiction="northbridge", output_format=spelling)

    assert codes_of(client.get_service_list()) == OFFERED
    definition = client.get_service_definition("everything")
    attributes = definition["attributes"] if spelling == "json" else definition["attributes"]["attribute"]
    assert [each["code"] for each in attributes] == ["kind", "parts", "plate", "story", "depth", "since", "blocked"]
    assert client.get_service_request(door.open)["service_request_id"] == door.open
    assert client.get_service_request(door.closed)["status"] == "closed"
    both = client.get_service_requests(service_request_id=f"{door.open},{door.closed}")
    assert {each["service_request_id"] for each in both} == {door.open, door.closed}


def test_georeport_counts_what_its_filters_leave(door: Served) -> None:
    from georeport import GeoReport

    client, now = GeoReport(door.endpoint), clock.now()
    hour_ago, in_an_hour = ((now + hours).strftime("%Y-%m-%dT%H:%M:%SZ") for hours in (-HOUR, HOUR))

    assert len(client.get_service_requests(service_code="pothole")) >= MANY
    assert [each["service_request_id"] for each in client.get_service_requests(status="closed")] == [door.closed]
    assert len(client.get_service_requests(start_date=hour_ago, end_date=in_an_hour)) >= MANY
    assert client.get_service_requests(end_date=hour_ago) == []


# --- civicbot 0.4.0: reads and reports -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def civic(door: Served) -> Any:
    from civicbot import Open311Client
    from civicbot.http import HttpTransport, RateLimiter
    from civicbot.registry import Endpoint

    endpoint = Endpoint(id="northbridge", name="Northbridge", base_url=door.endpoint, write=True)
    patient = HttpTransport(rate_limiter=RateLimiter(min_interval=0.0))
    return Open311Client(endpoint, patient, jurisdiction_id="northbridge")


def test_civicbot_checks_a_report_against_our_definition_and_files_it(civic: Any, door: Served) -> None:
    answers = {
        "kind": "big", "parts": ["left", "right"], "plate": "ABC 123", "story": "It began\nin spring.", "depth": "12",
        "since": "2026-07-02", "blocked": "no",
    }  # fmt: skip

    filed = civic.create_request(
        "everything", lat=44.05, lng=-79.02, description="From civicbot", attributes=answers, api_key=REPORTER,
        validate_remote=True, dry_run=False, confirm="SEND",
    )  # fmt: skip

    number = filed.response[0]["service_request_id"]
    record = as_its_reporter_reads(door, number)
    assert record["description"] == "From civicbot"
    assert answers_of(record) == {
        "kind": ["big"], "parts": ["left", "right"], "plate": ["ABC 123"], "story": ["It began\nin spring."],
        "depth": ["12"], "since": ["2026-07-02"], "blocked": ["no"],
    }  # fmt: skip
    assert civic.get_request(number)["service_request_id"] == number
    assert [each["service_request_id"] for each in civic.list_requests(service_code="everything")].count(number) == 1


def test_civicbot_refuses_by_our_definition_what_we_would_refuse(civic: Any) -> None:
    from civicbot import ValidationError
    from civicbot.http import HttpError

    with pytest.raises(ValidationError, match="required attribute 'kind' missing"):
        civic.create_request("everything", lat=44.05, lng=-79.02, validate_remote=True)
    with pytest.raises(HttpError) as refused:
        civic.create_request(
            "everything", **{"lat": 44.05, "lng": -79.02}, api_key=REPORTER, dry_run=False, confirm="SEND"
        )

    assert refused.value.status == 400
    assert "kind required" in refused.value.body


def test_civicbot_pages_and_exchanges_a_token(civic: Any, door: Served) -> None:
    filed = civic.create_request("tree", lat=44.05, lng=-79.02, api_key=REPORTER, dry_run=False, confirm="SEND")

    (told,) = civic.get_token(filed.response[0]["token"])

    assert "service_request_id" in told
    assert len(civic.list_requests(page_size=7)) == 7
    assert civic.list_requests(service_request_ids=[door.open])[0]["service_request_id"] == door.open


# --- chicagorequests 0.0.5: the command line, day by day and page by page ---------------------------------------------


def test_chicagorequests_downloads_every_request_page_by_page(door: Served) -> None:
    yesterday = clock.now().astimezone(ZoneInfo("America/Chicago")).date() - timedelta(days=1)
    environment = {name: value for name, value in os.environ.items() if name.lower() != "no_proxy"}

    done = subprocess.run(
        [sys.executable, "-c", "import chicagorequests; chicagorequests.main()", "--start-date", str(yesterday)],
        env=environment | {"http_proxy": door.url, "HTTP_PROXY": door.url}, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    numbers = [each["service_request_id"] for each in rows]
    assert len(numbers) == len(set(numbers)) >= MANY
    assert {door.open, door.closed} <= set(numbers)
    assert all("extended_attributes" in each for each in rows)


# --- three 0.8.0: its known one-line shim, nothing else ---------------------------------------------------------------


@pytest.fixture(scope="module")
def three(door: Served) -> Iterator[Any]:
    sys.path.insert(0, str(provision.python_packages()))
    itertools.ifilter = filter  # type: ignore[attr-defined]  # three asks Python 2's itertools for it
    try:
        from three import Three

        yield Three(door.endpoint, api_key=REPORTER, discovery=f"{door.url}/open311/discovery.json")
    finally:
        del itertools.ifilter  # type: ignore[attr-defined]
        sys.path.remove(str(provision.python_packages()))


def test_three_discovers_and_reads(three: Any, door: Served) -> None:
    today = clock.now().strftime("%m-%d-%Y")
    week_ago, tomorrow = ((clock.now() + timedelta(days=days)).strftime("%m-%d-%Y") for days in (-7, 2))

    assert {each["type"] for each in three.discovery()["endpoints"]} == {"production", "test"}
    assert codes_of(three.services()) == OFFERED
    assert three.services("everything")["service_code"] == "everything"
    assert len(three.requests("pothole", count=3)) == 3
    assert len(three.requests(between=[week_ago, tomorrow], count=5)) == 5
    assert isinstance(three.requests(start=today), list)
    assert three.request(door.open)[0]["service_request_id"] == door.open


def test_three_reports_with_a_picture_as_a_file(three: Any, door: Served) -> None:
    answers = {"attribute[kind]": "small", "attribute[parts][]": ["left", "right"]}

    (told,) = three.post(
        "everything", name="Camille Tremblay", phone="204-555-0142", description="From three", media=a_picture(),
        **PLACE, **answers,
    )  # fmt: skip

    record = as_its_reporter_reads(door, told["service_request_id"])
    assert record["description"] == "From three"
    assert answers_of(record) == {"kind": ["small"], "parts": ["left", "right"]}
    assert len(record["media_urls"]) in {0, 1}


def test_three_is_told_in_words_what_was_wrong(three: Any) -> None:
    (fault,) = three.post("everything", description="Nothing else", **PLACE)

    assert fault["code"] == 400
    assert "kind required" in fault["description"]


def test_three_exchanges_a_token(three: Any) -> None:
    (told,) = three.post("tree", description="A branch", **PLACE)

    assert three.token(told["token"])[0]["token"] == told["token"]


def a_picture() -> io.BytesIO:
    """A small picture as a file."""
    file = io.BytesIO()
    Image.new("RGB", (24, 24), (200, 30, 30)).save(file, format="JPEG")
    file.seek(0)
    file.name = "hole.jpg"
    return file


# --- npm open311 0.0.12: JSON ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def walked(door: Served) -> dict[str, Any]:
    """What the npm client was given, step by step."""
    done = subprocess.run(
        [str(provision.node()), str(provision.HERE / "walk.js"), f"{door.url}/open311/discovery.json", REPORTER],
        env=os.environ | {"NODE_PATH": str(provision.node_modules() / "node_modules")},
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    steps = [json.loads(line) for line in done.stdout.splitlines()]
    return {each["name"]: each for each in steps}


def test_the_npm_client_finds_the_endpoint_by_discovery(walked: dict[str, Any], door: Served) -> None:
    assert walked["endpoint"]["told"] == f"{door.endpoint}/"
    assert codes_of(walked["services"]["told"]) == OFFERED
    assert walked["definition"]["told"]["service_code"] == "everything"


def test_the_npm_client_reports_and_reads_back(walked: dict[str, Any], door: Served) -> None:
    number = walked["report"]["told"][0]["service_request_id"]

    answers = {"kind": ["small"], "parts": ["left", "right"], "depth": ["12"]}
    assert answers_of(as_its_reporter_reads(door, number)) == answers
    assert walked["one"]["told"][0]["service_request_id"] == number
    assert [each["service_request_id"] for each in walked["several"]["told"]] == [number]
    assert len(walked["filtered"]["told"]) == 1


def test_the_npm_client_exchanges_a_token_and_hears_refusals(walked: dict[str, Any]) -> None:
    assert walked["refused"]["error"] == 400
    assert "kind required" in walked["refused"]["told"]
    assert walked["token"]["told"][0]["token"] == walked["batch"]["told"][0]["token"]

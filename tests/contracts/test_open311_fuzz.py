"""The Open311 door answers whatever is sent to it by its description: no failure, no answer that is not described."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from schemathesis import GenerationMode

from answerable.catalogue.city import City
from answerable.channels.open311 import reference
from answerable.channels.open311.app import Open311
from answerable.channels.open311.reference import OPERATIONS
from answerable.plumbing import clock
from tests.builders.database import own_url
from tests.builders.fuzz import BASE, Change, Target, bombard, operations
from tests.builders.open311 import MOST_BODY, REPORTER, WORKER, add_clients
from tests.builders.requests import MONDAY, a_request, a_small_city

pytestmark = pytest.mark.django_db(transaction=True)

EXAMPLES = {
    "discovery": 40, "services": 160, "service": 110, "report": 300, "requests": 300, "request": 160, "token": 60,
    "updates": 170, "update": 170,
}  # fmt: skip
"""How many cases are drawn for a call; each is sent four times (see `_changes`)."""

TIMES = 4
TOGETHER = 10_000

CALLED = [each for each in OPERATIONS if each.name != "openapi"]
CAN_BE_WRONG = [each.name for each in CALLED if each.name in {"requests", "report", "services", "updates", "request"}]


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    with clock.frozen(MONDAY):
        yield a_small_city(tmp_path / "northbridge")


@pytest.fixture
def number(city: City) -> str:
    add_clients()
    return a_request(city).number


@pytest.fixture
def target(city: City, number: str, tmp_path: Path) -> Iterator[Target]:
    door = Open311(conninfo=own_url(), base_url=BASE, media=tmp_path, pool_size=2, most_body=MOST_BODY)
    with Target(door, asyncio.Runner(), base=reference.BASE) as opened:
        yield opened


def _operation(name: str, city: City) -> Any:
    return operations(json.loads(msgspec.json.encode(reference.description(city, base_url=BASE))))[name]


def _changes(name: str, number: str) -> list[Change]:
    """With ids there are, in both spellings, with the city's own jurisdiction, and with a true key."""
    ids = {"service_request_id": number, "service_code": "pothole", "token": "none"}
    operation = next(each for each in OPERATIONS if each.name == name)
    there = {each.name: ids[each.name] for each in operation.parameters if each.where == "path" and each.name in ids}
    json, xml = ({**there, "format": spelling} for spelling in ("json", "xml"))
    if operation.method == "GET":
        query = {"jurisdiction_id": "northbridge", "api_key": ""}
        keyed = Change(path=there, query=query, headers={"X-API-Key": REPORTER})
        return [Change(path=json, query=query), Change(path=xml, query=query), keyed]
    headers = {"X-API-Key": WORKER if name == "update" else REPORTER}
    known = {"jurisdiction_id": "", "service_code": "pothole", "attribute": {"size": "big"}}
    if name == "update":
        known = {"jurisdiction_id": "", "service_request_id": number}
    whole = known | ({"status": "in_progress"} if name == "update" else {"lat": 44.05, "long": -79.02})
    return [
        Change(path=json, headers=headers, body=whole), Change(path=xml, headers=headers, body=known),
        Change(path=there, headers=headers, body={"jurisdiction_id": ""}),
    ]  # fmt: skip


def test_the_cases_are_many() -> None:
    drawn = sum(EXAMPLES[each.name] for each in CALLED) + sum(EXAMPLES[name] for name in CAN_BE_WRONG)

    assert drawn * TIMES >= TOGETHER


@pytest.mark.parametrize("name", [each.name for each in CALLED])
def test_whatever_fits_the_description_is_answered_by_it(target: Target, city: City, number: str, name: str) -> None:
    changes, examples = _changes(name, number), EXAMPLES[name]

    bombard(target, _operation(name, city), mode=GenerationMode.POSITIVE, examples=examples, changes=changes)

    assert target.answered >= examples * TIMES
    assert target.statuses[200] or name == "token"


@pytest.mark.parametrize("name", CAN_BE_WRONG)
def test_whatever_does_not_fit_is_answered_by_it_too(target: Target, city: City, number: str, name: str) -> None:
    changes, examples = _changes(name, number), EXAMPLES[name]

    bombard(target, _operation(name, city), mode=GenerationMode.NEGATIVE, examples=examples, changes=changes)

    assert target.answered >= examples * TIMES

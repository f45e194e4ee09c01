"""Our own door answers whatever is sent to it by its description: no failure, no answer that is not described."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import requests
from schemathesis import GenerationMode

from answerable.catalogue.city import City
from answerable.channels.api import reference
from answerable.channels.api.app import Api
from answerable.channels.api.calls import CALLS
from answerable.intake import actions as intake
from answerable.plumbing import clock
from answerable.staff import actions as staff
from answerable.staff.rules import Scope
from answerable.web.components.spoken import PageWords
from tests.builders.database import own_url
from tests.builders.fuzz import BASE, Change, Target, bombard, operations
from tests.builders.json_door import a_body
from tests.builders.requests import MONDAY, a_request, a_small_city

pytestmark = pytest.mark.django_db(transaction=True)

EXAMPLES = 30
"""How many cases are drawn for a call; each is sent twice or more (see `_changes`)."""

EVERY = "ans_every_scope"
CAN_BE_WRONG = [call.name for call in CALLS if call.query is not None or call.body is not None]


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    with clock.frozen(MONDAY):
        yield a_small_city(tmp_path / "northbridge")


@pytest.fixture
def number(city: City) -> str:
    staff.add_api_client(name=EVERY, scopes=list(Scope), digest_of_key=intake.digest_of(EVERY))
    return a_request(city).number


@pytest.fixture
def target(city: City, number: str) -> Iterator[Target]:
    api = Api(conninfo=own_url(), base_url=BASE, words=PageWords(), pool_size=2)
    with Target(api, asyncio.Runner()) as opened:
        yield opened


def _operation(name: str, city: City) -> Any:
    told = json.loads(msgspec.json.encode(reference.description(city, base_url=BASE)))
    return operations(told)[name]


def _subscribed(target: Target) -> str:
    """The id of a subscription there is."""
    wish = {"name": "Map", "url": "https://hooks.example.com/city"}
    headers = {"X-API-Key": EVERY, "Idempotency-Key": "bombarded-hook"}
    asked = requests.Request("POST", f"{BASE}/api/v1/webhooks", json=wish, headers=headers).prepare()
    return str(target.send(asked).json()["webhook"]["webhook"])


def _changes(name: str, number: str, target: Target) -> list[Change]:
    """With a true key, a number and a service there are; and a telling that is whole but for what was drawn."""
    call = next(each for each in CALLS if each.name == name)
    headers = {"X-API-Key": EVERY} if call.scope else {}
    known = {"number": number, "code": "pothole", "delivery": "none"}
    if "webhook" in call.path_parts:
        known["webhook"] = _subscribed(target)
    path = {part: known[part] for part in call.path_parts if part in known}
    keyed = Change(path=path, headers=headers)
    if name != "log_request":
        return [keyed]
    whole = {"service_code": "pothole", "answers": {"size": "big"}, "lat": 44.05, "lon": -79.02}
    good = {**headers, "Idempotency-Key": "bombarded-0001"}
    return [keyed, Change(headers=good, body=whole), Change(headers=good, body=a_body())]


@pytest.mark.parametrize("name", [call.name for call in CALLS if call.name != "openapi"])
def test_whatever_fits_the_description_is_answered_by_it(target: Target, city: City, number: str, name: str) -> None:
    changes = _changes(name, number, target)

    bombard(target, _operation(name, city), mode=GenerationMode.POSITIVE, examples=EXAMPLES, changes=changes)

    assert target.answered >= 2


@pytest.mark.parametrize("name", CAN_BE_WRONG)
def test_whatever_does_not_fit_is_answered_by_it_too(target: Target, city: City, number: str, name: str) -> None:
    changes = _changes(name, number, target)

    bombard(target, _operation(name, city), mode=GenerationMode.NEGATIVE, examples=EXAMPLES, changes=changes)

    assert target.answered >= EXAMPLES * (1 + len(changes))

"""Webhooks by the JSON door: a program asks for news, sees what was sent, and has it sent again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from answerable.catalogue.city import City
from answerable.channels.webhooks import actions
from answerable.channels.webhooks.actions import Outcome
from answerable.intake.actions import digest_of
from answerable.plumbing import clock
from answerable.staff import actions as staff
from tests.builders.json_door import READER, Door, a_door, problems_of
from tests.builders.requests import MONDAY, a_small_city, fresh_key

pytestmark = pytest.mark.django_db(transaction=True)

MINE, THEIRS, OFFICE = "ans_mine", "ans_theirs", "ans_office"
HOOKS = "/api/v1/webhooks"


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    with clock.frozen(MONDAY):
        yield a_small_city(tmp_path / "northbridge")


@pytest.fixture
def door(city: City) -> Iterator[Door]:
    for key, scopes in ((MINE, []), (THEIRS, []), (OFFICE, ["office:read"])):
        staff.add_api_client(name=key, scopes=["webhooks:manage", *scopes], digest_of_key=digest_of(key))
    with a_door() as opened:
        yield opened


def ask(door: Door, method: str, path: str = "", *, api_key: str = MINE, key: str = "", **told: Any) -> httpx.Response:
    headers = {"X-API-Key": api_key, "Idempotency-Key": key or fresh_key()}
    return door.ask(method, HOOKS + path, headers=headers, **told)


def added(door: Door, *, api_key: str = MINE, key: str = "", **wish: Any) -> httpx.Response:
    body = {"name": "Map", "url": "https://hooks.example.com/city"} | wish
    return ask(door, "POST", api_key=api_key, key=key, json=body)


def test_a_subscription_is_made_once_for_its_key_and_its_secret_is_in_that_answer_only(door: Door) -> None:
    first, again = added(door, key="my-key-0001"), added(door, key="my-key-0001")

    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    assert first.json()["secret"].startswith("whsec_")
    listed = ask(door, "GET").json()["webhooks"]
    assert listed == [first.json()["webhook"]]
    assert "whsec_" not in str(listed)


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"url": "http://hooks.example.com/"}, "url"),
        ({"url": "https://10.0.0.1/"}, "url"),
        ({"url": 7}, "url"),
        ({"name": ""}, "name"),
        ({"kinds": ["staff.signed_in"]}, "kinds"),
        ({"colour": "red"}, "colour"),
        ({"includes_private": True}, "includes_private"),
    ],
)
def test_what_cannot_be_subscribed_to_is_refused_by_field(door: Door, wish: dict[str, Any], field: str) -> None:
    answer = added(door, **wish)

    assert answer.status_code == 400
    assert set(problems_of(answer)) == {field}


def test_private_requests_are_told_to_keys_that_may_read_the_office(door: Door) -> None:
    assert added(door, api_key=OFFICE, includes_private=True).json()["webhook"]["includes_private"] is True


def test_another_programs_subscription_looks_like_one_that_never_was(door: Door) -> None:
    webhook = added(door).json()["webhook"]["webhook"]

    answers = [ask(door, "GET", f"/{name}", api_key=THEIRS) for name in (webhook, "wh_never")]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert {answer.text for answer in answers} == {answers[0].text}
    assert ask(door, "GET", api_key=THEIRS).json() == {"webhooks": []}
    assert ask(door, "GET", api_key=READER).status_code == 403


def test_it_is_paused_resumed_given_a_new_secret_and_ended(door: Door) -> None:
    made = added(door).json()
    webhook = made["webhook"]["webhook"]

    states = [
        ask(door, method, f"/{webhook}{path}").json()["state"]
        for method, path in (("POST", "/pause"), ("POST", "/resume"), ("DELETE", ""), ("POST", "/resume"))
    ]
    rotated = ask(door, "POST", f"/{webhook}/secret").json()

    assert states == ["paused", "active", "ended", "ended"]
    assert rotated["secret"] != made["secret"]


def test_every_delivery_is_shown_with_its_tries_and_sent_again_on_request(door: Door) -> None:
    webhook = added(door).json()["webhook"]["webhook"]
    pinged = ask(door, "POST", f"/{webhook}/ping", key="ping-0001").json()["delivery"]
    same = ask(door, "POST", f"/{webhook}/ping", key="ping-0001").json()["delivery"]
    (claimed,) = actions.claim(limit=5)
    actions.record(claimed, Outcome(status=410, milliseconds=12))

    told = ask(door, "GET", f"/{webhook}/deliveries/{pinged}").json()
    dead = ask(door, "GET", f"/{webhook}/deliveries?state=dead").json()
    one = ask(door, "POST", f"/{webhook}/deliveries/{pinged}/resend")
    rest = ask(door, "POST", f"/{webhook}/resend")

    assert pinged == same
    assert (told["delivery"]["state"], told["message"]["type"]) == ("dead", "webhook.ping")
    assert [(each["status"], each["milliseconds"]) for each in told["tries"]] == [(410, 12)]
    assert [each["delivery"] for each in dead["deliveries"]] == [pinged]
    assert (one.status_code, one.json(), rest.json()) == (202, {"resent": 1}, {"resent": 0})
    assert ask(door, "GET", f"/{webhook}").json()["due"] == 1


def test_deliveries_come_page_by_page(door: Door) -> None:
    webhook = added(door).json()["webhook"]["webhook"]
    made = [ask(door, "POST", f"/{webhook}/ping").json()["delivery"] for _ in range(3)]

    first = ask(door, "GET", f"/{webhook}/deliveries?limit=2").json()
    second = ask(door, "GET", f"/{webhook}/deliveries?limit=2&after={first['next']}").json()

    assert [each["delivery"] for page in (first, second) for each in page["deliveries"]] == made[::-1]
    assert second["next"] is None

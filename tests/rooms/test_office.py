"""The office's list and bulk changes: who sees what, at what price, and what happens to each request."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from answerable.catalogue.city import City
from answerable.journal import queries as journal
from answerable.plumbing import clock
from answerable.requests import queries as requests
from answerable.requests.rules import Lifecycle, Outcome, Step
from tests.builders.office import an_office_city, signed_in
from tests.builders.requests import MONDAY, a_request, moved

pytestmark = pytest.mark.django_db
QUEUE = "/en/office/queue/"


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    with clock.frozen(MONDAY):
        yield an_office_city(tmp_path / "northbridge")


def page(client: Client, address: str, **query: str) -> str:
    response = client.get(address, query)
    assert response.status_code == 200, response.status_code
    return response.content.decode()


def sent(client: Client, *numbers: str, do: str, key: str = "bulk-key-0123456789", **fields: str) -> str:
    response = client.post(
        "/en/office/queue/bulk/", {"selected": numbers, "do": do, "key": key, "told": "yes", **fields}
    )
    assert response.status_code == 200, response.status_code
    return response.content.decode()


@pytest.mark.parametrize("role", ["supervisor", "analyst", "administrator"])
def test_city_wide_roles_see_every_departments_queue(city: City, role: str) -> None:
    road, tree = a_request(city), a_request(city, service_code="tree", answers={})

    shown = page(signed_in(role), QUEUE)

    assert road.number in shown
    assert tree.number in shown


def test_a_department_sees_its_own_requests_whatever_it_asks_for(city: City) -> None:
    road, tree = a_request(city), a_request(city, service_code="tree", answers={})
    client = signed_in("department", department="parks")

    for query in ({}, {"where": "works"}, {"where": "works/roads"}, {"state": "all"}):
        shown = page(client, QUEUE, **query)
        assert tree.number in shown
        assert road.number not in shown


def test_a_confidential_request_is_missing_from_an_analysts_list(city: City) -> None:
    secret = a_request(city, service_code="complaint", answers={})

    assert secret.number not in page(signed_in("analyst"), QUEUE)
    assert secret.number in page(signed_in("supervisor"), QUEUE)
    assert secret.number in page(signed_in("department", department="works"), QUEUE)


@pytest.mark.parametrize("address", [QUEUE, "/en/office/simulator/", "/en/office/catalogue/"])
def test_an_operator_has_no_business_in_the_office(city: City, address: str) -> None:
    assert signed_in("operator").get(address).status_code in {403, 404}


def test_a_stranger_is_asked_to_sign_in(city: City) -> None:
    response = Client().get(QUEUE)

    assert response.status_code == 302
    assert "login" in response.headers["Location"]


def test_the_list_costs_four_statements_whatever_its_size(city: City) -> None:
    client = signed_in("department", department="works")
    page(client, QUEUE)
    costs = []
    for _ in range(3):
        for _ in range(8):
            a_request(city)
        with CaptureQueriesContext(connection) as asked:
            page(client, QUEUE)
        costs.append(
            [each["sql"] for each in asked if "requests_request" in each["sql"] or "staff_staffmember" in each["sql"]]
        )

    assert {len(cost) for cost in costs} == {4}, costs


def test_every_page_of_the_list_is_reached_by_its_next_link(city: City) -> None:
    numbers = {a_request(city).number for _ in range(30)}
    client = signed_in("department", department="works")

    seen, address = set(), QUEUE
    while address:
        shown = client.get(address).content.decode()
        seen |= {number for number in numbers if f'data-request="{number}"' in shown}
        address = _next(shown)

    assert seen == numbers


def _next(shown: str) -> str:
    before, found, _rest = shown.partition('" rel="next"')
    return QUEUE + before.rpartition('href="')[2].replace("&amp;", "&") if found else ""


def test_a_number_typed_above_the_list_opens_its_request(city: City) -> None:
    receipt = a_request(city)
    client = signed_in("department", department="works")

    assert client.get(QUEUE, {"number": receipt.number}).headers["Location"].endswith(f"/{receipt.number}/")
    wrong = receipt.number[:-1] + str((int(receipt.number[-1]) + 1) % 10)
    refused = client.get(QUEUE, {"number": wrong}, follow=True)
    assert "A digit is wrong" in refused.content.decode()


def test_accepting_several_tells_of_each_what_was_done_or_why_not(city: City) -> None:
    fresh, over = a_request(city), a_request(city)
    foreign = a_request(city, service_code="tree", answers={})
    moved(over, Step(to=Lifecycle.RESOLVED, outcome=Outcome.COMPLETED))
    client = signed_in("department", department="works")

    told = sent(client, fresh.number, over.number, foreign.number, "26-9999999-0", do="accept")

    assert told.count("is accepted.") == 1
    assert "This is not possible from its present state." in told
    assert told.count("There is no such request, or it is not yours.") == 2
    assert requests.by_number(fresh.number).handoff == "acknowledged"
    assert requests.by_number(foreign.number).handoff == "sent"


def test_a_bulk_form_sent_twice_changes_each_request_once(city: City) -> None:
    receipts = [a_request(city), a_request(city)]
    client = signed_in("department", department="works")
    numbers = [receipt.number for receipt in receipts]
    fields = {"to": "resolve", "outcome": "completed", "note": "Filled."}

    first = sent(client, *numbers, do="move", **fields)
    facts = [len(journal.timeline(f"request:{receipt.request_id}")) for receipt in receipts]
    second = sent(client, *numbers, do="move", **fields)

    assert first.count("is now: Resolved.") == second.count("is now: Resolved.") == 2
    assert [len(journal.timeline(f"request:{receipt.request_id}")) for receipt in receipts] == facts


def test_a_step_that_lacks_something_says_what_for_each(city: City) -> None:
    receipt = a_request(city)

    told = sent(signed_in("supervisor"), receipt.number, do="move", to="hold")

    assert "Something is missing: the reason." in told
    assert requests.by_number(receipt.number).lifecycle is Lifecycle.RECEIVED


def test_an_analyst_changes_nothing(city: City) -> None:
    receipt = a_request(city)
    client = signed_in("analyst")

    assert client.post("/en/office/queue/bulk/", {"selected": receipt.number, "do": "accept"}).status_code in {403, 404}
    assert client.post(f"/en/office/request/{receipt.number}/act/", {"do": "accept"}).status_code in {403, 404}
    assert requests.by_number(receipt.number).handoff == "sent"


def test_the_words_of_a_bulk_form_are_asked_for_before_anything_is_done(city: City) -> None:
    receipt = a_request(city)
    client = signed_in("department", department="works")

    asked = client.post(
        "/en/office/queue/bulk/", {"selected": receipt.number, "do": "reroute", "key": "k" * 20}
    ).content.decode()

    assert "Bridges" in asked
    assert "Trees" not in asked
    assert requests.by_number(receipt.number).queue == "roads"
    sent(client, receipt.number, do="reroute", queue="works/bridges", reason="wrong_queue")
    assert requests.by_number(receipt.number).queue == "bridges"

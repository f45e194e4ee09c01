"""Whole lists changed at once, and lists that people saved."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client

from answerable.catalogue.city import City
from answerable.intake.actions import Receipt
from answerable.plumbing import clock
from answerable.requests import queries as requests
from answerable.requests import runs
from answerable.requests.rules import Lifecycle, Outcome, Step
from answerable.web.office import wholelist
from tests.builders.office import an_office_city, signed_in
from tests.builders.requests import MONDAY, a_request, moved

pytestmark = pytest.mark.django_db
QUEUE = "/en/office/queue/"
BULK = "/en/office/queue/bulk/"


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    with clock.frozen(MONDAY):
        yield an_office_city(tmp_path / "northbridge")


def begun(client: Client, *, query: str = "", key: str = "list-key-0123456789", **sent: str) -> str:
    """The address of the run that a list's form began."""
    response = client.post(BULK, {"all": "yes", "told": "yes", "query": query, "key": key, **sent})
    assert response.status_code == 302, response.content.decode()
    return str(response["Location"])


def finished(client: Client, address: str) -> str:
    """The run's page once all of it was carried out."""
    for _ in range(10):
        page = client.get(address).content.decode()
        if "data-run" not in page:
            return page
        client.post(address)
    raise AssertionError("The run does not end.")


def some_requests(city: City, count: int) -> list[Receipt]:
    return [a_request(city) for _ in range(count)]


def test_a_whole_list_is_changed_and_every_refusal_is_told(city: City) -> None:
    receipts = some_requests(city, 4)
    tree = a_request(city, service_code="tree", answers={})
    moved(receipts[0], Step(to=Lifecycle.RESOLVED, outcome=Outcome.COMPLETED))
    moved(receipts[1], Step(to=Lifecycle.IN_PROGRESS))
    client = signed_in("supervisor")

    page = finished(client, begun(client, query="where=works&state=all", do="move", to="start"))

    assert "2 requests were changed." in page
    assert "2 requests were not changed." in page
    assert page.count("This is not possible from its present state.") == 3
    states = [requests.by_id(each.request_id).lifecycle for each in receipts]
    assert states == ["resolved", "in_progress", "in_progress", "in_progress"]
    assert requests.by_id(tree.request_id).lifecycle == "received"


def test_a_list_is_changed_in_parts_and_goes_on_where_it_stopped(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wholelist, "PART_SECONDS", 0.0)
    some_requests(city, 3)
    client = signed_in("supervisor")
    address = begun(client, do="accept")

    client.post(address)
    run = runs.run(int(address.rstrip("/").rpartition("/")[2]))

    assert (run.done, run.left, run.ended_at) == (1, 2, None)
    assert "3 requests were changed." in finished(client, address)


def test_a_form_sent_twice_is_one_run(city: City) -> None:
    some_requests(city, 1)
    client = signed_in("supervisor")

    assert begun(client, do="accept") == begun(client, do="accept")


def test_the_whole_list_asks_what_it_shall_become_first(city: City) -> None:
    some_requests(city, 2)
    client = signed_in("supervisor")

    asked = client.post(BULK, {"all": "yes", "query": "", "do": "move", "key": "list-key-0123456789"})

    assert "This is done to the whole list: 2 requests." in asked.content.decode()


def test_nobody_sees_another_persons_run_and_departments_change_their_own(city: City) -> None:
    road, tree = a_request(city), a_request(city, service_code="tree", answers={})
    parks = signed_in("department", department="parks")

    address = begun(parks, query="where=works", do="accept")
    finished(parks, address)

    assert requests.by_id(road.request_id).lifecycle == "received"
    assert requests.by_id(tree.request_id).lifecycle == "assigned"
    assert signed_in("supervisor").get(address).status_code == 404


def test_a_note_goes_to_every_request_of_a_list_and_its_words_are_not_kept_twice(city: City) -> None:
    receipts = some_requests(city, 2)
    client = signed_in("supervisor")

    address = begun(client, do="note", note="The crew is short this week.", audience="staff")
    finished(client, address)

    assert [requests.notes(each.request_id)[0].words for each in receipts] == ["The crew is short this week."] * 2
    assert runs.run(int(address.rstrip("/").rpartition("/")[2])).sent == {}


# --- saved lists --------------------


def saved(client: Client, name: str, query: str, **sent: str) -> None:
    assert client.post("/en/office/queue/lists/", {"name": name, "query": query, **sent}).status_code == 302


def test_a_list_is_saved_under_a_name_and_an_address(city: City) -> None:
    client = signed_in("department", department="works")
    saved(client, "Late potholes", "service=pothole&tab=late&nonsense=1")

    page = client.get(QUEUE).content.decode()

    assert 'href="?tab=late&amp;service=pothole"' in page
    address = page.partition('href="/en/office/queue/lists/')[2].partition('"')[0]
    opened = client.get(f"/en/office/queue/lists/{address}")
    assert opened["Location"] == "/en/office/queue/?tab=late&service=pothole"


def test_shared_lists_are_the_departments_and_only_their_owner_removes_them(city: City) -> None:
    owner = signed_in("department", department="works")
    colleague = signed_in("department", department="works", username="second")
    stranger = signed_in("department", department="parks")
    saved(owner, "Ours", "tab=late", is_shared="yes")
    saved(owner, "Mine", "tab=risk")

    def shown(client: Client) -> set[str]:
        page = client.get(QUEUE).content.decode()
        return {name for name in ("Ours", "Mine") if f">{name}</a>" in page}

    assert [shown(each) for each in (owner, colleague, stranger)] == [{"Ours", "Mine"}, {"Ours"}, set()]
    page = owner.get(QUEUE).content.decode()
    ours = page.partition("Ours <a")[2].partition("/lists/")[2].partition("/")[0]
    colleague.post(f"/en/office/queue/lists/{ours}/remove/")
    assert "Ours" in shown(owner)
    owner.post(f"/en/office/queue/lists/{ours}/remove/")
    assert shown(owner) == {"Mine"}


def test_a_list_needs_a_name(city: City) -> None:
    client = signed_in("supervisor")
    response = client.post("/en/office/queue/lists/", {"name": " ", "query": ""}, follow=True)

    assert "Give the list a name" in response.content.decode()

"""Every office page for every role, one request's acts, the simulator, the rules and the staff list."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client

from answerable.catalogue.city import City
from answerable.intake.actions import digest_of
from answerable.journal import queries as journal
from answerable.plumbing import clock
from answerable.requests import queries as requests
from answerable.requests.rules import Lifecycle, Step
from answerable.routing import queries as routing
from answerable.staff import queries as staff
from tests.builders.office import PASSWORD, an_office_city, signed_in
from tests.builders.requests import MONDAY, a_request, moved

pytestmark = pytest.mark.django_db
READERS = {"department", "supervisor", "analyst", "administrator"}
PUBLISHERS = {"supervisor", "administrator"}
PAGES = {
    "queue/": READERS, "simulator/": READERS, "rules/": READERS, "rules/edit/": PUBLISHERS, "catalogue/": READERS,
    "catalogue/departments/": READERS, "catalogue/calendars/": READERS, "catalogue/service/pothole/": READERS,
    "staff/": {"administrator"},
}  # fmt: skip


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    with clock.frozen(MONDAY):
        yield an_office_city(tmp_path / "northbridge")


@pytest.mark.parametrize("role", ["operator", "supervisor", "department", "analyst", "administrator"])
@pytest.mark.parametrize("language", ["en", "fr"])
def test_each_role_opens_its_pages_and_no_other(city: City, role: str, language: str) -> None:
    client = signed_in(role, department="works" if role == "department" else "")
    a_request(city)

    opened = {path for path in PAGES if client.get(f"/{language}/office/{path}").status_code == 200}

    assert opened == {path for path, roles in PAGES.items() if role in roles}


def act(client: Client, number: str, do: str, *, key: str = "", status: int = 302, **fields: str) -> str:
    address = f"/en/office/request/{number}/"
    key = key or f"act-key-{do}-0123456789"
    response = client.post(f"{address}act/", {"do": do, "key": key, **fields})
    assert response.status_code == status, response.content.decode()[:3000]
    return response.content.decode()


def whole(client: Client, number: str) -> str:
    response = client.get(f"/en/office/request/{number}/")
    assert response.status_code == 200
    return response.content.decode()


def test_the_story_tells_route_promise_hand_off_and_a_whole_history(city: City) -> None:
    receipt = a_request(city)

    told = whole(signed_in("department", department="works"), receipt.number)

    assert "rule “east” sent it to Works, Roads" in told
    assert "history whole" in told
    assert "5 working days" in told
    assert "Deep, by the bus stop" in told
    assert "by the borders of 1" in told


def test_an_analyst_reads_the_story_without_words_or_acts(city: City) -> None:
    receipt = a_request(city, answers={"size": "big", "lane": "left of the blue house"})

    told = whole(signed_in("analyst"), receipt.number)

    assert "Deep, by the bus stop" not in told
    assert "blue house" not in told
    assert "What to do" not in told
    assert "rule “east”" in told


def test_a_strange_departments_request_looks_like_one_that_is_missing(city: City) -> None:
    receipt = a_request(city)
    client = signed_in("department", department="parks")

    for address in (f"/en/office/request/{receipt.number}/", "/en/office/request/26-9999999-0/"):
        assert client.get(address).status_code == 404
    act(client, receipt.number, "accept", status=404)
    assert requests.by_number(receipt.number).handoff == "sent"


def test_a_department_accepts_schedules_asks_and_resolves(city: City) -> None:
    receipt = a_request(city)
    client = signed_in("department", department="works")

    act(client, receipt.number, "accept")
    act(client, receipt.number, "schedule", until="2026-11-20", note="A crew comes on Friday.")
    act(client, receipt.number, "ask", note="Which lane is it?")
    assert "Which lane is it?" in whole(client, receipt.number)
    act(client, receipt.number, "take_up")
    act(client, receipt.number, "resolve", outcome="completed", note="Filled.")

    found = requests.by_number(receipt.number)
    assert (found.lifecycle, found.outcome) == (Lifecycle.RESOLVED, "completed")
    assert "Reopen" in whole(client, receipt.number)


def test_an_act_that_lacks_a_field_comes_back_with_the_reason_and_what_was_typed(city: City) -> None:
    receipt = a_request(city)
    client = signed_in("department", department="works")

    told = act(client, receipt.number, "hold", status=422, reason="weather", note="Frost until spring")

    assert "Choose a day." in told
    assert "Frost until spring" in told
    assert requests.by_number(receipt.number).lifecycle is Lifecycle.RECEIVED


def test_an_act_sent_twice_is_done_once(city: City) -> None:
    receipt = a_request(city)
    client = signed_in("department", department="works")
    seen = re.search(r'name="seen" value="([^"]+)"', whole(client, receipt.number))
    assert seen is not None

    act(client, receipt.number, "start", seen=seen[1])
    facts = len(journal.timeline(f"request:{receipt.request_id}"))
    act(client, receipt.number, "start", seen=seen[1])

    assert len(journal.timeline(f"request:{receipt.request_id}")) == facts


def test_an_act_on_a_request_that_moved_meanwhile_is_explained_not_done(city: City) -> None:
    receipt = a_request(city)
    client = signed_in("department", department="works")
    moved(receipt, Step(to=Lifecycle.IN_PROGRESS))

    told = act(client, receipt.number, "schedule", status=422, until="2026-11-20", seen="received/works/roads")

    assert "Somebody changed this request meanwhile: it is now “In progress”" in told
    assert requests.by_number(receipt.number).lifecycle is Lifecycle.IN_PROGRESS


def test_not_ours_keeps_the_reason_and_a_supervisor_moves_it_on(city: City) -> None:
    receipt = a_request(city)
    act(
        signed_in("department", department="works"),
        receipt.number,
        "refuse",
        reason="wrong_service",
        staff_note="It is a tree.",
    )
    supervisor = signed_in("supervisor")

    told = whole(supervisor, receipt.number)
    assert "It is a tree." in told
    act(supervisor, receipt.number, "reroute", queue="parks/trees", reason="wrong_department")

    found = requests.by_number(receipt.number)
    assert (found.department, found.handoff, found.lifecycle) == ("parks", "sent", Lifecycle.TRIAGE)


def test_a_department_gives_no_work_to_another_by_itself(city: City) -> None:
    receipt = a_request(city)
    client = signed_in("department", department="works")

    act(client, receipt.number, "reroute", status=422, queue="parks/trees", reason="workload")

    assert requests.by_number(receipt.number).department == "works"


def test_two_requests_are_tied_and_untied(city: City) -> None:
    first, second = a_request(city), a_request(city)
    client = signed_in("supervisor")

    act(client, second.number, "link", kind="duplicate_of", other=first.number)
    assert f'Has the duplicate <a class="a-number" href="/en/office/request/{second.number}/"' in whole(
        client, first.number
    )
    tie = requests.links(second.request_id)[0]
    act(client, second.number, "unlink", link=str(tie.id))

    assert requests.links(first.request_id) == ()


def test_another_service_is_chosen_and_its_questions_asked(city: City) -> None:
    receipt = a_request(city, service_code="tree", answers={})
    client = signed_in("supervisor")
    address = f"/en/office/request/{receipt.number}/service/"

    asked = client.get(address, {"service": "pothole"}).content.decode()
    assert "How big?" in asked
    sent = client.post(address, {"service": "pothole", "q_size": "small", "key": "k" * 20})

    assert sent.status_code == 302
    assert requests.by_number(receipt.number).service_code == "pothole"


def test_the_simulator_shows_the_decision_and_every_rule_it_tried(city: City) -> None:
    client = signed_in("analyst")

    east = client.get("/en/office/simulator/", {"service": "pothole", "ward": "2"}).content.decode()
    west = client.get("/en/office/simulator/", {"service": "pothole", "ward": "1"}).content.decode()

    assert "by rule “east”" in east
    assert "by rule “rest”" in west
    assert "Ward: it asks for 2, East; this one has 1, West." in west


EDITED = """
[[route]]
id = "trees"
when = { service = ["tree"] }
department = "parks"
queue = "trees"

[[route]]
id = "east"
when = { area = { ward = ["2"] } }
department = "works"
queue = "bridges"

[[route]]
id = "rest"
department = "works"
queue = "roads"
"""


def test_changed_rules_are_tried_on_golden_cases_and_past_requests_before_they_are_published(city: City) -> None:
    receipt = a_request(city)
    client = signed_in("supervisor")
    fitting = EDITED.replace('queue = "bridges"', 'queue = "roads"').replace('id = "rest"', 'id = "all"')

    refused = client.post(
        "/en/office/rules/edit/", {"document": EDITED, "do": "publish", "note": "x", "replaces": "pack"}
    )
    assert refused.status_code == 422
    told = refused.content.decode()
    assert "A pothole in the east" in told
    assert receipt.number in told
    unreadable = client.post("/en/office/rules/edit/", {"document": "[[route]\n", "do": "check"})
    assert unreadable.status_code == 422
    published = client.post(
        "/en/office/rules/edit/", {"document": fitting, "do": "publish", "note": "Renamed", "replaces": "pack"}
    )

    assert published.status_code == 302
    routing.forget()
    assert routing.active_rules(city).source == "office"
    stale = client.post(
        "/en/office/rules/edit/", {"document": fitting, "do": "publish", "note": "Again", "replaces": "pack"}
    )
    assert stale.status_code == 422
    shown = client.get("/en/office/rules/").content.decode()
    assert "Renamed" in shown
    client.post("/en/office/rules/return/", {"replaces": str(routing.active_rules(city).publication), "note": "Back"})
    routing.forget()
    assert routing.active_rules(city).source == "pack"


def test_the_rules_in_force_written_as_text_read_back_the_same(city: City) -> None:
    from answerable.routing.documents import read_rules
    from answerable.web.office import ruledoc

    text = ruledoc.written(routing.document_in_force(city))

    assert read_rules(ruledoc.read(text)) == routing.active_rules(city).rules


def test_an_administrator_admits_somebody_whose_password_is_shown_once(city: City) -> None:
    client = signed_in("administrator")
    form = client.get("/en/office/staff/").content.decode()
    secret = re.search(r'name="secret" value="([^"]+)"', form)
    assert secret is not None
    fields = {"secret": secret[1], "username": "kim", "last_name": "Kim", "role": "department", "department": "works"}

    first = client.post("/en/office/staff/add/", fields).content.decode()
    second = client.post("/en/office/staff/add/", fields).content.decode()

    password = re.search(r'o-secret">([^<]+)<', first)
    assert password is not None
    assert password[0] in second
    assert Client().login(username="kim", password=password[1])
    assert sum(row.member.username == "kim" for row in staff.members()) == 1


def test_somebody_shut_out_is_signed_out_at_once(city: City) -> None:
    gone = signed_in("department", department="works", username="gone")
    row = next(row for row in staff.members() if row.member.username == "gone")
    client = signed_in("administrator")

    saved = client.post(
        f"/en/office/staff/{row.member.id}/", {"last_name": "Gone", "role": "operator", "is_active": "no"}
    )

    assert saved.status_code == 302
    assert gone.get("/en/office/queue/").status_code == 302
    assert not Client().login(username="gone", password=PASSWORD)


def test_an_administrator_cannot_shut_out_themselves(city: City) -> None:
    client = signed_in("administrator", username="root")
    row = next(row for row in staff.members() if row.member.username == "root")

    refused = client.post(
        f"/en/office/staff/{row.member.id}/", {"last_name": "Root", "role": "analyst", "is_active": "yes"}
    )

    assert refused.status_code == 422
    assert staff.member(row.member.id).member.role == "administrator"


def test_a_programs_key_is_shown_once_and_can_be_revoked(city: City) -> None:
    client = signed_in("administrator")
    form = client.get("/en/office/clients/").content.decode()
    secret = re.findall(r'name="secret" value="([^"]+)"', form)[0]
    sent = {"secret": secret, "client_name": "Map", "scopes": ["office:read"], "rate_per_minute": "60"}

    shown = client.post("/en/office/clients/add/", sent).content.decode()

    key = re.search(r'o-secret">([^<]+)<', shown)
    assert key is not None
    assert digest_of(key[1]) not in shown
    made = next(each for each in staff.clients() if each.name == "Map")
    assert made.scopes == ("office:read",)
    client.post(f"/en/office/clients/{made.id}/revoke/")
    assert not next(each for each in staff.clients() if each.name == "Map").is_active

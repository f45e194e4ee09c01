"""Teams: whose work a queue is, and who has a request in hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client

from answerable.catalogue.city import City
from answerable.contacts import queries as contacts
from answerable.journal import queries as journal
from answerable.plumbing import clock
from answerable.requests import actions as requests
from answerable.requests import owners, queries
from answerable.requests.overview import overview
from answerable.requests.queries import Filters
from answerable.requests.rules import Lifecycle, Outcome, Step
from answerable.staff import actions as staff
from answerable.staff import queries as staff_queries
from answerable.staff.actions import Post, TeamPlan
from answerable.staff.errors import BadTeam, UnknownTeam
from answerable.staff.queries import TeamView
from answerable.staff.rules import Role
from tests.builders.office import a_member, an_office_city, signed_in
from tests.builders.requests import MONDAY, a_change, a_request, moved

pytestmark = pytest.mark.django_db


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    with clock.frozen(MONDAY):
        yield an_office_city(tmp_path / "northbridge")


def a_team(code: str = "east", *, department: str = "works", **plan: object) -> TeamView:
    wanted = TeamPlan(**({"name": (code.title(), f"Équipe {code}")} | plan))  # type: ignore[arg-type]
    return staff.keep_team(department=department, code=code, plan=wanted, by="operator:1")


def test_work_of_a_teams_queue_comes_to_the_team_by_itself(city: City) -> None:
    team = a_team(queues=("roads",))

    road, tree = a_request(city), a_request(city, service_code="tree", answers={})

    assert queries.by_id(road.request_id).team_id == team.id
    assert queries.by_id(tree.request_id).team_id is None


def test_a_queue_is_the_work_of_one_team(city: City) -> None:
    first = a_team("east", queues=("roads", "bridges"))

    second = a_team("west", queues=("roads",))

    assert staff_queries.team(first.id).queues == ("bridges",)
    assert staff_queries.team_of_queue("works", "roads") == second.id
    assert [each.kind for each in journal.timeline(f"team:{first.id}")] == ["team.changed"] * 2


def test_a_dissolved_team_gets_no_more_work(city: City) -> None:
    a_team(queues=("roads",))
    a_team(queues=("roads",), is_active=False)

    assert queries.by_id(a_request(city).request_id).team_id is None
    assert staff_queries.teams(department="works") == ()


def test_planning_a_team_twice_changes_it_once(city: City) -> None:
    member = a_member("department", department="works")
    team = a_team(members=(member.id,))

    assert a_team(members=(member.id,)) == team
    assert len(journal.timeline(f"team:{team.id}")) == 1


@pytest.mark.parametrize(
    ("code", "name", "field"),
    [("East crew", ("East", "Est"), "code"), ("east", ("", "Est"), "name_en"), ("east", ("East", " "), "name_fr")],
)
def test_a_team_needs_a_code_and_its_name_in_both_languages(
    city: City, code: str, name: tuple[str, str], field: str
) -> None:
    with pytest.raises(BadTeam) as refused:
        a_team(code, name=name)

    assert refused.value.field == field


def test_only_people_of_the_department_are_in_its_team(city: City) -> None:
    ours, theirs = a_member("department", department="works"), a_member("department", department="parks")

    team = a_team(members=(ours.id, theirs.id))

    assert [each.id for each in team.members] == [ours.id]
    assert [each.code for each in staff_queries.teams_of(ours.id)] == ["east"]


def test_who_goes_to_another_department_leaves_its_teams(city: City) -> None:
    member = a_member("department", department="works")
    a_team(members=(member.id,))

    post = Post(role=Role.DEPARTMENT, department="parks", name=("Dana", "Roy"), language="en")
    staff.change_member(member.id, post=post, is_active=True, by="operator:1")

    assert staff_queries.teams_of(member.id) == ()


def test_a_request_is_given_to_a_team_and_a_person_and_the_journal_says_what_was_before(city: City) -> None:
    member, team, road = a_member("department", department="works"), a_team(), a_request(city)

    requests.assign_team(road.request_id, a_change(), team_id=team.id, assignee_id=member.id)
    requests.assign(road.request_id, a_change(), assignee_id=None)

    now = queries.by_id(road.request_id)
    assert (now.team_id, now.assignee_id) == (team.id, None)
    given, back = [each.body for each in journal.timeline(f"request:{road.request_id}")][-2:]
    assert given == {"team": team.id, "assignee": member.id}
    assert back == {"team": team.id, "team_before": team.id, "assignee_before": member.id}


def test_no_request_is_given_to_another_departments_team(city: City) -> None:
    trees, road = a_team("trees", department="parks"), a_request(city)

    with pytest.raises(UnknownTeam):
        requests.assign_team(road.request_id, a_change(), team_id=trees.id)


def test_another_queue_means_another_team_and_nobody_in_particular(city: City) -> None:
    roads, bridges = a_team("roads", queues=("roads",)), a_team("bridges", queues=("bridges",))
    member, road = a_member("department", department="works"), a_request(city)
    requests.assign_team(road.request_id, a_change(), team_id=roads.id, assignee_id=member.id)

    moved = requests.reroute(road.request_id, a_change(), department="works", queue="bridges", reason="wrong_queue")

    assert (moved.team_id, moved.assignee_id) == (bridges.id, None)


def test_a_list_can_be_one_teams(city: City) -> None:
    team, ours, _theirs = a_team(), a_request(city), a_request(city)
    requests.assign_team(ours.request_id, a_change(), team_id=team.id)

    page = queries.list_requests(Filters(team_id=team.id), now=MONDAY)

    assert [row.number for row in page.rows] == [ours.number]


# --- pages --------------------


def test_a_supervisor_makes_a_team_and_gives_it_people_and_queues(city: City) -> None:
    member, boss = a_member("department", department="works"), signed_in("supervisor")

    made = boss.post(
        "/en/office/teams/", {"department": "works", "code": "east", "name_en": "East crew", "name_fr": "Équipe est"}
    )
    filled = boss.post(
        made["Location"], {"name_en": "East crew", "name_fr": "Équipe est", "members": [member.id], "queues": "roads"}
    )

    assert filled.status_code == 302
    (team,) = staff_queries.teams(department="works")
    assert ([each.id for each in team.members], team.queues) == ([member.id], ("roads",))
    assert "Équipe est" in boss.get("/fr/office/teams/").content.decode()
    assert "Roads" in boss.get(made["Location"]).content.decode()


def test_what_is_wrong_with_a_team_is_said_at_its_field(city: City) -> None:
    a_team()

    taken = signed_in("supervisor").post(
        "/en/office/teams/", {"department": "works", "code": "east", "name_en": "East", "name_fr": "Est"}
    )

    assert taken.status_code == 422
    assert "The department has a team of this code." in taken.content.decode()


def test_departments_do_not_make_teams(city: City) -> None:
    assert signed_in("department", department="works").get("/en/office/teams/").status_code in {403, 404}


def acted(client: Client, number: str, **sent: str) -> str:
    response = client.post(f"/en/office/request/{number}/act/", {"key": "act-key-0123456789", **sent}, follow=True)
    assert response.status_code == 200
    return response.content.decode()


def test_a_colleague_gives_a_request_to_a_team_and_its_page_says_so(city: City) -> None:
    team, road = a_team(), a_request(city)
    client = signed_in("department", department="works")
    (me,) = staff_queries.of_department("works")

    shown = acted(client, road.number, do="assign", team=str(team.id), assignee=str(me.id))

    assert f"{road.number} is with East, {me.name} now." in shown
    assert f"Given to {me.name}, East" in shown


def test_a_team_of_another_department_is_no_choice(city: City) -> None:
    trees, road = a_team("trees", department="parks"), a_request(city)
    a_team()

    refused = signed_in("department", department="works").post(
        f"/en/office/request/{road.number}/act/", {"do": "assign", "team": str(trees.id), "assignee": ""}
    )

    assert refused.status_code == 422
    assert queries.by_id(road.request_id).team_id is None


QUEUE = "/en/office/queue/"


def test_my_work_and_my_teams_work_are_lists_of_their_own(city: City) -> None:
    client = signed_in("department", department="works")
    (me,) = staff_queries.of_department("works")
    team = a_team(members=(me.id,))
    mine, ours, nobodys = a_request(city), a_request(city), a_request(city)
    requests.assign(mine.request_id, a_change(), assignee_id=me.id)
    requests.assign_team(ours.request_id, a_change(), team_id=team.id)

    def shown(**query: str) -> set[str]:
        page = client.get(QUEUE, query).content.decode()
        return {each.number for each in (mine, ours, nobodys) if f"/request/{each.number}/" in page}

    assert shown(tab="mine") == {mine.number}
    assert shown(tab="team") == {ours.number}
    assert shown(hand="nobody") == {nobodys.number}
    assert shown(hand=f"team:{team.id}") == {ours.number}
    assert shown(hand=f"person:{me.id}") == {mine.number}
    assert shown(hand="person:x") == {mine.number, ours.number, nobodys.number}


def test_who_is_in_no_team_has_no_list_of_teams(city: City) -> None:
    a_team()

    assert "My teams" not in signed_in("department", department="works").get(QUEUE).content.decode()


# --- who has it, since when --------------------


def holdings_of(request_id: int) -> list[tuple[str, int | None, int | None, int]]:
    """Queue, team, person and hours of each hand the request went through."""
    now = MONDAY + timedelta(hours=10)
    return [
        (each.queue, each.team, each.person, int(each.lasted(now).total_seconds() // 3600))
        for each in owners.holdings(journal.timeline(f"request:{request_id}"))
    ]


def test_the_history_says_who_had_it_and_for_how_long(city: City) -> None:
    roads, bridges = a_team("roads", queues=("roads",)), a_team("bridges", queues=("bridges",))
    road, at = a_request(city), MONDAY
    requests.assign_team(road.request_id, a_change(at=at + timedelta(hours=2)), team_id=roads.id, assignee_id=7)
    requests.reroute(
        road.request_id, a_change(at=at + timedelta(hours=5)), department="works", queue="bridges", reason="wrong_queue"
    )

    assert holdings_of(road.request_id) == [
        ("roads", roads.id, None, 2),
        ("roads", roads.id, 7, 3),
        ("bridges", bridges.id, None, 5),
    ]


def test_the_request_says_who_has_it_and_what_was_tried_to_office_and_desk_alike(city: City) -> None:
    team, road = a_team("roads", queues=("roads",)), a_request(city)
    requests.refuse(road.request_id, a_change("department:7"), reason="wrong_place")
    with clock.frozen(MONDAY + timedelta(hours=3)):
        requests.reroute(
            road.request_id, a_change(at=clock.now()), department="works", queue="bridges", reason="wrong_queue"
        )
        pages = [
            signed_in(role).get(f"/en/{surface}/request/{road.number}/").content.decode()
            for role, surface in (("supervisor", "office"), ("operator", "desk"))
        ]

    assert team.id
    for page in pages:
        panel = page[page.index('id="hands"') :].partition("</section>")[0]
        assert "Works, Bridges" in panel
        assert "Work order 1 for Works, Roads" in panel
        assert "sent back" in panel
        assert "1 owner before" in panel
        assert "it came to the wrong queue" in panel


def test_the_workload_counts_queues_teams_people_ages_and_what_was_done_in_time(city: City) -> None:
    member = a_member("department", department="works")
    team = a_team("roads", queues=("roads",), members=(member.id,))
    _old, mine, done = (a_request(city) for _ in range(3))
    a_request(city, service_code="tree", answers={})
    requests.assign(mine.request_id, a_change(), assignee_id=member.id)
    moved(done, Step(to=Lifecycle.RESOLVED, outcome=Outcome.COMPLETED), at=MONDAY + timedelta(hours=2))

    with clock.frozen(MONDAY + timedelta(days=12)):
        counted = overview(department="", hide_confidential=False, now=clock.now())
        page = signed_in("supervisor").get("/en/office/workload/").content.decode()
        own = signed_in("department", department="parks").get("/en/office/workload/?department=works").content.decode()

    roads = counted.queues[("works", "roads")]
    assert (roads.open, roads.late, roads.nobodys, roads.ages) == (2, 2, 0, (0, 2, 0, 0))
    assert counted.queues[("parks", "trees")].nobodys == 1
    assert counted.teams[team.id].open == 2
    assert counted.people[member.id].open == 1
    assert counted.done[("works", "roads")].share == 1.0
    assert "Roads" in page
    assert member.name in page
    assert "Roads" not in own


# --- a contact that comes later --------------------


def test_a_caller_who_was_nameless_gives_their_details_later(city: City) -> None:
    road, operator = a_request(city), signed_in("operator")
    sent = {"action": "contact", "key": "contact-key-0123456789", "contact_name": "Ada Roy", "contact_news_by": "email"}

    refused = operator.post(f"/en/desk/request/{road.number}/", sent | {"contact_email": "nowhere"})
    kept = operator.post(f"/en/desk/request/{road.number}/", sent | {"contact_email": "ada@example.org"})
    again = operator.post(
        f"/en/desk/request/{road.number}/", sent | {"key": "contact-key-9876543210", "contact_email": "bob@example.org"}
    )

    found = queries.by_id(road.request_id)
    assert (refused.status_code, kept.status_code, again.status_code) == (422, 302, 422)
    assert found.wishes_contact
    assert found.contact_id is not None
    assert contacts.by_id(found.contact_id).email == "ada@example.org"
    assert journal.timeline(f"request:{found.id}")[-1].body == {"contact": found.contact_id}

"""Which rules are in force, publishing changed ones, and the office's simulator."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from answerable.catalogue.city import City
from answerable.catalogue.errors import BrokenPack
from answerable.catalogue.pack import load_folder
from answerable.journal import queries as journal
from answerable.routing import actions, packs, queries
from answerable.routing.errors import BadRules, GoldenCasesFail, StaleRules
from answerable.routing.rules import Case
from tests.builders.packs import a_pack, said, write_pack
from tests.builders.promises import MONDAY_NINE, a_city

pytestmark = pytest.mark.django_db

EAST = {"id": "east", "when": {"area": {"ward": ["2"]}}, "department": "works", "queue": "roads"}
REST = {"id": "rest", "department": "works", "queue": "roads"}
URGENT = {"id": "urgent", "when": {"priority": ["urgent"]}, "department": "works", "queue": "crew"}
WORKS = {
    "code": "works",
    "name": said("Works"),
    "queues": [{"code": "roads", "name": said("Roads")}, {"code": "crew", "name": said("Crew")}],
}


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    queries.forget()
    yield
    queries.forget()


@pytest.fixture
def city(tmp_path: Path) -> City:
    return a_city(tmp_path / "pack", departments=[WORKS])


def a_case(**changes: Any) -> Case:
    return Case(**{"service": "pothole", "at": datetime.fromisoformat("2026-09-14 10:00"), "group": "roads", **changes})


def publish(city: City, *rules: dict[str, Any], **changes: Any) -> int:
    return actions.publish_rules(
        city, list(rules), **{"note": "night crew", "by": "administrator:1", "at": MONDAY_NINE, **changes}
    )


def test_the_pack_s_rules_are_in_force_until_the_office_publishes_others(city: City) -> None:
    assert queries.active_rules(city).source == "pack"
    assert queries.decide(city, case=a_case(priority="urgent")).rule_id == "rest"

    number = publish(city, URGENT, EAST, REST)
    queries.forget()

    decision = queries.decide(city, case=a_case(priority="urgent"))
    assert (decision.rule_id, decision.queue, decision.rules) == ("urgent", "crew", f"ruleset:{number}")
    active = queries.active_rules(city)
    assert (active.source, active.published_by, active.note) == ("office", "administrator:1", "night crew")
    assert queries.pack_differs(city)


def test_a_publication_is_a_fact_without_its_note(city: City) -> None:
    number = publish(city, URGENT, EAST, REST)

    (fact,) = journal.timeline(f"routing:{number}")

    assert (fact.kind, fact.by) == ("routing.published", "administrator:1")
    assert fact.body == {
        "pack": "northbridge",
        "catalogue_version": city.version_id,
        "source": "office",
        "rules": 3,
        "golden_cases": 1,
    }


def test_rules_that_send_a_golden_case_elsewhere_are_refused_and_nothing_changes(city: City) -> None:
    with pytest.raises(GoldenCasesFail) as refused:
        publish(city, URGENT, {**EAST, "queue": "crew"}, REST)

    assert refused.value.lines == ("'A pothole in the east': expected works/roads by 'east', got works/crew by 'east'",)
    queries.forget()
    assert queries.active_rules(city).source == "pack"


def test_rules_with_faults_are_refused_with_every_fault(city: City) -> None:
    with pytest.raises(BadRules) as refused:
        publish(city, {**URGENT, "queue": "night"}, EAST)

    assert [each.code for each in refused.value.problems] == ["routing.no_catch_all", "routing.unknown_word"]


def test_publishing_over_rules_somebody_else_published_meanwhile_is_refused(city: City) -> None:
    first = publish(city, URGENT, EAST, REST, replaces=None)

    with pytest.raises(StaleRules):
        publish(city, EAST, REST, replaces=None)
    assert publish(city, EAST, REST, replaces=first) > first


def test_the_office_can_go_back_to_the_pack_s_rules(city: City) -> None:
    publish(city, URGENT, EAST, REST)
    back = actions.return_to_pack(city, note="storm over", by="administrator:1", at=MONDAY_NINE)
    queries.forget()

    active = queries.active_rules(city)

    assert (active.source, active.publication, active.note) == ("pack", back, "storm over")
    assert queries.decide(city, case=a_case(priority="urgent")).rules == f"catalogue:{city.version_id}"


def test_a_newly_loaded_pack_does_not_undo_the_office_s_rules(city: City, tmp_path: Path) -> None:
    publish(city, URGENT, EAST, REST)

    newer = a_city(tmp_path / "newer", departments=[WORKS], words={"en": {"ward": "District"}, "fr": {"ward": "Arr."}})
    queries.forget()

    assert newer.version_id != city.version_id
    assert queries.active_rules(newer).source == "office"


def test_office_rules_that_name_a_queue_the_new_pack_dropped_are_not_used_and_say_why(
    city: City, tmp_path: Path
) -> None:
    publish(city, URGENT, EAST, REST)

    newer = a_city(tmp_path / "newer")
    queries.forget()
    active = queries.active_rules(newer)

    assert active.source == "pack"
    assert [each.value for each in active.unfit] == ["crew"]


def test_the_rules_in_force_are_asked_for_once_a_second(city: City, django_assert_num_queries) -> None:
    queries.active_rules(city)

    with django_assert_num_queries(0):
        for _ in range(100):
            queries.decide(city, case=a_case())


def test_a_simulation_shows_every_rule_and_what_became_of_it(city: City) -> None:
    found = queries.simulate(city, case=a_case(areas={"ward": "2"}), document=[URGENT, EAST, REST])

    assert [(step.rule_id, step.outcome) for step in found.steps] == [
        ("urgent", "failed"),
        ("east", "matched"),
        ("rest", "not_reached"),
    ]
    assert str(found.steps[0].conditions[0]) == "priority: wanted urgent, got normal"
    assert found.rules.source == "draft"


def test_a_closed_calendar_is_looked_up_by_the_date_of_the_case(city: City) -> None:
    on_call = {"id": "on call", "when": {"calendar_closed": "city"}, "department": "works", "queue": "crew"}
    publish(city, on_call, EAST, REST)
    queries.forget()

    sunday, monday = datetime.fromisoformat("2026-09-13 10:00"), datetime.fromisoformat("2026-09-14 10:00")

    assert queries.decide(city, case=a_case(at=sunday)).rule_id == "on call"
    assert queries.decide(city, case=a_case(at=monday)).rule_id == "rest"


def test_a_comparison_tells_what_would_change(city: City) -> None:
    sample = [("26-0000001-3", a_case(priority="urgent")), ("26-0000002-6", a_case())]

    found = queries.compare(city, [URGENT, {**EAST, "id": "east side"}, REST], sample=sample)

    assert not found.may_publish
    assert [each.got.rule_id for each in found.golden_failures] == ["east side"]
    assert [each.name for each in found.golden_differences] == ["A pothole in the east"]
    assert [(each.name, each.after.queue) for each in found.sample_differences] == [("26-0000001-3", "crew")]
    assert found.sample_size == 2


def test_a_comparison_of_unreadable_rules_tells_the_faults(city: City) -> None:
    assert [each.code for each in queries.compare(city, [{"id": "x"}]).faults] == ["routing.bad_condition"]
    assert [each.code for each in queries.compare(city, [EAST]).faults] == ["routing.no_catch_all"]


def test_the_rules_in_force_can_be_edited_and_published_again(city: City) -> None:
    document = queries.document_in_force(city)

    publish(city, *document)
    queries.forget()

    assert not queries.pack_differs(city)


def test_a_pack_whose_golden_case_goes_elsewhere_is_not_loaded(tmp_path: Path) -> None:
    write_pack(tmp_path / "pack", **a_pack(routes=[{**EAST, "queue": "crew"}, REST], departments=[WORKS]))

    with pytest.raises(BrokenPack) as refused:
        load_folder(tmp_path / "pack", golden=packs.golden_problems)

    assert "expected works/roads by 'east', got works/crew by 'east'" in str(refused.value)


def test_a_pack_with_a_route_never_reached_is_not_loaded(tmp_path: Path) -> None:
    never = {
        "id": "never",
        "when": {"area": {"ward": ["2"]}, "priority": ["urgent"]},
        "department": "works",
        "queue": "crew",
    }
    write_pack(tmp_path / "pack", **a_pack(routes=[EAST, never, REST], departments=[WORKS]))

    with pytest.raises(BrokenPack, match="never reached"):
        load_folder(tmp_path / "pack", golden=packs.golden_problems)

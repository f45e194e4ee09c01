"""Loading packs as versions, and asking the city in force."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from answerable.catalogue import actions, queries
from answerable.catalogue.errors import BrokenPack, NoCatalogue, UnknownEntry, UnknownService, UnknownVersion
from answerable.journal import queries as journal
from answerable.kernel.places import Point
from tests.builders.packs import a_pack, a_service, a_square, collection, said, write_pack

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 21, 17, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    queries.forget()


def published(folder: Path, **changes: object) -> int:
    """The version of the small pack, with the changes, now in force."""
    return actions.load_and_publish(write_pack(folder, **changes), by="operator:1", at=NOON)


def test_a_loaded_pack_is_not_in_force_until_it_is_published(tmp_path: Path) -> None:
    version = actions.load_pack(write_pack(tmp_path), at=NOON)

    assert queries.version(version).service("pothole").name["fr"] == "Pothole (fr)"
    assert [row.is_active for row in queries.versions()] == [False]
    with pytest.raises(NoCatalogue):
        queries.active()

    actions.publish_version(version, by="operator:1", at=NOON)
    assert queries.active().version_id == version


def test_the_same_content_is_one_version_however_often_it_is_loaded(tmp_path: Path) -> None:
    first = published(tmp_path / "a")
    again = published(tmp_path / "b")

    assert first == again
    assert len(queries.versions()) == 1
    assert len(journal.timeline(f"catalogue:{first}")) == 1


def test_publishing_is_a_fact_with_the_content_hash(tmp_path: Path) -> None:
    version = published(tmp_path)

    (fact,) = journal.timeline(f"catalogue:{version}")
    assert fact.kind == "catalogue.published"
    assert fact.by == "operator:1"
    assert fact.body["pack"] == "northbridge"
    assert len(fact.body["content_hash"]) == 64


def test_an_old_version_keeps_its_texts_after_a_new_one_is_in_force(tmp_path: Path) -> None:
    old = published(tmp_path / "a")
    new = published(tmp_path / "b", services=[a_service(name=said("Hole in the road"))])

    assert queries.active().version_id == new
    assert queries.active().service("pothole").name["en"] == "Hole in the road"
    assert queries.version(old).service("pothole").name["en"] == "Pothole"


def test_going_back_to_an_old_version_is_one_more_publication(tmp_path: Path) -> None:
    old = published(tmp_path / "a")
    published(tmp_path / "b", services=[a_service(name=said("Hole in the road"))])

    actions.publish_version(old, by="operator:1", at=NOON)

    assert queries.active().version_id == old
    assert len(journal.timeline(f"catalogue:{old}")) == 2


def test_a_broken_pack_stores_nothing(tmp_path: Path) -> None:
    with pytest.raises(BrokenPack):
        published(tmp_path, outcomes=[])

    assert queries.versions() == ()


def test_unknown_versions_and_entries_are_refused_with_a_remedy(tmp_path: Path) -> None:
    city = queries.version(published(tmp_path))

    with pytest.raises(UnknownVersion):
        queries.version(-1)
    with pytest.raises(UnknownService) as service:
        city.service("potholes")
    with pytest.raises(UnknownEntry) as department:
        city.department("parks")
    assert service.value.value == "potholes"
    assert "Known are: works." in str(department.value)


def test_asking_for_the_active_city_again_within_a_second_asks_no_database(tmp_path: Path) -> None:
    published(tmp_path)
    queries.active()

    with CaptureQueriesContext(
        connection,
    ) as asked:
        for _ in range(100):
            queries.active()

    assert len(asked) == 0


def test_an_event_loop_reads_the_city_without_a_query_after_a_refresh(tmp_path: Path) -> None:
    version = published(tmp_path)
    queries.refresh()

    with CaptureQueriesContext(connection) as asked:
        assert queries.cached().version_id == version
        assert queries.cached_version(version) is queries.cached()

    assert len(asked) == 0


def test_the_compiled_city_answers_what_rooms_ask(tmp_path: Path) -> None:
    outcomes = a_pack()["outcomes"]
    outcomes[0]["service"] = [{"service": "pothole", "text": said("The hole is filled.")}]
    services = [
        a_service("a", popular=2),
        a_service("b", popular=1),
        a_service("pothole", popular=3, popular_months=[4]),
    ]

    city = queries.version(published(tmp_path, outcomes=outcomes, services=services))

    assert city.outcome_text("pothole", "completed")["en"] == "The hole is filled."
    assert city.outcome_text("a", "completed")["en"] == "It was completed."
    assert [each.code for each in city.popular_services(4)] == ["b", "a", "pothole"]
    assert [each.code for each in city.popular_services(5)] == ["b", "a"]
    assert city.queue("works", "roads").name["en"] == "Roads"
    assert city.promise_of("a").code == "fix"
    assert city.referral("911").phone == "911"
    assert str(city.timezone) == "America/Toronto"
    assert city.primary_area_kind == "ward"
    assert city.word("ward", language="fr") == "Quartier"


def test_a_calendar_knows_statutory_holidays_and_the_citys_own_for_decades(tmp_path: Path) -> None:
    calendar = queries.version(published(tmp_path)).calendar("city")

    assert calendar.working_weekdays == {0, 1, 2, 3, 4}
    assert {date(2018, 10, 8), date(2026, 7, 1), date(2040, 8, 8)} <= calendar.holidays
    assert calendar.holiday_names[date(2026, 8, 8)] == "Fair"
    assert not calendar.is_working_day(date(2026, 12, 25))
    assert calendar.is_working_day(date(2026, 12, 24))


def test_a_versions_holidays_are_pinned_so_that_a_newer_library_moves_no_promise(tmp_path: Path) -> None:
    city = queries.version(published(tmp_path))

    assert city.pack.days_off["city"]["2026-07-01"] == "Canada Day"
    assert len(city.pack.days_off["city"]) == len(city.calendar("city").holidays)


def test_services_are_found_by_typos_stems_and_the_other_language(tmp_path: Path) -> None:
    light = a_service(
        "light",
        name={"en": "Street light out", "fr": "Lampadaire éteint"},
        description={"en": "A lamp on a city street does not work.", "fr": "Un lampadaire ne fonctionne pas."},
        keywords={"en": ["lamp", "dark"], "fr": ["éclairage", "noir"]},
    )
    tree = a_service(
        "tree",
        name={"en": "Tree pruning", "fr": "Élagage d’un arbre"},
        description={"en": "Branches are too low.", "fr": "Les branches sont trop basses."},
        keywords={"en": ["branch"], "fr": ["branche"]},
    )
    city = queries.version(published(tmp_path, services=[light, tree, a_service()]))

    def best(words: str, language: str = "en") -> str:
        hits = city.search_services(words, language=language)
        return hits[0].service.code if hits else ""

    assert best("the street ligth is out") == "light"
    assert best("lampadaire eteint", "fr") == "light"
    assert best("lampadaire", "en") == "light"
    assert best("pruned trees") == "tree"
    assert best("arbre dangereux", "fr") == "tree"
    assert best("eclai", "fr") == "light"
    assert best("parking ticket refund") == ""
    assert best("") == ""


def two_ward_sets() -> dict[str, object]:
    """Until June 2020 one ward, from then on two; the boundary kind in both."""
    ward = {"kind": "ward", "key": "number", "name": "name", "label": said("Ward"), "is_city_boundary": True}
    old = collection(a_square("9", "All", west=-79.1, east=-79.0))
    new = collection(a_square("1", "West", west=-79.1, east=-79.05), a_square("2", "East", west=-79.05, east=-79.0))
    return {
        "areas": [
            ward | {"version": "old", "file": "old.geojson", "valid_to": "2020-06-01"},
            ward | {"version": "new", "file": "new.geojson", "valid_from": "2020-06-01"},
        ],
        "extra_files": {"areas/old.geojson": old, "areas/new.geojson": new},
    }


def test_a_place_lies_in_the_ward_of_that_day(tmp_path: Path) -> None:
    areas = queries.version(published(tmp_path, **two_ward_sets())).areas
    east = Point(lat=44.05, lon=-79.01)

    before = areas.locate(east, on=date(2020, 5, 31))["ward"]
    after = areas.locate(east, on=date(2020, 6, 1))["ward"]

    assert (before.version, before.key) == ("old", "9")
    assert (after.version, after.key, after.name) == ("new", "2", "East")


def test_the_city_is_the_union_of_its_wards_and_outside_has_a_distance(tmp_path: Path) -> None:
    areas = queries.version(published(tmp_path)).areas
    today = date(2026, 11, 21)

    assert areas.is_inside(Point(lat=44.05, lon=-79.05), on=today)
    assert not areas.is_inside(Point(lat=44.11, lon=-79.05), on=today)
    assert areas.metres_outside(Point(lat=44.11, lon=-79.05), on=today) == pytest.approx(1112, abs=2)
    assert areas.metres_outside(Point(lat=44.05, lon=-79.05), on=today) == 0


def test_a_polygon_that_crosses_itself_is_repaired_and_noted(tmp_path: Path) -> None:
    bow = a_square("1", "Bow", west=-79.1, east=-79.05)
    west, south, east, north = -79.1, 44.0, -79.05, 44.1
    bow["geometry"]["coordinates"] = [[[west, south], [east, north], [east, south], [west, north], [west, south]]]
    files = {"areas/wards.geojson": collection(bow, a_square("2", "East", west=-79.05, east=-79.0))}

    areas = queries.version(published(tmp_path, extra_files=files)).areas

    assert areas.repaired == ("ward 1 1",)
    assert areas.locate(Point(lat=44.05, lon=-79.06), on=date(2026, 11, 21))["ward"].key == "1"


def test_a_changed_border_is_a_new_version_and_the_old_border_stays(tmp_path: Path) -> None:
    old = published(tmp_path / "a")
    moved = collection(a_square("1", "West", west=-79.1, east=-79.02), a_square("2", "East", west=-79.02, east=-79.0))
    new = published(tmp_path / "b", extra_files={"areas/wards.geojson": moved})
    point, today = Point(lat=44.05, lon=-79.03), date(2026, 11, 21)

    assert queries.version(old).areas.locate(point, on=today)["ward"].key == "2"
    assert queries.version(new).areas.locate(point, on=today)["ward"].key == "1"
    assert json.dumps(sorted(queries.version(new).pack.file_hashes)) == '["areas/wards.geojson"]'

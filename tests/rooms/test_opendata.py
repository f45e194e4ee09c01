"""The published files, from requests through the whole build."""

from __future__ import annotations

import csv
import gzip
import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pyarrow import parquet

from answerable.catalogue.city import City
from answerable.channels.opendata import actions, building, queries, rules, shaping, writers
from answerable.channels.opendata.dictionary import columns
from answerable.channels.opendata.errors import AlreadyBuilding, CheckFailed, NothingToPublishUnder
from answerable.channels.opendata.recipe import recipe_of
from answerable.channels.opendata.store import Store
from answerable.journal import queries as journal
from answerable.kernel.places import Point, distance_m
from answerable.requests import actions as requests
from answerable.requests.rules import Lifecycle, Outcome, Step, Visibility
from tests.builders.database import own_connection
from tests.builders.opendata import SECRET, a_publishing_city, exported, logged
from tests.builders.packs import a_city
from tests.builders.requests import EAST, WEST, a_change

pytestmark = pytest.mark.django_db

DAY = datetime(2025, 3, 4, 15, 0, tzinfo=UTC)
NOW = datetime(2026, 11, 16, 8, 0, tzinfo=UTC)


@pytest.fixture
def city(tmp_path: Path) -> City:
    return a_publishing_city(tmp_path / "northbridge")


def rows_of(folder: Path, year: int = 2025, name: str = "requests") -> list[dict[str, str]]:
    with (folder / f"{name}-{year}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_a_public_request_is_published_as_it_stands_on_lists(city: City, tmp_path: Path) -> None:
    logged(city, "pothole", at=DAY, point=EAST)

    manifest, folder = exported(city, tmp_path / "open", at=NOW)

    (row,) = rows_of(folder)
    assert (row["lat"], row["long"], row["location_precision"]) == ("44.05", "-79.02", "exact")
    assert row["requested_datetime"] == "2025-03-04T15:00:00Z"
    assert row["service_request_id"] == row["record_id"]
    assert (row["ward"], row["ward_name"], row["status"]) == ("2", "East", "open")
    assert (manifest.rows, manifest.parts[0].by_precision) == (1, {"exact": 1})


def test_a_block_has_no_number_and_three_decimals(city: City, tmp_path: Path) -> None:
    logged(city, "graffiti", at=DAY, point=Point(lat=44.05123, lon=-79.02987))

    _, folder = exported(city, tmp_path / "open", at=NOW)

    (row,) = rows_of(folder)
    assert (row["lat"], row["long"], row["location_precision"]) == ("44.051", "-79.03", "block")
    assert row["service_request_id"] == ""
    assert row["record_id"]


def test_no_cell_starts_a_formula_and_no_words_of_people_are_published(city: City, tmp_path: Path) -> None:
    logged(city, "graffiti", at=DAY, point=EAST)

    _, folder = exported(city, tmp_path / "open", at=NOW)

    assert rows_of(folder)[0]["service_name"] == "'=Graffiti"
    everything = b"".join(each.read_bytes() for each in folder.iterdir() if each.suffix in {".csv", ".geojson"})
    assert b"Secret words" not in everything
    assert b"Mill Lane" not in everything


def test_confidential_requests_are_in_no_file(city: City, tmp_path: Path) -> None:
    logged(city, "complaint", at=DAY)
    hidden = logged(city, "pothole", at=DAY, point=EAST)
    requests.change_visibility(hidden, a_change(), visibility=Visibility.CONFIDENTIAL)

    manifest, folder = exported(city, tmp_path / "open", at=NOW)

    assert (manifest.rows, manifest.parts) == (0, ())
    assert not list(folder.glob("requests-*"))
    assert b"complaint" not in (folder / "codes.csv").read_bytes()


def test_five_alike_are_published_by_day_and_a_sixth_elsewhere_grows_coarser(city: City, tmp_path: Path) -> None:
    for _ in range(5):
        logged(city, "fence", at=DAY, point=EAST)
    logged(city, "fence", at=DAY, point=WEST)

    manifest, folder = exported(city, tmp_path / "open", at=NOW)

    rows = rows_of(folder)
    assert Counter(row["ward"] for row in rows) == {"2": 5}
    assert {row["requested_date"] for row in rows} == {"2025-03-04"}
    assert {row["service_request_id"] + row["requested_datetime"] + row["lat"] for row in rows} == {""}
    assert (manifest.suppressed, manifest.parts[0].smallest_group) == (1, 5)


def test_those_left_join_by_group_and_year(city: City, tmp_path: Path) -> None:
    for number, service in enumerate(("fence", "noise", "tax", "bin", "fence")):
        logged(city, service, at=DAY + timedelta(days=40 * number), point=EAST)

    _, folder = exported(city, tmp_path / "open", at=NOW)

    rows = rows_of(folder)
    assert {(row["service_code"], row["service_group"], row["time_precision"]) for row in rows} == {
        ("", "roads", "year")
    }
    assert {row["requested_month"] + row["ward"] + row["agency_responsible"] for row in rows} == {""}
    assert len(rows) == 5


def test_a_period_is_published_when_it_is_over(city: City, tmp_path: Path) -> None:
    for number in range(5):
        logged(city, "fence", at=DAY + timedelta(days=number), point=EAST)

    early, _ = exported(city, tmp_path / "early", at=DAY + timedelta(days=10))
    late, folder = exported(city, tmp_path / "late", at=DAY + timedelta(days=40))

    assert (early.rows, early.held_back) == (0, 5)
    assert {row["requested_month"] for row in rows_of(folder)} == {"2025-03"}
    assert late.rows == 5


def test_a_moved_point_is_the_same_at_every_build_and_for_every_request_of_a_house(city: City, tmp_path: Path) -> None:
    for number in range(6):
        logged(city, "noise", at=DAY, point=Point(lat=44.05 + number / 1e6, lon=-79.02))

    _, first = exported(city, tmp_path / "first", at=NOW)
    _, second = exported(city, tmp_path / "second", at=NOW + timedelta(days=3))

    points = {(row["lat"], row["long"]) for folder in (first, second) for row in rows_of(folder)}
    assert len(points) == 1
    ((lat, long),) = points
    assert 30 < distance_m(Point(lat=float(lat), lon=float(long)), EAST) < 570
    assert {row["location_precision"] for row in rows_of(first)} == {"random_500m"}


def test_the_order_of_protected_rows_tells_nothing(city: City, tmp_path: Path) -> None:
    ids = [logged(city, "tax", at=DAY + timedelta(minutes=number)) for number in range(12)]

    _, folder = exported(city, tmp_path / "open", at=NOW)

    secret = recipe_of(city, at=NOW, secret_key=SECRET).secret("record")
    order = [row["record_id"] for row in rows_of(folder)]
    by_time = [rules.record_id(each, secret=secret) for each in ids]
    assert order != by_time
    assert sorted(order) == sorted(by_time)


def test_what_was_withdrawn_or_made_private_is_gone_from_the_next_build(city: City, tmp_path: Path) -> None:
    kept = [logged(city, "pothole", at=DAY, point=EAST) for _ in range(3)]
    before, _ = exported(city, tmp_path / "open", at=NOW)

    requests.change_visibility(kept[0], a_change(), visibility=Visibility.PRIVATE)
    moved = Step(to=Lifecycle.RESOLVED, outcome=Outcome.CANCELLED_BY_REQUESTER)
    requests.move(kept[1], moved, a_change())
    after, folder = exported(city, tmp_path / "open", at=NOW + timedelta(days=1))

    assert (before.rows, after.rows, after.suppressed) == (3, 1, 1)
    assert [(each.rows_before, each.rows) for each in after.changes] == [(3, 1)]
    assert len(rows_of(folder)) == 1


def test_every_format_says_the_same(city: City, tmp_path: Path) -> None:
    for point in (EAST, WEST):
        logged(city, "pothole", at=DAY, point=point)

    _, folder = exported(city, tmp_path / "open", at=NOW)

    rows = rows_of(folder)
    assert list(rows[0]) == [each.name for each in columns()]
    assert (
        gzip.decompress((folder / "requests-2025.csv.gz").read_bytes()) == (folder / "requests-2025.csv").read_bytes()
    )
    columnar = parquet.read_table(folder / "requests-2025.parquet")
    assert columnar.schema.names == shaping.SCHEMA.names
    assert columnar["record_id"].to_pylist() == [row["record_id"] for row in rows]
    features = json.loads((folder / "requests-2025.geojson").read_text())["features"]
    assert [each["geometry"]["coordinates"] for each in features] == [[-79.02, 44.05], [-79.08, 44.05]]
    assert [each["properties"]["record_id"] for each in features] == [row["record_id"] for row in rows]
    bulk = rows_of(folder, name="georeport-bulk")
    assert tuple(bulk[0]) == writers.BULK_COLUMNS
    assert bulk[0]["address"] == "East, East, Northbridge"
    assert bulk[0]["description"] == ""


def test_the_papers_describe_every_file(city: City, tmp_path: Path) -> None:
    logged(city, "pothole", at=DAY, point=EAST)

    manifest, folder = exported(city, tmp_path / "open", at=NOW)

    package = json.loads((folder / "datapackage.json").read_text())
    described = {each["path"].rpartition("/")[2]: each["hash"] for each in package["resources"]}
    assert described["requests-2025.parquet"] == "sha256:" + manifest.by_name["requests-2025.parquet"].sha256
    listed = json.loads((folder / "data.json").read_text())["dataset"][0]
    assert len(listed["distribution"]) == 7
    assert listed["license"] == "https://licence.example/"
    assert b"Latitude" in (folder / "dictionary.csv").read_bytes()


def test_a_build_that_breaks_a_promise_publishes_nothing(
    city: City, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(4):
        logged(city, "fence", at=DAY, point=EAST)
    before, _ = exported(city, tmp_path / "open", at=NOW)
    careless = building.anonymity.assign
    monkeypatch.setattr(building.anonymity, "assign", lambda rows, *, k, today: careless(rows, k=1, today=today))

    with pytest.raises(CheckFailed) as refused:
        exported(city, tmp_path / "open", at=NOW + timedelta(days=1))

    assert refused.value.field == "k"
    assert Store(tmp_path / "open").published() == before
    newest = queries.latest()[0]
    assert (newest.state, newest.reason) == ("refused", "opendata.check_failed")
    assert not list((tmp_path / "open/builds").glob(".*"))


def test_a_city_without_a_licence_publishes_nothing(tmp_path: Path) -> None:
    silent = a_publishing_city(tmp_path / "northbridge", city=a_city())

    with pytest.raises(NothingToPublishUnder):
        recipe_of(silent, at=NOW, secret_key=SECRET)


def test_unchanged_years_take_no_room_twice_and_old_builds_go(city: City, tmp_path: Path) -> None:
    logged(city, "pothole", at=DAY, point=EAST)

    exported(city, tmp_path / "open", at=NOW)
    exported(city, tmp_path / "open", at=NOW + timedelta(days=1))
    _, folder = exported(city, tmp_path / "open", at=NOW + timedelta(days=8, hours=1))

    assert len(list((tmp_path / "open/builds").iterdir())) == 1
    assert (folder / "requests-2025.csv").stat().st_nlink == 1


def test_asking_twice_is_one_build_and_each_is_a_fact(city: City, tmp_path: Path) -> None:
    assert actions.ask(by="operator:1", at=NOW) == actions.ask(by="operator:2", at=NOW)

    exported(city, tmp_path / "open", at=NOW)

    (row,) = queries.latest()
    assert (row.state, row.by) == ("published", "operator:1")
    kinds = [fact.kind for fact in journal.timeline(f"opendata:{row.id}")]
    assert kinds == ["opendata.asked", "opendata.published"]


def test_a_killed_build_leaves_the_published_files_and_is_asked_for_once_more(city: City, tmp_path: Path) -> None:
    before, folder = exported(city, tmp_path / "open", at=NOW)
    store = Store(tmp_path / "open")
    actions.ask(by="operator:1", at=NOW)
    actions.begin(name="20261117T080000Z", by="operator:1", at=NOW)
    (store.begin("20261117T080000Z") / "requests-2025.csv").write_bytes(b"half a f")
    actions._unlock()  # the killed process's connection is gone, and its lock with it

    found = store.published(), store.folder(), store.path_of("requests-2025.csv")
    first = actions.end_interrupted(at=NOW), queries.is_asked()
    actions.begin(name="20261118T080000Z", by="operator:1", at=NOW)
    actions._unlock()
    second = actions.end_interrupted(at=NOW), queries.is_asked()
    _, after = exported(city, tmp_path / "open", at=NOW + timedelta(days=2))

    assert found == (before, folder, None)
    assert (first, second) == ((True, True), (True, False))
    assert not list(store.builds.glob(".*"))
    assert after.name == "20261118T080000Z"
    assert [row.reason for row in queries.latest()][:3] == ["", "opendata.interrupted", "opendata.interrupted"]


def test_two_exports_do_not_work_at_once(city: City, tmp_path: Path) -> None:
    with own_connection() as other, other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [actions._LOCK])

        with pytest.raises(AlreadyBuilding):
            exported(city, tmp_path / "open", at=NOW)

        assert not actions.end_interrupted(at=NOW)

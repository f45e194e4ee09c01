"""Bringing a city's past along: every row is accounted for, again changes nothing, and what is unclear is said."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from answerable.catalogue import actions as catalogue_actions
from answerable.catalogue import queries as catalogue
from answerable.channels.imports import actions, queries
from answerable.channels.imports.actions import Options
from answerable.channels.imports.errors import NoHistoricService, UnknownLayout, UnreadableFile
from answerable.journal import queries as journal
from answerable.plumbing import clock
from answerable.requests import queries as requests
from answerable.requests.queries import Filters
from tests.builders.imports import DATA, a_city_with_a_past, a_file, a_row, another_city, csv_of, write_real_mapping
from tests.builders.office import signed_in
from tests.builders.packs import a_square, collection, said
from tests.builders.requests import a_request, a_small_city

pytestmark = pytest.mark.django_db

CITIES = Path(__file__).resolve().parents[2] / "cities"
NOW = datetime(2026, 11, 18, 17, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def today() -> Any:
    with clock.frozen(NOW):
        yield


def imported(folder: Path, *rows: dict[str, Any], **options: Any) -> actions.Imported:
    """The rows, imported as a canonical CSV file."""
    return actions.import_file(a_file(folder, csv_of(*rows)), options=Options(**options))


def one(sql: str, *values: object) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchone()


def the_request(number: str = "A-1") -> Any:
    """The request that has that number in the other records."""
    (request_id,) = queries.requests_numbered(number)
    return requests.by_id(request_id)


def test_a_row_becomes_a_request_with_a_number_of_its_year_and_a_history(tmp_path: Path) -> None:
    a_city_with_a_past(tmp_path / "pack")

    done = imported(tmp_path, a_row(channel="Phone"))

    found = the_request()
    assert done.report.imported == done.report.rows == 1
    assert str(found.number) == "19-9999999-4"
    assert (found.service_code, found.lifecycle, found.outcome) == ("pothole", "closed", "completed")
    assert (found.channel, found.area_key, found.address) == ("import:phone", "2", "1 Mill Lane")
    assert found.logged_at == datetime(2019, 7, 2, 14, 0, tzinfo=UTC)
    assert found.closed_at == datetime(2019, 7, 5, 16, 0, tzinfo=UTC)
    assert found.completion_due is None
    assert found.route["rule"] == "east"
    told = journal.timeline(f"request:{found.id}")
    assert [(fact.kind, fact.at) for fact in told] == [
        ("request.imported", found.logged_at), ("request.moved", found.closed_at),
    ]  # fmt: skip
    assert not journal.broken_chains()


def test_the_untouched_row_is_kept_with_its_line(tmp_path: Path) -> None:
    a_city_with_a_past(tmp_path / "pack")

    imported(tmp_path, a_row(), a_row(source_id="A-2", address='"Old" Mill, back\\slash'))

    origin = queries.origin_of(the_request("A-2").id)
    assert origin is not None
    assert (origin.layout, origin.number, origin.line) == ("canonical", "A-2", 3)
    assert '"""Old"" Mill, back\\slash"' in origin.raw
    assert the_request("A-2").address == '"Old" Mill, back\\slash'


def test_again_changes_nothing(tmp_path: Path) -> None:
    a_city_with_a_past(tmp_path / "pack")
    twins = [a_row(source_id=""), a_row(source_id=""), a_row(source_id="A-9")]
    first = imported(tmp_path, *twins)
    before = everything()

    second = imported(tmp_path, *twins)

    assert first.report.imported == 3, "rows without a number that are alike are several requests"
    assert (second.report.known, second.report.imported, second.report.changed) == (3, 0, 0)
    assert everything() == before


def everything() -> list[Any]:
    tables = ("requests_request", "imports_row", "requests_handoff")
    return [one(f"SELECT count(*), md5(string_agg(t::text, ',' ORDER BY t::text)) FROM {table} t") for table in tables]


def test_a_row_that_reads_otherwise_by_now_is_told_and_left(tmp_path: Path) -> None:
    a_city_with_a_past(tmp_path / "pack")
    imported(tmp_path, a_row(status="Working", closed_at=""))

    later = imported(tmp_path, a_row())

    assert (later.report.known, later.report.changed) == (1, 1)
    assert the_request().lifecycle == "in_progress"


def test_a_refused_row_is_kept_and_taken_once_it_is_mended(tmp_path: Path) -> None:
    a_city_with_a_past(tmp_path / "pack")
    first = imported(tmp_path, a_row(requested_at="yesterday"))
    assert first.report.refusals["opening_unreadable"].count == 1
    assert one("SELECT request_id, reason FROM imports_row") == (None, "opening_unreadable")

    second = imported(tmp_path, a_row())

    assert (second.report.imported, second.report.known) == (1, 0)
    assert one("SELECT request_id IS NOT NULL, reason FROM imports_row") == (True, "")


def test_open_requests_stay_out_of_every_queue_unless_they_are_asked_in(tmp_path: Path) -> None:
    a_city_with_a_past(tmp_path / "pack")
    imported(tmp_path, a_row(status="Working", closed_at=""))
    apart = the_request()
    assert (apart.lifecycle, apart.is_open) == ("in_progress", False)
    assert not requests.list_requests(Filters(), now=NOW).rows

    imported(tmp_path, a_row(source_id="A-2", status="Working", closed_at=""), open_work=True)

    (row,) = requests.list_requests(Filters(), now=NOW).rows
    assert row.id == the_request("A-2").id
    assert one("SELECT count(*) FROM requests_handoff WHERE request_id = %s", row.id) == (1,)
    assert not requests.list_requests(Filters(standing="breached"), now=NOW).rows


def test_what_cannot_be_right_is_mended_and_counted(tmp_path: Path) -> None:
    a_city_with_a_past(tmp_path / "pack")

    report = imported(
        tmp_path,
        a_row(source_id="1899", closed_at="1899-12-30"),
        a_row(source_id="before", closed_at="2019-07-01"),
        a_row(source_id="day", closed_at="2019-07-02"),
        a_row(source_id="twice", requested_at="2019-11-03 01:30:00", closed_at=""),
        a_row(source_id="skipped", requested_at="2019-03-10 02:30:00", closed_at=""),
        a_row(source_id="outside", lat="10", lon="10"),
        a_row(source_id="nowhere", lat="north", lon="-79"),
        a_row(source_id="type", type="Dragon seen"),
        a_row(source_id="state", status="Sleeping"),
        a_row(source_id="dup", status="Done - Dup"),
        a_row(source_id="ward", ward="Atlantis (9)"),
        a_row(source_id="point", ward="East (2)", lat="44.05", lon="-79.08"),
    ).report

    assert report.refused == 0
    for code in (
        "closed_impossible", "closed_before_opened", "closed_day_only", "hour_twice", "hour_skipped", "point_outside",
        "point_unreadable", "type_unmapped", "status_unmapped", "double_report", "ward_unknown", "ward_by_point",
    ):  # fmt: skip
        assert report.repairs[code].count >= 1, code
    assert the_request("1899").closed_at is None
    assert the_request("day").closed_at == datetime(2019, 7, 3, 3, 59, 59, tzinfo=UTC)
    assert the_request("twice").logged_at == datetime(2019, 11, 3, 5, 30, tzinfo=UTC)
    assert (the_request("outside").lat, the_request("outside").area_key) == (None, "2")
    assert the_request("type").answers == {"imported_type": "Dragon seen"}
    assert the_request("point").area_key == "1"


def test_a_broken_line_costs_only_itself(tmp_path: Path) -> None:
    a_city_with_a_past(tmp_path / "pack")
    lines = csv_of(a_row(), a_row(source_id="A-2"), a_row(source_id="A-3")).split(b"\r\n")
    lines[2] = b'A-2,2019-07-02,"never closed'
    lines.insert(3, "A-é,2019-07-02,,Done,Hole in the road,,1 Rue \xe9cole,,,".encode("latin-1"))
    lines.insert(4, b"A-5,2019-07-02,,Done,Hole\0 in the road,,,,,")
    lines.insert(5, b"A-6,2019-07-02,,Done")

    report = actions.import_file(a_file(tmp_path, b"\r\n".join(lines))).report

    assert (report.rows, report.imported, report.refusals["broken_line"].count) == (6, 4, 2)
    assert report.refusals["broken_line"].examples[0].line == 3
    assert report.repairs["wrong_encoding"].count == 1
    assert report.repairs["nul_removed"].count == 1
    assert the_request("A-é").address == "1 Rue école"


def test_a_number_given_twice_is_refused_the_second_time_whenever_it_is_imported(tmp_path: Path) -> None:
    a_city_with_a_past(tmp_path / "pack")
    rows = [a_row(), a_row(address="Elsewhere"), a_row()]

    reports = [imported(tmp_path, *rows).report for _ in range(2)]

    assert [(r.imported, r.known, r.refusals["number_twice"].count) for r in reports] == [(1, 0, 2), (0, 1, 2)]
    assert all(report.is_complete for report in reports)


def test_files_that_are_none_are_refused_as_a_whole(tmp_path: Path) -> None:
    a_city_with_a_past(tmp_path / "pack")

    with pytest.raises(UnknownLayout, match="canonical form"):
        actions.import_file(a_file(tmp_path, b"name,colour\nx,red\n"))
    for content in (b"", b"PAR1 no parquet", b"PK\x03\x04 no workbook", b'{"a": 1', b"\x1f\x8b broken"):
        with pytest.raises((UnreadableFile, UnknownLayout)):
            actions.import_file(a_file(tmp_path, content))
    with pytest.raises(UnreadableFile):
        actions.import_file(tmp_path / "missing.csv")
    a_small_city(tmp_path / "other")
    with pytest.raises(NoHistoricService):
        imported(tmp_path, a_row())
    assert one("SELECT count(*) FROM requests_request") == (0,)


def test_a_check_reports_and_writes_nothing(tmp_path: Path) -> None:
    a_city_with_a_past(tmp_path / "pack")

    report = actions.check_file(a_file(tmp_path, csv_of(a_row(), a_row(source_id="", requested_at="")))).report

    assert (report.imported, report.refused, report.is_complete) == (1, 1, True)
    assert one("SELECT count(*) FROM imports_run") == one("SELECT count(*) FROM requests_request") == (0,)


def test_a_broken_off_import_goes_on_where_it_stopped(tmp_path: Path, monkeypatch: Any) -> None:
    a_city_with_a_past(tmp_path / "pack")
    monkeypatch.setattr("answerable.channels.imports.preparing.BATCH_ROWS", 4)
    path = a_file(tmp_path, csv_of(*(a_row(source_id="") for _ in range(10))))

    class Stopped(Exception):
        pass

    def stop(progress: Any) -> None:
        if progress.rows == 8:
            raise Stopped

    with pytest.raises(Stopped):
        actions.import_file(path, tell=stop)
    assert one("SELECT count(*) FROM requests_request") == (8,)

    done = actions.import_file(path)

    assert (done.report.rows, done.report.imported, done.report.known) == (10, 10, 0)
    assert one("SELECT count(*), count(DISTINCT key) FROM imports_row") == (10, 10)
    assert one("SELECT count(*) FROM imports_run") == (1,)


FILES = [
    ("vancouver", "vancouver_cases_2014-01.csv.gz", 10_160, 0),
    ("vancouver", "vancouver_311_2023-11_2024-07.csv.gz", 10_000, 0),
    ("vancouver", "vancouver_feedback_2022-09_2024-09.xlsx", 4_678, 0),
    ("calgary", "calgary_311_2025-01-01_02.csv.gz", 1_000, 0),
    ("chicago", "chicago_sanitation_sample.csv.gz", 1_535, 2),
]


@pytest.mark.parametrize(("city", "file", "rows", "refused"), FILES)
def test_every_row_of_a_real_file_is_accounted_for(
    tmp_path: Path, city: str, file: str, rows: int, refused: int
) -> None:
    another_city(tmp_path, city)

    report = actions.check_file(DATA / file).report

    assert (report.rows, report.refused, report.imported) == (rows, refused, rows - refused)


def test_a_citys_own_files_mean_what_its_pack_says(tmp_path: Path) -> None:
    pack = write_real_mapping(tmp_path / "pack")
    catalogue_actions.load_and_publish(pack, by="operator:1", at=NOW)
    catalogue.forget()

    yearly = actions.check_file(DATA / "toronto_2023_city_layout.csv.gz").report
    asked = actions.import_file(CITIES / "toronto/history/open311-2018.json.gz").report

    assert (yearly.rows, yearly.imported, yearly.refused) == (28_297, 28_297, 0)
    assert yearly.repairs["type_unmapped"].count == 182 == sum(yearly.unmapped_types.values())
    assert yearly.repairs["streets_parted"].count + yearly.repairs["streets_not_parted"].count == 1_243
    assert "wrong_encoding" not in yearly.repairs
    assert (asked.rows, asked.imported, asked.repairs["minutes_tens_digit"].count) == (809, 809, 809)
    assert one("SELECT count(*) FROM requests_request WHERE closed_at IS NOT NULL") == (655,)
    assert asked.repairs["closed_undated"].count == 5, "five are closed and were never changed"
    assert one("SELECT count(*) FROM requests_request WHERE completion_due IS NOT NULL") == (806,)


@pytest.mark.parametrize(("city", "file", "rows", "refused"), FILES[3:])
def test_the_tables_hold_what_the_report_says(tmp_path: Path, city: str, file: str, rows: int, refused: int) -> None:
    another_city(tmp_path, city)

    report = actions.import_file(DATA / file).report

    assert (report.imported, report.refused) == (rows - refused, refused)
    assert one("SELECT count(*), count(DISTINCT number) FROM requests_request") == (rows - refused,) * 2
    assert one("SELECT count(*), count(request_id) FROM imports_row") == (rows, rows - refused)
    assert not journal.broken_chains()


def test_the_report_stands_in_the_office(tmp_path: Path) -> None:
    a_city_with_a_past(tmp_path / "pack")
    done = imported(tmp_path, a_row(), a_row(source_id="A-2", requested_at="", address="<b>Mill</b>"))
    client: Client = signed_in("supervisor")

    listed = client.get("/en/office/imports/").content.decode()
    told = client.get(f"/fr/office/imports/{done.run_id}/").content.decode()

    assert "past.csv" in listed
    assert "Chaque ligne est justifiée" in told
    assert "no_opening" in told
    assert "&lt;b&gt;Mill" in told
    assert signed_in("department", department="works").get("/en/office/imports/").status_code == 403


def test_an_imported_request_reads_well_on_every_page(tmp_path: Path) -> None:
    a_city_with_a_past(tmp_path / "pack")
    imported(tmp_path, a_row(), a_row(source_id="A-2", status="Working", closed_at="", type="Dragon seen"))
    client = signed_in("supervisor")

    for number in ("A-1", "A-2"):
        found = the_request(number)
        office = client.get(f"/en/office/request/{found.number}/")
        follow = client.get(f"/en/follow/{found.token}/")
        assert office.status_code == follow.status_code == 200
        assert "Taken over from earlier records" in office.content.decode()
        assert "Taken over from earlier records" in follow.content.decode()


def test_staff_find_a_request_by_its_number_in_the_other_records_and_read_its_row(tmp_path: Path) -> None:
    a_city_with_a_past(tmp_path / "pack")
    imported(tmp_path, a_row(source_id="12-01209013"), a_row(source_id="SR 7/b"))
    client = signed_in("supervisor")

    for number in ("12-01209013", "SR 7/b"):
        answer = client.get("/en/desk/find/", {"q": number})
        assert answer.status_code == 302
        assert answer["Location"].endswith(f"/{the_request(number).number}/")
    page = client.get(f"/en/office/request/{the_request('SR 7/b').number}/").content.decode()
    assert "SR 7/b,2019-07-02 10:00:00" in page


def test_old_wards_are_laid_on_new_ones_by_their_ground(tmp_path: Path) -> None:
    now = {"kind": "ward", "version": "2", "valid_from": "2019-01-01", "file": "new.geojson"}
    old = {"kind": "ward", "version": "1", "valid_to": "2019-01-01", "file": "old.geojson"}
    shared = {"key": "number", "name": "name", "label": said("Ward"), "is_city_boundary": True}
    files = {
        "areas/old.geojson": collection(
            a_square("7", "Old Mill", west=-79.1, east=-79.06), a_square("8", "Oak", west=-79.06, east=-79.0)
        ),
        "areas/new.geojson": collection(
            a_square("1", "West", west=-79.1, east=-79.05), a_square("2", "East", west=-79.05, east=-79.0)
        ),
    }
    a_city_with_a_past(tmp_path / "pack", areas=[now | shared, old | shared], more_files=files)

    report = imported(
        tmp_path,
        a_row(source_id="whole", ward="Old Mill (07)"), a_row(source_id="part", ward="Oak (08)"),
        a_row(source_id="then", requested_at="2018-05-01", ward="8"), a_row(source_id="now", ward="East"),
    ).report  # fmt: skip

    assert (report.repairs["old_ward_laid"].count, report.repairs["old_ward_uncertain"].count) == (1, 2)
    assert the_request("whole").areas["ward"] == {
        "version": "2", "key": "1", "name": "West", "sure": 1.0, "was": {"version": "1", "key": "7"},
    }  # fmt: skip
    assert the_request("part").areas["ward"]["sure"] == pytest.approx(5 / 6, abs=0.001)
    assert [the_request(number).area_key for number in ("part", "then", "now")] == ["2", "2", "2"]


def test_a_historic_service_cannot_be_chosen(tmp_path: Path) -> None:
    city = a_city_with_a_past(tmp_path / "pack")

    assert "past" not in [each.code for each in city.services]
    with pytest.raises(Exception, match="kept for the past"):
        a_request(city, service_code="past")

"""Files as they come: broken off, mislabelled, swollen or hostile.  Each is answered clearly and harms nothing else."""

from __future__ import annotations

import gzip
import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.db import connection

from answerable.channels.imports import actions, queries
from answerable.channels.imports.errors import UnknownLayout, UnreadableFile
from answerable.journal import queries as journal
from answerable.plumbing import clock
from answerable.requests import queries as requests
from tests.builders.imports import COLUMNS, a_city_with_a_past, a_file, a_row, csv_of

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 18, 17, 0, tzinfo=UTC)
WORDS = (
    ("10,000 letters", "x" * 10_000),
    ("a million letters", "y" * 1_000_000),
    ("emoji", "🕳️ by the 🚏, 👩‍🚒 was here"),
    ("right to left", "حفرة في الطريق, בור בכביש"),
    ("marks that turn the line round", "left \u202etfel\u202c and \u2066so on"),
    ("a formula", '=HYPERLINK("http://example.org","x")'),
    ("another formula", "@SUM(A1:A9)|cmd"),
    ("markup", "<script>alert(1)</script>"),
    ("statements", "'; DROP TABLE requests_request; --"),
    ("copy's own marks", "\\N and \\. and \\t"),
    ("ends of lines of every kind", "one\u2028two\u0085three\x0bfour"),
    ("control characters", "bell \x07 and escape \x1b[31m"),
)


@pytest.fixture(autouse=True)
def city(tmp_path: Path) -> Any:
    with clock.frozen(NOW):
        yield a_city_with_a_past(tmp_path / "pack")


def count(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        return int(cursor.fetchone()[0])


def refused(path: Path) -> UnreadableFile | UnknownLayout:
    """How the whole file is refused: with its name, in one line, with what to do; a check says the same."""
    answers = []
    for act in (actions.check_file, actions.import_file):
        with pytest.raises((UnreadableFile, UnknownLayout)) as refusal:
            act(path)
        answers.append(refusal.value)
    checked, imported = answers
    assert str(checked) == str(imported)
    assert "\n" not in str(imported)
    assert len(str(imported)) < 1_000
    assert imported.remedy
    return imported


def parquet_of(folder: Path, *, rows: int = 5_000) -> Path:
    table = pa.table({column: [str(a_row()[column]) + str(n) * (column == "source_id") for n in range(rows)]
                      for column in COLUMNS})  # fmt: skip
    pq.write_table(table, folder / "past.parquet", compression="none", use_dictionary=False)
    return folder / "past.parquet"


def workbook_of(folder: Path, *rows: dict[str, Any]) -> Path:
    book = openpyxl.Workbook()
    book.active.append(list(COLUMNS))
    for row in rows:
        book.active.append([row[column] for column in COLUMNS])
    book.save(folder / "past.xlsx")
    return folder / "past.xlsx"


SHEET, WORDS_OF_CELLS, KINDS = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "[Content_Types].xml"
IS_WORDS = (
    b'<Override PartName="/xl/sharedStrings.xml"'
    b' ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/></Types>'
)


def replaced_in(workbook: Path, name: str, content: bytes, *, times: int = 1) -> Path:
    """The workbook with that part of it replaced by the content so often, or given it."""
    changed = workbook.with_name("changed.xlsx")
    with zipfile.ZipFile(workbook) as old, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as new:
        for part in {*old.namelist(), WORDS_OF_CELLS} - {name}:
            kept = old.read(part) if part in old.namelist() else b"<sst/>"
            new.writestr(part, kept.replace(b"</Types>", IS_WORDS) if part == KINDS else kept)
        with new.open(name, "w") as out:
            for _ in range(times):
                out.write(content)
    return changed


# --- files that are none -------------------------------------------------------------------------------------------


def test_a_file_that_is_not_there_or_a_folder_is_named(tmp_path: Path) -> None:
    assert "missing.csv" in str(refused(tmp_path / "missing.csv"))
    assert str(tmp_path) in str(refused(tmp_path))


@pytest.mark.parametrize("content", [b"", b"\n\n  \n", b"\xef\xbb\xbf", gzip.compress(b"")])
def test_an_empty_file_is_called_empty(tmp_path: Path, content: bytes) -> None:
    assert "'past.csv' is empty" in str(refused(a_file(tmp_path, content)))


def test_a_header_alone_is_a_file_of_no_rows(tmp_path: Path) -> None:
    done = actions.import_file(a_file(tmp_path, csv_of()))

    assert (done.report.rows, done.report.is_complete) == (0, True)


@pytest.mark.parametrize(
    "content",
    [b"\x89PNG\r\n\x1a\n" + bytes(200), b"%PDF-1.7\n", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), bytes(4096),
     bytes(range(256)) * 40, b"PAR1" + bytes(40) + b"PAR1", b"PK\x03\x04" + bytes(60), b"[", b"{}", b"[1, 2, 3]",
     b'{"requests": {"a": 1}}', b"[" * 100_000],
)  # fmt: skip
def test_something_else_altogether_is_refused(tmp_path: Path, content: bytes) -> None:
    refused(a_file(tmp_path, content))


# --- files that are broken off -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kept", [0.4, 0.9])
def test_a_gzipped_file_that_is_broken_off_is_refused_and_what_was_read_is_kept(
    tmp_path: Path, kept: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("answerable.channels.imports.preparing.BATCH_ROWS", 200)
    content = csv_of(*(a_row(source_id=f"A-{n}", address=f"{n * 7919 % 1000} Mill Lane") for n in range(2_500)))
    whole = gzip.compress(content)
    cut = tmp_path / "past.csv.gz"
    cut.write_bytes(whole[: int(len(whole) * kept)])

    assert "past.csv.gz" in str(refused(cut))
    already = count("requests_request")
    assert (already > 0) == (kept > 0.5), "the first thousand rows are looked at before any is taken over"

    cut.write_bytes(whole)
    report = actions.import_file(cut).report
    assert (report.rows, report.known, report.imported) == (2_500, already, 2_500 - already)
    assert count("requests_request") == 2_500
    assert not journal.broken_chains()


def test_a_gzipped_file_with_a_damaged_middle_is_refused(tmp_path: Path) -> None:
    whole = bytearray(gzip.compress(csv_of(*(a_row(source_id=f"A-{n}") for n in range(3_000)))))
    whole[len(whole) // 2 : len(whole) // 2 + 20] = bytes(20)
    path = tmp_path / "past.csv.gz"
    path.write_bytes(bytes(whole))

    assert "past.csv.gz" in str(refused(path))


def test_a_gzipped_list_that_is_broken_off_is_refused(tmp_path: Path) -> None:
    whole = gzip.compress(json.dumps([a_row(source_id=f"A-{n}") for n in range(3_000)]).encode())
    path = tmp_path / "past.json.gz"
    path.write_bytes(whole[: len(whole) - 40])

    assert "past.json.gz" in str(refused(path))


def test_a_parquet_file_that_is_broken_off_or_damaged_is_refused(tmp_path: Path) -> None:
    whole = parquet_of(tmp_path).read_bytes()
    for damaged in (whole[: len(whole) // 2], whole[:-4], whole[:4] + b"\xff" * 64 + whole[68:]):
        assert "past.csv" in str(refused(a_file(tmp_path, damaged)))


def test_nothing_that_no_database_keeps_comes_out_of_a_parquet_file(tmp_path: Path) -> None:
    rows = [a_row(address="1\0 Mill\0 Lane"), a_row(source_id="A-\x002", type="Hole in\0 the road")]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "past.parquet")

    report = actions.import_file(tmp_path / "past.parquet").report

    assert (report.imported, report.repairs["nul_removed"].count) == (2, 2)
    (request_id,) = queries.requests_numbered("A-1")
    assert requests.by_id(request_id).address == "1 Mill Lane"


def test_a_list_that_is_broken_off_tells_its_last_request_and_takes_the_others(tmp_path: Path) -> None:
    text = json.dumps([a_row(source_id=f"A-{n}") for n in range(3)])

    report = actions.import_file(a_file(tmp_path, text[:-30].encode())).report

    assert (report.imported, report.refusals["broken_line"].count) == (2, 1)


# --- files that swell ----------------------------------------------------------------------------------------------


def test_a_workbook_that_unpacks_to_far_more_than_it_holds_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    swollen = replaced_in(workbook_of(tmp_path, a_row()), WORDS_OF_CELLS, b" " * (1 << 20), times=80)
    assert swollen.stat().st_size < 1 << 20

    assert "changed.xlsx" in str(refused(swollen))


def test_a_workbook_whose_sheet_is_broken_is_refused(tmp_path: Path) -> None:
    book = workbook_of(tmp_path, *(a_row(source_id=f"A-{n}") for n in range(500)))
    with zipfile.ZipFile(book) as parts:
        sheet = parts.read(SHEET)

    for damaged in (sheet[: len(sheet) // 2], b"<x", b""):
        assert "changed.xlsx" in str(refused(replaced_in(book, SHEET, damaged)))


def test_entities_of_a_workbook_are_not_unfolded(tmp_path: Path) -> None:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    bomb = (
        f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "ha">{laughs}]>'
        '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>&l9;</t></si></sst>'
    )

    refused(replaced_in(workbook_of(tmp_path, a_row()), WORDS_OF_CELLS, bomb.encode()))


def test_a_line_without_an_end_is_one_broken_row(tmp_path: Path) -> None:
    content = csv_of(a_row()) + b"z" * (3 << 20) + b"\r\n" + csv_of(a_row(source_id="A-2")).split(b"\r\n")[1]

    report = actions.import_file(a_file(tmp_path, gzip.compress(content), name="past.csv")).report

    assert report.imported == 2
    assert set(report.refusals) == {"broken_line"}


# --- rows that are strange -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", [words for _, words in WORDS], ids=[name for name, _ in WORDS])
def test_strange_words_are_kept_as_they_are(tmp_path: Path, words: str) -> None:
    for number, path in enumerate(
        (a_file(tmp_path, csv_of(a_row(source_id="csv", address=words))),
         a_file(tmp_path, json.dumps([a_row(source_id="json", address=words)]).encode(), name="past.json"))
    ):  # fmt: skip
        report = actions.import_file(path).report
        assert report.imported == 1, (number, report.refusals)

    for number in ("csv", "json"):
        (request_id,) = queries.requests_numbered(number)
        kept = requests.by_id(request_id)
        assert kept.address
        assert kept.address.split() == words[: len(kept.address)].split()
    assert not journal.broken_chains()


@pytest.mark.parametrize("column", ["source_id", "address", "type", "status", "channel", "ward"])
def test_half_a_character_costs_no_other_row(tmp_path: Path, column: str) -> None:
    rows = [a_row(), a_row(source_id="A-2") | {column: "half \ud83d"}, a_row(source_id="A-3")]

    report = actions.import_file(a_file(tmp_path, json.dumps(rows).encode(), name="past.json")).report

    assert report.rows == 3
    assert report.is_complete
    assert report.imported >= 2


@pytest.mark.parametrize("column", ["requested_at", "closed_at", "lat", "lon"])
@pytest.mark.parametrize(
    "said",
    ["1899-12-30", "0000-00-00", "9999-12-31 23:59:59", "2019-02-30", "24:00", "1e400", "nan", "-0", "٢٠١٩-٠٧-٠٢",
     "9" * 400, "2019-07-02T10:00:00+99:99", "1" * 5_000, "44,05", "0x2C"],
)  # fmt: skip
def test_impossible_dates_and_places_are_told_and_cost_no_other_row(tmp_path: Path, column: str, said: str) -> None:
    rows = [a_row(), a_row(source_id="A-2") | {column: said}, a_row(source_id="A-3")]

    report = actions.import_file(a_file(tmp_path, csv_of(*rows))).report

    assert report.rows == 3
    assert report.is_complete
    assert len(queries.requests_numbered("A-1")) == len(queries.requests_numbered("A-3")) == 1
    (kept,) = [requests.by_id(each) for each in queries.requests_numbered("A-2")] or [None]
    assert kept is None or (kept.logged_at.year == 2019 and (kept.closed_at or kept.logged_at) >= kept.logged_at)


def test_a_column_given_twice_and_one_nobody_knows_do_not_shift_the_others(tmp_path: Path) -> None:
    content = csv_of(a_row()).decode().replace("channel", "channel,mood,address", 1).replace("\r\n", "\n")
    header, row = content.strip().split("\n")

    report = actions.import_file(a_file(tmp_path, f"{header}\n{row},glad,2 Other Lane\n".encode())).report

    (request_id,) = queries.requests_numbered("A-1")
    assert report.imported == 1
    assert requests.by_id(request_id).address == "1 Mill Lane"


def test_a_workbooks_errors_and_formulas_are_words(tmp_path: Path) -> None:
    book = workbook_of(
        tmp_path, a_row(address="=1+1"), a_row(source_id="A-2", address="#REF!", closed_at="#DIV/0!"),
        a_row(source_id=17, requested_at=datetime(2019, 7, 2, 10, 0),  # noqa: DTZ001 - a workbook knows no zones
            closed_at=None),
    )  # fmt: skip

    report = actions.import_file(book).report

    assert (report.rows, report.imported) == (3, 3)
    assert len(queries.requests_numbered("17")) == 1


def test_a_file_refused_leaves_the_way_free_for_the_next(tmp_path: Path) -> None:
    refused(a_file(tmp_path, gzip.compress(csv_of(*(a_row(source_id=f"A-{n}") for n in range(50))))[:-20]))

    assert actions.import_file(a_file(tmp_path, csv_of(a_row(source_id="B-1")))).report.imported == 1

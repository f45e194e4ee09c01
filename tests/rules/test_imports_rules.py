"""How cells of other records are read: nothing is guessed, nothing is lost, nothing falls over."""

# ruff: noqa: DTZ001 - local times are what these rules are about

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from answerable.channels.imports.errors import UnknownLayout
from answerable.channels.imports.reading import open_file
from answerable.channels.imports.recognise import layout_of, layouts
from answerable.channels.imports.rules import (
    LocalClock,
    Repair,
    SaidArea,
    read_area,
    read_instant,
    read_parts,
    read_point,
    streets_of,
    tens_digit_mended,
    whole_number_mended,
    words_of,
)
from answerable.channels.imports.seen import Seen
from answerable.journal.bulk import escaped, jsonb_text

ZONE = ZoneInfo("America/Toronto")
STREET_TYPES = frozenset({"st", "ave", "rd", "dr", "trl"})


@given(some.datetimes(min_value=datetime(1970, 1, 2), max_value=datetime(2040, 1, 1)))
def test_local_time_and_back_is_the_same_unless_the_clock_skipped_it(local: datetime) -> None:
    at, repair = LocalClock(ZONE).utc(local)

    assert at == local.replace(tzinfo=ZONE).astimezone(UTC)
    assert (at.astimezone(ZONE).replace(tzinfo=None) == local) is (repair is not Repair.HOUR_SKIPPED)


def test_both_clock_changes_are_told() -> None:
    clock = LocalClock(ZONE)

    assert clock.utc(datetime(2025, 11, 2, 1, 30)) == (datetime(2025, 11, 2, 5, 30, tzinfo=UTC), Repair.HOUR_TWICE)
    assert clock.utc(datetime(2025, 3, 9, 2, 30)) == (datetime(2025, 3, 9, 7, 30, tzinfo=UTC), Repair.HOUR_SKIPPED)
    assert clock.utc(datetime(2025, 3, 9, 3, 30))[1] is None
    assert clock.utc(datetime(2025, 3, 9, 23, 59))[1] is None


@given(some.text() | some.none() | some.floats() | some.integers() | some.booleans())
def test_any_cell_is_an_instant_or_nothing_or_refused(cell: object) -> None:
    try:
        read = read_instant(cell, day_format="%m/%d/%Y")
    except ValueError:
        return
    assert read is None or isinstance(read.at, datetime)


@pytest.mark.parametrize(
    ("said", "at", "is_day"),
    [
        ("2023-01-01 08:01:30.0000000", datetime(2023, 1, 1, 8, 1, 30), False),
        ("2024-01-24T01:46:04+03:00", datetime(2024, 1, 23, 22, 46, 4, tzinfo=UTC), False),
        ("2024-01-02", datetime(2024, 1, 2), True),
        ("01/03/2000", datetime(2000, 1, 3), True),
    ],
)
def test_instants_as_cities_write_them(said: str, at: datetime, is_day: bool) -> None:
    read = read_instant(said, day_format="%m/%d/%Y")

    assert read is not None
    assert (read.at, read.is_day) == (at, is_day)


def test_an_instant_in_five_columns() -> None:
    read = read_parts(("2014", "1", "31", 16, 5.0))

    assert read is not None
    assert read.at == datetime(2014, 1, 31, 16, 5)
    assert read_parts(("", None, "", "", "")) is None
    with pytest.raises(ValueError, match="day"):
        read_parts(("2014", "2", "31", "0", "0"))


@given(some.text(), some.text())
def test_any_two_cells_are_a_point_or_nothing_or_refused(lat: str, lon: str) -> None:
    try:
        point = read_point(lat, lon)
    except ValueError:
        return
    assert point is None or (abs(point[0]) <= 90 and abs(point[1]) <= 180)


@pytest.mark.parametrize(("lat", "lon"), [("0", "0"), ("91", "0"), ("nan", "1"), ("43.6", ""), ("", "-79")])
def test_half_and_impossible_points_are_refused(lat: str, lon: str) -> None:
    with pytest.raises(ValueError, match=r"position|convert"):
        read_point(lat, lon)


@pytest.mark.parametrize(
    ("said", "key", "read"),
    [
        ("Mill Park (06)", "", SaidArea("Mill Park", "6")),
        ("Mill Park", "12", SaidArea("Mill Park", "12")),
        ("Ward 6", "", SaidArea("", "6")),
        ("06", "", SaidArea("", "6")),
        ("St. Oak's-on-Mill", "", SaidArea("St. Oak's-on-Mill", "")),
    ],
)
def test_wards_as_cities_write_them(said: str, key: str, read: SaidArea) -> None:
    assert read_area(said, key=key) == read


@pytest.mark.parametrize(
    ("together", "parted"),
    [
        ("Mill Ave E Oak St", ("Mill Ave E", "Oak St")),
        ("Oak Rd Mill Trl", ("Oak Rd", "Mill Trl")),
        ("Avenue Rd St Clair Ave W", None),
        ("Mill Ave", None),
        ("Broadway", None),
        ("Oak Rd Esplanade", None),
    ],
)
def test_streets_run_together_are_parted_only_where_one_parting_is_possible(
    together: str, parted: tuple[str, str] | None
) -> None:
    assert streets_of(together, street_types=STREET_TYPES) == parted


@given(some.lists(some.sampled_from(["Mill", "Oak", "St", "Ave", "E", "W", "Rd."]), max_size=8))
def test_parted_streets_have_every_word(words: list[str]) -> None:
    parted = streets_of(" ".join(words), street_types=STREET_TYPES)

    assert parted is None or " ".join(parted).split() == words


def test_small_faults_of_cells_are_mended() -> None:
    assert tens_digit_mended(datetime(2018, 9, 26, 16, 3)).minute == 30
    assert whole_number_mended("60620.0") == "60620"
    assert whole_number_mended("60620.5") is whole_number_mended("A.0") is None
    assert words_of("  Mill\n\tLane ") == "Mill Lane"
    assert words_of(7.0) == "7"
    assert words_of(None) == ""


@given(some.lists(some.lists(some.integers(-5, 5), max_size=30), max_size=12))
def test_twins_are_counted_over_all_batches(batches: list[list[int]]) -> None:
    seen, plain = Seen(), Counter[int]()

    for batch in batches:
        expected = []
        for value in batch:
            plain[value] += 1
            expected.append(plain[value])
        assert seen.count(batch) == expected


CELLS = some.text(some.characters(exclude_categories=["Cs"], exclude_characters="\0\x1a"), max_size=12).filter(
    lambda text: "\r" not in text
)


@settings(max_examples=60)
@given(some.lists(some.tuples(CELLS, CELLS, CELLS), max_size=8))
def test_any_csv_python_writes_is_read_back_cell_for_cell(tmp_path_factory: pytest.TempPathFactory, rows: list) -> None:
    rows = [row for row in rows if any(cell.strip() for cell in row)]
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows([("a", "b", "c"), *rows])
    path = tmp_path_factory.mktemp("csv") / "any.csv"
    path.write_bytes(text.getvalue().encode())

    read = [tuple(row.cells) for row in open_file(path).rows("utf-8")]

    assert read == rows


@settings(max_examples=60)
@given(some.binary(max_size=300))
def test_any_bytes_after_a_header_are_rows_or_broken_lines(
    tmp_path_factory: pytest.TempPathFactory, rest: bytes
) -> None:
    path = tmp_path_factory.mktemp("csv") / "any.csv"
    path.write_bytes(b"a,b,c\n" + rest)

    for row in open_file(path).rows("utf-8"):
        assert row.is_broken or len(row.cells) == 3
        assert "\0" not in "".join(map(str, row.cells))


@settings(max_examples=60)
@given(some.lists(some.dictionaries(some.sampled_from("abc"), some.text() | some.none() | some.integers()), max_size=5))
def test_json_is_the_same_alone_wrapped_and_a_line_each(
    tmp_path_factory: pytest.TempPathFactory, objects: list[dict[str, object]]
) -> None:
    objects = [{"a": 1, **each} for each in objects]
    folder = tmp_path_factory.mktemp("json")
    shapes = {
        "list.json": json.dumps(objects, indent=1),
        "wrapped.json": json.dumps({"service_requests": objects}),
        "lines.json": "\n".join(json.dumps(each) for each in objects) or "[]",
    }

    read = []
    for name, text in shapes.items():
        (folder / name).write_text(text, encoding="utf-8")
        opened = open_file(folder / name)
        read.append([dict(zip(opened.header, row.cells, strict=True)) for row in opened.rows("utf-8")])

    wanted = [{key: each.get(key) for key in read[0][number]} for number, each in enumerate(objects)]
    assert read[0] == read[1] == read[2]
    assert [{k: str(v).replace("\0", "") for k, v in each.items()} for each in read[0]] == [
        {k: str(v).replace("\0", "") for k, v in each.items()} for each in wanted
    ]


def test_every_layout_is_told_from_every_other_by_its_columns() -> None:
    for layout in layouts():
        assert layout_of([column.upper().replace("_", " ") for column in layout.columns]) == layout
    with pytest.raises(UnknownLayout):
        layout_of(["a", "b"])


@given(some.recursive(some.none() | some.booleans() | some.integers() | some.text(), some.lists))
def test_text_for_jsonb_is_json(value: object) -> None:
    assert json.loads(jsonb_text({"value": value, "b": 1})) == {"value": value, "b": 1}  # type: ignore[dict-item]


@given(some.text())
def test_escaped_text_stands_in_one_cell(text: str) -> None:
    assert not set("\n\t\r") & set(escaped(text))


def test_a_day_holds_its_end(tmp_path: Path) -> None:
    read = read_instant("2024-02-29")

    assert read is not None
    assert read.at + timedelta(days=1) == datetime(2024, 3, 1)

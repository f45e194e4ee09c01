"""What is proved of the finished files before anybody may load them; read from the files, not from the build."""

from __future__ import annotations

import gzip
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import h3
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet

from answerable.channels.opendata.errors import CheckFailed
from answerable.channels.opendata.rules import When, Where
from answerable.channels.opendata.scattering import CLASS_RESOLUTION
from answerable.channels.opendata.shaping import SCHEMA

_BATCH = 15_000
_SAID = (
    "service_code", "service_group", "requested_date", "requested_month", "requested_year", "location_precision",
    "ward", "ward_name", "neighbourhood", "neighbourhood_name", "postal_prefix",
)  # fmt: skip
"""The columns by which somebody could be known; random points are counted by their hexagon."""

_NEVER_PROTECTED = ("service_request_id", "requested_datetime", "updated_datetime", "closed_datetime")
_WITH_POINT = {Where.EXACT.value, Where.BLOCK.value, Where.RANDOM_500M.value}
_BLANK_WHEN: tuple[tuple[str, frozenset[str]], ...] = (
    ("requested_date", frozenset({When.MONTH, When.YEAR})),
    ("requested_month", frozenset({When.YEAR})),
    ("closed_date", frozenset({When.MONTH, When.YEAR})),
    ("closed_month", frozenset({When.YEAR})),
)


def check_part(folder: Path, *, year: int, rows: int, k: int, hidden: frozenset[str]) -> int:
    """The part keeps what was promised; gives the smallest group of protected rows, 0 when there is none.

    Raises: CheckFailed naming what does not hold.
    """
    file = parquet.ParquetFile(folder / f"requests-{year}.parquet")
    if file.schema_arrow.names != SCHEMA.names:
        raise _failed(year, "columns", "the columns are not those of the dictionary")
    if file.metadata.num_rows != rows:
        raise _failed(year, "rows", f"Parquet has {file.metadata.num_rows} rows, {rows} were written")
    groups: Counter[int] = Counter()
    for batch in file.iter_batches(batch_size=_BATCH):
        table = pa.Table.from_batches([batch])
        _check_rows(table, year=year, hidden=hidden)
        groups.update(map(hash, _said(table)))  # the words themselves would take ten times the memory
    smallest = min(groups.values(), default=0)
    if groups and smallest < k:
        lonely = sum(1 for count in groups.values() if count < k)
        raise _failed(year, "k", f"{lonely} groups of protected rows have fewer than {k} members")
    _check_lines(folder, year=year, rows=rows)
    return smallest


def _check_rows(table: pa.Table, *, year: int, hidden: frozenset[str]) -> None:
    protected = pc.not_equal(table["time_precision"], When.INSTANT.value)
    for name in _NEVER_PROTECTED:
        if pc.any(pc.and_(protected, pc.is_valid(table[name]))).as_py():
            raise _failed(year, name, f"a protected row tells its {name}")
    for name, coarse in _BLANK_WHEN:
        is_coarse = pc.is_in(table["time_precision"], value_set=pa.array(sorted(coarse)))
        if pc.any(pc.and_(is_coarse, pc.is_valid(table[name]))).as_py():
            raise _failed(year, name, f"{name} is finer than its row may tell")
    pointless = pc.invert(pc.is_in(table["location_precision"], value_set=pa.array(sorted(_WITH_POINT))))
    if pc.any(pc.and_(pointless, pc.is_valid(table["lat"]))).as_py():
        raise _failed(year, "lat", "a row without a point has one")
    is_open_place = pc.is_in(table["location_precision"], value_set=pa.array([Where.EXACT.value, Where.BLOCK.value]))
    if pc.any(pc.and_(protected, is_open_place)).as_py():
        raise _failed(year, "location_precision", "a protected row is placed exactly")
    if hidden and pc.any(pc.is_in(table["service_code"], value_set=pa.array(sorted(hidden)))).as_py():
        raise _failed(year, "service_code", "a confidential service is among the rows")
    if pc.any(pc.not_equal(table["requested_year"], year)).as_py():
        raise _failed(year, "requested_year", "a row is of another year")


def _said(table: pa.Table) -> Iterator[tuple[object, ...]]:
    """What each protected row says, once for each row."""
    rows = table.filter(pc.not_equal(table["time_precision"], When.INSTANT.value))
    cells = [
        None if lat is None else h3.latlng_to_cell(lat, long, CLASS_RESOLUTION)
        for lat, long in zip(rows["lat"].to_pylist(), rows["long"].to_pylist(), strict=True)
    ]
    return zip(*(rows[name].to_pylist() for name in _SAID), cells, strict=True)


def _check_lines(folder: Path, *, year: int, rows: int) -> None:
    """Every format has as many rows; the gzipped twin is whole."""
    with gzip.open(folder / f"requests-{year}.csv.gz", "rb") as unpacked:
        lines = sum(block.count(b"\n") for block in iter(lambda: unpacked.read(1 << 20), b""))
    if lines != rows + 1:
        raise _failed(year, "rows", f"CSV has {lines - 1} rows, {rows} were written")


def _failed(year: int, field: str, finding: str) -> CheckFailed:
    return CheckFailed(
        f"Open data of {year}: {finding}.", field=field, value=str(year), remedy="The former files stay published."
    )

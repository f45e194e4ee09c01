"""The files of one yearly part, written together batch by batch: CSV, GeoReport Bulk, Parquet, GeoJSON."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv, parquet

from answerable.channels.opendata.shaping import SCHEMA

ROWS_IN_A_GROUP = 50_000
"""Rows a Parquet row group holds: so many are kept in memory."""

GZIP_LEVEL = 4
_CSV = csv.WriteOptions(quoting_style="needed")

BULK_COLUMNS = (
    "service_request_id", "requested_datetime", "updated_datetime", "closed_date", "status_description", "status_notes",
    "source", "service_name", "service_subtype", "description", "agency_responsible", "address", "lat", "long",
)  # fmt: skip
"""Source: Open311, GeoReport Bulk Data Specification (proposed), Fields."""

_FEATURE_COLUMNS = (
    "record_id", "service_request_id", "service_code", "service_name", "service_name_fr", "service_group", "status",
    "outcome", "requested_month", "location_precision", "time_precision", "ward", "neighbourhood",
)  # fmt: skip


class Kept:
    """A file that is written, counted and digested at once, and perhaps a gzipped twin of it."""

    def __init__(self, path: Path, *, twin: bool) -> None:
        self.path = path
        self._sinks: list[_Digested] = [_Digested(path)]
        self._gzip: gzip.GzipFile | None = None
        if twin:
            beside = _Digested(path.with_name(path.name + ".gz"))
            self._sinks.append(beside)
            self._gzip = gzip.GzipFile(filename="", mode="wb", fileobj=beside, mtime=0, compresslevel=GZIP_LEVEL)

    closed = False

    def write(self, block: Any) -> int:
        """The block is in the file and in its twin."""
        plain = memoryview(block)
        self._sinks[0].write(plain)
        if self._gzip is not None:
            self._gzip.write(plain)
        return len(plain)

    def flush(self) -> None:
        """Nothing to do: blocks are large."""

    def close(self) -> None:
        """Everything is on the disk."""
        if not self.closed:
            self.closed = True
            if self._gzip is not None:
                self._gzip.close()
            for sink in self._sinks:
                sink.close()

    def __enter__(self) -> Kept:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def told(self) -> Iterator[tuple[str, int, str]]:
        """Name, size and SHA-256 of each file."""
        for sink in self._sinks:
            yield sink.path.name, sink.size, sink.digest.hexdigest()


class _Digested:
    """A file whose digest is known when it ends."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = 0
        self.digest = hashlib.sha256()
        self._file = path.open("wb")

    def write(self, block: Any) -> int:
        self.size += len(block)
        self.digest.update(block)
        return self._file.write(block)

    def flush(self) -> None:
        self._file.flush()

    def close(self) -> None:
        self._file.close()


_NUMBERS = frozenset({"record_id", "service_request_id"})
Write = Callable[[pa.Table], None]


class Part:
    """The files of one year, all of them growing together."""

    def __init__(self, folder: Path, *, year: int, place: str) -> None:
        self.rows = 0
        self._stack = ExitStack()
        self._files = [
            self._stack.enter_context(Kept(folder / f"{name}", twin=twin))
            for name, twin in (
                (f"requests-{year}.csv", True), (f"georeport-bulk-{year}.csv", True),
                (f"requests-{year}.parquet", False), (f"requests-{year}.geojson", True),
            )
        ]  # fmt: skip
        plain, bulk, columnar, features = self._files
        self._writers: tuple[Write, ...] = (
            self._stack.enter_context(_csv(plain, SCHEMA, shape=lambda table: table)),
            self._stack.enter_context(_csv(bulk, _BULK_SCHEMA, shape=lambda table: as_bulk(table, city=place))),
            self._stack.enter_context(_parquet(columnar)),
            self._stack.enter_context(_geojson(features)),
        )

    def write(self, table: pa.Table) -> None:
        """The rows are in every file."""
        self.rows += len(table)
        for write in self._writers:
            write(table)

    def close(self) -> list[tuple[str, int, str]]:
        """Every file is whole; gives name, size and SHA-256 of each."""
        self._stack.close()
        return [told for each in self._files for told in each.told()]


@contextmanager
def _csv(file: Kept, schema: pa.Schema, *, shape: Callable[[pa.Table], pa.Table]) -> Iterator[Write]:
    with csv.CSVWriter(
        pa.PythonFile(file, mode="w"), _as_words(schema.empty_table()).schema, write_options=_CSV
    ) as out:
        yield lambda table: out.write(_as_words(shape(table)))


def _as_words(table: pa.Table) -> pa.Table:
    """Instants as `2026-03-05T14:00:00Z`, which every program reads."""
    for position, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type):
            table = table.set_column(position, pa.field(field.name, pa.string()), instant_words(table[field.name]))
    return table


def instant_words(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Instants in the form of ISO 8601; taken off their zone (UTC) first, because Arrow looks it up each time."""
    plain = pc.cast(pc.cast(column, pa.timestamp("s")), pa.string())
    return pc.binary_join_element_wise(pc.replace_substring(plain, " ", "T"), "Z", "")


_BULK_SCHEMA = pa.schema([(name, pa.float64() if name in {"lat", "long"} else pa.string()) for name in BULK_COLUMNS])


def as_bulk(table: pa.Table, *, city: str) -> pa.Table:
    """The rows under GeoReport Bulk's columns; a coarse date is the day, month or year alone, as W3C-DTF allows."""
    nothing = pa.nulls(len(table), pa.string())
    requested = pc.coalesce(
        instant_words(table["requested_datetime"]), pc.cast(table["requested_date"], pa.string()),
        table["requested_month"], pc.cast(table["requested_year"], pa.string()),
    )  # fmt: skip
    closed = pc.coalesce(
        instant_words(table["closed_datetime"]), pc.cast(table["closed_date"], pa.string()), table["closed_month"]
    )
    address = pc.binary_join_element_wise(
        table["neighbourhood_name"], table["ward_name"], table["postal_prefix"], city, ", ", null_handling="skip"
    )
    told = {
        "service_request_id": table["record_id"],
        "requested_datetime": requested,
        "updated_datetime": pc.coalesce(instant_words(table["updated_datetime"]), closed, requested),
        "closed_date": closed,
        "status_description": table["status"],
        "status_notes": pc.coalesce(table["outcome"], table["status_detail"]),
        "source": table["source"],
        "service_name": pc.coalesce(table["service_name"], table["service_group"]),
        "agency_responsible": table["agency_responsible"],
        "address": address,
        "lat": table["lat"],
        "long": table["long"],
    }
    return pa.table([told.get(name, nothing) for name in BULK_COLUMNS], schema=_BULK_SCHEMA)


@contextmanager
def _parquet(file: Kept) -> Iterator[Write]:
    waiting: list[pa.Table] = []
    with parquet.ParquetWriter(pa.PythonFile(file, mode="w"), SCHEMA, compression="zstd") as out:

        def write(table: pa.Table) -> None:
            waiting.append(table)
            if sum(map(len, waiting)) >= ROWS_IN_A_GROUP:
                flush()

        def flush() -> None:
            if waiting:
                out.write_table(pa.concat_tables(waiting), row_group_size=ROWS_IN_A_GROUP * 2)
                waiting.clear()

        yield write
        flush()


@contextmanager
def _geojson(file: Kept) -> Iterator[Write]:
    """One FeatureCollection, one feature a line; only rows with a point.  Source: RFC 7946."""
    file.write(b'{"type":"FeatureCollection","features":[')
    glue = ["\n"]

    def write(table: pa.Table) -> None:
        lines = features(table.filter(pc.is_valid(table["lat"])))
        if lines:
            file.write((glue[0] + ",\n".join(lines)).encode())
            glue[0] = ",\n"

    yield write
    file.write(b"\n]}\n")


def features(table: pa.Table) -> list[str]:
    """Each row as a GeoJSON feature; longitude first."""
    pieces: list[Any] = ['{"type":"Feature","geometry":{"type":"Point","coordinates":[']
    pieces += [pc.cast(table["long"], pa.string()), ",", pc.cast(table["lat"], pa.string()), ']},"properties":{']
    for position, name in enumerate(_FEATURE_COLUMNS):
        pieces += [f'{"," if position else ""}"{name}":', _json(table[name], is_number=name in _NUMBERS)]
    joined = pc.binary_join_element_wise(*pieces, "}}", "")
    return [str(line) for line in joined.to_pylist()]


def _json(column: pa.ChunkedArray, *, is_number: bool) -> pa.ChunkedArray:
    """Each text as JSON writes it; few different ones are many times the same, and numbers need no escaping."""
    if is_number:
        return pc.fill_null(pc.binary_join_element_wise('"', column, '"', ""), "null")
    encoded = pc.dictionary_encode(column).combine_chunks()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.chunk(0)
    written = pa.array([json.dumps(each, ensure_ascii=False) for each in encoded.dictionary.to_pylist()], pa.string())
    return pc.fill_null(written.take(encoded.indices), "null")

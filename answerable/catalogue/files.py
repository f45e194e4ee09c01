"""The geometry and gazetteer files of a pack: GeoJSON and CSV, plain or gzipped."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from answerable.catalogue.structs import AreaSource, GazetteerSource


@dataclass(frozen=True, slots=True)
class RawArea:
    """One area as its file has it; `geometry` is GeoJSON, absent when only the name is known."""

    key: str
    name: str
    geometry: dict[str, Any] | None


GZIP_MAGIC = b"\x1f\x8b"


def text_of(raw: bytes) -> str:
    """The bytes of a file as text; gzip is unpacked."""
    return (gzip.decompress(raw) if raw.startswith(GZIP_MAGIC) else raw).decode("utf-8-sig")


def rows_of(raw: bytes) -> Iterator[dict[str, str]]:
    """Each line of a CSV file by its header; absent cells are empty."""
    for row in csv.DictReader(io.StringIO(text_of(raw))):
        yield {key: (value or "").strip() for key, value in row.items() if key is not None}


def header_of(path: Path) -> tuple[str, ...]:
    """The column names of a CSV file."""
    return tuple(next(csv.reader(io.StringIO(text_of(path.read_bytes()))), ()))


def areas_in(raw: bytes, source: AreaSource) -> tuple[RawArea, ...]:
    """Every area in the bytes of the source's file, in file order.

    Raises: ValueError, TypeError or KeyError when the file is not what the pack says.
    """
    if ".csv" in Path(source.file).suffixes:
        return tuple(RawArea(row[source.key], row[source.name], None) for row in rows_of(raw))
    features = json.loads(text_of(raw))["features"]
    return tuple(
        RawArea(str(each["properties"][source.key]), str(each["properties"][source.name]), each["geometry"])
        for each in features
    )


def areas_of(folder: Path, source: AreaSource) -> tuple[RawArea, ...]:
    """Every area of the source's file.  Raises: as `areas_in`, and OSError."""
    return areas_in((folder / "areas" / source.file).read_bytes(), source)


def gazetteer_rows(folder: Path, source: GazetteerSource) -> Iterator[dict[str, str]]:
    """The rows of the source that its `keep` lets through."""
    for row in rows_of((folder / "gazetteer" / source.file).read_bytes()):
        if all(row.get(column, "").startswith(starts) for column, starts in source.keep.items()):
            yield row

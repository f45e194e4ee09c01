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


def text_of(path: Path) -> str:
    """The whole file as text; `.gz` is unpacked."""
    raw = path.read_bytes()
    return (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8-sig")


def rows_of(path: Path) -> Iterator[dict[str, str]]:
    """Each line of a CSV file by its header; absent cells are empty."""
    for row in csv.DictReader(io.StringIO(text_of(path))):
        yield {key: (value or "").strip() for key, value in row.items() if key is not None}


def header_of(path: Path) -> tuple[str, ...]:
    """The column names of a CSV file."""
    return tuple(next(csv.reader(io.StringIO(text_of(path))), ()))


def areas_of(folder: Path, source: AreaSource) -> tuple[RawArea, ...]:
    """Every area of the source, in file order.

    Raises: OSError, ValueError or KeyError when the file is not what the pack says.
    """
    path = folder / "areas" / source.file
    if ".csv" in path.suffixes:
        return tuple(RawArea(row[source.key], row[source.name], None) for row in rows_of(path))
    features = json.loads(text_of(path))["features"]
    return tuple(
        RawArea(str(each["properties"][source.key]), str(each["properties"][source.name]), each["geometry"])
        for each in features
    )


def gazetteer_rows(folder: Path, source: GazetteerSource) -> Iterator[dict[str, str]]:
    """The rows of the source that its `keep` lets through."""
    for row in rows_of(folder / "gazetteer" / source.file):
        if all(row.get(column, "").startswith(starts) for column, starts in source.keep.items()):
            yield row

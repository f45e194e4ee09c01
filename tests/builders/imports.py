"""A small city with a past: a historic service, a mapping of other records' words, and files to import."""

from __future__ import annotations

import csv
import gzip
import io
import shutil
from pathlib import Path
from typing import Any

from answerable.catalogue.city import City
from tests.builders.packs import Raw, a_city, a_pack, a_service, said
from tests.builders.requests import a_small_city, services

DATA = Path(__file__).resolve().parents[1] / "data/imports"

CITY = DATA.parents[2] / "cities/toronto"

COLUMNS = ("source_id", "requested_at", "closed_at", "status", "type", "ward", "address", "lat", "lon", "channel")

MAPPING = """
layouts = ["canonical", "georeport"]
unmapped_service = "past"
status = [
  { source = ["Done"], lifecycle = "closed", outcome = "completed" },
  { source = ["Working"], lifecycle = "in_progress" },
  { source = ["Done - Dup"], lifecycle = "closed", duplicate = true },
]

[types]
pothole = ["Hole in the road"]

[channels]
phone = ["Phone"]
"""

_PLACES = {
    "vancouver": ("America/Vancouver", {"south": 49.19, "west": -123.3, "north": 49.32, "east": -123.0}),
    "calgary": ("America/Edmonton", {"south": 50.8, "west": -114.4, "north": 51.3, "east": -113.8}),
    "chicago": ("America/Chicago", {"south": 41.6, "west": -88.0, "north": 42.1, "east": -87.4}),
}


def a_past_service() -> Raw:
    """The service that keeps what nobody can ask for any more."""
    question = {"code": "imported_type", "type": "text", "label": said("Called"), "public": True}
    return a_service("past", name=said("Of the past"), historic=True, keywords={}, question=[question])


def a_city_with_a_past(
    folder: Path, *, mapping: str = MAPPING, more_files: dict[str, str] | None = None, **changes: Any
) -> City:
    """The small square city, in force, with the mapping."""
    files = a_pack()["extra_files"] | {"imports/past.toml": mapping} | (more_files or {})
    return a_small_city(folder, services=[*services(), a_past_service()], extra_files=files, **changes)


def another_city(folder: Path, name: str, *, mapping: str = "") -> City:
    """A city where that one lies, without areas, that maps nothing unless told."""
    zone, box = _PLACES[name]
    centre = {"lat": (box["south"] + box["north"]) / 2, "lon": (box["west"] + box["east"]) / 2}
    files = {"imports/past.toml": mapping} if mapping else {}
    return a_small_city(
        folder, services=[*services(), a_past_service()], areas=[], extra_files=files, golden=[],
        city=a_city(timezone=zone, bounds=box, centre=centre),
        routes=[{"id": "rest", "department": "works", "queue": "roads"}],
    )  # fmt: skip


def write_real_mapping(folder: Path) -> Path:
    """A real city pack without its gazetteer, whose loading takes longest; gives its folder."""
    shutil.copytree(CITY, folder, ignore=shutil.ignore_patterns("gazetteer", "history", "demo"))
    return folder


def a_row(**changes: Any) -> dict[str, Any]:
    """One row of the canonical form: a hole in the road, filled."""
    row = dict.fromkeys(COLUMNS, "") | {
        "source_id": "A-1", "requested_at": "2019-07-02 10:00:00", "closed_at": "2019-07-05 12:00:00",
        "status": "Done", "type": "Hole in the road", "ward": "East (2)", "address": "1 Mill Lane",
    }  # fmt: skip
    return row | changes


def csv_of(*rows: dict[str, Any], encoding: str = "utf-8") -> bytes:
    """The rows as a CSV file."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode(encoding)


def a_file(folder: Path, content: bytes, *, name: str = "past.csv") -> Path:
    """The file on disk."""
    path = folder / name
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    return path

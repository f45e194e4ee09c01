"""A city is data: none is named in the code."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.house.tree import CITIES, listed, product_files, shown

ALLOWED: dict[str, str] = {
    "answerable/settings.py": "names the pack of the demo city, for a first run without any setting",
}
"""Files that may name a city, and why; names of time zones and lines that state a source may too."""

PLAIN_WORDS = {
    "Airport", "Centre", "Central", "Downtown", "Legislature", "University", "Victoria", "Centennial",
    "Exchange District", "Broadway", "Riverview", "Grant Park", "Norwood East", "Norwood West", "Victoria West",
    "Danforth", "Weston", "Oakridge", "Riverside", "Sutherland", "West Hill", "Rexdale", "Alpine Place", "Old Elm",
    "Royalwood",
}  # fmt: skip
"""Names of places that are also plain words or common names."""

_SHORTEST = 6
"""Units: letters; shorter names are words by accident."""


def test_no_city_is_named_in_the_code() -> None:
    names = re.compile(
        r"(?<!\w)(?<!America/)("
        + "|".join(map(re.escape, sorted(names_of_places(), key=len, reverse=True)))
        + r")(?!\w)"
    )
    faults = [
        f"{shown(path)}:{number} {found.group()}"
        for pattern in ("*.py", "*.html", "*.css", "*.js", "*.sql", "*.po")
        for path in product_files(pattern, migrations=True)
        if shown(path) not in ALLOWED
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if "Source:" not in line and (found := names.search(line))
    ]

    assert not faults, listed(
        faults, remedy="A city is data: read the name, ward or street from the city pack (catalogue.queries.active()):"
    )


@cache
def names_of_places() -> frozenset[str]:
    """Names of cities, as their packs spell them, and of their wards and neighbourhoods."""
    names: set[str] = set()
    for pack in sorted(path.parent for path in CITIES.glob("*/city.toml")):
        city = tomllib.loads((pack / "city.toml").read_text(encoding="utf-8"))
        cities = {city["id"], city["id"].capitalize(), city.get("short_name", city["id"]), *city["name"].values()}
        names |= {name for name in cities if isinstance(name, str)}
        names |= {name for name in _areas(pack) if len(name) >= _SHORTEST and name[0].isupper()}
    return frozenset(names - PLAIN_WORDS)


def _areas(pack: Path) -> Iterator[str]:
    listing = tomllib.loads((pack / "areas/areas.toml").read_text(encoding="utf-8"))
    for area in listing["area"]:
        file, column = pack / "areas" / area["file"], area["name"]
        text = gzip.decompress(file.read_bytes()).decode() if file.suffix == ".gz" else file.read_text(encoding="utf-8")
        if ".csv" in file.name:
            yield from (row[column].strip() for row in csv.DictReader(io.StringIO(text)) if row.get(column))
        else:
            yield from (str(each["properties"].get(column, "")).strip() for each in json.loads(text)["features"])


def test_the_rule_knows_the_packs() -> None:
    assert {"Toronto", "toronto", "Winnipeg"} <= names_of_places()
    assert len(names_of_places()) > 100


def test_every_pack_says_where_its_data_comes_from() -> None:
    silent = [shown(path) for path in CITIES.iterdir() if path.is_dir() and not (path / "PROVENANCE.md").exists()]

    assert not silent, listed(silent, remedy="Add PROVENANCE.md with source, date and licence of every file:")

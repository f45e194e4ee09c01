"""A pack's lists of places made into rows that can be looked up."""

from __future__ import annotations

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path

import msgspec

from answerable.catalogue.files import gazetteer_rows
from answerable.catalogue.spelling import (
    SPELLING_RULES,
    crossing_key,
    landmark_key,
    split_crossing,
    split_number,
    street_name,
)
from answerable.catalogue.structs import GazetteerSource, Pack
from answerable.catalogue.words import plain_words
from answerable.kernel.places import Point

SAME_SPOT_DEGREES = 0.006
"""Points of a street closer together than this (some 500 m) are taken for one spot."""

_WARD_NOTE = re.compile(r"^\s*ward\b.*", re.IGNORECASE)
_MC = re.compile(r"\bMc([a-z])")


@dataclass(frozen=True, slots=True)
class Entry:
    """One way to say one place."""

    kind: str
    key: str
    label: Mapping[str, str]
    name: str = ""
    street: str = ""
    number: str = ""
    district: str = ""
    postal: str = ""
    area_kind: str = ""
    area_keys: tuple[str, ...] = ()
    point: Point | None = None
    weight: int = 0


def digest(pack: Pack) -> str:
    """The same for the same lists under the same spelling rules."""
    parts = [SPELLING_RULES, pack.city.languages, msgspec.to_builtins(pack.gazetteer), pack.file_hashes]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def entries(folder: Path, pack: Pack) -> tuple[Entry, ...]:
    """Every place of the pack; streets that only occur in addresses and intersections included."""
    found = [entry for source in pack.gazetteer for entry in _of_source(folder, source, pack.city.languages)]
    located = {entry.key for entry in found if entry.kind == "intersection" and entry.point}
    streets = [entry for entry in found if entry.kind == "street"]
    others = [entry for entry in found if entry.kind != "street" and (entry.point or entry.key not in located)]
    return (*others, *_merged(streets + [street for entry in others for street in _streets_of(entry)]))


def _of_source(folder: Path, source: GazetteerSource, languages: tuple[str, ...]) -> Iterator[Entry]:
    make = _MAKERS[source.kind]
    for row in gazetteer_rows(folder, source):
        base = Entry(
            kind=source.kind,
            key="",
            label=_label(row, source, languages),
            postal=row.get(source.columns.postal, ""),
            area_kind=f"{source.area_kind}@{source.area_version}" if source.area_version else source.area_kind,
            area_keys=tuple(key for key in [row.get(source.columns.area, "")] if key and source.area_kind),
            point=_point(row, source),
            weight=int(row.get(source.columns.weight, "") or 0),
        )
        yield from make(base, row, source)


def _label(row: Mapping[str, str], source: GazetteerSource, languages: tuple[str, ...]) -> dict[str, str]:
    columns = source.columns
    street = _titled(f"{row.get(columns.street, '')} {row.get(columns.street_type, '')}")
    said = row.get(columns.label, "") or " / ".join(
        part for part in (street, row.get(columns.cross_street, "")) if part
    )
    text = ", ".join(part for part in (each.strip() for each in said.split(",")) if part and not _WARD_NOTE.match(part))
    return {each: (source.label or {}).get(each, "{label}").replace("{label}", text) for each in languages}


def _titled(text: str) -> str:
    """`MCPHILLIPS ST` as people write it: `McPhillips St`; what is not all capitals stays."""
    if not text.isupper():
        return text.strip()
    return _MC.sub(lambda found: f"Mc{found.group(1).upper()}", " ".join(text.split()).title().replace("'S", "'s"))


def _point(row: Mapping[str, str], source: GazetteerSource) -> Point | None:
    lat, lon = row.get(source.columns.lat, ""), row.get(source.columns.lon, "")
    return Point(lat=float(lat), lon=float(lon)) if lat and lon else None


def _any_label(entry: Entry) -> str:
    return next(iter(entry.label.values()))


def _address(base: Entry, row: Mapping[str, str], source: GazetteerSource) -> Iterator[Entry]:
    number, rest = split_number(_any_label(base))
    street, _, district = rest.partition(",")
    key = street_name(street).key
    if number and key:
        yield replace(base, key=f"{number} {key}", number=number, street=key, district=plain_words(district))


def _crossing(base: Entry, row: Mapping[str, str], source: GazetteerSource) -> Iterator[Entry]:
    """One row for each pair of its streets, so that people may name any two."""
    streets, _, district = _any_label(base).partition(",")
    keys = list(dict.fromkeys(street_name(part).key for part in split_crossing(streets)))
    sizes = {2, len(keys)} if len(keys) > 1 else set()
    for size in sizes:
        for some in combinations(keys, size):
            yield replace(base, key=crossing_key(some), district=plain_words(district))


def _street(base: Entry, row: Mapping[str, str], source: GazetteerSource) -> Iterator[Entry]:
    named = street_name(_any_label(base))
    if named.key:
        yield replace(base, key=named.key, street=named.key, name=named.name)


def _landmark(base: Entry, row: Mapping[str, str], source: GazetteerSource) -> Iterator[Entry]:
    for key in dict.fromkeys(landmark_key(text) for text in base.label.values()):
        yield replace(base, key=key, name=key)


def _postal(base: Entry, row: Mapping[str, str], source: GazetteerSource) -> Iterator[Entry]:
    prefix = _any_label(base).upper().replace(" ", "")
    yield replace(base, key=prefix.casefold(), postal=prefix)


_MAKERS = {
    "address": _address,
    "intersection": _crossing,
    "street": _street,
    "landmark": _landmark,
    "postal": _postal,
}


def _streets_of(entry: Entry) -> Iterator[Entry]:
    """The streets an address or intersection tells of; no point, because it says nothing of the rest of the street."""
    if entry.kind not in {"address", "intersection"}:
        return
    said = _any_label(entry).partition(",")[0]
    parts = (
        split_crossing(said)
        if entry.kind == "intersection"
        else (split_number(_any_label(entry))[1].partition(",")[0],)
    )
    for part in parts:
        named = street_name(part)
        if named.key:
            label = dict.fromkeys(entry.label, part.strip())
            yield Entry(kind="street", key=named.key, street=named.key, name=named.name, label=label, weight=1)


def _merged(streets: list[Entry]) -> Iterator[Entry]:
    """One row a street.  It keeps a point only when all that is known of it lies in one spot of one area."""
    by_key: defaultdict[str, list[Entry]] = defaultdict(list)
    for street in streets:
        by_key[street.key].append(street)
    for alike in by_key.values():
        keys = tuple(sorted({key for each in alike for key in each.area_keys}))
        points = [each.point for each in alike if each.point]
        yield replace(
            alike[0],
            area_kind=next((each.area_kind for each in alike if each.area_kind), ""),
            area_keys=keys,
            point=points[0] if len(keys) == 1 and _one_spot(points) else None,
            weight=sum(each.weight for each in alike),
        )


def _one_spot(points: list[Point]) -> bool:
    lats, lons = [point.lat for point in points], [point.lon for point in points]
    return bool(points) and max(max(lats) - min(lats), max(lons) - min(lons)) < SAME_SPOT_DEGREES

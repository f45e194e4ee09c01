"""The pack's own gazetteer as a geocoder: works without the internet, says how exactly it knows."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, product
from typing import Any

from django.db import connection
from rapidfuzz import fuzz, process

from answerable.catalogue.ports import Candidate
from answerable.catalogue.spelling import (
    STREET_TYPES,
    StreetName,
    alike,
    crossing_key,
    landmark_key,
    split_crossing,
    split_number,
    street_name,
)
from answerable.catalogue.words import plain_words
from answerable.kernel.places import Point, Precision, distance_m

STREET_ALIKE_FROM = 72.0
"""Units: per cent; below, another street is meant.  Measured on misspelt streets of two cities, see the tests."""

NAME_ALIKE_FROM = 62.0
LANDMARK_ALIKE_FROM = 80.0
SEEN_WITHIN_M = 75.0
"""Units: metres a label may be away from a pin to be said of it."""

SAME_SPOT_M = 150.0
"""Units: metres between two listed corners of what people call one intersection."""

_DEGREE_M = 111_000.0
_PRECISIONS = {
    "address": Precision.ADDRESS,
    "intersection": Precision.INTERSECTION,
    "landmark": Precision.LANDMARK,
    "street": Precision.STREET,
    "postal": Precision.POSTAL,
}
_COLUMNS = "kind, key, street, number, district, label::text, postal, area_kind, area_keys::text, lat, lon, weight"


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the gazetteer."""

    kind: str
    key: str
    street: str
    number: str
    district: str
    label: dict[str, str]
    postal: str
    area_kind: str
    area_keys: list[str]
    point: Point | None
    weight: int


class StreetBook:
    """The names of all streets, in memory: comparing ten thousand takes some milliseconds and misses fewer short
    names than three-letter pieces do (38 of 725 single slips went unfound with pg_trgm, none so)."""

    def __init__(self, streets: Iterable[tuple[str, str]]) -> None:
        self._keys: defaultdict[str, list[str]] = defaultdict(list)
        for name, key in streets:
            self._keys[name.replace(" ", "")].append(key)
        self._names = sorted(self._keys)

    def alike(self, asked: StreetName) -> list[str]:
        """The keys of the streets whose name is spelt alike or begins so, best first."""
        names: dict[str, None] = {}
        for spelling in dict.fromkeys((asked.name.replace(" ", ""), asked.spelt.replace(" ", ""))):
            found = process.extract(spelling, self._names, scorer=fuzz.ratio, score_cutoff=NAME_ALIKE_FROM, limit=25)
            names |= dict.fromkeys(name for name, _, _ in found)
            first = bisect_left(self._names, spelling)
            following = self._names[first : first + 10]
            names |= dict.fromkeys(name for name in following if name.startswith(spelling))
        return [key for name in names for key in self._keys[name]]


@lru_cache(maxsize=8)
def _street_book(placeset_id: int) -> StreetBook:
    """The streets of a place set; read once a process, because a place set never changes."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name, key FROM catalogue_place WHERE placeset_id = %s AND kind = 'street'", [placeset_id]
        )
        return StreetBook(cursor.fetchall())


class GazetteerGeocoder:
    """Looks places up in one place set; three small queries at most for each question."""

    name = "gazetteer"

    def __init__(self, placeset_id: int) -> None:
        self._placeset_id = placeset_id

    def find(self, said: str, *, language: str, limit: int) -> tuple[Candidate, ...]:
        """The places meant, best first: landmark, then intersection, address, street."""
        for look in (self._landmark_exactly, self._crossing, self._address, self._street_or_landmark):
            if found := look(said):
                return _candidates(_as_written(found, said), language=language, limit=limit)
        return ()

    def suggest(self, begun: str, *, language: str, limit: int) -> tuple[Candidate, ...]:
        """Places whose name goes on from what is typed; one indexed prefix query."""
        number, rest = split_number(begun)
        words = plain_words(rest if number else begun).split()
        if not words:
            return ()
        done, last = street_name(" ".join(words[:-1])).key, words[-1]
        if number:
            rows = self._rows("street LIKE %s AND number = %s", [_prefix(done or last), number], cap=60)
        else:
            rows = self._rows("kind <> 'address' AND key LIKE %s", [_prefix(done or last)], cap=200)
        rows = [row for row in rows if _goes_on(row.street or row.key, done, last)]
        rows.sort(key=lambda row: (-row.weight, len(row.key), row.key))
        found = _candidates([(row, 1.0) for row in rows], language=language, limit=limit)
        return found or self.find(begun, language=language, limit=limit)

    def reverse(self, point: Point, *, language: str) -> Candidate | None:
        """The nearest address, intersection or landmark within sight."""
        reach = SEEN_WITHIN_M / _DEGREE_M
        box = [point.lat - reach, point.lat + reach, point.lon - 2 * reach, point.lon + 2 * reach]
        where = "lat BETWEEN %s AND %s AND lon BETWEEN %s AND %s AND kind IN ('address', 'intersection', 'landmark')"
        rows = [(row, distance_m(row.point, point)) for row in self._rows(where, box, cap=400) if row.point]
        near = [(row, away) for row, away in rows if away <= SEEN_WITHIN_M]
        if not near:
            return None
        row, away = min(near, key=lambda each: each[1])
        return _candidate(row, 1.0 - away / SEEN_WITHIN_M, language)

    def _landmark_exactly(self, said: str) -> list[tuple[Row, float]]:
        keys = [landmark_key(said), plain_words(said)]
        return [(row, 1.0) for row in self._rows("kind IN ('landmark', 'postal') AND key = ANY(%s)", [keys])]

    def _crossing(self, said: str) -> list[tuple[Row, float]]:
        """Any two of its streets, in any order; both known but their crossing not: the streets, without a point."""
        streets, _, district = said.partition(",")
        parts = split_crossing(streets)
        if len(parts) < 2:  # noqa: PLR2004 - two streets cross
            return []
        exact = self._rows(
            "kind = 'intersection' AND key = %s", [crossing_key(street_name(each).key for each in parts)]
        )
        if exact:
            return _nearer([(row, 1.0) for row in exact], district)
        choices = [self._streets(street_name(part))[:6] for part in parts[:4]]
        if not all(choices):
            return []
        crossings = _crossings_of(choices)
        found = self._rows("kind = 'intersection' AND key = ANY(%s)", [list(crossings)])
        if found:
            return _nearer([(row, crossings[row.key]) for row in found], district)
        return [_unknown_crossing([each[0] for each in choices])]

    def _address(self, said: str) -> list[tuple[Row, float]]:
        number, rest = split_number(said)
        if not number:
            return []
        named, _, district = rest.partition(",")
        asked = street_name(named)
        exact = self._rows("street = %s AND number = %s", [asked.key, number])
        if exact:
            return _nearer([(row, 1.0) for row in exact], district)
        streets = self._streets(asked)
        likeness = {row.key: score for row, score in streets}
        rows = self._rows("street = ANY(%s) AND number = %s", [list(likeness), number]) if streets else []
        found = [(row, likeness[row.street]) for row in rows]
        certain = max((score for _, score in found), default=0.0)
        known_street = [(row, score * 0.9) for row, score in streets if score > certain]
        return _nearer(found, district) + known_street

    def _street_or_landmark(self, said: str) -> list[tuple[Row, float]]:
        named = said.partition(",")[0]
        streets = self._streets(street_name(named))
        if streets and streets[0][1] == 1.0:
            return streets
        found = streets + self._landmarks(landmark_key(said))
        return sorted(found, key=lambda each: -each[1])

    def _streets(self, asked: StreetName) -> list[tuple[Row, float]]:
        """Streets written alike, best first; likeness 0 to 1."""
        if not asked.name:
            return []
        exact = self._rows("kind = 'street' AND key = %s", [asked.key])
        if exact:
            return [(exact[0], 1.0)]
        keys = _street_book(self._placeset_id).alike(asked)
        rows = self._rows("kind = 'street' AND key = ANY(%s)", [keys], cap=80) if keys else []
        scored = [(row, alike(asked, street_name(row.key))) for row in rows]
        good = [(row, score / 100) for row, score in scored if score >= STREET_ALIKE_FROM]
        return sorted(good, key=lambda each: (-each[1], -each[0].weight))

    def _landmarks(self, words: str) -> list[tuple[Row, float]]:
        rows = self._rows("kind = 'landmark' AND name <> '' AND name %% %s", [words], cap=40, near=words)
        scored = [
            (row, 0.5 * fuzz.token_sort_ratio(words, row.key) + 0.5 * fuzz.token_set_ratio(words, row.key))
            for row in rows
        ]
        return sorted(
            ((row, score / 100) for row, score in scored if score >= LANDMARK_ALIKE_FROM), key=lambda each: -each[1]
        )

    def _rows(self, where: str, parameters: Sequence[Any], *, cap: int = 40, near: str = "") -> list[Row]:
        order = "similarity(name, %s) DESC, weight DESC" if near else "weight DESC, id"
        sql = f"SELECT {_COLUMNS} FROM catalogue_place WHERE placeset_id = %s AND {where} ORDER BY {order} LIMIT %s"  # noqa: S608
        with connection.cursor() as cursor:
            cursor.execute(sql, [self._placeset_id, *parameters, *([near] if near else []), cap])
            return [_row(each) for each in cursor.fetchall()]


def _row(values: Sequence[Any]) -> Row:
    kind, key, street, number, district, label, postal, area_kind, area_keys, lat, lon, weight = values
    point = Point(lat=lat, lon=lon) if lat is not None else None
    return Row(
        kind, key, street, number, district, json.loads(label), postal, area_kind, json.loads(area_keys), point, weight
    )


def _prefix(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"{escaped}%"


def _goes_on(key: str, done: str, last: str) -> bool:
    """Whether the next word of the key may be the one being typed: `stre` goes on to `st`, because it is a street."""
    rest = key.removeprefix(done).strip()
    kinds = {kind for alias, kind in STREET_TYPES.items() if alias.startswith(last)}
    following = rest.split(" ")[0]
    return rest.startswith(last) or following in kinds or any(word.startswith(last) for word in rest.split())


def _nearer(found: list[tuple[Row, float]], district: str) -> list[tuple[Row, float]]:
    """Those in the district named, when one is named and any of them is; same place twice counts once."""
    words = plain_words(district)
    here = [(row, score) for row, score in found if words and fuzz.partial_ratio(row.district, words) >= 90]  # noqa: PLR2004
    return sorted(here or found, key=lambda each: -each[1])


def _crossings_of(choices: Sequence[Sequence[tuple[Row, float]]]) -> dict[str, float]:
    """The key of every pair of streets that could be meant, with its likeness."""
    pairs = [some for two in combinations(choices, 2) for some in product(*two)]
    found: dict[str, float] = {}
    for (one, one_alike), (other, other_alike) in pairs:
        key = crossing_key((one.key, other.key))
        found[key] = max(found.get(key, 0.0), (one_alike + other_alike) / 2)
    return found


def _unknown_crossing(streets: Sequence[tuple[Row, float]]) -> tuple[Row, float]:
    """Two known streets whose crossing is not in the list: said honestly as streets, without a point."""
    languages = streets[0][0].label
    label = {each: " / ".join(row.label[each] for row, _ in streets) for each in languages}
    shared = [row for row, _ in streets if row.area_keys]
    keys = set.intersection(*(set(row.area_keys) for row in shared)) if len(shared) == len(streets) else set()
    row = Row(
        kind="street", key=crossing_key(row.key for row, _ in streets), street="", number="", district="", label=label,
        postal="", area_kind=shared[0].area_kind if shared else "", area_keys=sorted(keys), point=None, weight=0,
    )  # fmt: skip
    return row, 0.95 * sum(score for _, score in streets) / len(streets)


def _candidates(found: Iterable[tuple[Row, float]], *, language: str, limit: int) -> tuple[Candidate, ...]:
    made: dict[tuple[str, str], Candidate] = {}
    for row, likeness in found:
        candidate = _candidate(row, likeness, language)
        made.setdefault((candidate.precision, candidate.label), candidate)
    return _apart(made.values())[:limit]


def _as_written(found: list[tuple[Row, float]], said: str) -> list[tuple[Row, float]]:
    """Only those whose label begins with what was said, if there are any."""
    words = plain_words(said)
    return [
        each for each in found if any(plain_words(text).startswith(words) for text in each[0].label.values())
    ] or found


def _apart(candidates: Iterable[Candidate]) -> tuple[Candidate, ...]:
    """The candidates without those that are a few steps from a better one: one crossing may be listed twice."""
    kept: list[Candidate] = []
    for each in candidates:
        if not any(_same_spot(each, other) for other in kept):
            kept.append(each)
    return tuple(kept)


def _same_spot(one: Candidate, other: Candidate) -> bool:
    return (
        one.precision is other.precision is Precision.INTERSECTION
        and one.point is not None
        and other.point is not None
        and distance_m(one.point, other.point) < SAME_SPOT_M
    )


def _candidate(row: Row, likeness: float, language: str) -> Candidate:
    label = row.label.get(language) or next(iter(row.label.values()))
    return Candidate(
        precision=_PRECISIONS[row.kind],
        label=label,
        likeness=round(likeness, 3),
        point=row.point,
        postal=row.postal,
        areas={row.area_kind: row.area_keys[0]} if len(set(row.area_keys)) == 1 else {},
        source=GazetteerGeocoder.name,
    )

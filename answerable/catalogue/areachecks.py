"""Checks of the areas and the gazetteer: their files are there and hold what the pack says."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict

import msgspec

from answerable.catalogue.bench import Bench
from answerable.catalogue.files import RawArea, areas_of, gazetteer_rows, header_of
from answerable.catalogue.structs import AreaSource, GazetteerSource

_EVER = dt.date.max


def check_areas(bench: Bench) -> None:
    """Each file can be read, keys are unique, versions of a kind do not overlap, one kind bounds the city."""
    keys: defaultdict[str, set[str]] = defaultdict(set)
    for index, source in enumerate(bench.pack.areas):
        place = bench.at("areas", index)
        keys[source.kind] |= _area_keys(bench, source, place)
        if source.valid_from and source.valid_to and source.valid_to <= source.valid_from:
            bench.add(
                f"{place} › valid_to",
                "not after valid_from.",
                value=source.valid_to.isoformat(),
                remedy="It is the first day after.",
            )
        for other in bench.pack.areas[:index]:
            if other.kind == source.kind and _overlap(source, other):
                remedy = "A day belongs to one version: set valid_to (first day no longer valid)."
                bench.add(
                    f"{place} › valid_from", f"overlaps version '{other.version}'.", value=source.version, remedy=remedy
                )
    bench.area_keys = {kind: frozenset(found) for kind, found in keys.items()}
    kinds = {each.kind for each in bench.pack.areas if each.is_city_boundary}
    if bench.pack.areas and len(kinds) != 1:
        remedy = "Set is_city_boundary = true on the kind whose union is the city."
        bench.add("areas/areas.toml", f"{len(kinds)} kinds bound the city; one must.", remedy=remedy)


def _area_keys(bench: Bench, source: AreaSource, place: str) -> set[str]:
    found = _read_areas(bench, source, place)
    if found is None:
        bench.unread_kinds.add(source.kind)
        return set()
    for key, count in Counter(each.key for each in found).items():
        if count > 1 or not key:
            message = f"{count} areas have this key."
            bench.add(f"{place} › key", message, value=key or "(empty)", remedy="Keys are unique in a file.")
    if source.is_city_boundary and any(each.geometry is None for each in found):
        bench.add(f"{place} › is_city_boundary", "some areas have no border.", remedy="Use a kind with polygons.")
    return {each.key for each in found}


def _read_areas(bench: Bench, source: AreaSource, place: str) -> tuple[RawArea, ...] | None:
    try:
        return areas_of(bench.folder, source)
    except FileNotFoundError:
        bench.add(f"{place} › file", "the file is missing.", value=source.file, remedy="Add it below areas/.")
    except KeyError as error:
        bench.add(
            place, f"the file has no property or column {error}.", value=source.file, remedy="Correct `key` or `name`."
        )
    except (OSError, ValueError, TypeError) as error:
        bench.add(
            f"{place} › file",
            f"cannot be read: {type(error).__name__}.",
            value=source.file,
            remedy="Give GeoJSON or CSV.",
        )
    return None


def _overlap(one: AreaSource, other: AreaSource) -> bool:
    starts = max(one.valid_from or dt.date.min, other.valid_from or dt.date.min)
    return starts < min(one.valid_to or _EVER, other.valid_to or _EVER)


def check_gazetteer(bench: Bench) -> None:
    """Each file can be read and has the columns named."""
    for index, source in enumerate(bench.pack.gazetteer):
        place = bench.at("gazetteer", index)
        if source.area_kind and source.area_kind not in bench.area_keys:
            bench.add(f"{place} › area_kind", "no such kind of area.", value=source.area_kind)
        versions = {each.version for each in bench.pack.areas if each.kind == source.area_kind}
        if source.area_version and source.area_version not in versions:
            remedy = f"Use one of: {', '.join(sorted(versions))}."
            bench.add(f"{place} › area_version", "no such version.", value=source.area_version, remedy=remedy)
        if source.label and any("{label}" not in text for text in source.label.values()):
            bench.add(f"{place} › label", "has no {label}.", remedy="Write for instance 'Fire station {label}'.")
        _columns(bench, source, place)


def _columns(bench: Bench, source: GazetteerSource, place: str) -> None:
    try:
        header = header_of(bench.folder / "gazetteer" / source.file)
        count = sum(1 for _ in gazetteer_rows(bench.folder, source))
    except FileNotFoundError:
        bench.add(f"{place} › file", "the file is missing.", value=source.file, remedy="Add it below gazetteer/.")
        return
    except (OSError, ValueError) as error:
        bench.add(
            f"{place} › file",
            f"cannot be read: {type(error).__name__}.",
            value=source.file,
            remedy="Give CSV, plain or .gz.",
        )
        return
    named = {key: column for key, column in msgspec.structs.asdict(source.columns).items() if column}
    for key, column in (named | {f"keep {each}": each for each in source.keep}).items():
        if column not in header:
            bench.add(
                f"{place} › columns › {key}",
                "no such column.",
                value=column,
                remedy=f"The file has: {', '.join(header)}.",
            )
    if not source.columns.label and not source.columns.street:
        bench.add(f"{place} › columns", "neither `label` nor `street`.", remedy="Name the column people would say.")
    if bool(source.columns.lat) != bool(source.columns.lon):
        bench.add(f"{place} › columns", "`lat` and `lon` go together.")
    if not count:
        bench.add(place, "no rows.", value=source.file, remedy="Correct `keep` or the file.")

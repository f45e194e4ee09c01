"""A city pack on disk: read it whole, check it whole.

`load_folder` gives the pack or raises with every problem; `check_folder` gives the problems.
Routing lives above the catalogue, so the golden cases are run by a function handed in by the caller.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import msgspec

from answerable.catalogue import structs
from answerable.catalogue.checks import check_pack
from answerable.catalogue.decoding import Problem, decode, step
from answerable.catalogue.errors import BrokenPack
from answerable.catalogue.grammar import Strict
from answerable.catalogue.holidaybook import pinned
from answerable.catalogue.structs import Pack

GoldenCheck = Callable[[Pack], Iterable[Problem]]
"""Runs the pack's golden cases through its routes and names those that fail."""

Entry = TypeVar("Entry", bound=Strict)

_LISTS: tuple[tuple[str, str, str, type[Strict]], ...] = (
    ("calendars.toml", "calendar", "calendars", structs.CalendarEntry),
    ("departments.toml", "department", "departments", structs.Department),
    ("promises.toml", "promise", "promises", structs.Promise),
    ("outcomes.toml", "outcome", "outcomes", structs.Outcome),
    ("routes.toml", "route", "routes", structs.Route),
    ("golden.toml", "case", "golden", structs.GoldenCase),
    ("referrals.toml", "referral", "referrals", structs.Referral),
    ("areas/areas.toml", "area", "areas", structs.AreaSource),
    ("gazetteer/gazetteer.toml", "source", "gazetteer", structs.GazetteerSource),
)
_MAY_BE_ABSENT = frozenset({"golden.toml", "referrals.toml", "areas/areas.toml", "gazetteer/gazetteer.toml"})


@dataclass(slots=True)
class Reading:
    """What was found in a folder so far."""

    folder: Path
    parts: dict[str, object] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    origins: dict[tuple[str, int], str] = field(default_factory=dict)
    """The file and entry each item came from, by list and place in it."""
    codes: dict[str, set[str]] = field(default_factory=dict)
    """Every code met, those of entries too broken to read included, so that they are not reported twice."""


def check_folder(folder: Path | str, *, golden: GoldenCheck | None = None) -> list[Problem]:
    """Every problem of the pack in that folder; empty when it may be loaded."""
    return _read_and_check(Path(folder), golden)[1]


def load_folder(folder: Path | str, *, golden: GoldenCheck | None = None) -> Pack:
    """The checked pack, its holidays pinned.  Raises: BrokenPack listing every problem."""
    pack, problems = _read_and_check(Path(folder), golden)
    if pack is None or problems:
        raise BrokenPack(str(folder), tuple(problems))
    return msgspec.structs.replace(pack, days_off=pinned(pack.calendars))


def content_hash(pack: Pack) -> str:
    """The same text for the same content, geometry and gazetteer included: SHA-256 of the canonical document."""
    return hashlib.sha256(msgspec.json.encode(pack, order="deterministic")).hexdigest()


def _read_and_check(folder: Path, golden: GoldenCheck | None) -> tuple[Pack | None, list[Problem]]:
    reading = Reading(folder)
    if not (folder / "city.toml").is_file():
        return None, [
            Problem(
                "city.toml", "", f"the folder '{folder}' is no city pack.", remedy="Name a folder with a city.toml."
            )
        ]
    _read_single(reading, "city.toml", "city", structs.CityFile)
    _read_single(reading, "brand.toml", "brand", structs.Brand)
    for file, table, part, kind in _LISTS:
        _read_list(reading, file, {table: (part, kind)})
    _read_services(reading)
    _read_words(reading)
    _read_imports(reading)
    _hash_files(reading)
    if "city" not in reading.parts or "brand" not in reading.parts:
        return None, reading.problems
    pack = Pack(**{name: tuple(part) if isinstance(part, list) else part for name, part in reading.parts.items()})  # type: ignore[arg-type]
    known = {part: frozenset(codes) for part, codes in reading.codes.items()}
    problems = reading.problems + check_pack(pack, folder=folder, origins=reading.origins, known=known)
    if golden is not None and not problems:
        problems += list(golden(pack))
    return pack, problems


def _toml(reading: Reading, file: str) -> dict[str, object] | None:
    try:
        return tomllib.loads((reading.folder / file).read_text(encoding="utf-8"))
    except FileNotFoundError:
        if file not in _MAY_BE_ABSENT:
            reading.problems.append(
                Problem(file, "", "the file is missing.", remedy="Add it; see docs/handbook/city-packs.md.")
            )
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        reading.problems.append(Problem(file, "", f"not readable as TOML: {error}.", remedy="Correct the line named."))
    return None


def _read_single(reading: Reading, file: str, part: str, kind: type[Strict]) -> None:
    raw = _toml(reading, file)
    if raw is None:
        return
    value, problems = decode(raw, to=kind, file=file, entry="")
    reading.problems += problems
    if value is not None:
        reading.parts[part] = value


def _read_list(reading: Reading, file: str, tables: dict[str, tuple[str, type[Strict]]]) -> None:
    """Adds the entries of `[[table]]` to their parts; each broken entry is reported by itself."""
    for part, _ in tables.values():
        reading.parts.setdefault(part, [])
        reading.codes.setdefault(part, set())
    raw = _toml(reading, file)
    for name, entries in (raw or {}).items():
        if name not in tables or not isinstance(entries, list):
            remedy = f"Use {', '.join(f'[[{table}]]' for table in tables)}."
            reading.problems.append(Problem(file, name, "this table is not known here.", remedy=remedy))
            continue
        part, kind = tables[name]
        for index, entry in enumerate(entries):
            label = step(name, index=index, raw=entry)
            reading.codes[part] |= {
                str(entry[key]) for key in ("code", "id") if isinstance(entry, dict) and key in entry
            }
            value, problems = decode(entry, to=kind, file=file, entry=label)
            reading.problems += problems
            if value is not None:
                _add(reading, part, value, f"{file} › {label}")


def _add(reading: Reading, part: str, value: Strict, origin: str) -> None:
    entries = reading.parts[part]
    assert isinstance(entries, list)
    entries.append(value)
    reading.origins[(part, len(entries) - 1)] = origin


def _read_services(reading: Reading) -> None:
    files = sorted((reading.folder / "services").glob("*.toml"))
    reading.parts |= {"groups": [], "services": []}
    reading.codes |= {"groups": set(), "services": set()}
    if not files:
        reading.problems.append(Problem("services/", "", "no service files.", remedy="Add services/<group>.toml."))
    tables: dict[str, tuple[str, type[Strict]]]
    for file in files:
        tables = {"group": ("groups", structs.Group), "service": ("services", structs.Service)}
        _read_list(reading, f"services/{file.name}", tables)


def _read_words(reading: Reading) -> None:
    words: dict[str, dict[str, str]] = {}
    for file in sorted((reading.folder / "words").glob("*.toml")):
        raw = _toml(reading, f"words/{file.name}")
        value, problems = decode(raw or {}, to=dict[str, str], file=f"words/{file.name}", entry="")
        reading.problems += problems
        words[file.stem] = value or {}
    reading.parts["words"] = words


def _read_imports(reading: Reading) -> None:
    mappings: list[structs.ImportMapping] = []
    for file in sorted((reading.folder / "imports").glob("*.toml")):
        name = f"imports/{file.name}"
        value, problems = decode(_toml(reading, name) or {}, to=structs.ImportMapping, file=name, entry="")
        reading.problems += problems
        if value is not None:
            reading.origins[("imports", len(mappings))] = name
            mappings.append(value)
    reading.parts["imports"] = mappings


def _hash_files(reading: Reading) -> None:
    """Adds the content hash of each geometry and gazetteer file named."""
    named = {f"areas/{area.file}" for area in reading.parts["areas"]}  # type: ignore[attr-defined]
    named |= {f"gazetteer/{source.file}" for source in reading.parts["gazetteer"]}  # type: ignore[attr-defined]
    reading.parts["file_hashes"] = {
        file: hashlib.sha256((reading.folder / file).read_bytes()).hexdigest()
        for file in sorted(named)
        if (reading.folder / file).is_file()
    }

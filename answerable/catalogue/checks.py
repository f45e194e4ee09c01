"""What a pack must satisfy beyond its fields' types: names that exist, texts in every language, all listed at once."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

import msgspec
from rapidfuzz import process

from answerable.catalogue import areachecks
from answerable.catalogue.bench import Bench
from answerable.catalogue.connectorchecks import check_connectors
from answerable.catalogue.contrast import CONTRAST_PAIRS, LOWEST_CONTRAST, contrast
from answerable.catalogue.decoding import Problem
from answerable.catalogue.grammar import TEXT_MARK
from answerable.catalogue.holidaybook import days_off, unmatched_exceptions
from answerable.catalogue.importchecks import check_imports
from answerable.catalogue.routechecks import check_golden_cases, check_routes
from answerable.catalogue.servicechecks import check_popular, check_promises, check_services
from answerable.catalogue.structs import OUTCOME_CODES, CalendarEntry, Pack

HOLIDAY_YEARS = (2024, 2036)
"""The years whose days off are tried."""

LONGEST_MARK = 3
"""Letters that still fit the round mark beside the city's name."""

LISTS = (
    "calendars",
    "departments",
    "groups",
    "services",
    "promises",
    "outcomes",
    "routes",
    "golden",
    "referrals",
    "areas",
    "gazetteer",
)


def check_pack(
    pack: Pack, *, folder: Path, origins: Mapping[tuple[str, int], str], known: Mapping[str, frozenset[str]]
) -> list[Problem]:
    """Every problem of a pack whose fields are well-formed; `known` also holds the codes of entries that are not."""
    bench = Bench(pack=pack, folder=folder, origins=origins, known=known)
    for check in CHECKS:
        check(bench)
    return bench.problems


@cache
def _time_zones() -> set[str]:
    """Every zone this machine knows; to list them opens six hundred files."""
    return available_timezones()


def _city(bench: Bench) -> None:
    city = bench.pack.city
    if city.timezone not in _time_zones():
        bench.add(
            "city.toml › timezone",
            "no such time zone.",
            value=city.timezone,
            remedy="Use an IANA name like America/Toronto.",
        )
    if city.default_language not in city.languages:
        bench.add("city.toml › default_language", "is none of `languages`.", value=city.default_language)
    try:
        re.compile(city.postal_prefix_pattern)
    except re.error as error:
        bench.add(
            "city.toml › postal_prefix_pattern", f"no regular expression: {error}.", value=city.postal_prefix_pattern
        )
    if city.outside_referral:
        bench.refer("city.toml › outside_referral", part="referrals", code=city.outside_referral, word="referral")
    box = city.bounds
    if not (box.south < city.centre.lat < box.north and box.west < city.centre.lon < box.east):
        bench.add(
            "city.toml › bounds",
            "the box does not hold the centre.",
            remedy="Give south, west, north, east in degrees.",
        )
    if not (bench.folder / "PROVENANCE.md").is_file():
        bench.add(
            "PROVENANCE.md",
            "the file is missing.",
            remedy="Say where each file of the pack comes from and its licence.",
        )


def _brand(bench: Bench) -> None:
    colours = msgspec.structs.asdict(bench.pack.brand)
    for text, ground in CONTRAST_PAIRS:
        reached = contrast(colours[text], colours.get(ground, ground))
        if reached < LOWEST_CONTRAST:
            remedy = f"Make one darker or lighter until it reaches {LOWEST_CONTRAST}:1."
            pair = f"{text} on {ground}".replace("_", "-")
            bench.add(
                f"brand.toml › {text.replace('_', '-')}",
                f"{pair} reaches {reached:.2f}:1 only.",
                value=colours[text],
                remedy=remedy,
            )
    mark = bench.pack.brand.mark
    if mark.endswith(".svg") and not (bench.folder / mark).is_file():
        bench.add("brand.toml › mark", "the file is missing.", value=mark, remedy="Add it beside brand.toml.")
    elif not mark.endswith(".svg") and len(mark) > LONGEST_MARK:
        bench.add("brand.toml › mark", "too long.", value=mark, remedy="Give one to three letters, or a .svg file.")


def _unique(bench: Bench) -> None:
    for part in LISTS:
        seen: dict[str, str] = {}
        for index, entry in enumerate(getattr(bench.pack, part)):
            code = _identity(part, entry)
            if code and code in seen:
                bench.add(
                    bench.at(part, index), "this name is taken.", value=code, remedy=f"See {seen[code]}; rename one."
                )
            seen.setdefault(code, bench.at(part, index))
    for index, department in enumerate(bench.pack.departments):
        for code in doubles(queue.code for queue in department.queues):
            bench.add(f"{bench.at('departments', index)} › queues", "two queues share a code.", value=code)


def _identity(part: str, entry: Any) -> str:
    if part == "areas":
        return f"{entry.kind} {entry.version}"
    if part == "gazetteer":
        return f"{entry.kind} {entry.file} {entry.label or ''}"
    return str(getattr(entry, {"routes": "id", "golden": "name"}.get(part, "code")))


def doubles(codes: Iterable[str]) -> list[str]:
    """The codes that occur more than once."""
    return [code for code, count in Counter(codes).items() if count > 1]


def _texts(bench: Bench) -> None:
    """Each text says the same in every language of the city."""
    pack = bench.pack
    singles = [("city.toml", pack.city)]
    listed = [(bench.at(part, index), entry) for part in LISTS for index, entry in enumerate(getattr(pack, part))]
    languages = set(pack.city.languages)
    for place, entry in singles + listed:
        for path, text in _texts_in(entry, place):
            if missing := sorted(languages - set(text)):
                bench.add(path, f"no text in {', '.join(missing)}.", remedy=f"Add {', '.join(missing)}.")
            if surplus := sorted(set(text) - languages):
                bench.add(
                    path, f"text in {', '.join(surplus)}, which city.toml does not list.", remedy="List it or drop it."
                )
    for index, service in enumerate(pack.services):
        if service.keywords and (missing := sorted(languages - set(service.keywords))):
            bench.add(
                f"{bench.at('services', index)} › keywords",
                f"none in {', '.join(missing)}.",
                remedy="Add what people say.",
            )


def _texts_in(value: object, path: str) -> Iterator[tuple[str, dict[str, str]]]:
    if isinstance(value, msgspec.Struct):
        for field in msgspec.structs.fields(value):
            inner = getattr(value, field.name)
            here = f"{path} › {field.encode_name}"
            if isinstance(inner, dict) and TEXT_MARK in repr(field.type):
                yield here, inner
            elif not isinstance(inner, dict):
                yield from _texts_in(inner, here)
    elif isinstance(value, tuple):
        for index, each in enumerate(value):
            name = getattr(each, "code", "")
            yield from _texts_in(each, f"{path}[{index + 1}]{f' {name!r}' if name else ''}")


def _words(bench: Bench) -> None:
    words = bench.pack.words
    everything = {key for each in words.values() for key in each}
    for language, said in words.items():
        file = f"words/{language}.toml"
        if language not in bench.pack.city.languages:
            bench.add(file, "city.toml does not list this language.", value=language)
        for key in sorted(everything - set(said)):
            bench.add(file, "a word the other languages have is missing.", value=key, remedy=f"Add `{key} = …`.")
    for language in bench.pack.city.languages:
        if words and language not in words:
            bench.add(f"words/{language}.toml", "the file is missing.", remedy="Say the same words in this language.")


def _calendars(bench: Bench) -> None:
    for index, entry in enumerate(bench.pack.calendars):
        _calendar(bench, entry, bench.at("calendars", index))


def _calendar(bench: Bench, entry: CalendarEntry, place: str) -> None:
    first, last = HOLIDAY_YEARS
    if entry.holidays is None:
        return
    for number, extra in enumerate(entry.holidays.extra):
        if (extra.date is None) == (extra.month_day is None):
            bench.add(f"{place} › holidays › extra[{number + 1}]", "give either `date` or `month_day`.")
            return
        if extra.month_day == "02-29":
            bench.add(
                f"{place} › holidays › extra[{number + 1}]",
                "29 February is not in every year.",
                value="02-29",
                remedy="Give dates.",
            )
            return
    try:
        days_off(entry, first_year=first, last_year=last)
    except ValueError as error:
        remedy = "See the documentation of the `holidays` library for countries, subdivisions and categories."
        bench.add(f"{place} › holidays", f"cannot be computed: {error}.", remedy=remedy)
        return
    for exception in unmatched_exceptions(entry.holidays, first_year=first, last_year=last):
        remedy = "Write the date, MM-DD, or the holiday's name as the library has it."
        bench.add(f"{place} › holidays › except", "drops no holiday.", value=exception, remedy=remedy)


def _outcomes(bench: Bench) -> None:
    for code in OUTCOME_CODES:
        if code not in bench.known["outcomes"]:
            bench.add(
                "outcomes.toml",
                "an outcome is missing.",
                value=code,
                remedy=f"Add [[outcome]] code = {code!r} with its texts.",
            )
    for index, outcome in enumerate(bench.pack.outcomes):
        place = bench.at("outcomes", index)
        if outcome.code not in OUTCOME_CODES:
            near = process.extractOne(outcome.code, OUTCOME_CODES)
            bench.add(
                f"{place} › code",
                "no such outcome.",
                value=outcome.code,
                remedy=f"Did you mean '{near[0]}'?" if near else "",
            )
        for each in outcome.services:
            bench.refer(f"{place} › service", part="services", code=each.service, word="service")
        for code in doubles(each.service for each in outcome.services):
            bench.add(f"{place} › service", "two texts for one service.", value=code)


CHECKS: tuple[Callable[[Bench], None], ...] = (
    _city,
    _brand,
    _unique,
    _texts,
    _words,
    _calendars,
    _outcomes,
    check_services,
    check_popular,
    check_promises,
    areachecks.check_areas,
    areachecks.check_gazetteer,
    check_routes,
    check_golden_cases,
    check_connectors,
    check_imports,
)
"""In the order a reader of the pack meets them."""

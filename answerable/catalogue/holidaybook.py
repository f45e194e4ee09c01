"""The days off of a business calendar, from the `holidays` library and the city's own rules."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache

from answerable.catalogue.structs import CalendarEntry, ExtraHoliday, HolidayRules

HOLIDAYS_FROM = 2014
HOLIDAYS_TO = 2045
"""The years whose days off a version knows: from the oldest history we import to beyond any promise."""


def pinned(calendars: tuple[CalendarEntry, ...]) -> dict[str, dict[str, str]]:
    """The days off of each calendar by code and ISO date, for keeping in a version."""
    return {entry.code: {day.isoformat(): name for day, name in _all_years(entry).items()} for entry in calendars}


def _all_years(entry: CalendarEntry) -> dict[dt.date, str]:
    return days_off(entry, first_year=HOLIDAYS_FROM, last_year=HOLIDAYS_TO)


def days_off(entry: CalendarEntry, *, first_year: int, last_year: int) -> dict[dt.date, str]:
    """Each day off in those years with its English name, in order of date.

    Raises: ValueError when the library does not know country, subdivision or category, or an exception names nothing.
    """
    if entry.holidays is None:
        return {}
    rules = entry.holidays
    found = dict(_from_library(rules.country, rules.subdivision, rules.categories, first_year, last_year))
    for each in rules.excluded:
        found = _without(found, each)
    for extra in rules.extra:
        found |= {day: extra.name.get("en", "") for day in _days_of(extra, first_year, last_year)}
    return dict(sorted(found.items()))


def unmatched_exceptions(rules: HolidayRules, *, first_year: int, last_year: int) -> list[str]:
    """The entries of `except` that drop no day in those years: probably misspelt."""
    found = dict(_from_library(rules.country, rules.subdivision, rules.categories, first_year, last_year))
    return [each for each in rules.excluded if len(_without(found, each)) == len(found)]


@lru_cache(maxsize=64)
def _from_library(
    country: str, subdivision: str, categories: tuple[str, ...], first_year: int, last_year: int
) -> tuple[tuple[dt.date, str], ...]:
    if not country:
        return ()
    import holidays as library  # it weighs 12 MB, and only who loads a pack needs it

    try:
        found = library.country_holidays(
            country, subdiv=subdivision or None, years=range(first_year, last_year + 1), categories=categories
        )
    except (NotImplementedError, ValueError) as error:
        raise ValueError(str(error)) from error
    return tuple(sorted(found.items()))


def _without(found: dict[dt.date, str], exception: str) -> dict[dt.date, str]:
    """The days less those the exception names: a date, a `MM-DD`, or a name as the library writes it."""
    wanted = exception.casefold()
    return {
        day: name
        for day, name in found.items()
        if wanted not in {day.isoformat(), f"{day:%m-%d}", *(part.strip().casefold() for part in name.split(";"))}
    }


def _days_of(extra: ExtraHoliday, first_year: int, last_year: int) -> list[dt.date]:
    if extra.date is not None:
        return [extra.date]
    month, day = map(int, (extra.month_day or "").split("-"))
    return [dt.date(year, month, day) for year in range(first_year, last_year + 1)]

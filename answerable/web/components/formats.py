"""Dates, times and numbers as people in the page's language and the city's time zone write them."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from babel import Locale
from babel.dates import format_date, format_time, format_timedelta
from babel.numbers import format_decimal, format_percent
from django.utils.translation import get_language, gettext

from answerable.plumbing import clock
from answerable.web.components import city

_DAY_SECONDS = 86_400
_TERRITORY = {"en": "en_CA", "fr": "fr_CA"}
_PATTERNS = {
    "en": {
        ("long", False): "EEEE, MMMM d",
        ("long", True): "EEEE, MMMM d, y",
        ("short", False): "MMM d",
        ("short", True): "MMM d, y",
    },
    "fr": {
        ("long", False): "EEEE d MMMM",
        ("long", True): "EEEE d MMMM y",
        ("short", False): "d MMM",
        ("short", True): "d MMM y",
    },
}
"""With the weekday, as every promise is given.  Source: CLDR 45, en-CA and fr-CA."""


def locale() -> Locale:
    """Babel's locale of the page's language."""
    language = (get_language() or "en").split("-")[0]
    return Locale.parse(_TERRITORY.get(language, language))


def local_day(value: date | datetime) -> date:
    """The date in the city at that instant; a plain date stays itself."""
    if not isinstance(value, datetime):
        return value
    return value.astimezone(city.current().timezone).date()


def local_date(value: date | datetime | None, style: str = "long") -> str:
    """A date in words: long `Tuesday, November 24`, short `Nov 24`, full always with its year.

    The year is added whenever it is not the present one.
    """
    if value is None:
        return ""
    day = local_day(value)
    this_year = local_day(clock.now()).year == day.year
    with_year = style == "full" or not this_year
    patterns = _PATTERNS.get(locale().language, _PATTERNS["en"])
    return str(format_date(day, format=patterns[("short" if style == "short" else "long", with_year)], locale=locale()))


def local_time(value: datetime | None) -> str:
    """The time of day in the city, such as `4:30 p.m.` or `16 h 30`."""
    if value is None:
        return ""
    return str(format_time(value.astimezone(city.current().timezone), format="short", locale=locale()))


def local_datetime(value: datetime | None, style: str = "long") -> str:
    """Date and time of day in the city, such as `Tuesday, November 24, 4:30 p.m.`."""
    if value is None:
        return ""
    return gettext("%(date)s, %(time)s") % {"date": local_date(value, style), "time": local_time(value)}


def relative_day(value: date | datetime | None) -> str:
    """The date seen from today: today, tomorrow, yesterday, in 3 days, 5 days ago."""
    if value is None:
        return ""
    days = (local_day(value) - local_day(clock.now())).days
    near = {0: gettext("today"), 1: gettext("tomorrow"), -1: gettext("yesterday")}
    if days in near:
        return near[days]
    return time_words(days * _DAY_SECONDS, direction=True)


def time_words(seconds: float, *, direction: bool = False) -> str:
    """A length of time in its largest unit, such as `4 days`; with a direction, `in 4 days` or `4 days ago`."""
    days = abs(seconds) >= _DAY_SECONDS
    length = timedelta(days=round(seconds / _DAY_SECONDS)) if days else timedelta(seconds=seconds)
    return format_timedelta(
        length,
        granularity="day" if days else "minute",
        threshold=400 if days else 1.2,
        add_direction=direction,
        locale=locale(),
    )


def number(value: float | None) -> str:
    """A number with the language's separators, such as `1,208` or `1 208`."""
    return "" if value is None else str(format_decimal(value, locale=locale()))


def percent(value: float | None) -> str:
    """A ratio from 0 to 1 as a percentage, such as `91%` or `91 %`."""
    return "" if value is None else str(format_percent(value, locale=locale()))

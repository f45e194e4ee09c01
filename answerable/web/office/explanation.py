"""A routing decision in words: what a rule asked for, and what the case had."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from babel.dates import get_day_names
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from answerable.catalogue.city import City
from answerable.routing.rules import WEEKDAYS, Condition
from answerable.web.components import formats
from answerable.web.office import wording

MOST_NAMED: Final = 4
"""Values of a condition that are named; the rest are counted."""


@dataclass(frozen=True, slots=True)
class Told:
    """One condition: what it is about, what was asked for, what was there."""

    about: str
    wanted: str
    got: str


def tell(city: City, condition: Condition) -> Told:
    """The condition in words."""
    kind, _sep, detail = condition.about.partition(":")
    about, word = _READERS.get(kind, _plain)(city, detail, condition.about)
    return Told(
        about=about,
        wanted=_listed([word(each) for each in condition.wanted]),
        got=", ".join(word(each) for each in condition.got) or _("nothing"),
    )


def tell_stored(city: City, kept: Mapping[str, Any]) -> Told:
    """A condition as it was kept with a request."""
    return tell(city, Condition(kept["about"], tuple(kept["wanted"]), tuple(kept["got"])))


def _listed(words: Sequence[str]) -> str:
    shown, rest = words[:MOST_NAMED], len(words) - MOST_NAMED
    text = _(" or ").join(shown)
    if rest > 0:
        more = ngettext("%(num)d more", "%(num)d more", rest) % {"num": rest}
        return _("%(some)s or %(more)s") % {"some": text, "more": more}
    return text


Reader = Callable[[City, str, str], tuple[str, Callable[[str], str]]]


def _plain(_city: City, _detail: str, about: str) -> tuple[str, Callable[[str], str]]:
    return about, str


def _service(city: City, _detail: str, _about: str) -> tuple[str, Callable[[str], str]]:
    return _("Service"), lambda code: wording.service_name(city, code)


def _group(city: City, _detail: str, _about: str) -> tuple[str, Callable[[str], str]]:
    names = {each.code: wording.said(each.name) for each in city.groups}
    return _("Group"), lambda code: names.get(code, code)


def _area(city: City, detail: str, _about: str) -> tuple[str, Callable[[str], str]]:
    names = {hit.key: hit.name for each in city.areas.versions if each.source.kind == detail for hit in each.hits}
    return wording.area_kind_name(city, detail), lambda key: wording.area_name(names.get(key, key), key)


def _answer(city: City, detail: str, _about: str) -> tuple[str, Callable[[str], str]]:
    asked = next((each.question(detail) for each in city.services if each.question(detail)), None)
    labels = {option.code: wording.said(option.label) for option in asked.options} if asked else {}
    yes_no = {"yes": _("Yes"), "no": _("No")}
    return wording.said(asked.label) if asked else detail, lambda code: labels.get(code) or yes_no.get(code, code)


def _priority(_city: City, _detail: str, _about: str) -> tuple[str, Callable[[str], str]]:
    return _("Priority"), lambda code: str(wording.PRIORITIES.get(code, code))


def _time(_city: City, _detail: str, _about: str) -> tuple[str, Callable[[str], str]]:
    return _("Day and time"), time_words


def _closed(city: City, _detail: str, _about: str) -> tuple[str, Callable[[str], str]]:
    names = {each.code: wording.said(each.name) for each in city.pack.calendars}
    return _("Closed that day"), lambda code: names.get(code, code)


_READERS: Final[Mapping[str, Reader]] = {
    "service": _service,
    "group": _group,
    "area": _area,
    "answer": _answer,
    "priority": _priority,
    "time": _time,
    "calendar_closed": _closed,
}


def time_words(text: str) -> str:
    """`mon,tue 22:00-06:00` with the days as people write them."""
    names = get_day_names("abbreviated", locale=formats.locale())
    days, _sep, clock = text.partition(" ") if text[:3] in WEEKDAYS else ("", "", text)
    said = ", ".join(str(names[WEEKDAYS.index(day)]) for day in days.split(",") if day in WEEKDAYS)
    return f"{said} {clock.replace('-', '–')}".strip()


def days_words(days: frozenset[int]) -> str:
    """Weekdays as people write them, Monday first."""
    names = get_day_names("wide", locale=formats.locale())
    return ", ".join(str(names[day]) for day in sorted(days))

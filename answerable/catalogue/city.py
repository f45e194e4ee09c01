"""A city as one catalogue version describes it, compiled for fast questions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar
from zoneinfo import ZoneInfo

import msgspec

from answerable.catalogue import structs
from answerable.catalogue.areas import Areas
from answerable.catalogue.connectorstructs import Connector
from answerable.catalogue.errors import UnknownEntry, UnknownService
from answerable.catalogue.escalation import Escalation
from answerable.catalogue.grammar import Text
from answerable.catalogue.holidaybook import HOLIDAYS_TO, pinned
from answerable.catalogue.search import ServiceHit, ServiceIndex
from answerable.catalogue.structs import (
    Department,
    Group,
    Outcome,
    Pack,
    Promise,
    Queue,
    Referral,
    Route,
    Service,
)

Entry = TypeVar("Entry")

OFFICE = "office"
"""The connector of departments that work in our own pages."""

OPEN311 = "open311"
"""The channel of requests that another program logged by GeoReport v2."""


@dataclass(frozen=True, slots=True)
class BusinessCalendar:
    """Which days a city works.  Units: weekdays as `date.weekday()`; `closes` is local time."""

    code: str
    name: Text
    timezone: str
    working_weekdays: frozenset[int]
    holidays: frozenset[dt.date]
    holiday_names: Mapping[dt.date, str]
    closes: dt.time
    known_through: dt.date

    def is_working_day(self, day: dt.date) -> bool:
        """Whether the city works on that local day."""
        return day.weekday() in self.working_weekdays and day not in self.holidays


@dataclass(frozen=True)
class City:
    """One catalogue version: who the city is, what it offers, promises and routes.  Built once, never changed."""

    version_id: int
    pack: Pack
    areas: Areas
    placeset_id: int

    @property
    def id(self) -> str:
        """The pack's short name."""
        return self.pack.city.id

    @property
    def languages(self) -> tuple[str, ...]:
        """The language tags, the city's own order."""
        return self.pack.city.languages

    @property
    def default_language(self) -> str:
        """The language when nothing else is known."""
        return self.pack.city.default_language

    @cached_property
    def timezone(self) -> ZoneInfo:
        """Where its clocks stand."""
        return ZoneInfo(self.pack.city.timezone)

    def local_day(self, at: dt.datetime) -> dt.date:
        """The city's date at that instant."""
        return at.astimezone(self.timezone).date()

    @property
    def primary_area_kind(self) -> str:
        """The kind of area that bounds the city, usually its wards."""
        return self.areas.boundary_kind

    @cached_property
    def services(self) -> tuple[Service, ...]:
        """Every service that can be asked for, in the order of the pack."""
        return tuple(each for each in self.pack.services if not each.historic)

    @property
    def every_service(self) -> tuple[Service, ...]:
        """Every service, those of the past included: for lists that look back."""
        return self.pack.services

    @property
    def groups(self) -> tuple[Group, ...]:
        """The groups, in the order of the pack."""
        return self.pack.groups

    @property
    def departments(self) -> tuple[Department, ...]:
        """The departments, in the order of the pack."""
        return self.pack.departments

    @property
    def routes(self) -> tuple[Route, ...]:
        """The routes; the first that holds wins."""
        return self.pack.routes

    def service(self, code: str) -> Service:
        """The service of that code.  Raises: UnknownService."""
        found = self._services.get(code)
        if found is None:
            raise UnknownService(f"No service '{code}'.", field="service", value=code, remedy="Choose one of the list.")
        return found

    def offered(self, code: str) -> Service:
        """The service of that code, if it can be asked for.  Raises: UnknownService."""
        found = self.service(code)
        if found.historic:
            raise UnknownService(
                f"The service '{code}' is kept for the past.", field="service", value=code, remedy="Choose another."
            )
        return found

    def has_service(self, code: str) -> bool:
        """Whether this version offers the service."""
        return code in self._services

    def group(self, code: str) -> Group:
        """The group of that code.  Raises: UnknownEntry."""
        return _entry(self._groups, code, word="group")

    def department(self, code: str) -> Department:
        """The department of that code.  Raises: UnknownEntry."""
        return _entry(self._departments, code, word="department")

    def ladder(self, department: str) -> tuple[Escalation, ...]:
        """Who is told when a promise of that department is in danger or broken; nobody for one that is unknown."""
        found = self._departments.get(department)
        return found.escalation if found else ()

    def connector_for(self, department: str, *, service: str, channel: str) -> str:
        """The code of the connector that takes such a request there; OFFICE when it stays in our own pages."""
        found = self._departments.get(department)
        named = found.connector if found else None
        if named is None or service not in named.services or (channel == OPEN311 and not named.forwards):
            return OFFICE
        return named.code

    @cached_property
    def connectors(self) -> Mapping[str, Connector]:
        """Every connector by its code."""
        return {each.connector.code: each.connector for each in self.pack.departments if each.connector}

    def queue(self, department: str, queue: str) -> Queue:
        """That queue of that department.  Raises: UnknownEntry."""
        return _entry({each.code: each for each in self.department(department).queues}, queue, word="queue")

    def promise(self, code: str) -> Promise:
        """The promise of that code.  Raises: UnknownEntry."""
        return _entry(self._promises, code, word="promise")

    def promise_of(self, service: str) -> Promise:
        """What the city promises for that service.  Raises: UnknownService."""
        return self.promise(self.service(service).promise)

    def referral(self, code: str) -> Referral:
        """The other door of that code.  Raises: UnknownEntry."""
        return _entry(self._referrals, code, word="referral")

    def calendar(self, code: str) -> BusinessCalendar:
        """The business calendar of that code.  Raises: UnknownEntry."""
        return _entry(self._calendars, code, word="calendar")

    def outcome(self, code: str) -> Outcome:
        """The outcome of that code.  Raises: UnknownEntry."""
        return _entry(self._outcomes, code, word="outcome")

    def outcome_text(self, service: str, outcome: str) -> Text:
        """What the outcome means for that service, else in general.  Raises: UnknownEntry."""
        found = self.outcome(outcome)
        return next((each.text for each in found.services if each.service == service), found.text)

    def services_of(self, group: str) -> tuple[Service, ...]:
        """The services on that shelf."""
        return tuple(each for each in self.services if each.group == group)

    def popular_services(self, month: int) -> tuple[Service, ...]:
        """The top services of that month (1 to 12), first the most asked."""
        shown = [each for each in self.services if each.popular and month in (each.popular_months or range(1, 13))]
        return tuple(sorted(shown, key=lambda each: each.popular))

    def search_services(self, words: str, *, language: str, limit: int = 8) -> tuple[ServiceHit, ...]:
        """The services that fit the words best, in either language; empty when nothing is alike."""
        return self._search.find(words, language=language, limit=limit)

    def word(self, key: str, *, language: str) -> str | None:
        """The city's own word, if it has one."""
        return self.pack.words.get(language, {}).get(key)

    @cached_property
    def _services(self) -> Mapping[str, Service]:
        return {each.code: each for each in self.pack.services}

    @cached_property
    def _groups(self) -> Mapping[str, Group]:
        return {each.code: each for each in self.pack.groups}

    @cached_property
    def _departments(self) -> Mapping[str, Department]:
        return {each.code: each for each in self.pack.departments}

    @cached_property
    def _promises(self) -> Mapping[str, Promise]:
        return {each.code: each for each in self.pack.promises}

    @cached_property
    def _referrals(self) -> Mapping[str, Referral]:
        return {each.code: each for each in self.pack.referrals}

    @cached_property
    def _outcomes(self) -> Mapping[str, Outcome]:
        return {each.code: each for each in self.pack.outcomes}

    @cached_property
    def _calendars(self) -> Mapping[str, BusinessCalendar]:
        days_off = self.pack.days_off or pinned(self.pack.calendars)
        return {
            each.code: _calendar(each, days_off[each.code], self.pack.city.timezone) for each in self.pack.calendars
        }

    @cached_property
    def _search(self) -> ServiceIndex:
        return ServiceIndex(msgspec.structs.replace(self.pack, services=self.services))


def _entry(entries: Mapping[str, Entry], code: str, *, word: str) -> Entry:
    try:
        return entries[code]
    except KeyError:
        known = ", ".join(sorted(entries))
        raise UnknownEntry(f"No {word} '{code}'.", field=word, value=code, remedy=f"Known are: {known}.") from None


def _calendar(entry: structs.CalendarEntry, days_off: Mapping[str, str], timezone: str) -> BusinessCalendar:
    names = {dt.date.fromisoformat(day): name for day, name in days_off.items()}
    return BusinessCalendar(
        code=entry.code,
        name=entry.name,
        timezone=timezone,
        working_weekdays=frozenset(structs.WEEKDAYS.index(day) for day in entry.working_days),
        holidays=frozenset(names),
        holiday_names=names,
        closes=dt.time.fromisoformat(entry.closes),
        known_through=dt.date(HOLIDAYS_TO, 12, 31),
    )

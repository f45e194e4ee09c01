"""What a city promises for one report: targets chosen, dates counted, ready for the SQL function that keeps them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache

from answerable.catalogue.city import City
from answerable.catalogue.structs import PromiseTarget, Service
from answerable.kernel.facts import Json
from answerable.promises.experience import NOTHING, Experience, Measured
from answerable.promises.rules import (
    Calendar,
    Kind,
    Offer,
    Pause,
    Target,
    Unit,
    at_risk_at,
    choose_targets,
    due_at,
    warning_time,
)


@dataclass(frozen=True, slots=True)
class Planned:
    """One promise before it is made."""

    target: Target
    due_at: datetime
    at_risk_at: datetime
    catalogue_version: int
    source: str
    started_at: datetime
    pauses: tuple[Pause, ...] = ()

    def as_json(self) -> dict[str, Json]:
        """It as the SQL function `promises_make` reads it."""
        target, cap = self.target, self.target.pause_cap
        return {
            "target": target.kind.value,
            "amount": target.amount,
            "unit": target.unit.value,
            "calendar": target.calendar,
            "version": self.catalogue_version,
            "source": self.source,
            "at_risk_share": target.at_risk_share,
            "pause_cap_seconds": None if cap is None else int(cap.total_seconds()),
            "due_at": self.due_at.isoformat(),
            "at_risk_at": self.at_risk_at.isoformat(),
            "started_at": self.started_at.isoformat(),
            "pauses": pauses_as_json(self.pauses),
        }


def pauses_as_json(pauses: Iterable[Pause]) -> list[Json]:
    """Pauses as they are kept with a promise."""
    return [
        {
            "from": pause.started_at.isoformat(),
            "to": None if pause.ended_at is None else pause.ended_at.isoformat(),
            "reason": pause.reason,
        }
        for pause in pauses
    ]


@dataclass(frozen=True, slots=True)
class Dates:
    """The dates of a request's current promises; None where nothing of that kind is promised."""

    first_action_due: datetime | None = None
    completion_due: datetime | None = None
    completion_at_risk: datetime | None = None


def plan(
    city: City,
    *,
    service: Service,
    answers: Mapping[str, Json],
    priority: str,
    started_at: datetime,
    area: str = "",
    experience: Experience = NOTHING,
) -> list[Planned]:
    """The promises the city makes for such a report, counted from `started_at`.

    Each is at risk when `experience` of that service, place and season says so; without any, by the pack's share.
    """
    promise = city.promise(service.promise)
    targets = targets_of(city, service=service, answers=answers, priority=priority)
    found = [planned(target, city, source=promise.source, started_at=started_at) for target in targets]
    if not experience.curves:
        return found
    here = Setting(city, service=service.code, area=area, experience=experience)
    return [here.rewarned(each) for each in found]


@dataclass(frozen=True, slots=True)
class Setting:
    """Where and of what service a promise is, and what is known of earlier ones there."""

    city: City
    service: str
    area: str
    experience: Experience

    def measured(self, kind: Kind, *, started_at: datetime) -> Measured | None:
        """What is known of such requests of that season."""
        day = self.city.local_day(started_at)
        return self.experience.of(target=kind, service=self.service, area=self.area, day=day)

    def warned(self, target: Target, *, started_at: datetime) -> Target:
        """The target with the share of its time that experience gives, or with its own."""
        known = self.measured(target.kind, started_at=started_at)
        if known is None:
            return target
        due = due_at(target, started_at=started_at, calendar=calendar_of(self.city, target.calendar))
        return _warned(target, known, seconds=(due - started_at).total_seconds())

    def rewarned(self, one: Planned) -> Planned:
        """The planned promise, never paused yet, with the warning that experience gives."""
        known = self.measured(one.target.kind, started_at=one.started_at)
        if known is None:
            return one
        length = one.due_at - one.started_at
        target = _warned(one.target, known, seconds=length.total_seconds())
        return replace(one, target=target, at_risk_at=one.due_at - warning_time(target, length=length))


def _warned(target: Target, known: Measured, *, seconds: float) -> Target:
    return replace(target, at_risk_share=round(known.curve.risk_share(length_seconds=seconds), 6))


def targets_of(city: City, *, service: Service, answers: Mapping[str, Json], priority: str) -> tuple[Target, ...]:
    """The target of each kind that fits the answers and the priority."""
    offers = [offer_of(each) for each in city.promise(service.promise).targets]
    return choose_targets(offers, answers=_words(answers), priority=priority)


def dates_of(planned: Iterable[Planned]) -> Dates:
    """The dates among them that lists and letters need."""
    by_kind = {each.target.kind: each for each in planned}
    first, last = by_kind.get(Kind.FIRST_ACTION), by_kind.get(Kind.COMPLETION)
    return Dates(
        first_action_due=first.due_at if first else None,
        completion_due=last.due_at if last else None,
        completion_at_risk=last.at_risk_at if last else None,
    )


def calendar_of(city: City, code: str) -> Calendar:
    """The city's business calendar, as the rules count with it."""
    found = city.calendar(code)
    return Calendar(
        code=found.code,
        timezone=found.timezone,
        working_weekdays=found.working_weekdays,
        holidays=found.holidays,
        closes=found.closes,
        known_through=found.known_through,
    )


@lru_cache(maxsize=4096)
def offer_of(entry: PromiseTarget) -> Offer:
    """An entry of a city pack as a target and its condition."""
    cap = entry.pause_cap_days
    target = Target(
        kind=Kind(entry.kind),
        amount=entry.amount,
        unit=Unit(entry.unit),
        calendar=entry.calendar,
        at_risk_share=entry.at_risk_share,
        pause_cap=None if cap is None else timedelta(days=cap),
    )
    when = entry.when
    if when is None:
        return Offer(target)
    return Offer(
        target, question=when.answer, answers=frozenset(when.values), priorities=frozenset(map(str, when.priority))
    )


def planned(target: Target, city: City, *, source: str, started_at: datetime, pauses: Sequence[Pause] = ()) -> Planned:
    """The target with its dates; `pauses`, all over, are those the request's clock has had before."""
    calendar = calendar_of(city, target.calendar)
    due = due_at(target, started_at=started_at, calendar=calendar, pauses=pauses)
    at_risk = due - warning_time(target, length=due - started_at)
    if pauses:
        at_risk = at_risk_at(target, started_at=started_at, calendar=calendar, pauses=pauses)
    return Planned(
        target=target,
        due_at=due,
        at_risk_at=at_risk,
        catalogue_version=city.version_id,
        source=source,
        started_at=started_at,
        pauses=tuple(pauses),
    )


def _words(answers: Mapping[str, Json]) -> dict[str, str | Sequence[str]]:
    """The answers as codes; yes and no as the form writes them."""
    return {question: _word(given) for question, given in answers.items()}


def _word(given: Json) -> str | Sequence[str]:
    if isinstance(given, bool):
        return "yes" if given else "no"
    if isinstance(given, (list, tuple)):
        return [str(each) for each in given]
    return "" if given is None else str(given)

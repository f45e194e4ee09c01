"""How a time guarantee is counted: due instants, warnings, pauses, and which target applies.

Every stretch of time is half-open: a promise runs from its start up to, not including, its due instant.
What was decided where the field disagrees, and on what evidence: docs/algorithms/promises.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from answerable.kernel.intervals import Interval
from answerable.promises.errors import BadCalendar, BadPause, BadTarget, CalendarTooShort, NaiveInstant, NoTarget

MONDAY_TO_FRIDAY = frozenset(range(5))
"""Working weekdays of most offices, numbered as `date.weekday()`."""

ONE_DAY = timedelta(days=1)


class Kind(StrEnum):
    """What is promised: that somebody acts, or that the thing is done."""

    FIRST_ACTION = "first_action"
    COMPLETION = "completion"


class Unit(StrEnum):
    """What a target counts."""

    HOURS = "hours"
    CALENDAR_DAYS = "calendar_days"
    BUSINESS_DAYS = "business_days"


class State(StrEnum):
    """Where a promise stands; always derived, never typed by people."""

    RUNNING = "running"
    AT_RISK = "at_risk"
    BREACHED = "breached"
    MET = "met"
    MET_LATE = "met_late"
    PAUSED = "paused"
    VOID = "void"


@dataclass(frozen=True, slots=True)
class Calendar:
    """Which days a city works, and when its working day ends.

    Units: `working_weekdays` as `date.weekday()`, Monday is 0; `closes` is local time. `known_through` is the last
    day whose holidays are known.  Raises: BadCalendar when it has no working day or an unknown time zone.
    """

    code: str
    timezone: str
    working_weekdays: frozenset[int] = MONDAY_TO_FRIDAY
    holidays: frozenset[date] = frozenset()
    closes: time = time(23, 59)
    known_through: date | None = None

    def __post_init__(self) -> None:
        if not self.working_weekdays or not self.working_weekdays <= frozenset(range(7)):
            raise BadCalendar(
                f"Calendar '{self.code}' has working weekdays {sorted(self.working_weekdays)}.",
                field="working_weekdays",
                remedy="Name at least one day, Monday 0 to Sunday 6.",
            )
        try:
            ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise BadCalendar(
                f"Calendar '{self.code}' has the unknown time zone '{self.timezone}'.",
                field="timezone",
                value=self.timezone,
                remedy="Give a name of the IANA time zone database, like 'America/Toronto'.",
            ) from error

    @property
    def zone(self) -> ZoneInfo:
        """The time zone itself."""
        return ZoneInfo(self.timezone)

    def is_working(self, day: date) -> bool:
        """Whether the city works on that local date.  Raises: CalendarTooShort beyond the known days off."""
        if self.known_through is not None and day > self.known_through:
            raise CalendarTooShort(
                f"Calendar '{self.code}' knows its days off up to {self.known_through.isoformat()}, "
                f"not on {day.isoformat()}.",
                field="calendar",
                value=self.code,
                remedy="Extend the calendar's years or lower the target.",
            )
        return day.weekday() in self.working_weekdays and day not in self.holidays


@dataclass(frozen=True, slots=True)
class Target:
    """By when something is done.

    Units: `amount` in `unit`; `at_risk_share` is the part of the time (0-1) after which it is at risk; `pause_cap`
    is all the paused time that may count, None for no limit.  Raises: BadTarget.
    """

    kind: Kind
    amount: int
    unit: Unit
    calendar: str
    at_risk_share: float = 0.8
    pause_cap: timedelta | None = None

    def __post_init__(self) -> None:
        if self.amount < 1:
            raise _bad_target("amount", self.amount, "Give a whole number from 1.")
        if not 0 < self.at_risk_share < 1:
            raise _bad_target("at_risk_share", self.at_risk_share, "Give a share between 0 and 1, like 0.8.")
        if self.pause_cap is not None and self.pause_cap < timedelta(0):
            raise _bad_target("pause_cap", self.pause_cap, "Give a length of time from 0, or none.")


def _bad_target(field: str, value: object, remedy: str) -> BadTarget:
    return BadTarget(f"A target has {field} {value}.", field=field, value=str(value), remedy=remedy)


@dataclass(frozen=True, slots=True)
class Pause:
    """A stretch during which the clock stood still; open while `ended_at` is None.  Raises: BadPause if reversed."""

    started_at: datetime
    ended_at: datetime | None = None
    reason: str = ""

    def __post_init__(self) -> None:
        if self.ended_at is not None and self.ended_at < self.started_at:
            raise BadPause(
                f"The pause '{self.reason}' ends ({self.ended_at.isoformat()}) before it starts "
                f"({self.started_at.isoformat()}).",
                field="ended_at",
                value=self.ended_at.isoformat(),
                remedy="Resume at or after the pause.",
            )


def due_at(
    target: Target,
    *,
    started_at: datetime,
    calendar: Calendar,
    pauses: Iterable[Pause] = (),
    pause_cap: timedelta | None = None,
) -> datetime:
    """The instant at which the promise is broken unless it was kept before; aware, UTC.

    Hours are elapsed time. Calendar days end at the same local clock time so many days later. Business days end when
    the so-manieth working day after the day of the request closes; a request of a day off belongs to the next working
    day. `pause_cap` overrides the target's own.  Raises: NaiveInstant; BadPause for an open pause; CalendarTooShort.

    Five business days from Friday 2018-10-19 20:05 local time are over on Friday 2018-10-26 at 23:59.
    Source: Toronto's Open311 answers of 2018, docs/algorithms/promises.md.
    """
    start = _utc(started_at)
    stops = counted_pauses(pauses, since=start, cap=target.pause_cap if pause_cap is None else pause_cap)
    if target.unit is Unit.BUSINESS_DAYS:
        return _business_close(target.amount, start=start, calendar=calendar, stops=stops)
    return pushed_back(_due_without_pauses(target, start=start, calendar=calendar), stops)


def at_risk_at(
    target: Target,
    *,
    started_at: datetime,
    calendar: Calendar,
    pauses: Sequence[Pause] = (),
    pause_cap: timedelta | None = None,
) -> datetime:
    """The instant from which the promise is at risk; pauses move it by as much as they move the due instant.

    A target of 10 hours with a share of 0.8 is at risk 2 hours before it is due.
    """
    due = due_at(target, started_at=started_at, calendar=calendar, pauses=pauses, pause_cap=pause_cap)
    unpaused = due_at(target, started_at=started_at, calendar=calendar) if pauses else due
    return due - warning_time(target, length=unpaused - started_at)


def warning_time(target: Target, *, length: timedelta) -> timedelta:
    """How long before the due instant a promise of that length becomes at risk."""
    return length * (1 - target.at_risk_share)


def _due_without_pauses(target: Target, *, start: datetime, calendar: Calendar) -> datetime:
    if target.unit is Unit.HOURS:
        return start + timedelta(hours=target.amount)
    local = start.astimezone(calendar.zone)
    wanted = local.replace(tzinfo=None, fold=0) + timedelta(days=target.amount)
    return instant_of(wanted, zone=calendar.zone)


def _business_close(amount: int, *, start: datetime, calendar: Calendar, stops: Sequence[Interval]) -> datetime:
    """The close of the so-manieth working day that ends with the clock running."""
    day = start.astimezone(calendar.zone).date()
    while not calendar.is_working(day):
        day += ONE_DAY
    while True:
        day += ONE_DAY
        if not calendar.is_working(day):
            continue
        if not stops and amount > 1:
            amount -= 1
            continue
        close = instant_of(datetime.combine(day, calendar.closes), zone=calendar.zone)
        amount -= not any(stop.contains(close) for stop in stops)
        if amount == 0:
            return close


def instant_of(local: datetime, *, zone: ZoneInfo) -> datetime:
    """The instant of a local clock time, which must carry no zone; UTC.

    A time that comes twice (clocks go back) means the first; a time that never comes (clocks go forward) means the
    first instant after the gap. Both are the earliest instant at which the clock shows that time or has passed it, so
    a later local time never gives an earlier instant.
    Source: RFC 5545 section 3.3.5 for the repeated time; docs/algorithms/promises.md says why the gap differs from it.
    """
    first = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if first.astimezone(zone).replace(tzinfo=None) == local:
        return first
    after = local.replace(tzinfo=zone, fold=1)
    before = local.replace(tzinfo=zone, fold=0)
    gap = (after.utcoffset() or timedelta()) - (before.utcoffset() or timedelta())
    return _end_of_gap(first, zone=zone, gap=abs(gap))


def _end_of_gap(inside: datetime, *, zone: ZoneInfo, gap: timedelta) -> datetime:
    """The instant at which the clock jumped, looked for to the second within one gap before `inside`."""
    early, late = inside - gap, inside
    offset = late.astimezone(zone).utcoffset()
    while late - early > timedelta(seconds=1):
        middle = early + (late - early) / 2
        if middle.astimezone(zone).utcoffset() == offset:
            late = middle
        else:
            early = middle
    return late.replace(microsecond=0)


def counted_pauses(pauses: Iterable[Pause], *, since: datetime, cap: timedelta | None) -> tuple[Interval, ...]:
    """The paused stretches that count: merged, in order, none before `since`, together no longer than `cap`.

    When the cap is used up in the middle of a pause, the clock runs again from there.  Raises: BadPause if one is open.
    """
    counted: list[Interval] = []
    left = cap
    for stretch in _merged(pauses, since=since):
        if left is not None and stretch.length >= left:
            stretch = Interval(stretch.start, stretch.start + left)  # noqa: PLW2901
        if stretch.length:
            counted.append(stretch)
        if left is not None:
            left -= stretch.length
            if not left:
                break
    return tuple(counted)


def _merged(pauses: Iterable[Pause], *, since: datetime) -> list[Interval]:
    merged: list[Interval] = []
    for start, end in sorted(_ends(pause) for pause in pauses):
        start = max(start, since)  # noqa: PLW2901
        if merged and start <= merged[-1].end:
            merged[-1] = Interval(merged[-1].start, max(end, merged[-1].end))
        elif end > start:
            merged.append(Interval(start, end))
    return merged


def _ends(pause: Pause) -> tuple[datetime, datetime]:
    if pause.ended_at is None:
        raise BadPause(
            f"The pause '{pause.reason}' is still open.", field="ended_at", remedy="Close it first: see closed_at()."
        )
    return _utc(pause.started_at), _utc(pause.ended_at)


def closed_at(pauses: Iterable[Pause], *, now: datetime) -> tuple[Pause, ...]:
    """The same pauses, an open one ended at `now`, as if the clock were started again then."""
    return tuple(
        Pause(each.started_at, max(now, each.started_at), each.reason) if each.ended_at is None else each
        for each in pauses
    )


def after(stops: Iterable[Interval], *, since: datetime) -> tuple[Interval, ...]:
    """What lies after `since`."""
    return tuple(Interval(max(stop.start, since), stop.end) for stop in stops if stop.end > since)


def pushed_back(due: datetime, stops: Iterable[Interval]) -> datetime:
    """`due` later by each stretch that began before it; stretches must be merged and in order."""
    for stop in stops:
        if stop.start >= due:
            break
        due += stop.length
    return due


def paused_time(pauses: Iterable[Pause], *, since: datetime, cap: timedelta | None) -> timedelta:
    """How much paused time counts."""
    return sum((stop.length for stop in counted_pauses(pauses, since=since, cap=cap)), timedelta())


def cap_reached_at(pauses: Sequence[Pause], *, since: datetime, cap: timedelta | None) -> datetime | None:
    """When the open pause has used up the cap, so that the clock must run again; None without open pause or cap."""
    opened = next((pause for pause in pauses if pause.ended_at is None), None)
    if opened is None or cap is None:
        return None
    earlier = [pause for pause in pauses if pause.ended_at is not None]
    return _utc(opened.started_at) + max(cap - paused_time(earlier, since=since, cap=cap), timedelta())


def state(
    *,
    due_at: datetime,
    at_risk_at: datetime,
    now: datetime,
    met_at: datetime | None = None,
    paused_since: datetime | None = None,
    voided_at: datetime | None = None,
) -> State:
    """Where the promise stands at `now`; kept at the due instant itself is late, and pausing cannot undo a breach."""
    if voided_at is not None:
        return State.VOID
    if met_at is not None:
        return State.MET if met_at < due_at else State.MET_LATE
    if paused_since is not None and paused_since < due_at:
        return State.PAUSED
    if now >= due_at:
        return State.BREACHED
    return State.AT_RISK if now >= at_risk_at else State.RUNNING


@dataclass(frozen=True, slots=True)
class Offer:
    """A target, and when it applies: one of the answers to a question, one of the priorities, both, or always."""

    target: Target
    question: str = ""
    answers: frozenset[str] = frozenset()
    priorities: frozenset[str] = frozenset()

    @property
    def is_unconditional(self) -> bool:
        """Whether it always applies."""
        return not self.question and not self.priorities

    def applies(self, *, answers: Mapping[str, str | Sequence[str]], priority: str) -> bool:
        """Whether the case has what the offer asks for."""
        if self.priorities and priority not in self.priorities:
            return False
        if not self.question:
            return True
        given = answers.get(self.question, ())
        return not self.answers.isdisjoint((given,) if isinstance(given, str) else given)


def choose_targets(
    offers: Iterable[Offer], *, answers: Mapping[str, str | Sequence[str]], priority: str
) -> tuple[Target, ...]:
    """The first target of each kind that applies, in the order the kinds first appear.

    Raises: NoTarget when a kind is offered but none of its targets applies.
    """
    chosen: dict[Kind, Target | None] = {}
    for offer in offers:
        chosen.setdefault(offer.target.kind, None)
        if chosen[offer.target.kind] is None and offer.applies(answers=answers, priority=priority):
            chosen[offer.target.kind] = offer.target
    missing = [kind for kind, target in chosen.items() if target is None]
    if missing:
        raise NoTarget(
            f"No '{missing[0]}' target fits the answers and priority '{priority}'.",
            field=missing[0],
            value=priority,
            remedy="Make the last target of each kind unconditional.",
        )
    return tuple(target for target in chosen.values() if target is not None)


def kinds_without_default(offers: Sequence[Offer]) -> tuple[Kind, ...]:
    """The kinds whose last target is conditional, so that a request might get none."""
    last = {offer.target.kind: offer for offer in offers}
    return tuple(kind for kind, offer in last.items() if not offer.is_unconditional)


def _utc(instant: datetime) -> datetime:
    if instant.tzinfo is UTC:
        return instant
    if instant.tzinfo is None:
        raise NaiveInstant(
            f"{instant.isoformat()} has no time zone.",
            field="at",
            value=instant.isoformat(),
            remedy="Give an aware datetime.",
        )
    return instant.astimezone(UTC)

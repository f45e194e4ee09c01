"""What the guard decides: which rungs of a ladder are due, and the dates that a storm moves."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from answerable.guard.errors import BadSurge
from answerable.promises.rules import instant_of

AT_RISK: Final = "at_risk"
BREACH: Final = "breach"

_LATER = re.compile(r"^breach\+(\d+)([hd])$")


class Rung(Protocol):
    """One step of a department's ladder, as the city pack writes it."""

    @property
    def at(self) -> str:
        """`at_risk`, `breach`, or so long after it."""

    @property
    def targets(self) -> tuple[str, ...]:
        """The targets it is about."""


@dataclass(frozen=True, slots=True)
class Climb:
    """A rung that is due: its number from 1, its own words, and when it is told."""

    rung: int
    step: str
    at: datetime


def climbs(ladder: Sequence[Rung], *, trigger: str, target: str, happened_at: datetime) -> Iterator[Climb]:
    """The rungs that follow from a warning (`at_risk`) or a breach, at once or later, in the order of the ladder.

    A breach of Monday nine leads to `breach+48h` on Wednesday nine.
    """
    for number, rung in enumerate(ladder, start=1):
        wait = _wait(rung.at, trigger=trigger)
        if wait is not None and target in rung.targets:
            yield Climb(number, rung.at, happened_at + wait)


def _wait(at: str, *, trigger: str) -> timedelta | None:
    """How long after the trigger the rung is told; None for another trigger's."""
    if at == trigger:
        return timedelta()
    later = _LATER.match(at) if trigger == BREACH else None
    if later is None:
        return None
    amount = int(later[1])
    return timedelta(hours=amount) if later[2] == "h" else timedelta(days=amount)


MOST_DAYS: Final = 730
"""Units: days a date may be moved at once; later than that is no promise."""

END_OF_DAY: Final = time(23, 59)


@dataclass(frozen=True, slots=True)
class NewDate:
    """How dates are moved: all to the end of one local day, or each by so many days; just one of the two is given."""

    until: date | None = None
    days: int | None = None

    def __post_init__(self) -> None:
        if (self.until is None) == (self.days is None):
            raise BadSurge("Give a day or a number of days.", field="until", remedy="Fill one of the two.")
        if self.days is not None and not 1 <= self.days <= MOST_DAYS:
            raise BadSurge(
                f"{self.days} days is too little or too much.", field="days", remedy=f"Give 1 to {MOST_DAYS}."
            )

    def of(self, due: datetime, *, now: datetime, zone: ZoneInfo) -> datetime | None:
        """The new due instant of a promise due then; None when it would not be later, or is over already.

        By days, one that is broken already counts from today: 3 days from Friday is Monday, at the end of the day.
        """
        day = self.until
        if day is None:
            day = max(due, now).astimezone(zone).date() + timedelta(days=self.days or 0)
        moved = instant_of(datetime.combine(day, END_OF_DAY), zone=zone)
        return moved if moved > max(due, now) else None


def check_words(words: Mapping[str, str], *, languages: Sequence[str]) -> None:
    """Return when there are words in every language of the city.  Raises: BadSurge naming the one that is missing."""
    for language in languages:
        if not words.get(language, "").strip():
            raise BadSurge(
                f"The words in '{language}' are missing.", field=f"words_{language}", value=language,
                remedy="Say it in every language of the city, so that nobody is told less.",
            )  # fmt: skip

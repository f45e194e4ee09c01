"""What the guard decides: which rungs of a ladder are due, and when."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

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

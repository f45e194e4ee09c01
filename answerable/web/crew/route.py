"""In which order a crew drives: what the promise says first, then the nearest next; explained, and never clever.

Source: docs/algorithms/crew-route.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from answerable.kernel.places import Point, distance_m


class Urgency(IntEnum):
    """The three heaps a day is sorted into, each driven before the next."""

    BEGUN = 0
    TODAY = 1
    LATER = 2


@dataclass(frozen=True, slots=True)
class Stop:
    """One job of the day: where it is, if that is known, and by when it is promised."""

    number: str
    point: Point | None
    due: datetime | None
    urgency: Urgency


@dataclass(frozen=True, slots=True)
class Leg:
    """A stop in its place on the way.  Units: `metres` from the stop before it, as the crow flies."""

    number: str
    metres: float | None


def urgency_of(*, is_begun: bool, is_for_today: bool, due: datetime | None, day_ends: datetime) -> Urgency:
    """Which heap a job belongs to: begun work first, then what is dated today or promised by its end, then the rest."""
    if is_begun:
        return Urgency.BEGUN
    if is_for_today or (due is not None and due <= day_ends):
        return Urgency.TODAY
    return Urgency.LATER


def ordered(stops: Sequence[Stop], *, start: Point | None = None) -> tuple[Leg, ...]:
    """The stops heap by heap, inside a heap always the nearest next; without a place, by promise, at the heap's end.

    Without a start the first of a heap is the one promised earliest.
    Example: two potholes due today one street apart are driven together, whatever lies between their due times.
    """
    legs: list[Leg] = []
    here = start
    for heap in Urgency:
        left = sorted((each for each in stops if each.urgency is heap), key=_by_promise)
        while placed := [each for each in left if each.point is not None]:
            following = _nearest(placed, here)
            legs.append(Leg(following.number, _metres(here, following.point)))
            here = following.point
            left.remove(following)
        legs += [Leg(each.number, None) for each in left]
    return tuple(legs)


def _nearest(placed: Sequence[Stop], here: Point | None) -> Stop:
    if here is None:
        return placed[0]
    return min(placed, key=lambda each: (_metres(here, each.point) or 0.0, _by_promise(each)))


def _metres(here: Point | None, there: Point | None) -> float | None:
    return None if here is None or there is None else distance_m(here, there)


def _by_promise(stop: Stop) -> tuple[bool, float, str]:
    return (stop.due is None, stop.due.timestamp() if stop.due else 0.0, stop.number)

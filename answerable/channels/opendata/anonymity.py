"""k-anonymity of the protected rows: each is published with at least k that say the same, or grows coarser.

The thinking is in `rules.STEPS`; here it runs over arrays, because a year may have millions of rows.
Source: Sweeney 2002, k-anonymity: a model for protecting privacy; local recoding by one ladder of generalisations.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from answerable.channels.opendata.rules import STEPS, Place, Step, When, said_place

Numbers = npt.NDArray[np.int64]
HELD_BACK = -1
"""The row's period is not over: a later build may publish it."""

LEFT_OUT = -2
"""Fewer than k rows are alike even at the last step."""

_EPOCH_YEAR = 1970


@dataclass(frozen=True, slots=True)
class Protected:
    """The protected rows of one year: what identifies somebody, as small numbers; -1 is unknown.

    `day` counts from 1970-01-01; `cell` is the hexagon of the random point, `declared` a `Place`.
    """

    service: Numbers
    group: Numbers
    declared: Numbers
    cell: Numbers
    ward: Numbers
    neighbourhood: Numbers
    prefix: Numbers
    day: Numbers


@dataclass(frozen=True, slots=True)
class Assigned:
    """For each row the step at which it is published, HELD_BACK or LEFT_OUT, and what it then says of its place."""

    step: Numbers
    place: Numbers


def assign(rows: Protected, *, k: int, today: date) -> Assigned:
    """Every row at the finest step where k rows still waiting say the same."""
    total = len(rows.day)
    step_of = np.full(total, LEFT_OUT, dtype=np.int64)
    place_of = np.zeros(total, dtype=np.int64)
    waiting = np.arange(total)
    for number, step in enumerate(STEPS):
        ready = waiting[over(rows.day[waiting], when=step.when, today=today)]
        places = places_at(rows, ready, step=step)
        _, inverse, counts = np.unique(_keys(rows, ready, places, step), return_inverse=True, return_counts=True)
        alike = counts[inverse] >= k if len(ready) else np.zeros(0, dtype=bool)
        step_of[ready[alike]] = number
        place_of[ready[alike]] = places[alike]
        waiting = waiting[step_of[waiting] == LEFT_OUT]
    not_over = waiting[~over(rows.day[waiting], when=When.YEAR, today=today)]
    step_of[not_over] = HELD_BACK
    return Assigned(step=step_of, place=place_of)


def places_at(rows: Protected, which: Numbers, *, step: Step) -> Numbers:
    """What those rows say of their place at the step; where the finer is unknown, the next coarser that is known."""
    table = np.array([said_place(place, step=step) for place in Place], dtype=np.int64)
    places = table[rows.declared[which]]
    places = np.where((places == Place.RANDOM_500M) & (rows.cell[which] < 0), Place.NEIGHBOURHOOD, places)
    places = np.where((places == Place.NEIGHBOURHOOD) & (rows.neighbourhood[which] < 0), Place.WARD, places)
    places = np.where((places == Place.POSTAL_PREFIX) & (rows.prefix[which] < 0), Place.NONE, places)
    return np.where((places == Place.WARD) & (rows.ward[which] < 0), Place.NONE, places)


def _keys(rows: Protected, which: Numbers, places: Numbers, step: Step) -> Numbers:
    """One number for all that a row says at the step: place, ward beside it, period, service or group."""
    names = {
        Place.RANDOM_500M: rows.cell, Place.NEIGHBOURHOOD: rows.neighbourhood, Place.POSTAL_PREFIX: rows.prefix,
        Place.WARD: rows.ward,
    }  # fmt: skip
    key = places.copy()
    spot = np.full(len(which), -1, dtype=np.int64)
    for place, column in names.items():
        spot = np.where(places == place, column[which], spot)
    beside = np.where(tells_ward(places), rows.ward[which], -1)
    who = rows.service[which] if step.names_service else np.zeros(len(which), dtype=np.int64)
    for column in (spot, beside, period(rows.day[which], when=step.when), rows.group[which], who):
        key = _folded(key, column)
    return key


def tells_ward(places: Numbers) -> npt.NDArray[np.bool_]:
    """Which of these rows also say their ward."""
    return np.isin(places, (Place.RANDOM_500M, Place.NEIGHBOURHOOD, Place.WARD))


def _folded(key: Numbers, column: Numbers) -> Numbers:
    """Both as one number, dense again, so that no product can grow beyond 64 bits."""
    if not len(key):
        return key
    low = int(column.min())
    both = key * (int(column.max()) - low + 1) + (column - low)
    dense: Numbers = np.unique(both, return_inverse=True)[1].astype(np.int64)
    return dense


def period(days: Numbers, *, when: When) -> Numbers:
    """The number of each day's period: the day itself, the month since 1970, the year."""
    if when is When.DAY:
        return days
    unit = "datetime64[M]" if when is When.MONTH else "datetime64[Y]"
    numbered: Numbers = days.astype("datetime64[D]").astype(unit).astype(np.int64)
    return numbered


def over(days: Numbers, *, when: When, today: date) -> npt.NDArray[np.bool_]:
    """Which of these days lie in a period that has ended."""
    now = np.array([np.datetime64(today, "D").astype(np.int64)])
    ended: npt.NDArray[np.bool_] = period(days, when=when) < period(now, when=when)[0]
    return ended

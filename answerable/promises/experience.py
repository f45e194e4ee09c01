"""What earlier requests teach: how long such work really takes, and how likely a promise still is to be kept.

Pure.  How it is counted, and why so: docs/algorithms/at-risk.md.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from answerable.promises.rules import Kind

SMALLEST: Final = 30
"""Units: ended requests a curve must rest on; with fewer, a wider one is asked.  Source: docs/algorithms/at-risk.md."""

EVEN_CHANCE: Final = 0.5
"""Below this chance of being kept, 0 to 1, a promise is at risk.  Source: docs/algorithms/at-risk.md."""

EARLIEST_SHARE: Final = 0.25
LATEST_SHARE: Final = 0.95
"""No warning comes before or after these shares of the promised time.  Source: docs/algorithms/at-risk.md."""

KEPT_SHARE: Final = 0.8
"""A standard kept less often than this, 0 to 1, is not being met.  Source: docs/algorithms/at-risk.md."""

HISTORY: Final = timedelta(days=3 * 366)
"""How far back is looked, so that each season is seen three times.  Source: docs/algorithms/at-risk.md."""

LEVELS: Final = (*(step / 20 for step in range(1, 20)), 0.975, 0.99, 1.0)
"""The shares of ended requests, 0 to 1, at which a curve is kept."""

EVERYWHERE: Final = ""
ALL_YEAR: Final = ""


class Season(StrEnum):
    """A quarter of the year, as the weather has it."""

    WINTER = "winter"
    SPRING = "spring"
    SUMMER = "summer"
    AUTUMN = "autumn"


def season_of(day: date) -> Season:
    """The season of that local date; December begins the winter."""
    return tuple(Season)[day.month % 12 // 3]


class Cell(NamedTuple):
    """What a curve is about; `area` and `season` may be empty: the whole city, all the year."""

    target: str
    service: str
    area: str
    season: str


@dataclass(frozen=True, slots=True)
class Curve:
    """How many of a kind of request had ended after how long.

    `knots` are (seconds of running clock, share ended), both rising.  `half_seconds` and `most_seconds` are how long
    half and four of five took as people live it, pauses included; None where too many are still open to say.
    """

    observed: int
    ended: int
    knots: tuple[tuple[float, float], ...]
    half_seconds: float | None
    most_seconds: float | None

    def share_ended(self, seconds: float) -> float:
        """The share, 0 to 1, that had ended after so long; straight lines lie between the knots."""
        at = bisect_right(self.knots, (seconds, 2.0))
        before = self.knots[at - 1] if at else (0.0, 0.0)
        if at == len(self.knots):
            return before[1]
        after = self.knots[at]
        width = after[0] - before[0]
        return before[1] + (after[1] - before[1]) * ((seconds - before[0]) / width if width else 1.0)

    def seconds_until(self, share: float) -> float | None:
        """After how long that share had ended; None when so many never were."""
        before = (0.0, 0.0)
        for knot in self.knots:
            if knot[1] >= share:
                rise = knot[1] - before[1]
                return before[0] + (knot[0] - before[0]) * ((share - before[1]) / rise if rise else 1.0)
            before = knot
        return None

    def chance(self, *, elapsed_seconds: float, length_seconds: float) -> float:
        """The chance, 0 to 1, that one still open after so long ends within the promised length.

        P(T < D | T > t) = 1 - S(D) / S(t).  Source: Kaplan and Meier (1958), docs/algorithms/at-risk.md.
        """
        still_open = 1 - self.share_ended(elapsed_seconds)
        if elapsed_seconds >= length_seconds or still_open <= 0:
            return 0.0
        return max(0.0, 1 - (1 - self.share_ended(length_seconds)) / still_open)

    def risk_share(self, *, length_seconds: float) -> float:
        """After which share of the promised length the chance of keeping it is no longer even, within its bounds.

        The chance falls below c when S(t) < S(D) / (1 - c); S falls, so there is one such instant.
        """
        wanted = 1 - (1 - self.share_ended(length_seconds)) / (1 - EVEN_CHANCE)
        seconds = 0.0 if wanted <= 0 else self.seconds_until(wanted)
        if seconds is None or length_seconds <= 0:
            return LATEST_SHARE
        return min(LATEST_SHARE, max(EARLIEST_SHARE, seconds / length_seconds))


class Lived(NamedTuple):
    """How long one request took, or has taken so far.  Units: seconds; `paused` is part of `seconds`."""

    seconds: float
    paused: float
    has_ended: bool


def curve_of(lives: Iterable[Lived]) -> Curve:
    """The curve of these requests; those still open count as lasting longer than they have so far.

    Source: Kaplan and Meier, "Nonparametric estimation from incomplete observations", JASA 53 (1958).
    """
    known = list(lives)
    real = _steps((life.seconds, life.has_ended) for life in known)
    running = _steps((max(0.0, life.seconds - life.paused), life.has_ended) for life in known)
    return Curve(
        observed=len(known),
        ended=sum(life.has_ended for life in known),
        knots=_thinned(running),
        half_seconds=_first(real, 0.5),
        most_seconds=_first(real, KEPT_SHARE),
    )


def _steps(lives: Iterable[tuple[float, bool]]) -> list[tuple[float, float]]:
    """The share ended after each instant at which one ended; of those at one instant the open ones outlast it."""
    ordered = sorted(lives, key=lambda life: (life[0], not life[1]))
    steps: list[tuple[float, float]] = []
    surviving = 1.0
    for place, (seconds, has_ended) in enumerate(ordered):
        if not has_ended:
            continue
        surviving *= 1 - 1 / (len(ordered) - place)
        share = round(1 - surviving, 9)
        if steps and steps[-1][0] == seconds:
            steps[-1] = (seconds, share)
        else:
            steps.append((seconds, share))
    return steps


def _thinned(steps: list[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    """The first step at or above each level, and the last of all: enough for straight lines."""
    kept: list[tuple[float, float]] = []
    level = 0
    for step in steps:
        if level < len(LEVELS) and step[1] >= LEVELS[level]:
            kept.append(step)
            while level < len(LEVELS) and step[1] >= LEVELS[level]:
                level += 1
    if steps and kept[-1:] != steps[-1:]:
        kept.append(steps[-1])
    return tuple(kept)


def _first(steps: list[tuple[float, float]], share: float) -> float | None:
    return next((seconds for seconds, reached in steps if reached >= share), None)


@dataclass(frozen=True, slots=True)
class Measured:
    """What is known of such requests, and how closely it fits: `area` and `season` are empty where it is wider."""

    curve: Curve
    area: str
    season: str

    def is_met(self, *, length: timedelta) -> bool:
        """Whether the standard is being kept: four of five such requests ended within it."""
        return self.curve.share_ended(length.total_seconds()) >= KEPT_SHARE


@dataclass(frozen=True, slots=True)
class Experience:
    """Every curve that rests on enough requests."""

    curves: Mapping[Cell, Curve]
    measured_at: datetime | None = None

    def of(self, *, target: Kind, service: str, area: str, day: date) -> Measured | None:
        """What is known of that service there and then: the closest curve that rests on enough; None without any."""
        season = season_of(day)
        for where, when in ((area, season), (area, ALL_YEAR), (EVERYWHERE, season), (EVERYWHERE, ALL_YEAR)):
            curve = self.curves.get(Cell(target.value, service, where, when))
            if curve is not None:
                return Measured(curve, where, when)
        return None


NOTHING: Final = Experience({})
"""Where nothing was measured yet; the shares of the pack hold."""


def cells_of(*, target: Kind, service: str, area: str, day: date) -> tuple[Cell, ...]:
    """Every curve that a request logged on that local day belongs to."""
    season = season_of(day)
    areas = (area, EVERYWHERE) if area else (EVERYWHERE,)
    return tuple(Cell(target.value, service, where, when) for where in areas for when in (season, ALL_YEAR))

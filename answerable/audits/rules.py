"""How many closures are looked at again, and what their verdicts say about all of them.

Source: docs/algorithms/closure-audits.md.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from answerable.audits.errors import NoGrounds, NoVerdict


class Verdict(StrEnum):
    """Whether what was said when the request ended was so."""

    RIGHT = "right"
    WRONG = "wrong"
    UNCLEAR = "unclear"


Z_95 = 1.959964
"""The standard normal quantile of 97.5 %, for intervals of 95 %."""

FEWEST = 10
"""Units: verdicts below which no rate is published."""


def sample_size(population: int, *, share: float, least: int, most: int) -> int:
    """How many of a night's closures are drawn.

    Example: 5 % of 200 are 10; of 12 closures the least, 2, are drawn; of 1,000 the most, 20.
    """
    return min(population, max(least, min(most, math.ceil(population * share))))


def drawn(ids: Sequence[int], *, size: int, seed: str) -> tuple[int, ...]:
    """The ids that chance chose; the same seed always chooses the same, so that a draw can be checked."""
    return tuple(sorted(random.Random(seed).sample(sorted(ids), size)))  # noqa: S311 - fair, and repeatable on purpose


def read_verdict(code: str, *, note: str) -> Verdict:
    """The verdict of that code.  Raises: NoVerdict; NoGrounds when it is not `right` and nothing was written."""
    if code not in set(Verdict):
        raise NoVerdict(
            "There is no such verdict.", field="verdict", value=code[:40], remedy="Choose one of the three."
        )
    if code != Verdict.RIGHT and not note.strip():
        raise NoGrounds("The reason is missing.", field="note", remedy="Say what was found.")
    return Verdict(code)


@dataclass(frozen=True, slots=True)
class Judged:
    """One verdict and how many closures it stands for: those of its night and department over those drawn."""

    verdict: Verdict
    weight: float


@dataclass(frozen=True, slots=True)
class Accuracy:
    """The share of closures that were right, with its interval of 95 %; `judged` does not count unclear ones."""

    share: float
    low: float
    high: float
    judged: int
    unclear: int


def accuracy(verdicts: Sequence[Judged]) -> Accuracy | None:
    """What the verdicts say of all closures they were drawn from; None when nothing clear was judged.

    Each counts for as many closures as it stands for; the interval is Wilson's, for Kish's effective number.
    Source: Wilson, Probable inference, JASA 22 (1927); Kish, Survey Sampling (1965), section 11.7.
    Example: 18 right of 20, all of one weight: 90 %, from 69.9 % to 97.2 %.
    """
    clear = [each for each in verdicts if each.verdict is not Verdict.UNCLEAR]
    weight = sum(each.weight for each in clear)
    if not clear or weight <= 0:
        return None
    share = sum(each.weight for each in clear if each.verdict is Verdict.RIGHT) / weight
    low, high = wilson(share, weight**2 / sum(each.weight**2 for each in clear))
    return Accuracy(share=share, low=low, high=high, judged=len(clear), unclear=len(verdicts) - len(clear))


def wilson(share: float, count: float) -> tuple[float, float]:
    """The interval of 95 % around a share seen in so many."""
    z2 = Z_95**2
    middle = (share + z2 / (2 * count)) / (1 + z2 / count)
    reach = Z_95 * math.sqrt(share * (1 - share) / count + z2 / (4 * count**2)) / (1 + z2 / count)
    return max(0.0, middle - reach), min(1.0, middle + reach)

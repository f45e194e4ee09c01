"""What does not agree between our ledger and what the other system holds: pure comparison, one finding an order."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from answerable.connectors.rules import Meaning, step_for
from answerable.requests.rules import OPEN, Lifecycle


class Drift(StrEnum):
    """How the two may disagree.  Source: docs/handbook/connectors.md."""

    CLOSED_THERE = "closed_there"
    OPEN_THERE = "open_there"
    UNKNOWN_TO_US = "unknown_to_us"
    UNKNOWN_TO_THEM = "unknown_to_them"
    OUT_OF_ORDER = "out_of_order"
    SILENT = "silent"


class Remedy(StrEnum):
    """What a person may do about it, and how a finding may end by itself (`gone`)."""

    APPLY = "apply"
    TELL = "tell"
    SEND_AGAIN = "send_again"
    LINK = "link"
    ASK = "ask"
    ACCEPT = "accept"
    GONE = "gone"


REMEDIES: dict[Drift, tuple[Remedy, ...]] = {
    Drift.CLOSED_THERE: (Remedy.APPLY, Remedy.TELL, Remedy.ASK, Remedy.ACCEPT),
    Drift.OPEN_THERE: (Remedy.TELL, Remedy.APPLY, Remedy.ASK, Remedy.ACCEPT),
    Drift.UNKNOWN_TO_US: (Remedy.LINK, Remedy.ACCEPT),
    Drift.UNKNOWN_TO_THEM: (Remedy.SEND_AGAIN, Remedy.ASK, Remedy.ACCEPT),
    Drift.OUT_OF_ORDER: (Remedy.APPLY, Remedy.ASK, Remedy.ACCEPT),
    Drift.SILENT: (Remedy.ASK, Remedy.ACCEPT),
}
"""Which remedies fit, the likeliest first."""

UNSETTLING = frozenset({Drift.CLOSED_THERE, Drift.OPEN_THERE, Drift.UNKNOWN_TO_THEM})
"""What makes a work order `out_of_sync`: the two sides believe different things."""

QUIET_AFTER_WORD = timedelta(days=3)
"""How long a finding rests after they were told or asked."""

QUIET_AFTER_ACCEPTING = timedelta(days=365)
"""How long a finding that was accepted rests while nothing about it changes."""

IMPLAUSIBLE_FROM = 20
"""Unknown orders from which a comparison that finds most of ours unknown is not believed: the wrong account, an empty
system, or a list cut short, not a thousand losses at once.
"""

_AT_WORK = frozenset({"acknowledged", "in_progress", "scheduled", "asked"})
_OVER = frozenset({"resolved", "refused"})
_WAITING = frozenset({Lifecycle.AWAITING_REQUESTER, Lifecycle.ON_HOLD})


@dataclass(frozen=True, slots=True)
class Ours:
    """One work order as our ledger has it; `is_wanted` says that it is still the one that counts.

    `sequences` are the numbers of their messages that arrived; `is_telling` that news of ours is on its way.
    """

    delivery_id: int
    request_id: int
    reference: str
    is_wanted: bool
    state: Lifecycle
    until: date | None
    remote_word: str
    last_sign_at: datetime
    sequences: Collection[int] = ()
    is_telling: bool = False

    @property
    def is_open(self) -> bool:
        """Whether we still wait for them."""
        return self.is_wanted and self.state in OPEN


@dataclass(frozen=True, slots=True)
class Theirs:
    """The same order as they have it, their word with its meaning here."""

    reference: str
    word: str
    meaning: Meaning
    expected_on: date | None = None


def drift_of(ours: Ours, theirs: Theirs | None, *, now: datetime, silent_after: timedelta, today: date) -> Drift | None:
    """How the two disagree; None when they agree, or when nobody could say.

    Example: we closed it, they still have it in work: OPEN_THERE; they closed it as well: None.
    """
    if theirs is None:
        return Drift.UNKNOWN_TO_THEM if ours.is_open else None
    stage = theirs.meaning.stage
    if not ours.is_open:
        return Drift.OPEN_THERE if stage in _AT_WORK and not ours.is_telling else None
    if stage in _OVER:
        return Drift.CLOSED_THERE
    if missing(ours.sequences) or _has_moved_on(ours, theirs):
        return Drift.OUT_OF_ORDER
    is_resting = ours.state in _WAITING or (ours.until is not None and ours.until >= today)
    return Drift.SILENT if not is_resting and now - ours.last_sign_at >= silent_after else None


def missing(sequences: Collection[int]) -> tuple[int, ...]:
    """The numbers between the first and the last that never came, at most ten.

    Example: of 1, 2 and 5 the numbers 3 and 4 are missing.
    """
    if not sequences:
        return ()
    arrived = set(sequences)
    return tuple(each for each in range(min(arrived), max(arrived)) if each not in arrived)[:10]


def _has_moved_on(ours: Ours, theirs: Theirs) -> bool:
    """Whether they stand somewhere they never told us of."""
    if theirs.word == ours.remote_word:
        return False
    step = step_for(
        theirs.meaning, state=ours.state, until=ours.until, expected_on=theirs.expected_on, may_reopen=False
    )
    return step is not None


def is_implausible(*, compared: int, unknown: int) -> bool:
    """Whether so many of ours are unknown to them that the comparison itself must be wrong."""
    return unknown >= IMPLAUSIBLE_FROM and unknown * 2 > compared


_MARK = re.compile(r"\[(?P<city>[^\[\]]{1,80}) 311: (?P<number>\d\d-\d{7}-\d)/(?P<sequence>\d{1,4})\]")


def marked(text: str, *, city: str) -> tuple[str, int] | None:
    """The number and the work order of ours that a text names, as `queries.order_of` marks what it sends.

    Example: `Deep [Northbridge 311: 26-0000001-8/1]` is the first work order of 26-0000001-8.
    """
    for found in _MARK.finditer(text):
        if found["city"] == city:
            return found["number"], int(found["sequence"])
    return None

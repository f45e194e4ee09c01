"""When to try again, what another system's words mean here, and which step follows from them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from answerable.requests.rules import OPEN, Lifecycle, Outcome, Step


class Ledger(StrEnum):
    """How far something to send got.  Source: docs/handbook/connectors.md."""

    DUE = "due"
    SENDING = "sending"
    DELIVERED = "delivered"
    ACKNOWLEDGED = "acknowledged"
    REFUSED = "refused"
    DEAD = "dead"
    WITHDRAWN = "withdrawn"


class Kind(StrEnum):
    """What is sent: a work order, or news of one."""

    FILE = "file"
    TELL = "tell"


FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(hours=1)
MOST_TRIES = 60
"""Tries before a person must decide: with the pauses above about two days, so that a lost weekend is survived."""

LEASE = timedelta(minutes=3)
"""How long one try may take before another worker may think that it was cut off; longer than any time-out together."""


def pause_after(tries: int, *, chance: float) -> timedelta:
    """How long to wait after that many failed tries.  `chance` from 0 to 1 spreads them from half to one and a half.

    Example: the first failure waits 2.5 to 7.5 seconds, the fourth 20 to 60, the eleventh and later 30 to 90 minutes.
    """
    grown: timedelta = FIRST_PAUSE * (1 << min(max(tries, 1) - 1, 16))
    return min(grown, LONGEST_PAUSE) * (0.5 + chance)


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a word says of the work: taken, begun, dated, over with an outcome, not theirs; `unread` asks a person."""

    stage: str
    outcome: Outcome | None = None


def _over(outcome: Outcome) -> Meaning:
    return Meaning("resolved", outcome)


_TAKEN, _BEGUN, _DATED, _NOT_THEIRS = map(Meaning, ("acknowledged", "in_progress", "scheduled", "refused"))
UNREAD = Meaning("unread")

WORDS: Mapping[str, Meaning] = {
    **dict.fromkeys(
        ("open", "new", "received", "submitted", "registered", "acknowledged", "confirmed", "assigned", "for_triage",
         "triage", "internal_referral", "investigating", "awaiting_requester", "on_hold", "referred", "reopen",
         "reopened"),
        _TAKEN,
    ),
    **dict.fromkeys(("in_progress", "started", "work_in_progress"), _BEGUN),
    **dict.fromkeys(("action_scheduled", "scheduled", "planned"), _DATED),
    **dict.fromkeys(("closed", "fixed", "resolved", "completed", "done"), _over(Outcome.COMPLETED)),
    "temporary_repair": _over(Outcome.TEMPORARY_REPAIR),
    "no_problem_found": _over(Outcome.NO_PROBLEM_FOUND),
    "within_standard": _over(Outcome.WITHIN_STANDARD),
    "no_further_action": _over(Outcome.INFORMATION_GIVEN),
    "enforcement_started": _over(Outcome.ENFORCEMENT_STARTED),
    "information_given": _over(Outcome.INFORMATION_GIVEN),
    "not_councils_responsibility": _NOT_THEIRS,
    "not_city_responsibility": _NOT_THEIRS,
}  # fmt: skip
"""Words any server may use.  Source: GeoReport v2 `status`; the extended statuses of its updates extension."""


def plain_word(word: str) -> str:
    """The word as it is compared: `Action Scheduled`, `ACTION-SCHEDULED` and `action_scheduled` are one."""
    return "_".join(word.casefold().replace("-", " ").replace("_", " ").replace("'", "").split())[:64]


def meaning_of(word: str, *, own: Mapping[str, str]) -> Meaning:
    """What the word means: first by the city's own table, then by what any server may use, else UNREAD."""
    said = {plain_word(theirs): ours for theirs, ours in own.items()}.get(plain_word(word))
    if said is None:
        return WORDS.get(plain_word(word), UNREAD)
    stage, _, outcome = said.partition(":")
    return Meaning(stage, Outcome(outcome) if outcome else None)


def step_for(meaning: Meaning, *, state: Lifecycle, expected_on: date | None, may_reopen: bool) -> Step | None:
    """The step our request takes; None when it already stands there, or the word moves nothing.

    A date is only promised on when the other system gave one; work that was over is taken up again only when the
    other system itself had ended it.
    """
    if meaning.stage == "resolved":
        return None if state not in OPEN else Step(to=Lifecycle.RESOLVED, outcome=meaning.outcome)
    if state not in OPEN:
        return Step(to=Lifecycle.ASSIGNED, reason="reopened_by_owner") if may_reopen else None
    if meaning.stage == "in_progress" and state is not Lifecycle.IN_PROGRESS:
        return Step(to=Lifecycle.IN_PROGRESS)
    if meaning.stage == "scheduled" and expected_on is not None and state is not Lifecycle.SCHEDULED:
        return Step(to=Lifecycle.SCHEDULED, until=expected_on)
    return None


def key_of(*parts: object) -> str:
    """A key for what those parts say together; the same parts give the same key."""
    digest = hashlib.sha256("\x1f".join(map(str, parts)).encode()).hexdigest()
    return f"connector:{digest[:40]}"

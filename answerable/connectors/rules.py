"""When to try again, what another system's words mean here, and which step follows from them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
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


class Verdict(StrEnum):
    """What became of a message from another system.  All but the first two wait in the office's tray for a person."""

    APPLIED = "applied"
    REPEATED = "repeated"
    LATE = "late"
    UNREAD = "unread"
    UNKNOWN_REFERENCE = "unknown_reference"
    REFUSED_STEP = "refused_step"


FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(hours=1)
MOST_TRIES = 60
"""Tries before a person must decide: with the pauses above about two days, so that a lost weekend is survived."""

LEASE = timedelta(minutes=3)
"""How long one try may take before another worker may think that it was cut off; longer than any time-out together.
It is the last net: the rows of a worker whose process died are free at once."""

MOST_MISSES = 6
"""Tries in a row without an answer after which a line is taken for down.  Example: a system that fails one time in five
does this once in 15,000 tries by chance."""

PROBE_EVERY = timedelta(seconds=3)
"""How often one order is sent to a line that is down, to see whether it is up again."""

GIVE_UP_AFTER = timedelta(hours=48)
"""How long an order waits for a line that is down before a person must decide."""


def pause_after(tries: int, *, chance: float) -> timedelta:
    """How long to wait after that many failed tries.  `chance` from 0 to 1 spreads them from half to one and a half.

    Example: the first failure waits 2.5 to 7.5 seconds, the fourth 20 to 60, the eleventh and later 30 to 90 minutes.
    """
    grown: timedelta = FIRST_PAUSE * (1 << min(max(tries, 1) - 1, 16))
    return min(grown, LONGEST_PAUSE) * (0.5 + chance)


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a word says of the work: taken, begun, dated, a question to the resident, over with an outcome, not theirs;
    `unread` asks a person.
    """

    stage: str
    outcome: Outcome | None = None


def _over(outcome: Outcome) -> Meaning:
    return Meaning("resolved", outcome)


_TAKEN, _BEGUN, _DATED, _ASKED, _NOT_THEIRS = map(
    Meaning, ("acknowledged", "in_progress", "scheduled", "asked", "refused")
)
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
    **dict.fromkeys(("asked", "question_to_requester"), _ASKED),
    **dict.fromkeys(("refused", "rejected", "declined", "not_ours"), _NOT_THEIRS),
    **dict.fromkeys(("accepted", "queued"), _TAKEN),
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


def step_for(
    meaning: Meaning, *, state: Lifecycle, until: date | None = None, expected_on: date | None, may_reopen: bool
) -> Step | None:
    """The step our request takes; None when it already stands there, or the word moves nothing.

    A date is only promised on when the other system gave one, and again when it gave another than `until`; work that
    was over is taken up again only when the other system itself had ended it.
    """
    if meaning.stage == "resolved":
        return None if state not in OPEN else Step(to=Lifecycle.RESOLVED, outcome=meaning.outcome)
    if state not in OPEN:
        return Step(to=Lifecycle.ASSIGNED, reason="reopened_by_owner") if may_reopen else None
    if meaning.stage == "in_progress" and state is not Lifecycle.IN_PROGRESS:
        return Step(to=Lifecycle.IN_PROGRESS)
    if meaning.stage == "scheduled" and expected_on is not None:
        is_told = state is Lifecycle.SCHEDULED and until == expected_on
        return None if is_told else Step(to=Lifecycle.SCHEDULED, until=expected_on)
    if meaning.stage == "asked" and state is not Lifecycle.AWAITING_REQUESTER:
        return Step(to=Lifecycle.AWAITING_REQUESTER, reason="awaiting_requester")
    return None


def is_late(
    *, sequence: int | None, told_at: datetime | None, last_sequence: int | None, last_at: datetime | None
) -> bool:
    """Whether a message was overtaken by a later one: by their numbers where both have one, else by their clocks.

    Example: number 2 is late after number 3, whatever its time says.
    """
    if sequence is not None and last_sequence is not None:
        return sequence <= last_sequence
    return told_at is not None and last_at is not None and told_at < last_at


SAID: Mapping[str, Mapping[str, str]] = {
    "open": {"en": "With us this is still open.", "fr": "Chez nous, ceci est encore ouvert."},
    "ask": {"en": "Please tell us where this work stands.", "fr": "Veuillez nous dire où en est ce travail."},
}
"""What another system is told where the two disagree, in the city's own language."""


def key_of(*parts: object) -> str:
    """A key for what those parts say together; the same parts give the same key."""
    digest = hashlib.sha256("\x1f".join(map(str, parts)).encode()).hexdigest()
    return f"connector:{digest[:40]}"

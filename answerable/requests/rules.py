"""What a request may do next, what each step needs, and what a resident is owed.

Five axes are kept apart: lifecycle, visibility, hand-off, promise (the promises room), links.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from answerable.requests.errors import (
    BadChoice,
    BadScore,
    MissingReason,
    MovedMeanwhile,
    NotAllowed,
    ProofMissing,
    UnknownFamily,
)


class Lifecycle(StrEnum):
    """Where a request stands.  Source: docs/glossary.md, after GeoReport v2 and the field's systems."""

    RECEIVED = "received"
    TRIAGE = "triage"
    ASSIGNED = "assigned"
    SCHEDULED = "scheduled"
    IN_PROGRESS = "in_progress"
    AWAITING_REQUESTER = "awaiting_requester"
    ON_HOLD = "on_hold"
    REFERRED = "referred"
    RESOLVED = "resolved"
    CLOSED = "closed"


class Visibility(StrEnum):
    """Who may read a request: everyone, everyone without its words, the parties, or a named few."""

    PUBLIC = "public"
    PUBLIC_REDACTED = "public_redacted"
    PRIVATE = "private"
    CONFIDENTIAL = "confidential"


class Handoff(StrEnum):
    """How far one work order got on its way to the department and back."""

    QUEUED = "queued"
    SENT = "sent"
    ACKNOWLEDGED = "acknowledged"
    REFUSED = "refused"
    FAILED = "failed"
    DONE_REPORTED = "done_reported"
    OUT_OF_SYNC = "out_of_sync"


class LinkKind(StrEnum):
    """How one request is tied to another; a duplicate is a link, never a status."""

    DUPLICATE_OF = "duplicate_of"
    PART_OF = "part_of"
    FOLLOW_ON_OF = "follow_on_of"


class Outcome(StrEnum):
    """How a resolved request ended."""

    COMPLETED = "completed"
    TEMPORARY_REPAIR = "temporary_repair"
    NO_PROBLEM_FOUND = "no_problem_found"
    WITHIN_STANDARD = "within_standard"
    ALREADY_PROGRAMMED = "already_programmed"
    NOT_CITY_RESPONSIBILITY = "not_city_responsibility"
    CANNOT_BE_DONE = "cannot_be_done"
    ENFORCEMENT_STARTED = "enforcement_started"
    INFORMATION_GIVEN = "information_given"
    CANCELLED_BY_REQUESTER = "cancelled_by_requester"
    NO_REPLY = "no_reply_from_requester"
    ENTERED_IN_ERROR = "entered_in_error"


class Proof(StrEnum):
    """What a service wants to see before it believes that work was done."""

    NONE = "none"
    PHOTO = "photo"
    NOTE = "note"
    PHOTO_OR_NOTE = "photo_or_note"


class Shows(StrEnum):
    """What a picture shows: the problem as it was reported, or the work that was done about it."""

    PROBLEM = "problem"
    WORK = "work"


class ClockEffect(StrEnum):
    """What a step does to the promise clock."""

    NONE = "none"
    PAUSE = "pause"
    RESUME = "resume"
    STOP = "stop"
    RESTART = "restart"


_L = Lifecycle
OPEN: frozenset[Lifecycle] = frozenset(_L) - {_L.RESOLVED, _L.CLOSED}
"""The states in which the city still owes something."""

_WORKING = frozenset({_L.ASSIGNED, _L.SCHEDULED, _L.IN_PROGRESS})
_WAITING = frozenset({_L.AWAITING_REQUESTER, _L.ON_HOLD})

DEFAULT_TRANSITIONS: Mapping[Lifecycle, frozenset[Lifecycle]] = {
    _L.RECEIVED: _WORKING | _WAITING | {_L.TRIAGE, _L.REFERRED, _L.RESOLVED},
    _L.TRIAGE: _WORKING | _WAITING | {_L.REFERRED, _L.RESOLVED},
    _L.ASSIGNED: _WORKING - {_L.ASSIGNED} | _WAITING | {_L.TRIAGE, _L.REFERRED, _L.RESOLVED},
    _L.SCHEDULED: _WORKING | _WAITING | {_L.TRIAGE, _L.REFERRED, _L.RESOLVED},
    _L.IN_PROGRESS: _WORKING - {_L.IN_PROGRESS} | _WAITING | {_L.TRIAGE, _L.REFERRED, _L.RESOLVED},
    _L.AWAITING_REQUESTER: _WORKING | {_L.TRIAGE, _L.ON_HOLD, _L.RESOLVED},
    _L.ON_HOLD: _WORKING | {_L.TRIAGE, _L.AWAITING_REQUESTER, _L.REFERRED, _L.RESOLVED},
    _L.REFERRED: frozenset({_L.TRIAGE, _L.ASSIGNED, _L.RESOLVED}),
    _L.RESOLVED: frozenset({_L.TRIAGE, _L.ASSIGNED, _L.CLOSED}),
    _L.CLOSED: frozenset({_L.TRIAGE, _L.ASSIGNED}),
}
"""The default table; leaving RESOLVED or CLOSED for an open state is a reopening."""

_ENQUIRY_LIKE: Mapping[Lifecycle, frozenset[Lifecycle]] = {
    state: (targets - {_L.SCHEDULED}) for state, targets in DEFAULT_TRANSITIONS.items() if state is not _L.SCHEDULED
}

FAMILIES: Mapping[str, Mapping[Lifecycle, frozenset[Lifecycle]]] = {
    "default": DEFAULT_TRANSITIONS,
    "correspondence": _ENQUIRY_LIKE,
}
"""One table per service family: `correspondence` has answers but no scheduled field work."""

DISPUTE_DAYS = 30
"""Units: days after resolving in which the resident may say "not fixed", unless the service says otherwise.

Source: docs/decisions/0006.
"""

DISPUTED = "disputed"
"""The reason of a reopening of which nothing more was said."""

DISPUTE_REASONS: tuple[str, ...] = ("not_fixed", "partly_fixed", "came_back", "other_spot", "nobody_came")
"""Why a resident says that it is not fixed."""

CLAIMS_WORK: frozenset[Outcome] = frozenset({Outcome.COMPLETED, Outcome.TEMPORARY_REPAIR})
"""The outcomes that say work was done; only they need proof."""

LEAST_NOTE = 10
"""Units: characters of an inspection note; fewer prove nothing."""

REPLY_DAYS = 14
"""Units: days the city waits for the requester's answer before it closes with `no_reply_from_requester`."""

REPLY_TIME = timedelta(days=REPLY_DAYS)


MOST_TRIES = 8
"""Wrong postal codes a number may be tried with before it is shut for the rest of the hour."""

TRIES_TIME = timedelta(hours=1)
"""How long wrong tries count."""


REPLIED = "requester_replied"
"""The reason of a step that answers a question; unasked, it would undo others' steps or reopen what is over."""


@dataclass(frozen=True, slots=True)
class Step:
    """One wished move with everything said about it."""

    to: Lifecycle
    outcome: Outcome | None = None
    reason: str = ""
    until: date | None = None
    party: str = ""


def allowed_from(state: Lifecycle, *, family: str = "default") -> frozenset[Lifecycle]:
    """The states that may follow.  Raises: UnknownFamily."""
    if family not in FAMILIES:
        raise UnknownFamily(
            f"There is no service family '{family}'.",
            field="family",
            value=family,
            remedy=f"Use one of {sorted(FAMILIES)}.",
        )
    return FAMILIES[family].get(state, frozenset())


def check_step(state: Lifecycle, step: Step, *, family: str = "default") -> None:
    """Return when the step may be taken.

    Raises: NotAllowed when the table forbids it; MissingReason naming the field the step still needs.
    """
    if step.to not in allowed_from(state, family=family):
        following = ", ".join(sorted(allowed_from(state, family=family))) or "nothing"
        raise NotAllowed(
            f"A request that is '{state}' cannot become '{step.to}'.",
            field="to",
            value=step.to,
            remedy=f"From here it may become: {following}.",
        )
    if step.reason == REPLIED and state is not Lifecycle.AWAITING_REQUESTER:
        raise NotAllowed("Nothing was asked of the requester.", field="to", value=step.to)
    missing = _missing(step)
    if missing:
        raise MissingReason(
            f"'{step.to}' needs {missing}.", field=missing, value="", remedy="Fill it in and send again."
        )


_NEEDS_PARTY = frozenset({Outcome.NOT_CITY_RESPONSIBILITY})
_NEEDS_REASON = frozenset({Outcome.CANNOT_BE_DONE, Outcome.ENTERED_IN_ERROR})
_NEEDS_DATE = frozenset({Outcome.ALREADY_PROGRAMMED})


def _missing(step: Step) -> str:
    if step.to is Lifecycle.RESOLVED:
        return _missing_for_outcome(step)
    if step.to is Lifecycle.ON_HOLD:
        return "reason" if not step.reason else "until" if step.until is None else ""
    if step.to is Lifecycle.AWAITING_REQUESTER and not step.reason:
        return "reason"
    if step.to is Lifecycle.SCHEDULED and step.until is None:
        return "until"
    if step.to is Lifecycle.REFERRED and not step.party:
        return "party"
    return ""


def _missing_for_outcome(step: Step) -> str:
    if step.outcome is None:
        return "outcome"
    if step.outcome in _NEEDS_PARTY and not step.party:
        return "party"
    if step.outcome in _NEEDS_REASON and not step.reason:
        return "reason"
    if step.outcome in _NEEDS_DATE and step.until is None:
        return "until"
    return ""


def is_working(state: Lifecycle) -> bool:
    """Whether the state means that the department has taken the work."""
    return state in _WORKING


def need_reason(reason: str) -> None:
    """Return when a reason was given.  Raises: MissingReason."""
    if not reason.strip():
        raise MissingReason("A reason is missing.", field="reason", value="", remedy="Say why in a few words.")


def need_words(words: str) -> None:
    """Return when something was written.  Raises: MissingReason."""
    if not words.strip():
        raise MissingReason("The note is empty.", field="note", value="", remedy="Write a few words.")


def seen_as(*, lifecycle: str, department: str, queue: str) -> str:
    """A request as somebody saw it when they decided what to do with it."""
    return f"{lifecycle}/{department}/{queue}"


def check_seen(seen: str, *, lifecycle: str, department: str, queue: str) -> None:
    """Return when the request is as it was seen, or nothing is said of that.  Raises: MovedMeanwhile."""
    if seen and seen != seen_as(lifecycle=lifecycle, department=department, queue=queue):
        raise MovedMeanwhile(
            f"The request is now '{lifecycle}'.", field="seen", value=seen, remedy="Look at it again, then decide."
        )


def is_reopening(state: Lifecycle, to: Lifecycle) -> bool:
    """Whether the step takes an ended request up again, under the same number."""
    return state not in OPEN and to in OPEN


def clock_effect(state: Lifecycle, to: Lifecycle, *, on_hold_pauses: bool) -> ClockEffect:
    """What the step does to the promise clock; a hold pauses only where the service allows it."""
    pausing = _pausing(on_hold_pauses=on_hold_pauses)
    if is_reopening(state, to):
        return ClockEffect.RESTART
    if to is Lifecycle.RESOLVED:
        return ClockEffect.STOP
    if to in pausing and state not in pausing:
        return ClockEffect.PAUSE
    if state in pausing and to not in pausing:
        return ClockEffect.RESUME
    return ClockEffect.NONE


def is_paused_by_state(state: Lifecycle, *, on_hold_pauses: bool) -> bool:
    """Whether being in that state stops the promise clock, so that only leaving it starts it again."""
    return state in _pausing(on_hold_pauses=on_hold_pauses)


def _pausing(*, on_hold_pauses: bool) -> frozenset[Lifecycle]:
    return frozenset({Lifecycle.AWAITING_REQUESTER} | ({Lifecycle.ON_HOLD} if on_hold_pauses else set()))


def is_first_action(state: Lifecycle, to: Lifecycle) -> bool:
    """Whether the step counts as the department's first action: work dated, begun, asked about or ended."""
    acting = {
        Lifecycle.SCHEDULED,
        Lifecycle.IN_PROGRESS,
        Lifecycle.AWAITING_REQUESTER,
        Lifecycle.RESOLVED,
        Lifecycle.REFERRED,
    }
    return state in OPEN and to in acting


def may_dispute(state: Lifecycle, *, resolved_at: datetime | None, now: datetime, days: int = DISPUTE_DAYS) -> bool:
    """Whether the resident may still say that it is not fixed."""
    if state not in {Lifecycle.RESOLVED, Lifecycle.CLOSED} or resolved_at is None:
        return False
    return now < resolved_at + timedelta(days=days)


def check_dispute_reason(reason: str) -> None:
    """Return when the reason is one a resident can choose, or none was chosen.  Raises: BadChoice."""
    if reason not in {DISPUTED, *DISPUTE_REASONS}:
        raise BadChoice("There is no such reason.", field="reason", value=reason[:40], remedy="Choose one of the list.")


def is_telling(note: str) -> bool:
    """Whether the words are long enough to say what was found and done."""
    return len(note.strip()) >= LEAST_NOTE


def needs_proof(step: Step, *, proof: Proof) -> bool:
    """Whether the step claims work that its service wants proved."""
    return step.to is Lifecycle.RESOLVED and proof is not Proof.NONE and step.outcome in CLAIMS_WORK


def check_proof(step: Step, *, proof: Proof, has_photo: bool, has_note: bool) -> None:
    """Return when the step claims no work, or the work is proved as the service wants it.

    Raises: ProofMissing naming the field: `photo` for a picture of the work, `inspection` for words.
    """
    if not needs_proof(step, proof=proof):
        return
    proved = {
        Proof.PHOTO: has_photo,
        Proof.NOTE: has_note,
        Proof.PHOTO_OR_NOTE: has_photo or has_note,
    }[proof]
    if proved:
        return
    remedy = {
        Proof.PHOTO: "Add a photo of the work.",
        Proof.NOTE: f"Say what was found and done, in at least {LEAST_NOTE} characters.",
        Proof.PHOTO_OR_NOTE: f"Add a photo of the work, or say what was done in at least {LEAST_NOTE} characters.",
    }[proof]
    field = "inspection" if proof is Proof.NOTE else "photo"
    raise ProofMissing(f"'{step.outcome}' needs proof of the work.", field=field, value=proof, remedy=remedy)


RATING_DAYS = 60
"""Units: days after resolving in which the requester may say how satisfied they are."""

BEST_SCORE = 5
"""The scores are 1 (very dissatisfied) to 5 (very satisfied).

Source: Institute for Citizen-Centred Service, Common Measurements Tool: overall satisfaction on five points.
"""


def may_rate(state: Lifecycle, *, resolved_at: datetime | None, now: datetime) -> bool:
    """Whether the requester may be asked, or say, how satisfied they are."""
    if state not in {Lifecycle.RESOLVED, Lifecycle.CLOSED} or resolved_at is None:
        return False
    return now < resolved_at + timedelta(days=RATING_DAYS)


def need_score(score: int) -> None:
    """Return when it is one of the five scores.  Raises: BadScore."""
    if not 1 <= score <= BEST_SCORE:
        raise BadScore(f"{score} is no score.", field="score", value=str(score), remedy="Choose one from 1 to 5.")


class PromiseStanding(StrEnum):
    """How the completion promise stands, derived from instants, never typed by people."""

    NONE = "none"
    RUNNING = "running"
    AT_RISK = "at_risk"
    BREACHED = "breached"
    PAUSED = "paused"
    MET = "met"
    MET_LATE = "met_late"


def promise_standing(
    *,
    due: datetime | None,
    at_risk: datetime | None,
    paused_since: datetime | None,
    ended_at: datetime | None,
    now: datetime,
) -> PromiseStanding:
    """How the promise stands at `now`; it runs up to, not including, its due instant.

    A pause freezes it as it stood when the pause began.
    """
    if due is None:
        return PromiseStanding.NONE
    if ended_at is not None:
        return PromiseStanding.MET if ended_at < due else PromiseStanding.MET_LATE
    if paused_since is not None and paused_since < due:
        return PromiseStanding.PAUSED
    if now >= due:
        return PromiseStanding.BREACHED
    if at_risk is not None and now >= at_risk:
        return PromiseStanding.AT_RISK
    return PromiseStanding.RUNNING


def stricter(one: Visibility, other: Visibility) -> Visibility:
    """The one of the two that fewer people may read."""
    order = tuple(Visibility)
    return max(one, other, key=order.index)


_VOIDED = frozenset({Outcome.ENTERED_IN_ERROR, Outcome.CANCELLED_BY_REQUESTER, Outcome.NO_REPLY})


def is_voided(outcome: Outcome | None) -> bool:
    """Whether the end says that nothing was owed any more."""
    return outcome in _VOIDED


def is_listed_publicly(visibility: Visibility) -> bool:
    """Whether the request may appear on lists, maps and beside a new report."""
    return visibility in {Visibility.PUBLIC, Visibility.PUBLIC_REDACTED}

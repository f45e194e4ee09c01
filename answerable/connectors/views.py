"""What others see of the ledger: frozen values, no rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from answerable.connectors.rules import Kind
from answerable.kernel.facts import Json


@dataclass(frozen=True, slots=True)
class Claimed:
    """Something to send now, by us alone until the lease ends."""

    id: int
    attempt_id: int
    kind: Kind
    request_id: int
    handoff_id: int
    connector: str
    word: str
    note_id: int | None
    key: str
    was_doubtful: bool
    first_tried_at: datetime
    sequence: int = 1
    is_probe: bool = False


@dataclass(frozen=True, slots=True)
class PulseView:
    """How one connector does."""

    connector: str
    beat_at: datetime | None
    answered_at: datetime | None
    failed_at: datetime | None
    failure: str
    failures: int
    read_to: datetime | None
    checked_at: datetime | None
    problems: Sequence[str]
    misses: int
    open_since: datetime | None
    probe_at: datetime | None


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """One thing sent or to be sent."""

    id: int
    kind: str
    handoff_id: int
    request_id: int
    connector: str
    sequence: int
    state: str
    due_at: datetime
    tries: int
    doubtful: bool
    made_at: datetime
    ended_at: datetime | None
    reference: str
    token: str
    remote_word: str
    remote_at: datetime | None
    followed_at: datetime | None
    reason: str


@dataclass(frozen=True, slots=True)
class AttemptView:
    """One try."""

    id: int
    delivery_id: int | None
    verb: str
    timeout_seconds: float
    started_at: datetime
    ended_at: datetime | None
    outcome: str
    status_code: int | None
    error: str


@dataclass(frozen=True, slots=True)
class HeardView:
    """One message from another system, and what became of it."""

    id: int
    connector: str
    delivery_id: int | None
    request_id: int | None
    verdict: str
    problem: str
    reference: str
    event: str
    sequence: int | None
    word: str
    words: str
    party: str
    expected_on: date | None
    photos: Sequence[Mapping[str, Json]]
    told_at: datetime | None
    at: datetime
    times: int
    read_at: datetime | None
    read_by: str
    remedy: str
    why: str


@dataclass(frozen=True, slots=True)
class Tally:
    """How much lies in each state of one connector, and since when the oldest waits."""

    states: Mapping[str, int]
    oldest_due: datetime | None


@dataclass(frozen=True, slots=True)
class DriftView:
    """One disagreement with another system."""

    id: int
    connector: str
    kind: str
    delivery_id: int | None
    request_id: int | None
    reference: str
    our_state: str
    their_word: str
    their_words: str
    told_at: datetime | None
    expected_on: date | None
    missing: Sequence[int]
    found_at: datetime
    seen_at: datetime
    settled_at: datetime | None
    settled_by: str
    remedy: str
    why: str


@dataclass(frozen=True, slots=True)
class ReconciliationView:
    """One comparison: when, of how much, and what it found; `failure` says why it could not be made."""

    id: int
    connector: str
    night: date | None
    by: str
    asked_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    was_listed: bool
    compared: int
    held: int
    found: int
    fresh: int
    gone: int
    failure: str


@dataclass(frozen=True, slots=True)
class MeaningView:
    """What a word means from now on."""

    id: int
    connector: str
    word: str
    meaning: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Ailing:
    """A connector that is not well, and what is the matter."""

    connector: str
    what: str

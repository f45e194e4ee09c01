"""What can be said of a promise; every fact belongs to the history of its request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from answerable.kernel.facts import Json, SubjectFact


@dataclass(frozen=True, slots=True)
class PromiseFact(SubjectFact):
    """A fact about one promise of a request; `subject_id` is the request."""

    SUBJECT_WORD: ClassVar[str] = "request"

    promise: int
    target: str


@dataclass(frozen=True, slots=True)
class PromiseMade(SubjectFact):
    """The resident was promised dates, one for each target.  Appended by the SQL function `promises_make`."""

    KIND: ClassVar[str] = "promise.made"
    SUBJECT_WORD: ClassVar[str] = "request"

    promises: list[Json]
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class PromisePaused(PromiseFact):
    """The clock stands still; `ends_by` is when the cap ends it at the latest."""

    KIND: ClassVar[str] = "promise.paused"

    reason: str
    ends_by: str | None = None


@dataclass(frozen=True, slots=True)
class PromiseResumed(PromiseFact):
    """The clock runs again; `paused_seconds` is all the paused time that counts so far."""

    KIND: ClassVar[str] = "promise.resumed"

    due_at: str
    paused_seconds: int
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class PromiseRemade(PromiseFact):
    """The date changed: the request was re-classified, or people decided a new date; `surge` if for many at once."""

    KIND: ClassVar[str] = "promise.remade"

    reason: str
    due_before: str
    due_at: str
    amount: int
    unit: str
    repromised: bool | None = None
    surge: int | None = None


@dataclass(frozen=True, slots=True)
class PromiseAtRisk(PromiseFact):
    """Most of the time is over.  Appended by the SQL function `promises_warn`."""

    KIND: ClassVar[str] = "promise.at_risk"

    due_at: str


@dataclass(frozen=True, slots=True)
class PromiseBreached(PromiseFact):
    """The due instant passed unkept.  Appended by `promises_breach`, or with the act that came too late."""

    KIND: ClassVar[str] = "promise.breached"

    due_at: str


@dataclass(frozen=True, slots=True)
class PromiseEscalated(PromiseFact):
    """Somebody above is told that the promise is in danger or broken.

    `rung` counts from 1 on the ladder of `department` in catalogue version `version`, which says who is told; `step`
    is that rung's own `at`.
    """

    KIND: ClassVar[str] = "promise.escalated"

    due_at: str
    department: str
    rung: int
    step: str
    version: int


@dataclass(frozen=True, slots=True)
class PromiseMet(PromiseFact):
    """The promise was kept, in time or late."""

    KIND: ClassVar[str] = "promise.met"

    due_at: str
    late: bool


@dataclass(frozen=True, slots=True)
class PromiseVoided(PromiseFact):
    """Nobody waits for it any more: cancelled, withdrawn, entered in error."""

    KIND: ClassVar[str] = "promise.voided"

    reason: str

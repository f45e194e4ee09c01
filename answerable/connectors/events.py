"""The facts of the connectors room; what happens to a request because of them are the requests room's own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from answerable.kernel.facts import SubjectFact


@dataclass(frozen=True, slots=True)
class Reconciled(SubjectFact):
    """Our ledger was compared with another system's."""

    KIND: ClassVar[str] = "connector.reconciled"
    SUBJECT_WORD: ClassVar[str] = "reconciliation"

    connector: str
    compared: int
    found: int
    fresh: int
    gone: int


@dataclass(frozen=True, slots=True)
class Drifted(SubjectFact):
    """Our ledger and another system's disagree about one work order, or the disagreement was settled (`remedy`)."""

    KIND: ClassVar[str] = "connector.drift"
    SUBJECT_WORD: ClassVar[str] = "drift"

    connector: str
    drift: str
    request_id: int | None = None
    remedy: str | None = None


@dataclass(frozen=True, slots=True)
class NewsWaiting(SubjectFact):
    """A message from another system was not applied and waits for a person, or was looked after (`remedy`)."""

    KIND: ClassVar[str] = "connector.news"
    SUBJECT_WORD: ClassVar[str] = "message"

    connector: str
    verdict: str
    request_id: int | None = None
    remedy: str | None = None


@dataclass(frozen=True, slots=True)
class WordLearned(SubjectFact):
    """Somebody said what a word of another system means from now on, or that it means nothing any more."""

    KIND: ClassVar[str] = "connector.word_learned"
    SUBJECT_WORD: ClassVar[str] = "word"

    connector: str
    word: str
    meaning: str | None = None

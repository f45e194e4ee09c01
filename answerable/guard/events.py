"""The facts of the guard: many promised anew."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from answerable.kernel.facts import SubjectFact


@dataclass(frozen=True, slots=True)
class SurgeStarted(SubjectFact):
    """New dates for many requests were decided; each gets its own `promise.remade` as its turn comes."""

    KIND: ClassVar[str] = "surge.started"
    SUBJECT_WORD: ClassVar[str] = "surge"

    reason: str
    requests: int


@dataclass(frozen=True, slots=True)
class SurgeFinished(SubjectFact):
    """Every request of the surge has had its turn: `told` have a new date, `passed` were over or settled meanwhile."""

    KIND: ClassVar[str] = "surge.finished"
    SUBJECT_WORD: ClassVar[str] = "surge"

    told: int
    passed: int

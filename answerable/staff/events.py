"""The facts about staff."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from answerable.kernel.facts import SubjectFact


@dataclass(frozen=True, slots=True)
class StaffSignedIn(SubjectFact):
    """A member of staff signed in."""

    KIND: ClassVar[str] = "staff.signed_in"
    SUBJECT_WORD: ClassVar[str] = "operator"

    role: str


@dataclass(frozen=True, slots=True)
class StaffAdded(SubjectFact):
    """A member of staff may sign in, or was given another role or department."""

    KIND: ClassVar[str] = "staff.added"
    SUBJECT_WORD: ClassVar[str] = "operator"

    role: str
    department: str | None = None

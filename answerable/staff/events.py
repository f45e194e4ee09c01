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

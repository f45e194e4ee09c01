"""The facts about a contact; ids and names of fields only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from answerable.kernel.facts import SubjectFact


@dataclass(frozen=True, slots=True)
class ContactChanged(SubjectFact):
    """Staff or the person changed how they are reached; the values stay in the row."""

    KIND: ClassVar[str] = "contact.changed"
    SUBJECT_WORD: ClassVar[str] = "contact"

    changed: tuple[str, ...]

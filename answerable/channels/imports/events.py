"""The facts of imports themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from answerable.kernel.facts import SubjectFact


@dataclass(frozen=True, slots=True)
class ImportFinished(SubjectFact):
    """A file was imported to its end: every row is accounted for."""

    KIND: ClassVar[str] = "import.finished"
    SUBJECT_WORD: ClassVar[str] = "import"

    layout: str
    rows: int
    imported: int
    known: int
    refused: int

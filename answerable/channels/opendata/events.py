"""The facts of open data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from answerable.kernel.facts import SubjectFact


@dataclass(frozen=True, slots=True)
class ExportAsked(SubjectFact):
    """Somebody, or the clock, asked for the open data to be built."""

    KIND: ClassVar[str] = "opendata.asked"
    SUBJECT_WORD: ClassVar[str] = "opendata"


@dataclass(frozen=True, slots=True)
class ExportPublished(SubjectFact):
    """The files of this build are the published ones from now on."""

    KIND: ClassVar[str] = "opendata.published"
    SUBJECT_WORD: ClassVar[str] = "opendata"

    rows: int
    suppressed: int
    held_back: int
    digest: str


@dataclass(frozen=True, slots=True)
class ExportRefused(SubjectFact):
    """The build ended without publishing; the former files stay."""

    KIND: ClassVar[str] = "opendata.refused"
    SUBJECT_WORD: ClassVar[str] = "opendata"

    reason: str

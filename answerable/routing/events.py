"""What can happen to routing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from answerable.kernel.facts import SubjectFact


@dataclass(frozen=True, slots=True)
class RoutingPublished(SubjectFact):
    """Other rules are in force from now on: the office's, or the pack's again.  The subject is the publication."""

    KIND: ClassVar[str] = "routing.published"
    SUBJECT_WORD: ClassVar[str] = "routing"

    pack: str
    catalogue_version: int
    source: str
    rules: int
    golden_cases: int

"""What can happen to the catalogue."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from answerable.kernel.facts import SubjectFact


@dataclass(frozen=True, slots=True)
class CataloguePublished(SubjectFact):
    """A catalogue version is in force from now on; the subject is the version."""

    KIND: ClassVar[str] = "catalogue.published"
    SUBJECT_WORD: ClassVar[str] = "catalogue"

    pack: str
    content_hash: str

"""The facts about messages; ids and codes only, never addresses or words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from answerable.kernel.facts import SubjectFact


@dataclass(frozen=True, slots=True)
class NoticeHandled(SubjectFact):
    """Staff sent a message again, held it back, let it go or called it off."""

    KIND: ClassVar[str] = "notice.handled"
    SUBJECT_WORD: ClassVar[str] = "message"

    what: str
    request_id: int | None = None


@dataclass(frozen=True, slots=True)
class NoticeReturned(SubjectFact):
    """A message came back: its address does not work.  The address stays in the row."""

    KIND: ClassVar[str] = "notice.returned"
    SUBJECT_WORD: ClassVar[str] = "message"

    way: str
    reason: str
    is_hard: bool
    contact_id: int | None = None


@dataclass(frozen=True, slots=True)
class WordingPublished(SubjectFact):
    """The words of a kind of message were changed in every language; `subject_id` is the version."""

    KIND: ClassVar[str] = "wording.published"
    SUBJECT_WORD: ClassVar[str] = "wording"

    kind: str
    restored: int | None = None

    def subject(self) -> str:
        """The history of that kind's words."""
        return f"{self.SUBJECT_WORD}:{self.kind}"

"""The facts of an audit, told with the history of the request it looks at; ids and codes only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from answerable.kernel.facts import SubjectFact


@dataclass(frozen=True, slots=True)
class ClosureSampled(SubjectFact):
    """Chance chose this closure to be looked at again."""

    KIND: ClassVar[str] = "closure.sampled"
    SUBJECT_WORD: ClassVar[str] = "request"

    audit_id: int


@dataclass(frozen=True, slots=True)
class ClosureAudited(SubjectFact):
    """Somebody who had no part in it judged whether what was said at the end was so."""

    KIND: ClassVar[str] = "closure.audited"
    SUBJECT_WORD: ClassVar[str] = "request"

    audit_id: int
    verdict: str

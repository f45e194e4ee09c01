"""The facts of the front door."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from answerable.kernel.facts import SubjectFact


@dataclass(frozen=True, slots=True)
class EnquiryReceived(SubjectFact):
    """Somebody told the city something.  Appended by the SQL function `intake_receive`."""

    KIND: ClassVar[str] = "enquiry.received"
    SUBJECT_WORD: ClassVar[str] = "enquiry"

    channel: str
    outcome: str
    request_id: int | None = None
    referral: str | None = None

"""What the JSON door asks of the pages: the words in which facts, proofs and clocks are said to people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from answerable.catalogue.city import City
from answerable.journal.records import RecordedFact
from answerable.promises.clock import PromiseClock
from answerable.requests.views import HandoffView, RequestView


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence or two; `state` is a proof's or clock's state, or `late`, or empty."""

    title: str
    text: str
    state: str = ""


class Words(Protocol):
    """The sentences of the pages, in a language; what residents are not told is None."""

    def facts(
        self, facts: Sequence[RecordedFact], *, city: City, service_code: str, language: str
    ) -> tuple[Said | None, ...]:
        """What each fact says to the public."""

    def proofs(
        self, request: RequestView, *, city: City, handoffs: Sequence[HandoffView], clocks: Sequence[PromiseClock],
        now: datetime, language: str,
    ) -> tuple[Said, Said, Said]:  # fmt: skip
        """Logged, sent, acted on in time."""

    def clock(self, clocks: Sequence[PromiseClock], *, now: datetime, language: str) -> Said | None:
        """The promise that counts; None where nothing is promised."""

    def reason(self, code: str, *, language: str) -> str:
        """Why a clock stands still."""

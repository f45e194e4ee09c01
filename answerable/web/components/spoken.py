"""The sentences of the pages for doors that have no pages: the same facts, proofs and clocks, in a language."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils import translation

from answerable.catalogue.city import City
from answerable.channels.api.ports import Said
from answerable.journal.records import RecordedFact
from answerable.promises.clock import PromiseClock
from answerable.requests.views import HandoffView, RequestView
from answerable.web.components import facts, standing
from answerable.web.components.surges import surge_words
from answerable.web.components.told import Scene


class PageWords:
    """What pages say; implements `answerable.channels.api.ports.Words`."""

    def facts(
        self, told: Sequence[RecordedFact], *, city: City, service_code: str, language: str
    ) -> tuple[Said | None, ...]:
        """What each fact says to the public, notes without their words."""
        with translation.override(language):
            scene = Scene(city=city, service_code=service_code, surges=surge_words(told))
            entries = [facts.to_resident(fact, scene) for fact in told]
        return tuple(Said(each.title, each.text, each.tone) if each else None for each in entries)

    def proofs(
        self, request: RequestView, *, city: City, handoffs: Sequence[HandoffView], clocks: Sequence[PromiseClock],
        now: datetime, language: str,
    ) -> tuple[Said, Said, Said]:  # fmt: skip
        """Logged, sent, acted on in time; one statement, which verifies the request's chain of facts."""
        with translation.override(language):
            proofs = standing.proofs_of(request, city=city, handoffs=handoffs, clocks=clocks, now=now)
        logged, sent, acted = (Said(each.title, each.text, each.state) for each in proofs)
        return logged, sent, acted

    def clock(self, clocks: Sequence[PromiseClock], *, now: datetime, language: str) -> Said | None:
        """The promise that counts; None where nothing is promised."""
        with translation.override(language):
            drawn = standing.clock_of(standing.leading(clocks), now=now)
        return Said(drawn.big, drawn.why, drawn.state) if drawn else None

    def reason(self, code: str, *, language: str) -> str:
        """Why a clock stands still; empty for words of somebody's own."""
        with translation.override(language):
            return facts.reason_words(code)

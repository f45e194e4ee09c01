"""Why many dates were moved at once, for the sentences of a timeline."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.utils.translation import get_language

from answerable.guard import queries as guard
from answerable.journal.records import RecordedFact


def surge_words(facts: Iterable[RecordedFact]) -> Mapping[int, str]:
    """What residents were told with each surge these facts speak of, in the page's language; no query without one."""
    ids = (fact.body.get("surge") for fact in facts if fact.kind == "promise.remade")
    return guard.words_of((each for each in ids if isinstance(each, int)), language=(get_language() or "en")[:2])

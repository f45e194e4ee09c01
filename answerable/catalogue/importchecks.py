"""Checks of the mappings by which other records are imported."""

from __future__ import annotations

from collections.abc import Iterable

from answerable.catalogue.bench import Bench, did_you_mean
from answerable.catalogue.structs import OUTCOME_CODES, ImportMapping


def check_imports(bench: Bench) -> None:
    """Services and outcomes exist, each word means one thing, and what is listed nowhere has a historic service."""
    named: dict[str, str] = {}
    for index, mapping in enumerate(bench.pack.imports):
        place = bench.at("imports", index)
        for layout in mapping.layouts:
            if layout in named:
                bench.add(f"{place} › layouts", f"{named[layout]} maps this layout too.", value=layout)
            named[layout] = place
        _services(bench, mapping, place)
        _outcomes(bench, mapping, place)
        said = {
            "types": mapping.types.values(), "outcomes": mapping.outcomes.values(),
            "channels": mapping.channels.values(), "status": [each.source for each in mapping.statuses],
        }  # fmt: skip
        for part, entries in said.items():
            for word in _twice(word for words in entries for word in words):
                bench.add(f"{place} › {part}", "this word is mapped twice.", value=word, remedy="Keep one.")


def _services(bench: Bench, mapping: ImportMapping, place: str) -> None:
    for code in mapping.types:
        bench.refer(f"{place} › types", part="services", code=code, word="service")
    bench.refer(f"{place} › unmapped_service", part="services", code=mapping.unmapped_service, word="service")
    kept = next((each for each in bench.pack.services if each.code == mapping.unmapped_service), None)
    if kept is not None and not kept.historic:
        remedy = "Set `historic = true` on a service of its own, so that nobody can choose it."
        bench.add(f"{place} › unmapped_service", "this service can be chosen.", value=kept.code, remedy=remedy)


def _outcomes(bench: Bench, mapping: ImportMapping, place: str) -> None:
    said = [*(each.outcome for each in mapping.statuses if each.outcome), *mapping.outcomes]
    for outcome in said:
        if outcome not in OUTCOME_CODES:
            remedy = did_you_mean(outcome, OUTCOME_CODES)
            bench.add(f"{place} › outcome", "no such outcome.", value=outcome, remedy=remedy)


def _twice(words: Iterable[str]) -> list[str]:
    seen: set[str] = set()
    return [word for word in words if word.casefold() in seen or seen.add(word.casefold())]  # type: ignore[func-returns-value]

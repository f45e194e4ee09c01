"""Every fact has words: what happens to somebody's request is never told as a code."""

from __future__ import annotations

from answerable.web.components.facts import FACTS
from tests.house.tree import facts


def test_every_kind_of_fact_has_words_for_residents_and_staff() -> None:
    assert {each.KIND for each in facts()} == set(FACTS)

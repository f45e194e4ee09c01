"""What people read, they read in their language."""

from __future__ import annotations

from answerable.plumbing import words
from tests.house.tree import listed


def test_every_sentence_is_translated() -> None:
    faults = [str(fault) for fault in words.faults()]

    assert not faults, listed(
        faults,
        remedy="Run `python -m answerable.plumbing.words`, then write the French in locale/fr/LC_MESSAGES/django.po:",
    )

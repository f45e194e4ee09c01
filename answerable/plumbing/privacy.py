"""How a room declares what it keeps about people: one entry a column, read by the house tests and by privacy tools."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Content(StrEnum):
    """What a text column may hold."""

    NONE = "none"
    """Codes and keys of the house; nothing about a person."""
    IDENTITY = "identity"
    """Who somebody is."""
    REACH = "reach"
    """How somebody is reached."""
    WORDS = "words"
    """What somebody wrote; may hold anything."""
    PLACE = "place"
    """Where something is; may be somebody's home."""


@dataclass(frozen=True, slots=True)
class Declared:
    """What one column holds, why, and how it is erased."""

    content: Content
    purpose: str = ""
    erased_to: str = ""


PLAIN = Declared(Content.NONE)

COLUMNS = {"Timer.kind": PLAIN, "Timer.subject": PLAIN, "Timer.body": PLAIN}
"""What plumbing itself keeps: ids and codes of timers."""

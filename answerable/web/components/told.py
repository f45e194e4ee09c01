"""What one entry of a timeline is, and what a sentence needs to know beside the fact."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from answerable.catalogue.city import City
from answerable.journal.records import RecordedFact
from answerable.kernel.languages import Text


@dataclass(frozen=True, slots=True)
class Told:
    """One entry of a timeline: `tone` is empty or `late`."""

    title: str
    text: str = ""
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Scene:
    """What a sentence needs to know beside the fact.

    `notes` holds only the words this reader may read; `people` are names by actor and `teams` by id, for staff.
    """

    city: City
    service_code: str = ""
    notes: Mapping[int, str] = field(default_factory=dict)
    people: Mapping[str, str] = field(default_factory=dict)
    surges: Mapping[int, str] = field(default_factory=dict)
    teams: Mapping[int, Text] = field(default_factory=dict)


Telling = Callable[[RecordedFact, Scene], Told | None]

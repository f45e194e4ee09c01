"""The facts about a contact; ids and names of fields only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from answerable.kernel.facts import SubjectFact


@dataclass(frozen=True, slots=True)
class ContactChanged(SubjectFact):
    """Staff or the person changed how they are reached; the values stay in the row."""

    KIND: ClassVar[str] = "contact.changed"
    SUBJECT_WORD: ClassVar[str] = "contact"

    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ContactConsented(SubjectFact):
    """The person allowed, or no longer allows, messages of a class by one way; `source` is where it was said."""

    KIND: ClassVar[str] = "contact.consented"
    SUBJECT_WORD: ClassVar[str] = "contact"

    message_class: str
    way: str
    given: bool
    source: str


@dataclass(frozen=True, slots=True)
class DeviceChanged(SubjectFact):
    """A browser gets news of a subject such as `request:17`, or gets it no more; `what` is added, removed or gone."""

    KIND: ClassVar[str] = "device.changed"
    SUBJECT_WORD: ClassVar[str] = "device"

    what: str
    about: str

"""What a room says happened: the shape of every entry in the journal."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, datetime
from enum import Enum
from typing import ClassVar, Protocol

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


class Fact(Protocol):
    """Something that happened to one subject; its body carries ids and codes, never persons or free text."""

    KIND: ClassVar[str]

    def subject(self) -> str:
        """Whose history it belongs to, as `<room word>:<key>`, for instance `request:17`."""

    def body(self) -> dict[str, Json]:
        """The rest, ready for JSON."""


def plain(value: object) -> Json:
    """The value as JSON knows it; datetimes and dates become ISO 8601, enums their values.

    Raises: TypeError for anything a fact must not carry.
    """
    if value is None or (isinstance(value, (bool, int, float, str)) and not isinstance(value, Enum)):
        return value
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    if isinstance(value, dict):
        return {str(key): plain(each) for key, each in value.items()}
    raise TypeError(f"a fact cannot carry {type(value).__name__}: give an id or a code")


@dataclass(frozen=True, slots=True)
class SubjectFact:
    """A fact about one numbered subject; rooms subclass it, add their fields and set KIND and SUBJECT_WORD."""

    KIND: ClassVar[str] = ""
    SUBJECT_WORD: ClassVar[str] = ""

    subject_id: int

    def subject(self) -> str:
        """Whose history it belongs to."""
        return f"{self.SUBJECT_WORD}:{self.subject_id}"

    def body(self) -> dict[str, Json]:
        """Every further field, ready for JSON; absent ones are left out."""
        named = {field.name: getattr(self, field.name) for field in fields(self) if field.name != "subject_id"}
        return {name: plain(value) for name, value in named.items() if value is not None}

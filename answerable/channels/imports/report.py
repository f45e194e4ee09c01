"""The account of an import: every row is imported, known already, or refused; every repair is counted with examples."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import msgspec

EXAMPLES: Final = 5
"""Examples kept of each repair and refusal."""

LONGEST_EXAMPLE: Final = 400
"""Units: letters of an example."""

MOST_NAMES: Final = 500
"""Names of types counted one by one; further ones are counted together."""

OTHERS: Final = "…"


class Example(msgspec.Struct, frozen=True):
    """A row as it stands in the file, cut to a length that can be read."""

    line: int
    text: str


class Tally(msgspec.Struct):
    """How often something happened, and the first examples."""

    count: int = 0
    examples: list[Example] = []

    def add(self, line: int, text: str) -> None:
        """Once more."""
        self.count += 1
        if len(self.examples) < EXAMPLES:
            self.examples.append(Example(line, text[:LONGEST_EXAMPLE]))


class Report(msgspec.Struct):
    """What an import did.  `rows` = `imported` + `known` + `refused_count`, always.

    `changed` are known rows whose text at the source is another by now: they stay as they were taken over.
    """

    layout: str
    file: str
    rows: int = 0
    imported: int = 0
    known: int = 0
    changed: int = 0
    seconds: float = 0.0
    opened_first: datetime | None = None
    opened_last: datetime | None = None
    repairs: dict[str, Tally] = {}
    refusals: dict[str, Tally] = {}
    services: dict[str, int] = {}
    states: dict[str, int] = {}
    unmapped_types: dict[str, int] = {}

    @property
    def refused(self) -> int:
        """How many rows were refused."""
        return sum(tally.count for tally in self.refusals.values())

    @property
    def is_complete(self) -> bool:
        """Whether every row read is accounted for."""
        return self.rows == self.imported + self.known + self.refused

    @property
    def rate(self) -> float:
        """Units: rows a second."""
        return self.rows / self.seconds if self.seconds else 0.0

    def repaired(self, code: str, *, line: int, text: str) -> None:
        """A repair was made."""
        self.repairs.setdefault(code, Tally()).add(line, text)

    def refuse(self, code: str, *, line: int, text: str) -> None:
        """A row was refused."""
        self.refusals.setdefault(code, Tally()).add(line, text)

    def unmapped(self, name: str) -> None:
        """A type had no service of its own."""
        known = name if name in self.unmapped_types or len(self.unmapped_types) < MOST_NAMES else OTHERS
        self.unmapped_types[known] = self.unmapped_types.get(known, 0) + 1

    def opened(self, at: datetime) -> None:
        """A request of that time was imported."""
        self.opened_first = min(at, self.opened_first or at)
        self.opened_last = max(at, self.opened_last or at)


class Progress(msgspec.Struct, frozen=True):
    """How far an import is.  Units: seconds; `share` is 0 to 1."""

    rows: int
    share: float
    seconds: float

    @property
    def rate(self) -> float:
        """Units: rows a second."""
        return self.rows / self.seconds if self.seconds else 0.0

    @property
    def remaining_seconds(self) -> float:
        """How long it still takes at the pace so far."""
        return self.seconds * (1 - self.share) / self.share if self.share else 0.0

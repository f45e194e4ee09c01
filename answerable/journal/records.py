"""What comes out of the journal: facts as recorded, places in the order, breaks, lags."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from answerable.journal.errors import BadPosition
from answerable.kernel.facts import Json

_POSITION = re.compile(r"(\d{1,19})-(\d{1,19})", re.ASCII)

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
"""Before every fact."""


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in the order of the journal: a fact follows when its (oxid, id) is greater.

    `recorded_at` only spares the reader old partitions; it decides nothing.
    """

    oxid: int
    id: int
    recorded_at: datetime = LONG_AGO

    def __str__(self) -> str:
        return f"{self.oxid}-{self.id}"

    def precedes(self, other: Position) -> bool:
        """Whether the other place lies further on."""
        return (self.oxid, self.id) < (other.oxid, other.id)


BEGINNING = Position(oxid=0, id=0)
"""The place before the first fact."""


def read_position(text: str) -> Position:
    """The place written as `<oxid>-<id>`.  Raises: BadPosition."""
    found = _POSITION.fullmatch(text)
    if found is None:
        raise BadPosition(
            f"'{text[:60]}' is not a place in the journal.",
            field="position",
            value=text[:60],
            remedy="Give <oxid>-<id>.",
        )
    return Position(oxid=int(found[1]), id=int(found[2]))


@dataclass(frozen=True, slots=True)
class RecordedFact:
    """One fact as the journal holds it."""

    id: int
    oxid: int
    recorded_at: datetime
    at: datetime
    kind: str
    subject: str
    seq: int
    by: str
    body: dict[str, Json]

    @property
    def position(self) -> Position:
        """Its place in the order of the journal."""
        return Position(oxid=self.oxid, id=self.id, recorded_at=self.recorded_at)

    @property
    def subject_word(self) -> str:
        """What sort of thing it is about: `request` of `request:17`."""
        return self.subject.partition(":")[0]

    @property
    def subject_key(self) -> str:
        """Which one it is about: `17` of `request:17`."""
        return self.subject.partition(":")[2]


@dataclass(frozen=True, slots=True)
class BrokenChain:
    """The first fact of a subject whose chain does not hold, and why.

    `reason` is `altered` (the fact is not the one that was appended), `unlinked` (it does not continue the one
    before), `gap` (facts before it are missing), `cut` (facts after `seq` are missing) or `headless`.
    """

    subject: str
    seq: int
    fact_id: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class FollowerLag:
    """How far a follower is behind.  Units: `seconds` since the oldest fact not consumed was recorded.

    `waiting` is counted up to a bound only; `failures` counts tries of a fact its handler cannot digest.
    """

    name: str
    waiting: int
    seconds: float
    failures: int
    failing_id: int | None
    retry_at: datetime | None

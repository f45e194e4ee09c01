"""What every other system must be able to do for us, and the values that pass.

Sending twice happens after a crash.  So every order carries its key, and an order whose fate is unknown is looked for
(`find`) before it is sent again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Protocol, runtime_checkable

from answerable.kernel.facts import Json
from answerable.kernel.places import Point


@dataclass(frozen=True, slots=True)
class Requester:
    """How the requester is reached; only passed on where the city pack says so."""

    name: str
    email: str
    phone: str


@dataclass(frozen=True, slots=True)
class WorkOrder:
    """What the other system is asked to do.

    `key` is the same for every try; `mark` is our name, number and work order in words a person and a search can read.
    For those who write to people: `number` names request and work order (`26-0000123-4/1`), `words` are the resident's
    own, `told` questions and answers as people read them, `areas` where it lies by kind, and `reply_url` the page
    where the department answers.
    """

    key: str
    mark: str
    service_code: str
    description: str
    answers: Mapping[str, Json]
    point: Point | None
    address: str
    requester: Requester | None
    photos: tuple[Path, ...]
    first_tried_at: datetime
    sequence: int = 1
    """The place of this message among all that are sent of its request: the next is sent when this one arrived."""
    number: str = ""
    service_name: str = ""
    words: str = ""
    told: tuple[tuple[str, str], ...] = ()
    postal: str = ""
    areas: Mapping[str, str] = field(default_factory=dict)
    priority: str = ""
    logged_at: datetime | None = None
    due_at: datetime | None = None
    department: str = ""
    queue: str = ""
    reply_url: str = ""


@dataclass(frozen=True, slots=True)
class News:
    """What is told of a work order that was sent: words, and whether it is over here."""

    key: str
    reference: str
    word: str
    words: str
    at: datetime
    sequence: int = 2
    number: str = ""
    service_code: str = ""
    token: str = ""
    reply_url: str = ""


@dataclass(frozen=True, slots=True)
class Delivered:
    """The other system has it, under this reference."""

    reference: str
    status_code: int | None = None


@dataclass(frozen=True, slots=True)
class Pending:
    """The other system took it and will confirm it later, for this token; until then it is known by `reference`."""

    token: str
    status_code: int | None = None
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """The other system will not take it, however often it is sent; `reason` is what it said."""

    reason: str
    status_code: int | None = None


class Away(Exception):
    """The other system did not answer, or not sensibly: try again later.

    `may_have_it` tells that the call may have taken effect all the same.
    """

    def __init__(self, reason: str, *, may_have_it: bool, status_code: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.may_have_it = may_have_it
        self.status_code = status_code


@dataclass(frozen=True, slots=True)
class Update:
    """What the other system says of one reference: its own word for where it stands, its words, and since when.

    `event` is its own id of this message and `sequence` its number among those of the reference, where it has such;
    `photos` are pictures as it sent them, `party` is who did the work there.
    """

    reference: str
    word: str
    words: str = ""
    told_at: datetime | None = None
    expected_on: date | None = None
    event: str = ""
    sequence: int | None = None
    photos: tuple[bytes, ...] = ()
    party: str = ""


@dataclass(frozen=True, slots=True)
class Held:
    """One work order the other system holds: its reference, how it stands, and whose it is.

    `text` is where our mark may stand; `is_ours` says that the system itself knows that we filed it.
    """

    reference: str
    word: str
    text: str = ""
    is_ours: bool = False
    words: str = ""
    told_at: datetime | None = None
    expected_on: date | None = None


@runtime_checkable
class Listing(Protocol):
    """A connector whose system can say everything it holds; of others each order is asked for by its reference."""

    def inventory(self, *, since: datetime) -> Iterable[Held]:
        """What the system holds that was opened or changed since, each once.  Raises: Away."""


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of an order that waited, told without being asked: the order's token, and the answer."""

    token: str
    result: Delivered | Refused


@dataclass(frozen=True, slots=True)
class Parcel:
    """Messages that came together, such as those of one file; `key` is the same for the same content only."""

    key: str
    name: str
    told: tuple[Settled | Update, ...]


@runtime_checkable
class Dropping(Protocol):
    """A connector whose system leaves messages for us without being asked, such as files in a folder."""

    def unasked(self, taken: frozenset[str]) -> Iterable[Parcel]:
        """What was left; a parcel is brought again until its key is among those `taken`.  Raises: Away."""


class Connector(Protocol):
    """Another system that takes work and tells what became of it.  Every method may raise Away.

    The methods are called from several threads at once, as many as the pack's `workers`, and outside any transaction.
    One that can list what it holds is also `Listing`; one of which nothing can be asked says `never_answers = True`, so
    that a comparison takes its last word instead of believing that it lost everything.
    """

    @property
    def timeout_seconds(self) -> float:
        """How long one call may take."""

    def deliver(self, order: WorkOrder) -> Delivered | Pending | Refused:
        """What became of the order."""

    def find(self, order: WorkOrder) -> Delivered | None:
        """The order, if an earlier try of which nothing is known did arrive."""

    def settle(self, token: str) -> Delivered | Pending | Refused:
        """What became of an order that waited for its reference."""

    def follow(self, references: Sequence[str], *, since: datetime | None) -> Iterable[Update]:
        """How those references stand now, oldest news first."""

    def tell(self, news: News) -> bool:
        """Whether the other system takes news; it has them then."""

    def problems(self) -> list[str]:
        """What of the city's mapping the other system does not know; empty when it fits."""

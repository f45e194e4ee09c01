"""The facts of a request's history; ids and codes only, never persons or their words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from answerable.kernel.facts import SubjectFact


@dataclass(frozen=True, slots=True)
class RequestFact(SubjectFact):
    """Any fact about one request."""

    SUBJECT_WORD: ClassVar[str] = "request"


@dataclass(frozen=True, slots=True)
class RequestLogged(RequestFact):
    """A number was given and a promise made.  Appended by the SQL function `requests_log`."""

    KIND: ClassVar[str] = "request.logged"

    number: str
    service: str
    version: int
    channel: str
    department: str
    queue: str
    rule: str
    lifecycle: str
    visibility: str


@dataclass(frozen=True, slots=True)
class RequestImported(RequestFact):
    """A request of the city's past was taken over from other records and given a number.

    `source` is the layout it came in; `lifecycle` is the state those records gave; `in_work` says whether it entered
    the queues.
    """

    KIND: ClassVar[str] = "request.imported"

    number: str
    service: str
    version: int
    channel: str
    department: str
    queue: str
    rule: str
    lifecycle: str
    visibility: str
    source: str
    in_work: bool


@dataclass(frozen=True, slots=True)
class RequestMoved(RequestFact):
    """The request took a step in its life."""

    KIND: ClassVar[str] = "request.moved"

    before: str
    after: str
    outcome: str | None = None
    reason: str | None = None
    until: str | None = None
    party: str | None = None
    note_id: int | None = None
    reopened: bool | None = None
    disputed: bool | None = None


@dataclass(frozen=True, slots=True)
class RequestRerouted(RequestFact):
    """The request went to another department or queue."""

    KIND: ClassVar[str] = "request.rerouted"

    department_before: str
    queue_before: str
    department: str
    queue: str
    rule: str | None = None
    reason: str | None = None
    team: int | None = None


@dataclass(frozen=True, slots=True)
class ContactGiven(RequestFact):
    """Whoever had reported it without a name can be reached now."""

    KIND: ClassVar[str] = "request.contact_given"

    contact: int


@dataclass(frozen=True, slots=True)
class RequestAssigned(RequestFact):
    """A team, a person or nobody in particular has the request in hand now."""

    KIND: ClassVar[str] = "request.assigned"

    team_before: int | None = None
    assignee_before: int | None = None
    team: int | None = None
    assignee: int | None = None


@dataclass(frozen=True, slots=True)
class RequestReclassified(RequestFact):
    """The request is now another service; elapsed and paused time were kept."""

    KIND: ClassVar[str] = "request.reclassified"

    service_before: str
    service: str
    version: int


@dataclass(frozen=True, slots=True)
class RequestNoted(RequestFact):
    """A note was added; its words stay in the notes table."""

    KIND: ClassVar[str] = "request.noted"

    note_id: int
    audience: str


@dataclass(frozen=True, slots=True)
class RequestLinked(RequestFact):
    """The request was tied to another."""

    KIND: ClassVar[str] = "request.linked"

    kind: str
    other: str
    other_id: int


@dataclass(frozen=True, slots=True)
class RequestUnlinked(RequestFact):
    """A tie was undone."""

    KIND: ClassVar[str] = "request.unlinked"

    kind: str
    other: str
    other_id: int


@dataclass(frozen=True, slots=True)
class RequestFollowed(RequestFact):
    """Somebody said "me too"."""

    KIND: ClassVar[str] = "request.followed"

    followers: int


@dataclass(frozen=True, slots=True)
class PhotoAdded(RequestFact):
    """A photo was kept, re-encoded and without its hidden position."""

    KIND: ClassVar[str] = "request.photo_added"

    photo_id: int
    shows: str | None = None


@dataclass(frozen=True, slots=True)
class VisibilityChanged(RequestFact):
    """Who may read the request changed."""

    KIND: ClassVar[str] = "request.visibility_changed"

    before: str
    after: str


@dataclass(frozen=True, slots=True)
class RequestHandedOff(RequestFact):
    """A work order moved along the hand-off axis."""

    KIND: ClassVar[str] = "request.handed_off"

    handoff_id: int
    department: str
    queue: str
    state: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class RequestRated(RequestFact):
    """The requester said how satisfied they are, from 1 to 5; their words stay in the ratings table."""

    KIND: ClassVar[str] = "request.rated"

    score: int
    round: int


@dataclass(frozen=True, slots=True)
class HelpAsked(RequestFact):
    """A crew on the spot cannot go on alone; its words, if any, are a note for staff."""

    KIND: ClassVar[str] = "request.help_asked"

    reason: str
    note_id: int | None = None


@dataclass(frozen=True, slots=True)
class ReplyPublished(SubjectFact):
    """Ready-made words have a new version, in both languages, or are no longer offered."""

    KIND: ClassVar[str] = "reply.published"
    SUBJECT_WORD: ClassVar[str] = "reply"

    code: str
    version: int
    is_active: bool

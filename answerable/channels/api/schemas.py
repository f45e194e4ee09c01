"""The JSON that goes in and out of our own door, as strict structs."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec

from answerable.requests.queries import MAX_PAGE

NO_NULL = r"^[^\x00]*$"
"""PostgreSQL keeps every character but this one."""

Words = Annotated[str, msgspec.Meta(max_length=4000, pattern=NO_NULL)]
Line = Annotated[str, msgspec.Meta(max_length=240, pattern=NO_NULL)]
Name = Annotated[str, msgspec.Meta(max_length=160, pattern=NO_NULL)]
Email = Annotated[str, msgspec.Meta(max_length=254, pattern=NO_NULL)]
Phone = Annotated[str, msgspec.Meta(max_length=40, pattern=NO_NULL)]
Postal = Annotated[str, msgspec.Meta(max_length=12, pattern=NO_NULL)]
Code = Annotated[str, msgspec.Meta(max_length=64, pattern=NO_NULL)]

USUAL_PAGE = 20
"""Units: rows of a list whose size nobody chose."""


class NewContact(msgspec.Struct, forbid_unknown_fields=True):
    """How the reporter can be reached; everything optional."""

    name: Name = ""
    email: Email = ""
    phone: Phone = ""
    postal_code: Postal = ""
    news_by: Literal["none", "email", "sms", "phone"] = "none"


class NewRequest(msgspec.Struct, forbid_unknown_fields=True):
    """A request to log."""

    service_code: Code
    description: Words = ""
    address: Line = ""
    postal_code: Postal = ""
    lat: Annotated[float, msgspec.Meta(ge=-90, le=90)] | None = None
    lon: Annotated[float, msgspec.Meta(ge=-180, le=180)] | None = None
    answers: dict[Code, Words | int | float | bool | list[Words]] = {}
    language: Annotated[str, msgspec.Meta(max_length=8)] = "en"
    contact: NewContact | None = None


State = Annotated[
    Literal[
        "open", "ended", "all", "received", "triage", "assigned", "scheduled", "in_progress", "awaiting_requester",
        "on_hold", "referred", "resolved", "closed",
    ],
    msgspec.Meta(description="`open`, `ended`, `all`, or one state."),
]  # fmt: skip
Standing = Annotated[
    Literal["at_risk", "breached", "paused"],
    msgspec.Meta(description="How the promise of an open request stands."),
]
Sort = Annotated[Literal["due", "newest", "oldest"], msgspec.Meta(description="In which order.")]
Limit = Annotated[int, msgspec.Meta(ge=1, le=MAX_PAGE, description="How many at most.")]
After = Annotated[
    str,
    msgspec.Meta(max_length=80, pattern=NO_NULL, description="Where to go on: what the page before gave as `next`."),
]
Instant = Annotated[datetime, msgspec.Meta(tz=True, description="An instant in ISO 8601 with its offset.")]
DepartmentCode = Annotated[Code, msgspec.Meta(description="A department's code.")]
ServiceCode = Annotated[Code, msgspec.Meta(description="A service's code.")]
AreaKey = Annotated[Code, msgspec.Meta(description="The key of a ward, or of what stands for it.")]


class OfficeQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The wishes of the office's list."""

    department: DepartmentCode = ""
    queue: Annotated[Code, msgspec.Meta(description="A queue's code.")] = ""
    state: State = "open"
    service: ServiceCode = ""
    area: AreaKey = ""
    promise: Standing | None = None
    sort: Sort = "due"
    limit: Limit = USUAL_PAGE
    after: After = ""


class PublicQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The wishes of the public list; instants in ISO 8601 with their offset, from and not including."""

    department: DepartmentCode = ""
    state: State = "all"
    service: ServiceCode = ""
    area: AreaKey = ""
    promise: Standing | None = None
    logged_from: Instant | None = None
    logged_before: Instant | None = None
    sort: Sort = "newest"
    limit: Limit = USUAL_PAGE
    after: After = ""


class AreaQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which areas are wanted."""

    kind: Annotated[Code, msgspec.Meta(description="A kind of area, such as `ward`; all kinds if absent.")] = ""


class CallLine(msgspec.Struct):
    """One call of the door, and the scope the API key needs for it."""

    method: str
    path: str
    scope: str | None
    about: str


class Index(msgspec.Struct):
    """What the door offers, and whose it is."""

    city: str
    name: str
    languages: list[str]
    calls: list[CallLine]


class Logged(msgspec.Struct):
    """What the reporter gets: number, follow link, promise."""

    number: str
    follow_url: str
    due_at: datetime | None
    replayed: bool


class PublicRequest(msgspec.Struct):
    """What everybody may know of a public request."""

    number: str
    service_code: str
    service_name: str
    state: str
    department: str
    logged_at: datetime
    updated_at: datetime
    due_at: datetime | None
    promise: str
    outcome: str | None
    address: str | None
    lat: float | None
    lon: float | None
    followers: int


class PublicList(msgspec.Struct):
    """A page of the public list and the cursor of the next."""

    requests: list[PublicRequest]
    next: str | None


class TimelineEntry(msgspec.Struct):
    """One thing that happened: `kind` and `details` for programs, `title` and `text` for people.

    `sequence` counts the facts of the request and leaves out those that are not public; `by` is a kind of people.
    """

    sequence: int
    kind: str
    at: datetime
    by: str
    title: str
    text: str
    details: dict[str, Any]


class Timeline(msgspec.Struct):
    """What happened to a request, oldest first, as the public may read it."""

    number: str
    language: str
    entries: list[TimelineEntry]


class PauseTold(msgspec.Struct):
    """A time in which the clock stood still; `why` says the reason in words."""

    started_at: datetime
    ended_at: datetime | None
    reason: str
    why: str


class Target(msgspec.Struct):
    """One promised date: what was promised first, what is promised now, and every pause.

    `round` counts reopenings from 1.  Units: `amount` in `unit`; `paused_seconds` that count so far.
    """

    target: str
    round: int
    state: str
    amount: int
    unit: str
    calendar: str
    started_at: datetime
    first_due_at: datetime
    due_at: datetime
    at_risk_at: datetime
    met_at: datetime | None
    breached_at: datetime | None
    voided_at: datetime | None
    repromised_at: datetime | None
    paused_seconds: int
    pauses: list[PauseTold]
    source: str


class LedgerLine(msgspec.Struct):
    """One entry of the promise ledger, which is never changed."""

    target: str
    round: int
    entry: str
    at: datetime
    by: str
    details: dict[str, Any]


class Promised(msgspec.Struct):
    """The promise of a request: its clock in words, its targets round by round, its ledger."""

    number: str
    language: str
    standing: str
    clock: str
    why: str
    targets: list[Target]
    ledger: list[LedgerLine]


class ProofTold(msgspec.Struct):
    """One of the three proofs: `proof` is logged, sent or acted; `state` is proved, waiting or late.

    `proved_at` is the instant that proves it, and null while nothing does.
    """

    proof: str
    state: str
    proved_at: datetime | None
    title: str
    text: str


class WorkOrder(msgspec.Struct):
    """One hand-off to a department, and how far it is."""

    sequence: int
    department: str
    department_name: str
    state: str
    made_at: datetime
    sent_at: datetime | None
    acknowledged_at: datetime | None
    ended_at: datetime | None


class Handoffs(msgspec.Struct):
    """The three proofs of a request, and its hand-offs to departments."""

    number: str
    language: str
    proofs: list[ProofTold]
    handoffs: list[WorkOrder]


class TargetOffered(msgspec.Struct):
    """By when something is done; `answer` and `is`, or `priority`, say when this target applies."""

    kind: str
    amount: int
    unit: str
    calendar: str
    answer: str | None
    values: list[str] = msgspec.field(name="is")
    priority: list[str]


class PromiseOffered(msgspec.Struct):
    """What the city promises for a service; the first target of a kind that applies counts."""

    code: str
    text: str
    source: str
    targets: list[TargetOffered]


class ServiceLine(msgspec.Struct):
    """One thing that can be asked for; `location` is required, optional or none."""

    code: str
    name: str
    description: str
    group: str
    group_name: str
    keywords: list[str]
    location: str
    photos: bool
    anonymous: bool
    visibility: str
    promise: str


class ServiceList(msgspec.Struct):
    """Every service of the city, in its own order."""

    language: str
    services: list[ServiceLine]


class OptionTold(msgspec.Struct):
    """One answer to choose."""

    code: str
    label: str


class Condition(msgspec.Struct):
    """True when the question was answered with one of these codes."""

    question: str
    values: list[str] = msgspec.field(name="is")


class QuestionTold(msgspec.Struct):
    """A question of a service; with `show_when`, only asked after such an answer."""

    code: str
    type: str
    label: str
    hint: str
    required: bool
    options: list[OptionTold]
    show_when: Condition | None
    min: float | None
    max: float | None
    max_length: int | None
    public: bool


class StopTold(msgspec.Struct):
    """What must be said instead of going on, or before it; without `when` at the start."""

    say: str
    action: str
    when: Condition | None
    refer: str


class ServiceTold(msgspec.Struct):
    """One service whole: what is asked, what is promised, when to stop, what happens next."""

    language: str
    service: ServiceLine
    what_next: str
    precision: list[str]
    questions: list[QuestionTold]
    stops: list[StopTold]
    promise: PromiseOffered


class AreaTold(msgspec.Struct):
    """One area; `is_boundary` when its kind bounds the city, and lists can be narrowed to it."""

    kind: str
    version: str
    key: str
    name: str
    is_boundary: bool


class AreaList(msgspec.Struct):
    """The areas in force today."""

    areas: list[AreaTold]


class ListedRequest(msgspec.Struct):
    """One line of the office list."""

    number: str
    service_code: str
    state: str
    handoff: str
    priority: str
    department: str
    queue: str
    address: str
    area: str
    logged_at: datetime
    updated_at: datetime
    due_at: datetime | None
    promise: str
    followers: int


class RequestList(msgspec.Struct):
    """A page of the office list and the cursor of the next."""

    requests: list[ListedRequest]
    next: str | None


class Problem(msgspec.Struct):
    """One thing wrong: which field, which value, what to do."""

    code: str
    field: str
    message: str


class Problems(msgspec.Struct):
    """Every thing wrong with what was sent."""

    errors: list[Problem]

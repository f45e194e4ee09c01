"""The JSON that goes in and out of our own door, as strict structs."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

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

"""The JSON that goes in and out of our own door, as strict structs."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec

NO_NULL = r"^[^\x00]*$"
"""PostgreSQL keeps every character but this one."""

Words = Annotated[str, msgspec.Meta(max_length=4000, pattern=NO_NULL)]
Line = Annotated[str, msgspec.Meta(max_length=240, pattern=NO_NULL)]
Name = Annotated[str, msgspec.Meta(max_length=160, pattern=NO_NULL)]
Email = Annotated[str, msgspec.Meta(max_length=254, pattern=NO_NULL)]
Phone = Annotated[str, msgspec.Meta(max_length=40, pattern=NO_NULL)]
Postal = Annotated[str, msgspec.Meta(max_length=12, pattern=NO_NULL)]
Code = Annotated[str, msgspec.Meta(max_length=64, pattern=NO_NULL)]


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


class Call(msgspec.Struct):
    """One call of the door, and the scope the API key needs for it."""

    method: str
    path: str
    scope: str | None


class Index(msgspec.Struct):
    """What the door offers, and whose it is."""

    city: str
    name: str
    languages: list[str]
    calls: list[Call]


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

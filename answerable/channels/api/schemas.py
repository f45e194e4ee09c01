"""The JSON that goes in and out of our own door, as strict structs."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

Words = Annotated[str, msgspec.Meta(max_length=4000)]
Short = Annotated[str, msgspec.Meta(max_length=254)]


class NewContact(msgspec.Struct, forbid_unknown_fields=True):
    """How the reporter can be reached; everything optional."""

    name: Short = ""
    email: Short = ""
    phone: Short = ""
    postal_code: Short = ""
    news_by: str = "none"


class NewRequest(msgspec.Struct, forbid_unknown_fields=True):
    """A request to log."""

    service_code: Short
    description: Words = ""
    address: Short = ""
    postal_code: Short = ""
    lat: float | None = None
    lon: float | None = None
    answers: dict[str, str | int | float | bool | list[str]] = {}
    language: Annotated[str, msgspec.Meta(max_length=8)] = "en"
    contact: NewContact | None = None


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

"""What goes in and out of the Open311 door in JSON, as structs: for its descriptions.

The door writes its records as the standard draws them (`records`, `services`); a test holds every answer against these.
Source: GeoReport v2; Service Discovery; GeoReport v2 Extensions.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

Instant = Annotated[str, msgspec.Meta(description="An instant in ISO 8601 with its offset.")]
Key = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9._-]+$")]


class Sent(msgspec.Struct, forbid_unknown_fields=True):
    """What is sent holds these fields and no others."""


class Endpoint(Sent):
    """One server of the city."""

    specification: str
    url: str
    changeset: str | None
    type: Literal["production", "test"]
    formats: list[str]


class ServiceArea(Sent):
    """The box around the city, WGS 84 degrees."""

    west: float
    south: float
    east: float
    north: float


class Discovery(Sent):
    """Where the endpoints are and whose they are."""

    changeset: str | None
    contact: str
    key_service: str
    endpoints: list[Endpoint]
    jurisdiction_id: str
    service_area: ServiceArea


class Service(Sent):
    """One thing that can be reported."""

    service_code: Key
    service_name: str
    description: str
    metadata: bool
    type: Literal["realtime", "batch", "blackbox"]
    keywords: str
    group: str


class Value(Sent):
    """One answer to choose."""

    key: str
    name: str


class Attribute(Sent):
    """One question of a service, or, with `variable` false, something to read."""

    variable: bool
    code: str
    datatype: Literal["string", "number", "datetime", "text", "singlevaluelist", "multivaluelist"]
    required: bool
    datatype_description: str | None
    order: int
    description: str
    values: list[Value]


class Definition(Sent):
    """What a report of the service is asked."""

    service_code: Key
    attributes: list[Attribute]


class Answered(Sent):
    """An answer of the report: its question and the chosen values."""

    code: str
    description: str
    values: list[Value]


class Note(Sent):
    """One thing that happened to the request."""

    datetime: Instant
    summary: str
    description: str | None
    type: Literal["opened", "activity", "closed", "follow_on_created"]
    extended_attributes: dict[str, Any] | UnsetType = UNSET


class Request(Sent, kw_only=True):
    """One service request.  The last fields come with `extensions=true` only."""

    service_request_id: Key
    status: Literal["open", "closed"]
    status_notes: str | None
    service_name: str | None
    service_code: str
    description: str | None
    agency_responsible: str | None
    service_notice: str | None
    requested_datetime: Instant | None
    updated_datetime: Instant | None
    expected_datetime: Instant | UnsetType | None = UNSET
    address: str | None
    address_id: str | None
    zipcode: str | None
    lat: float | None
    long: float | None
    media_url: str | None
    media_urls: list[str] | UnsetType = UNSET
    attributes: list[Answered] | UnsetType = UNSET
    extended_attributes: dict[str, Any] | UnsetType = UNSET
    notes: list[Note] | UnsetType = UNSET


class Receipt(Sent, kw_only=True):
    """What a report gets: its id; or a token, where the department gives the number later."""

    service_request_id: str | UnsetType | None = UNSET
    token: str | UnsetType = UNSET
    service_notice: str
    account_id: str | None


class TokenAnswer(Sent):
    """The id that belongs to a token; null until the department gave it."""

    service_request_id: str | None
    token: str


class Update(Sent):
    """One thing that happened to one request."""

    update_id: Key
    service_request_id: Key
    status: str
    updated_datetime: Instant
    description: str
    media_url: str | None
    external_status_code: str


class UpdateReceipt(Sent):
    """What an update gets: its id."""

    update_id: str
    account_id: str | None


class Error(Sent):
    """One fault; there is one for each bad field, beginning with its name."""

    code: int
    description: str


class NewRequest(msgspec.Struct, kw_only=True):
    """A report, as a form.  A place is needed where the service asks for one."""

    service_code: str
    lat: Annotated[float, msgspec.Meta(ge=-90, le=90)] | UnsetType = UNSET
    long: Annotated[float, msgspec.Meta(ge=-180, le=180)] | UnsetType = UNSET
    address_string: Annotated[str, msgspec.Meta(max_length=240)] | UnsetType = UNSET
    zipcode: Annotated[str, msgspec.Meta(max_length=12)] | UnsetType = UNSET
    description: Annotated[str, msgspec.Meta(max_length=4000)] | UnsetType = UNSET
    attribute: dict[str, str] | UnsetType = UNSET
    media: bytes | UnsetType = UNSET
    media_url: Annotated[str, msgspec.Meta(max_length=2000)] | UnsetType = UNSET
    email: Annotated[str, msgspec.Meta(max_length=254)] | UnsetType = UNSET
    first_name: Annotated[str, msgspec.Meta(max_length=80)] | UnsetType = UNSET
    last_name: Annotated[str, msgspec.Meta(max_length=80)] | UnsetType = UNSET
    phone: Annotated[str, msgspec.Meta(max_length=40)] | UnsetType = UNSET
    device_id: str | UnsetType = UNSET
    account_id: str | UnsetType = UNSET
    email_alerts_requested: bool | UnsetType = UNSET
    jurisdiction_id: str | UnsetType = UNSET
    api_key: str | UnsetType = UNSET


class NewUpdate(msgspec.Struct, kw_only=True):
    """An update, as a form: a status, words, or both."""

    service_request_id: str
    update_id: Annotated[str, msgspec.Meta(max_length=200)] | UnsetType = UNSET
    status: str | UnsetType = UNSET
    description: Annotated[str, msgspec.Meta(max_length=4000)] | UnsetType = UNSET
    attribute: dict[str, str] | UnsetType = UNSET
    media: bytes | UnsetType = UNSET
    media_url: Annotated[str, msgspec.Meta(max_length=2000)] | UnsetType = UNSET
    account_id: str | UnsetType = UNSET
    jurisdiction_id: str | UnsetType = UNSET
    api_key: str | UnsetType = UNSET

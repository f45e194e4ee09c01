"""What other rooms and pages see of a request: frozen values, no rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from answerable.kernel.facts import Json
from answerable.kernel.places import Point
from answerable.requests.rules import Lifecycle, PromiseStanding, Visibility, promise_standing


@dataclass(frozen=True, slots=True)
class RequestView:
    """One request, whole, without the tables around it."""

    id: int
    number: str
    token: str
    catalogue_version: int
    service_code: str
    service_group: str
    family: str
    channel: str
    language: str
    lifecycle: Lifecycle
    is_open: bool
    visibility: Visibility
    handoff: str
    priority: str
    department: str
    queue: str
    assignee_id: int | None
    team_id: int | None
    route: Mapping[str, Json]
    answers: Mapping[str, Json]
    description: str
    contact_id: int | None
    wishes_contact: bool
    lat: float | None
    lon: float | None
    precision: str
    place_said: str
    address: str
    postal: str
    areas: Mapping[str, Json]
    area_key: str
    logged_at: datetime
    updated_at: datetime
    first_action_due: datetime | None
    first_action_at: datetime | None
    completion_due: datetime | None
    completion_at_risk: datetime | None
    paused_since: datetime | None
    resolved_at: datetime | None
    closed_at: datetime | None
    outcome: str
    outcome_party: str
    until: date | None
    reopened: int
    disputed: int
    followers: int
    photos: int

    @property
    def point(self) -> Point | None:
        """Where it is, when that is known."""
        return None if self.lat is None or self.lon is None else Point(lat=self.lat, lon=self.lon)

    def standing(self, now: datetime) -> PromiseStanding:
        """How the completion promise stands at `now`."""
        return promise_standing(
            due=self.completion_due,
            at_risk=self.completion_at_risk,
            paused_since=self.paused_since,
            ended_at=self.resolved_at,
            now=now,
        )


@dataclass(frozen=True, slots=True)
class RequestRow:
    """One line of a list."""

    id: int
    number: str
    token: str
    catalogue_version: int
    service_code: str
    lifecycle: Lifecycle
    visibility: Visibility
    handoff: str
    priority: str
    department: str
    queue: str
    address: str
    area_key: str
    lat: float | None
    lon: float | None
    logged_at: datetime
    updated_at: datetime
    completion_due: datetime | None
    completion_at_risk: datetime | None
    due_sort: datetime
    paused_since: datetime | None
    resolved_at: datetime | None
    outcome: str
    until: date | None
    reopened: int
    followers: int
    assignee_id: int | None
    team_id: int | None

    def standing(self, now: datetime) -> PromiseStanding:
        """How the completion promise stands at `now`."""
        return promise_standing(
            due=self.completion_due,
            at_risk=self.completion_at_risk,
            paused_since=self.paused_since,
            ended_at=self.resolved_at,
            now=now,
        )


@dataclass(frozen=True, slots=True)
class NearbyRow:
    """A request of the same kind close by.  Units: metres."""

    row: RequestRow
    distance_m: float


@dataclass(frozen=True, slots=True)
class NoteView:
    """Words added to a request."""

    id: int
    request_id: int
    audience: str
    words: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class LinkView:
    """A tie between two requests, seen from one of them."""

    id: int
    kind: str
    other_id: int
    other_number: str
    outgoing: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class PhotoView:
    """A kept picture.  Units: pixels, bytes."""

    id: int
    file: str
    width: int
    height: int
    size_bytes: int
    is_public: bool
    shows: str
    round: int
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class HandoffView:
    """One work order on its way to a department."""

    id: int
    sequence: int
    department: str
    queue: str
    connector: str
    state: str
    made_at: datetime
    sent_at: datetime | None
    acknowledged_at: datetime | None
    ended_at: datetime | None
    reason: str
    reference: str

"""Reads of the webhooks room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import QuerySet

from answerable.channels.webhooks import models
from answerable.channels.webhooks.errors import UnknownDelivery, UnknownSubscription

MAX_PAGE = 200
"""Units: rows a list may have."""


@dataclass(frozen=True, slots=True)
class SubscriptionView:
    """One subscription, without its secrets."""

    id: int
    token: str
    client_id: int | None
    name: str
    url: str
    kinds: tuple[str, ...]
    service: str
    department: str
    includes_private: bool
    state: str
    reason: str
    rotated_at: datetime | None
    created_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """One message of a subscription, as far as it came."""

    id: int
    token: str
    kind: str
    number: str
    payload: str
    state: str
    tries: int
    all_tries: int
    due_at: datetime
    leased_until: datetime | None
    made_at: datetime
    ended_at: datetime | None
    last_status: int | None
    last_error: str


@dataclass(frozen=True, slots=True)
class AttemptView:
    """One try of a delivery; without an end nobody knows what became of it."""

    number: int
    started_at: datetime
    ended_at: datetime | None
    status: int | None
    error: str
    milliseconds: int | None


@dataclass(frozen=True, slots=True)
class Counts:
    """How many deliveries of a subscription are in each state."""

    due: int = 0
    delivered: int = 0
    dead: int = 0
    dropped: int = 0
    retrying: int = 0
    last_delivered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DeliveryPage:
    """Deliveries, newest first, and the one after which the next page starts."""

    rows: tuple[DeliveryView, ...]
    following: str


def as_view(row: models.Subscription) -> SubscriptionView:
    """The row as a value."""
    return SubscriptionView(
        id=row.id, token=row.token, client_id=row.client_id, name=row.name, url=row.url, kinds=tuple(row.kinds),
        service=row.service, department=row.department, includes_private=row.includes_private, state=row.state,
        reason=row.reason, rotated_at=row.rotated_at, created_at=row.created_at, changed_at=row.changed_at,
    )  # fmt: skip


def subscriptions(*, client_id: int | None = None, limit: int = MAX_PAGE) -> tuple[SubscriptionView, ...]:
    """Subscriptions of one program or of everybody, those in use first."""
    rows = models.Subscription.objects.all() if client_id is None else _of_client(client_id)
    return tuple(map(as_view, rows.order_by("state", "name", "id")[:limit]))


def _of_client(client_id: int) -> QuerySet[models.Subscription]:
    return models.Subscription.objects.filter(client_id=client_id)


def subscription(token: str, *, client_id: int | None = None) -> SubscriptionView:
    """One subscription; somebody else's looks like one that is not there.  Raises: UnknownSubscription."""
    row = models.Subscription.objects.filter(token=token).first()
    if row is None or client_id not in (None, row.client_id):
        raise UnknownSubscription("There is no such subscription.", field="webhook", value=token[:40])
    return as_view(row)


def listening() -> tuple[SubscriptionView, ...]:
    """Every subscription that gathers news."""
    return tuple(map(as_view, models.Subscription.objects.exclude(state="ended").order_by("id")))


_COUNTS_SQL = """
SELECT subscription_id, count(*) FILTER (WHERE state = 'due'), count(*) FILTER (WHERE state = 'delivered'),
       count(*) FILTER (WHERE state = 'dead'), count(*) FILTER (WHERE state = 'dropped'),
       count(*) FILTER (WHERE state = 'due' AND tries > 0 AND last_error || coalesce(last_status::text, '') <> ''),
       max(ended_at) FILTER (WHERE state = 'delivered')
  FROM webhooks_delivery WHERE subscription_id = ANY(%s) GROUP BY 1
"""


def counts(subscription_ids: Sequence[int]) -> dict[int, Counts]:
    """How the deliveries of those subscriptions stand, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS_SQL, [list(subscription_ids)])
        return {row[0]: Counts(*row[1:]) for row in cursor.fetchall()}


def deliveries(subscription_id: int, *, state: str = "", after: str = "", limit: int = 50) -> DeliveryPage:
    """A page of a subscription's deliveries, newest first."""
    rows = models.Delivery.objects.filter(subscription_id=subscription_id)
    if state:
        rows = rows.filter(state=state)
    if after:
        rows = rows.filter(id__lt=models.Delivery.objects.filter(token=after).values("id")[:1])
    size = min(limit, MAX_PAGE)
    found = [_delivery(row) for row in rows.order_by("-id")[: size + 1]]
    return DeliveryPage(rows=tuple(found[:size]), following=found[size - 1].token if len(found) > size else "")


def delivery(subscription_id: int, token: str) -> DeliveryView:
    """One delivery of that subscription.  Raises: UnknownDelivery."""
    row = models.Delivery.objects.filter(subscription_id=subscription_id, token=token).first()
    if row is None:
        raise UnknownDelivery("There is no such delivery.", field="delivery", value=token[:40])
    return _delivery(row)


def _delivery(row: models.Delivery) -> DeliveryView:
    return DeliveryView(
        id=row.id, token=row.token, kind=row.kind, number=row.number, payload=row.payload, state=row.state,
        tries=row.tries, all_tries=row.all_tries, due_at=row.due_at, leased_until=row.leased_until,
        made_at=row.made_at, ended_at=row.ended_at, last_status=row.last_status, last_error=row.last_error,
    )  # fmt: skip


def attempts(delivery_id: int, *, limit: int = 100) -> tuple[AttemptView, ...]:
    """The tries of a delivery, the latest first."""
    rows = models.Attempt.objects.filter(delivery_id=delivery_id).order_by("-number")[:limit]
    return tuple(
        AttemptView(row.number, row.started_at, row.ended_at, row.status, row.error, row.milliseconds) for row in rows
    )

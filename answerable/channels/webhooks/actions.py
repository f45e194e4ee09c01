"""Writes of the webhooks room: subscriptions, and the ledger of what was sent to them."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from answerable.channels.disclosure import PUBLIC_FIELDS
from answerable.channels.webhooks import models, rules
from answerable.channels.webhooks.errors import (
    BadSubscription,
    TooManySubscriptions,
    UnknownDelivery,
    UnknownSubscription,
)
from answerable.channels.webhooks.events import WebhookAdded, WebhookChanged
from answerable.channels.webhooks.messages import body_of, is_told, ping_of
from answerable.channels.webhooks.queries import SubscriptionView, as_view, listening
from answerable.channels.webhooks.rules import DeliveryState, PauseReason, SubscriptionState, Wish
from answerable.journal import actions as journal
from answerable.journal.records import RecordedFact
from answerable.kernel.ids import new_token
from answerable.plumbing import clock
from answerable.plumbing.outward import NotOutside, checked_address
from answerable.requests.views import RequestRow

KINDS: Final = frozenset(PUBLIC_FIELDS) - {"request.imported"}
"""Every kind of news there is; a past brought along from other records is none."""


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret to show this once, with its subscription."""

    subscription: SubscriptionView
    secret: str


# --- subscriptions ----------------------------------------------------------------------------------------------------


def subscribe(wish: Wish, *, key: str, client_id: int | None, by: str, may_be_private: bool) -> Secret:
    """News goes to the address from now on; under the same key it is the same subscription.

    Raises: BadSubscription naming the field; TooManySubscriptions.
    """
    wanted = _checked(wish, may_be_private=may_be_private)
    with transaction.atomic():
        earlier = models.Subscription.objects.filter(key=_key(client_id, key)).first()
        if earlier is not None:
            return Secret(as_view(earlier), _secret(earlier))
        _need_room(client_id)
        now = clock.now()
        row = models.Subscription.objects.create(
            token=f"wh_{new_token()}", client_id=client_id, key=_key(client_id, key), name=wanted.name, url=wanted.url,
            kinds=list(wanted.kinds), service=wanted.service, department=wanted.department,
            includes_private=wanted.includes_private, state=SubscriptionState.ACTIVE, listens_from=Now(),
            created_at=now, changed_at=now,
        )  # fmt: skip
        journal.append(WebhookAdded(row.id, client=client_id), by=by, at=now)
        return Secret(as_view(row), _secret(row))


def _checked(wish: Wish, *, may_be_private: bool) -> Wish:
    wanted = rules.checked_wish(wish, known_kinds=KINDS)
    try:
        checked_address(wanted.url, may_be_private=may_be_private)
    except NotOutside as error:
        remedy = "Give an https address of the public internet, without user name."
        raise BadSubscription(
            f"This address cannot be sent to ({error}).", field="url", value=str(error), remedy=remedy
        ) from error
    return wanted


def _need_room(client_id: int | None) -> None:
    having = models.Subscription.objects.filter(client_id=client_id).exclude(state=SubscriptionState.ENDED).count()
    if client_id is not None and having >= rules.MOST_SUBSCRIPTIONS:
        raise TooManySubscriptions(f"There are {having} already.", field="webhook", remedy="End one first.")


def _key(client_id: int | None, key: str) -> str:
    return f"{client_id or 'office'}:{key}"


def _secret(row: models.Subscription) -> str:
    return rules.written(rules.secret_of(settings.SECRET_KEY, token=row.token, number=row.secret_number))


def pause(token: str, *, by: str, client_id: int | None = None) -> SubscriptionView:
    """Nothing is sent any more; news gathers.  Raises: UnknownSubscription."""
    return _turned(token, SubscriptionState.PAUSED, what="paused", by=by, client_id=client_id)


def resume(token: str, *, by: str, client_id: int | None = None) -> SubscriptionView:
    """What has gathered is sent, and what comes.  Raises: UnknownSubscription."""
    return _turned(token, SubscriptionState.ACTIVE, what="resumed", by=by, client_id=client_id)


def end(token: str, *, by: str, client_id: int | None = None) -> SubscriptionView:
    """Nothing is gathered or sent any more, and what was not sent never will be.  Raises: UnknownSubscription."""
    return _turned(token, SubscriptionState.ENDED, what="ended", by=by, client_id=client_id)


def _turned(token: str, state: SubscriptionState, *, what: str, by: str, client_id: int | None) -> SubscriptionView:
    with transaction.atomic():
        row = _locked(token, client_id=client_id)
        if row.state not in (state, SubscriptionState.ENDED):
            _turn(row, state, what=what, reason=PauseReason.BY_HAND, by=by)
        return as_view(row)


def _turn(row: models.Subscription, state: SubscriptionState, *, what: str, reason: PauseReason, by: str) -> None:
    now = clock.now()
    row.state, row.changed_at = state, now
    row.reason = "" if state is SubscriptionState.ACTIVE else reason
    row.save(update_fields=["state", "reason", "changed_at"])
    if state is SubscriptionState.ENDED:
        models.Delivery.objects.filter(subscription=row, state=DeliveryState.DUE).update(
            state=DeliveryState.DROPPED, ended_at=now
        )
    journal.append(WebhookChanged(row.id, what=what, reason=row.reason or None), by=by, at=now)


def _locked(token: str, *, client_id: int | None) -> models.Subscription:
    row = models.Subscription.objects.select_for_update().filter(token=token).first()
    if row is None or client_id not in (None, row.client_id):
        raise UnknownSubscription("There is no such subscription.", field="webhook", value=token[:40])
    return row


def rotate(token: str, *, key: str, by: str, client_id: int | None = None) -> Secret:
    """The subscription has a new secret; the one before signs, too, for `SECRETS_OVERLAP`.

    Under the same key it is the same secret.  Raises: UnknownSubscription.
    """
    with transaction.atomic():
        row = _locked(token, client_id=client_id)
        if row.rotation_key != key:
            row.secret_number += 1
            row.rotation_key, row.rotated_at = key, clock.now()
            row.save(update_fields=["secret_number", "rotation_key", "rotated_at"])
            journal.append(WebhookChanged(row.id, what="rotated"), by=by, at=row.rotated_at)
        return Secret(as_view(row), _secret(row))


def revoke_of_client(client_id: int, *, by: str) -> None:
    """The program's key opens nothing any more, so nothing is sent to it either."""
    with transaction.atomic():
        rows = models.Subscription.objects.select_for_update().filter(client_id=client_id).order_by("id")
        for row in rows.exclude(state=SubscriptionState.ENDED):
            _turn(row, SubscriptionState.ENDED, what="ended", reason=PauseReason.REVOKED, by=by)


# --- the ledger -------------------------------------------------------------------------------------------------------


def ping(token: str, *, key: str, client_id: int | None = None) -> str:
    """A message that only tries the way is due; gives its token.  Raises: UnknownSubscription."""
    with transaction.atomic():
        row = _locked(token, client_id=client_id)
        now = clock.now()
        made, _ = models.Delivery.objects.get_or_create(
            subscription=row, key=f"ping:{key}",
            defaults={
                "token": f"msg_{new_token()}", "kind": rules.PING, "subject": f"ping:{key}"[:64], "number": "",
                "payload": ping_of(rules.PING, at=now), "state": DeliveryState.DUE, "due_at": now, "made_at": now,
            },
        )  # fmt: skip
        return str(made.token)


def resend(token: str, delivery: str, *, by: str, client_id: int | None = None) -> int:
    """The message is due again, under its own id; 0 while it is under way.

    Raises: UnknownSubscription; UnknownDelivery.
    """
    with transaction.atomic():
        row = _locked(token, client_id=client_id)
        rows = models.Delivery.objects.filter(subscription=row, token=delivery)
        if not rows.exists():
            raise UnknownDelivery("There is no such delivery.", field="delivery", value=delivery[:40])
        return _send_again(row, rows, by=by)


def resend_dead(token: str, *, by: str, client_id: int | None = None) -> int:
    """Every message that was given up is due again; gives how many.  Raises: UnknownSubscription."""
    with transaction.atomic():
        row = _locked(token, client_id=client_id)
        return _send_again(row, models.Delivery.objects.filter(subscription=row, state=DeliveryState.DEAD), by=by)


def _send_again(row: models.Subscription, rows: QuerySet[models.Delivery], *, by: str) -> int:
    now = clock.now()
    count = rows.exclude(leased_until__gt=now).update(
        state=DeliveryState.DUE, tries=0, due_at=now, leased_until=None, ended_at=None
    )
    if count:
        journal.append(WebhookChanged(row.id, what="resent"), by=by, at=now)
    return int(count)


def gather(facts: Sequence[RecordedFact], rows: dict[int, RequestRow], *, base_url: str) -> int:
    """Every subscription that wants one of the facts has a message of it, once; gives how many were wanted."""
    wanted = listening() if facts else ()
    started = dict(models.Subscription.objects.values_list("id", "listens_from")) if wanted else {}
    now = clock.now()
    made = [
        models.Delivery(
            token=f"msg_{new_token()}", subscription_id=each.id, key=f"fact:{fact.id}", kind=fact.kind,
            subject=fact.subject, number=row.number, state=DeliveryState.DUE, due_at=now, made_at=now,
            payload=body_of(fact, row, base_url=base_url, includes_private=each.includes_private),
        )
        for fact in facts
        if (row := rows.get(int(fact.subject_key))) is not None
        for each in wanted
        if _wants(each, fact, row) and fact.recorded_at >= started[each.id]
    ]  # fmt: skip
    models.Delivery.objects.bulk_create(made, ignore_conflicts=True, batch_size=500)
    return len(made)


def _wants(each: SubscriptionView, fact: RecordedFact, row: RequestRow) -> bool:
    return (
        (not each.kinds or fact.kind in each.kinds)
        and each.service in ("", row.service_code)
        and each.department in ("", row.department)
        and is_told(fact, row.visibility, includes_private=each.includes_private)
    )


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that is this worker's to send until its lease is over."""

    id: int
    token: str
    attempt: int
    tries: int
    subscription_id: int
    url: str
    payload: str
    secrets: tuple[bytes, ...]


# One pass over the few active subscriptions, so that a slow one holds nobody else up; within a subject, the oldest
# message first, so that a receiver learns of a request's steps in their order.
_CLAIM_SQL: Final = """
WITH mine AS (
    SELECT d.id
      FROM webhooks_subscription s
     CROSS JOIN LATERAL (
        SELECT d.id, d.due_at FROM webhooks_delivery d
         WHERE d.subscription_id = s.id AND d.state = 'due' AND d.due_at <= %(now)s
           AND (d.leased_until IS NULL OR d.leased_until <= %(now)s)
           AND NOT EXISTS (SELECT FROM webhooks_delivery e
                            WHERE e.subscription_id = s.id AND e.subject = d.subject AND e.state = 'due'
                              AND e.id < d.id)
         ORDER BY d.due_at, d.id LIMIT %(each)s FOR UPDATE SKIP LOCKED
     ) d
     WHERE s.state = 'active' AND s.id <> ALL (%(busy)s)
     ORDER BY d.due_at, d.id
     LIMIT %(limit)s
), claimed AS (
    UPDATE webhooks_delivery d
       SET leased_until = %(until)s, tries = d.tries + 1, all_tries = d.all_tries + 1
      FROM mine WHERE d.id = mine.id
    RETURNING d.id, d.token, d.all_tries, d.tries, d.subscription_id, d.payload
), noted AS (
    INSERT INTO webhooks_attempt (delivery_id, number, started_at, error)
    SELECT id, all_tries, %(now)s, '' FROM claimed
)
SELECT c.id, c.token, c.all_tries, c.tries, s.id, s.url, c.payload, s.token, s.secret_number, s.rotated_at
  FROM claimed c JOIN webhooks_subscription s ON s.id = c.subscription_id ORDER BY c.id
"""


def claim(*, limit: int, busy: Sequence[int] = (), each: int = 4) -> list[Claimed]:
    """Messages that are due and nobody else's, `each` of a subscription at most, none of the busy ones."""
    now = clock.now()
    given: dict[str, Any] = {"now": now, "until": now + rules.LEASE, "limit": limit, "busy": list(busy), "each": each}
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM_SQL, given)
        return [_claimed(row[:7], *row[7:], now=now) for row in cursor.fetchall()]


def _claimed(
    row: tuple[int, str, int, int, int, str, str], token: str, number: int, rotated_at: datetime | None, *,
    now: datetime,
) -> Claimed:  # fmt: skip
    overlaps = rotated_at is not None and now < rotated_at + rules.SECRETS_OVERLAP
    numbers = (number, number - 1) if overlaps else (number,)
    known = tuple(rules.secret_of(settings.SECRET_KEY, token=token, number=each) for each in numbers)
    return Claimed(*row, secrets=known)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a try: a status, or a code of why there is none.  Units: milliseconds, seconds asked to wait."""

    status: int | None = None
    error: str = ""
    milliseconds: int = 0
    retry_after: int | None = None


def record(claimed: Claimed, outcome: Outcome) -> None:
    """The try is in the ledger: the message has arrived, is due again later, or is given up.

    Given up, or unwanted, the subscription is paused, so that somebody looks.
    """
    now = clock.now()
    with transaction.atomic():
        models.Attempt.objects.filter(delivery_id=claimed.id, number=claimed.attempt).update(
            ended_at=now, status=outcome.status, error=outcome.error, milliseconds=outcome.milliseconds
        )
        row = models.Delivery.objects.select_for_update().filter(id=claimed.id).first()
        if row is None or row.state != DeliveryState.DUE:
            return
        row.last_status, row.last_error = outcome.status, outcome.error
        if row.all_tries == claimed.attempt:
            row.leased_until = None
        if outcome.status is not None and rules.is_taken(outcome.status):
            row.state, row.ended_at = DeliveryState.DELIVERED, now
        elif row.all_tries == claimed.attempt:
            _put_off(row, outcome, now=now)
        row.save()


def _put_off(row: models.Delivery, outcome: Outcome, *, now: datetime) -> None:
    chance = secrets.randbelow(1001) / 1000
    pause = rules.pause_after(row.tries, chance=chance, asked_seconds=outcome.retry_after)
    is_gone = outcome.status == rules.GONE
    if pause is None or is_gone:
        row.state, row.ended_at = DeliveryState.DEAD, now
        _stop(row.subscription_id, PauseReason.GONE if is_gone else PauseReason.FAILING)
    else:
        row.due_at = now + pause


def _stop(subscription_id: int, reason: PauseReason) -> None:
    row = models.Subscription.objects.select_for_update().get(id=subscription_id)
    if row.state == SubscriptionState.ACTIVE:
        _turn(row, SubscriptionState.PAUSED, what="paused", reason=reason, by="system:webhooks")


def forget_old(*, now: datetime, limit: int = 10_000) -> int:
    """Deliveries past their time go, with their tries; gives how many.  What is due to an active one stays."""
    delivered = models.Delivery.objects.filter(
        made_at__lt=now - rules.KEEP_DELIVERED, state=DeliveryState.DELIVERED
    ).values_list("id", flat=True)[:limit]
    others = (
        models.Delivery.objects.filter(made_at__lt=now - rules.KEEP_OTHERS)
        .exclude(state=DeliveryState.DUE, subscription__state=SubscriptionState.ACTIVE)
        .values_list("id", flat=True)[:limit]
    )
    ids = [*delivered, *others]
    models.Attempt.objects.filter(delivery_id__in=ids).delete()
    return models.Delivery.objects.filter(id__in=ids).delete()[0] if ids else 0

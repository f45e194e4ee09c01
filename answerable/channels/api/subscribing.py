"""The calls about webhooks: each a function of what was asked, on a thread, for the program that asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from answerable.channels.api.asking import Asked, read_body, read_query
from answerable.channels.api.hookschemas import (
    DeliveryLine,
    DeliveryList,
    DeliveryQuery,
    DeliveryTold,
    NewWebhook,
    Pinged,
    Resent,
    TryTold,
    WebhookList,
    WebhookSecret,
    WebhookTold,
)
from answerable.channels.doors import Client
from answerable.channels.webhooks import actions, queries
from answerable.channels.webhooks.actions import Secret
from answerable.channels.webhooks.errors import BadSubscription
from answerable.channels.webhooks.messages import Message
from answerable.channels.webhooks.queries import Counts, DeliveryView, SubscriptionView
from answerable.channels.webhooks.rules import DeliveryState, Wish
from answerable.intake.rules import checked_key
from answerable.staff.rules import Scope

Done = tuple[int, msgspec.Struct]
"""A status and what to answer."""

Act = Callable[..., Done]


def list_webhooks(_asked: Asked, client: Client) -> Done:
    """The program's own subscriptions; two statements."""
    found = queries.subscriptions(client_id=client.id)
    counts = queries.counts([each.id for each in found])
    return 200, WebhookList(webhooks=[_told(each, counts.get(each.id, Counts())) for each in found])


def add_webhook(asked: Asked, client: Client, *, may_be_private: bool) -> Done:
    """News goes to an address from now on.  Raises: BadBody; BadKey; BadSubscription; TooManySubscriptions."""
    key = checked_key(asked.header("idempotency-key"))
    new = read_body(asked.body, NewWebhook)
    if new.includes_private and not client.may(Scope.READ_OFFICE):
        remedy = f"Ask the city for a key with '{Scope.READ_OFFICE.value}'."
        raise BadSubscription("This key may not learn of private requests.", field="includes_private", remedy=remedy)
    wish = Wish(
        name=new.name, url=new.url, kinds=tuple(new.kinds), service=new.service, department=new.department,
        includes_private=new.includes_private,
    )  # fmt: skip
    made = actions.subscribe(wish, key=key, client_id=client.id, by=_by(client), may_be_private=may_be_private)
    return 201, _with_secret(made)


def read_webhook(_asked: Asked, client: Client, *, webhook: str) -> Done:
    """One of the program's subscriptions."""
    return 200, _counted(queries.subscription(webhook, client_id=client.id))


def end_webhook(_asked: Asked, client: Client, *, webhook: str) -> Done:
    """Nothing is sent any more, ever."""
    return 200, _counted(actions.end(webhook, by=_by(client), client_id=client.id))


def pause_webhook(_asked: Asked, client: Client, *, webhook: str) -> Done:
    """Nothing is sent until it is resumed; news gathers."""
    return 200, _counted(actions.pause(webhook, by=_by(client), client_id=client.id))


def resume_webhook(_asked: Asked, client: Client, *, webhook: str) -> Done:
    """What has gathered is sent."""
    return 200, _counted(actions.resume(webhook, by=_by(client), client_id=client.id))


def rotate_webhook(asked: Asked, client: Client, *, webhook: str) -> Done:
    """The subscription has a new secret; the old one signs, too, for a day."""
    key = checked_key(asked.header("idempotency-key"))
    return 200, _with_secret(actions.rotate(webhook, key=key, by=_by(client), client_id=client.id))


def ping_webhook(asked: Asked, client: Client, *, webhook: str) -> Done:
    """A message that says nothing tries the way."""
    key = checked_key(asked.header("idempotency-key"))
    return 202, Pinged(delivery=actions.ping(webhook, key=key, client_id=client.id))


def list_deliveries(asked: Asked, client: Client, *, webhook: str) -> Done:
    """A page of what was sent to the subscription."""
    wish = read_query(asked.query, DeliveryQuery)
    found = queries.subscription(webhook, client_id=client.id)
    page = queries.deliveries(found.id, state=wish.state or "", after=wish.after, limit=wish.limit)
    return 200, DeliveryList(deliveries=[_line(each) for each in page.rows], next=page.following or None)


def read_delivery(_asked: Asked, client: Client, *, webhook: str, delivery: str) -> Done:
    """One message whole; three statements."""
    found = queries.delivery(queries.subscription(webhook, client_id=client.id).id, delivery)
    tries = [
        TryTold(
            sequence=each.number, started_at=each.started_at, ended_at=each.ended_at, status=each.status,
            error=each.error, milliseconds=each.milliseconds,
        )
        for each in queries.attempts(found.id)
    ]  # fmt: skip
    message = msgspec.json.decode(found.payload, type=Message)
    return 200, DeliveryTold(delivery=_line(found), message=message, tries=tries)


def resend_delivery(_asked: Asked, client: Client, *, webhook: str, delivery: str) -> Done:
    """The message is due again, under its own id."""
    return 202, Resent(resent=actions.resend(webhook, delivery, by=_by(client), client_id=client.id))


def resend_failed(_asked: Asked, client: Client, *, webhook: str) -> Done:
    """Every message that was given up is due again."""
    return 202, Resent(resent=actions.resend_dead(webhook, by=_by(client), client_id=client.id))


SUBSCRIBING: Final[Mapping[str, Act]] = {
    act.__name__: act
    for act in (
        list_webhooks, add_webhook, read_webhook, end_webhook, pause_webhook, resume_webhook, rotate_webhook,
        ping_webhook, list_deliveries, read_delivery, resend_delivery, resend_failed,
    )
}  # fmt: skip
"""What answers each call about webhooks, by the call's name."""


def _by(client: Client) -> str:
    return f"client:{client.id}"


def _with_secret(made: Secret) -> WebhookSecret:
    return WebhookSecret(webhook=_counted(made.subscription), secret=made.secret)


def _counted(each: SubscriptionView) -> WebhookTold:
    return _told(each, queries.counts([each.id]).get(each.id, Counts()))


def _told(each: SubscriptionView, counts: Counts) -> WebhookTold:
    return WebhookTold(
        webhook=each.token, name=each.name, url=each.url, kinds=list(each.kinds), service=each.service,
        department=each.department, includes_private=each.includes_private, state=each.state, reason=each.reason,
        made_at=each.created_at, due=counts.due, dead=counts.dead, last_delivered_at=counts.last_delivered_at,
    )  # fmt: skip


def _line(each: DeliveryView) -> DeliveryLine:
    return DeliveryLine(
        delivery=each.token, kind=each.kind, number=each.number, state=each.state, tries=each.all_tries,
        made_at=each.made_at, next_try_at=each.due_at if each.state == DeliveryState.DUE else None,
        ended_at=each.ended_at, status=each.last_status, error=each.last_error,
    )  # fmt: skip

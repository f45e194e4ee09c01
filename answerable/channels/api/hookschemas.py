"""The JSON of webhooks: what a program asks for, and what became of each message."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from answerable.channels.api.schemas import NO_NULL, USUAL_PAGE, After, Code, Limit, Line
from answerable.channels.webhooks.messages import Message

Url = Annotated[str, msgspec.Meta(max_length=500, pattern=NO_NULL)]
State = Annotated[
    Literal["due", "delivered", "dead", "dropped"], msgspec.Meta(description="Only deliveries that are so.")
]


class NewWebhook(msgspec.Struct, forbid_unknown_fields=True):
    """News that is asked for; no kinds means every kind, an empty filter everything."""

    name: Line
    url: Url
    kinds: Annotated[list[Code], msgspec.Meta(max_length=40)] = []
    service: Code = ""
    department: Code = ""
    includes_private: bool = False


class WebhookTold(msgspec.Struct):
    """One subscription, and how many messages wait and failed."""

    webhook: str
    name: str
    url: str
    kinds: list[str]
    service: str
    department: str
    includes_private: bool
    state: str
    reason: str
    made_at: datetime
    due: int
    dead: int
    last_delivered_at: datetime | None


class WebhookList(msgspec.Struct):
    """The program's subscriptions, those in use first."""

    webhooks: list[WebhookTold]


class WebhookSecret(msgspec.Struct):
    """A subscription and the secret its messages are signed with, which is shown this once."""

    webhook: WebhookTold
    secret: str


class DeliveryQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The wishes of the list of deliveries."""

    state: State | None = None
    limit: Limit = USUAL_PAGE
    after: After = ""


class DeliveryLine(msgspec.Struct):
    """One message, as far as it came; `delivery` is its `webhook-id`."""

    delivery: str
    kind: str
    number: str
    state: str
    tries: int
    made_at: datetime
    next_try_at: datetime | None
    ended_at: datetime | None
    status: int | None
    error: str


class DeliveryList(msgspec.Struct):
    """A page of deliveries, newest first."""

    deliveries: list[DeliveryLine]
    next: str | None


class TryTold(msgspec.Struct):
    """One try; without an end nobody knows what became of it."""

    sequence: int
    started_at: datetime
    ended_at: datetime | None
    status: int | None
    error: str
    milliseconds: int | None


class DeliveryTold(msgspec.Struct):
    """One message whole: what it says, and every try."""

    delivery: DeliveryLine
    message: Message
    tries: list[TryTold]


class Pinged(msgspec.Struct):
    """The message that tries the way."""

    delivery: str


class Resent(msgspec.Struct):
    """How many messages are due again."""

    resent: int

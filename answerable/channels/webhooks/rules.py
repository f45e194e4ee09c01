"""When to try again, how to sign, what a subscription may ask for: pure."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from answerable.channels.webhooks.errors import BadSubscription

FIRST_PAUSE: Final = timedelta(seconds=5)
PAUSE_GROWTH: Final = 3
LONGEST_PAUSE: Final = timedelta(hours=6)
MOST_TRIES: Final = 12
"""Tries of one delivery: pauses of 5 s, 15 s … 3 h, 6 h, 6 h, 6 h: about 24 hours in all.

Source: Standard Webhooks, "Retry schedule": several tries over about a day, with growing pauses and jitter.
"""

JITTER: Final = 0.2
"""Units: share by which a pause is made longer or shorter, so that receivers are not met by all at once."""

LEASE: Final = timedelta(seconds=60)
"""How long a try may last before another worker takes it for dead; over `outward.WHOLE_SECONDS`."""

SECRETS_OVERLAP: Final = timedelta(hours=24)
"""How long the secret before a rotation still signs, too."""

KEEP_DELIVERED: Final = timedelta(days=14)
KEEP_OTHERS: Final = timedelta(days=90)
"""How long deliveries are kept that arrived, and those that did not."""

MOST_SUBSCRIPTIONS: Final = 20
"""Of one program."""

PING: Final = "webhook.ping"
"""The kind of a message that only tries the way."""


class SubscriptionState(StrEnum):
    """Whether news is sent; a paused subscription gathers them."""

    ACTIVE = "active"
    PAUSED = "paused"
    ENDED = "ended"


class DeliveryState(StrEnum):
    """How far one message came."""

    DUE = "due"
    DELIVERED = "delivered"
    DEAD = "dead"
    DROPPED = "dropped"


class PauseReason(StrEnum):
    """Why a subscription is paused or ended."""

    BY_HAND = "by_hand"
    FAILING = "failing"
    GONE = "gone"
    REVOKED = "revoked"


GONE: Final = 410
"""Standard Webhooks: the receiver wants no more."""

_GOOD = range(200, 300)


def is_taken(status: int) -> bool:
    """Whether the receiver has it; a redirect is not followed and is no yes."""
    return status in _GOOD


def pause_after(tries: int, *, chance: float, asked_seconds: int | None = None) -> timedelta | None:
    """How long to wait after so many tries; None when that was the last.  `chance` is from 0 to 1.

    `asked_seconds` is the receiver's Retry-After; it is kept up to LONGEST_PAUSE.
    Worked example: after the third try, with chance 0.5, 45 seconds.
    """
    if tries >= MOST_TRIES:
        return None
    pause: timedelta = min(FIRST_PAUSE * PAUSE_GROWTH ** (tries - 1), LONGEST_PAUSE) * (1 + JITTER * (2 * chance - 1))
    return max(pause, min(timedelta(seconds=asked_seconds or 0), LONGEST_PAUSE))


def secret_of(house_key: str, *, token: str, number: int) -> bytes:
    """The subscription's secret of that rotation: derived from the house's own, so that no table keeps it."""
    return hmac.new(house_key.encode(), f"webhook-secret:{token}:{number}".encode(), hashlib.sha256).digest()


def written(secret: bytes) -> str:
    """The secret as its owner keeps it.  Source: Standard Webhooks, "Signature scheme"."""
    return "whsec_" + base64.b64encode(secret).decode("ascii")


@dataclass(frozen=True, slots=True)
class Wish:
    """What a subscriber asks for; no kinds means every kind, an empty filter everything."""

    name: str
    url: str
    kinds: tuple[str, ...] = ()
    service: str = ""
    department: str = ""
    includes_private: bool = False


MOST_NAME: Final = 120


def checked_wish(wish: Wish, *, known_kinds: frozenset[str]) -> Wish:
    """The wish, tidied.  Raises: BadSubscription naming the field.  The address is checked by who sends."""
    unknown = sorted(set(wish.kinds) - known_kinds)
    if unknown:
        raise BadSubscription(
            f"No news of the kind '{unknown[0][:40]}'.", field="kinds", value=unknown[0][:40],
            remedy=f"Choose from: {', '.join(sorted(known_kinds))}.",
        )  # fmt: skip
    name = wish.name.strip()
    if not name or len(name) > MOST_NAME or "\0" in name:
        raise BadSubscription("The name is missing or too long.", field="name", remedy=f"Use 1 to {MOST_NAME} letters.")
    return Wish(
        name=name, url=wish.url.strip(), kinds=tuple(sorted(set(wish.kinds))), service=wish.service,
        department=wish.department, includes_private=wish.includes_private,
    )  # fmt: skip

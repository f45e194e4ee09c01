"""The small protocol with a text-message gateway: what is said, how it is signed, what answers mean.  Pure.

docs/handbook/sms.md describes it for whoever builds the other side.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import Annotated, Final, Literal

import msgspec

OLDEST_SECONDS: Final = 300
"""Units: seconds by which a signed call may be old or ahead.  Source: Standard Webhooks, "Verifying webhooks"."""

BAD_ADDRESS: Final = frozenset({"bad_number", "unknown_number", "unreachable", "landline"})
"""What gateways say of a number that never will get a message."""

OPTED_OUT: Final = "opted_out"
"""What gateways say of somebody who answered STOP to them."""

_TAKEN: Final = range(200, 300)
_NEVER: Final = frozenset({400, 404, 413, 422})


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What a gateway is asked to send.  `reference` is the idempotency key: the same reference is one message."""

    to: str
    text: str
    reference: str
    language: str
    sender: str = msgspec.field(default="", name="from")


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """What a gateway answers when it took the message."""

    id: Annotated[str, msgspec.Meta(min_length=1, max_length=120)]


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """What a gateway answers when it never will."""

    code: str = ""
    message: str = ""


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """What a gateway tells later: the message arrived, or did not."""

    id: Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
    state: Literal["delivered", "failed"]
    code: Annotated[str, msgspec.Meta(max_length=64)] = ""


class Inbound(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody sent to the city's number."""

    id: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    sender: Annotated[str, msgspec.Meta(min_length=3, max_length=40)] = msgspec.field(name="from")
    text: Annotated[str, msgspec.Meta(max_length=4000)]


def is_taken(status: int) -> bool:
    """Whether the gateway has the message."""
    return status in _TAKEN


def is_never(status: int) -> bool:
    """Whether sending the same again is useless."""
    return status in _NEVER


def number_of(key: str) -> str:
    """The number as gateways want it.  Source: ITU-T E.164: a plus sign and digits."""
    return f"+{key}"


def signature(key: str, *, message_id: str, timestamp: int, body: bytes) -> str:
    """The header `webhook-signature` of a call.

    Source: Standard Webhooks, "Signature scheme": HMAC-SHA256 over `id.timestamp.body`.
    """
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key.encode(), signed, hashlib.sha256).digest()).decode("ascii")


def is_signed(headers: Mapping[str, str], body: bytes, *, key: str, now: int) -> bool:
    """Whether whoever knows the key sent exactly this body, just now.  Header names in lower case."""
    told = headers.get("webhook-timestamp", "")
    if not key or not told.isascii() or not told.isdigit() or abs(now - int(told[:12])) > OLDEST_SECONDS:
        return False
    expected = signature(key, message_id=headers.get("webhook-id", ""), timestamp=int(told), body=body)
    given = headers.get("webhook-signature", "").split()
    return any(hmac.compare_digest(expected.encode(), each.encode("utf-8", "replace")) for each in given[:5])

"""Messages signed with a shared secret, as Standard Webhooks does it: id, instant and body under one HMAC.

Source: Standard Webhooks (standardwebhooks.com), "Signature scheme".
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

TOLERANCE_SECONDS: Final = 300
"""How far the sender's clock may be from ours.  Source: Standard Webhooks, "Verifying signatures"."""

_WRITTEN: Final = "whsec_"


def secret_bytes(key: str) -> bytes:
    """The secret that a key stands for: what `whsec_` announces is base64, anything else is taken as it is."""
    if key.startswith(_WRITTEN):
        try:
            return base64.b64decode(key.removeprefix(_WRITTEN), validate=True)
        except binascii.Error:
            return key.encode()
    return key.encode()


def signature(secrets: Sequence[bytes], *, message_id: str, timestamp: int, body: bytes) -> str:
    """The header `webhook-signature`: one `v1` signature for each secret that is valid, newest first.

    Source: Standard Webhooks, "Signature scheme": HMAC-SHA256 over `id.timestamp.body`.
    """
    signed = f"{message_id}.{timestamp}.".encode() + body
    digests = (hmac.new(secret, signed, hashlib.sha256).digest() for secret in secrets)
    return " ".join("v1," + base64.b64encode(digest).decode("ascii") for digest in digests)


def signed_headers(secret: bytes, *, message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The three headers that prove who sent the body and when."""
    stamp = int(at.timestamp())
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(stamp),
        "webhook-signature": signature([secret], message_id=message_id, timestamp=stamp, body=body),
    }


def is_signed(secret: bytes, headers: Mapping[str, str], *, body: bytes, now: datetime) -> bool:
    """Whether the headers, named in small letters, prove that who knows the secret sent this body just now."""
    message_id, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not secret or not message_id or not (stamp.isascii() and stamp.isdigit() and len(stamp) < 12):  # noqa: PLR2004
        return False
    if abs(now.timestamp() - int(stamp)) > TOLERANCE_SECONDS:
        return False
    expected = signature([secret], message_id=message_id, timestamp=int(stamp), body=body)
    given = headers.get("webhook-signature", "").split()
    return any(hmac.compare_digest(expected.encode(), each.encode()) for each in given)

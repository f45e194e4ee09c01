"""A push message as only its browser can open it, and the signature that says it is from us.

Source: RFC 8291 (message encryption for Web Push), RFC 8188 (aes128gcm), RFC 8292 (VAPID).
"""

from __future__ import annotations

import base64
import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

LONGEST_PAYLOAD: Final = 3993
"""Units: bytes of a message before it is sealed.

Source: RFC 8291 section 4: a push service takes at least 4096 bytes, of which sealing needs 103.
"""

SIGNED_FOR: Final = timedelta(hours=12)
"""How long a signature holds.  Source: RFC 8292 section 2: at most 24 hours."""

_RECORD_SIZE: Final = 4096
_LAST_RECORD: Final = b"\x02"
_SALT_BYTES: Final = 16
_GROUP_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Source: FIPS 186-4, section D.1.2.3: the order n of P-256."""


def to_text(octets: bytes) -> str:
    """Base64url without padding, as browsers and headers carry keys."""
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode("ascii")


def from_text(text: str) -> bytes:
    """The octets of base64url with or without padding."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass(frozen=True, slots=True)
class CityKey:
    """The key with which the city signs that a push message is its own."""

    private: ec.EllipticCurvePrivateKey

    @property
    def public_text(self) -> str:
        """The public half, as a browser is given it when it asks for news."""
        return to_text(_point(self.private.public_key()))


@lru_cache(maxsize=2)
def city_key(house_key: str) -> CityKey:
    """The city's signing key: derived from the house's own secret, so that every machine has it and no file keeps it.

    Another house secret makes another key; browsers must then be asked anew.
    """
    derived = HKDF(hashes.SHA256(), length=48, salt=None, info=b"answerable web push vapid").derive(house_key.encode())
    return CityKey(ec.derive_private_key(int.from_bytes(derived, "big") % (_GROUP_ORDER - 1) + 1, ec.SECP256R1()))


def _point(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def sealed(payload: bytes, *, public_key: str, secret: str) -> bytes:
    """The payload, sealed with a key of its own for whoever holds the browser's private key."""
    fresh = ec.generate_private_key(ec.SECP256R1())
    return sealed_with(
        payload, public_key=public_key, secret=secret, sender=fresh, salt=secrets.token_bytes(_SALT_BYTES)
    )


def sealed_with(
    payload: bytes, *, public_key: str, secret: str, sender: ec.EllipticCurvePrivateKey, salt: bytes
) -> bytes:  # fmt: skip
    """The payload, sealed with that key and salt, which must never be used twice.  Source: RFC 8291 section 3.4."""
    receiver_point = from_text(public_key)
    receiver = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), receiver_point)
    sender_point = _point(sender.public_key())
    shared = sender.exchange(ec.ECDH(), receiver)
    told = b"WebPush: info\0" + receiver_point + sender_point
    material = HKDF(hashes.SHA256(), length=32, salt=from_text(secret), info=told).derive(shared)
    key = HKDF(hashes.SHA256(), length=16, salt=salt, info=b"Content-Encoding: aes128gcm\0").derive(material)
    nonce = HKDF(hashes.SHA256(), length=12, salt=salt, info=b"Content-Encoding: nonce\0").derive(material)
    head = salt + _RECORD_SIZE.to_bytes(4, "big") + bytes([len(sender_point)]) + sender_point
    return head + AESGCM(key).encrypt(nonce, payload + _LAST_RECORD, None)


def signature(key: CityKey, *, endpoint: str, contact: str, now: datetime) -> str:
    """The header `Authorization` for messages to that endpoint's service.

    `contact` is where the service's people reach ours: a `mailto:` or `https:` address.
    Source: RFC 8292 section 3; RFC 7515 and RFC 7518 section 3.4 (ES256).
    """
    parts = urlsplit(endpoint)
    expires = int((now + SIGNED_FOR).timestamp())
    claims = {"aud": f"{parts.scheme}://{parts.netloc}", "exp": expires, "sub": contact}
    said = ".".join(to_text(json.dumps(each).encode()) for each in ({"typ": "JWT", "alg": "ES256"}, claims))
    r, s = decode_dss_signature(key.private.sign(said.encode(), ec.ECDSA(hashes.SHA256())))
    token = said + "." + to_text(r.to_bytes(32, "big") + s.to_bytes(32, "big"))
    return f"vapid t={token}, k={key.public_text}"

"""A browser that gets web push: its keys, and what it reads of what a push service brings."""

from __future__ import annotations

import json
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from answerable.channels.webpush.posting import Browser
from answerable.channels.webpush.sealing import from_text, to_text


class ABrowser:
    """Opens what was sealed for it, as RFC 8291 has the receiver do it; written apart from the sealing."""

    def __init__(self, endpoint: str) -> None:
        self._private = ec.generate_private_key(ec.SECP256R1())
        self._secret = bytes(range(16))
        point = self._private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self.point = point
        self.told = Browser(endpoint=endpoint, public_key=to_text(point), secret=to_text(self._secret))

    def opened(self, body: bytes) -> dict[str, Any]:
        """The message in the body of a push."""
        salt, size, length = body[:16], int.from_bytes(body[16:20], "big"), body[20]
        sender_point, record = body[21 : 21 + length], body[21 + length :]
        assert len(record) <= size
        sender = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender_point)
        shared = self._private.exchange(ec.ECDH(), sender)
        info = b"WebPush: info\x00" + self.point + sender_point
        material = HKDF(hashes.SHA256(), 32, self._secret, info).derive(shared)
        key = HKDF(hashes.SHA256(), 16, salt, b"Content-Encoding: aes128gcm\x00").derive(material)
        nonce = HKDF(hashes.SHA256(), 12, salt, b"Content-Encoding: nonce\x00").derive(material)
        plain = AESGCM(key).decrypt(nonce, record, None).rstrip(b"\x00")
        assert plain[-1:] == b"\x02"
        return dict(json.loads(plain[:-1]))


def claims_of(authorization: str) -> tuple[dict[str, Any], bytes, bytes, bytes]:
    """The claims of a VAPID header, what was signed, its signature, and the public key beside it."""
    scheme, _, rest = authorization.partition(" ")
    assert scheme == "vapid"
    parts = dict(each.strip().split("=", 1) for each in rest.split(","))
    head, body, signed = parts["t"].split(".")
    assert json.loads(from_text(head)) == {"typ": "JWT", "alg": "ES256"}
    return json.loads(from_text(body)), f"{head}.{body}".encode(), from_text(signed), from_text(parts["k"])

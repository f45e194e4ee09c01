"""Sending to addresses that strangers gave us: checked, without redirects, bounded in time and in bytes.

A name is resolved once and the connection goes to an address that was checked, so that a name that means something
else a moment later opens nothing.  Nothing of the house is reachable unless ANSWERABLE_PRIVATE_ADDRESSES says so.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final
from urllib.parse import urlsplit

import certifi
import httpcore

CONNECT_SECONDS: Final = 5.0
SILENCE_SECONDS: Final = 10.0
"""Units: seconds to connect, and between two bytes of an answer."""

WHOLE_SECONDS: Final = 20.0
"""Units: seconds a whole exchange may last."""

LONGEST_ANSWER: Final = 64_000
"""Units: bytes of an answer that are read; the rest is left unread."""

LONGEST_ADDRESS: Final = 500
_PORTS: Final = range(1, 65_536)


class NotOutside(Exception):
    """The address is not one we may send to; the message says why, as a code."""


class Unreached(Exception):
    """Nothing came back; the message says why, as a code."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back.  Units: seconds it took."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float


def checked_address(url: str, *, may_be_private: bool) -> str:
    """The address, when its form allows sending to it; where its name leads is checked on the way.

    Raises: NotOutside with `malformed`, `not_https`, `has_credentials` or `private`.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise NotOutside("malformed") from error
    plain = url.isascii() and url.isprintable() and " " not in url and len(url) <= LONGEST_ADDRESS
    if not plain or not parts.hostname or (port is not None and port not in _PORTS) or parts.fragment:
        raise NotOutside("malformed")
    if parts.scheme != "https" and not (may_be_private and parts.scheme == "http"):
        raise NotOutside("not_https")
    if parts.username or parts.password:
        raise NotOutside("has_credentials")
    if not may_be_private and _is_inside(parts.hostname):
        raise NotOutside("private")
    return url


def _is_inside(host: str) -> bool:
    """Whether the host is written so that it can only be one of the house or of this network."""
    try:
        return not _is_public(host)
    except ValueError:
        name = host.rstrip(".").lower()
        return "." not in name or name.endswith((".localhost", ".local", ".internal", ".lan", ".home.arpa"))


def _is_public(address: str) -> bool:
    """Whether the address is one of the public internet.  Raises: ValueError when it is a name."""
    found = ipaddress.ip_address(address)
    inner = getattr(found, "ipv4_mapped", None) or getattr(found, "sixtofour", None)
    return found.is_global and not found.is_multicast and (inner is None or inner.is_global)


class _Guarded(httpcore.NetworkBackend):
    """Connects only to addresses that may be reached, whatever the name says."""

    def __init__(self, *, may_be_private: bool, ends_at: float) -> None:
        self._may_be_private = may_be_private
        self._ends_at = ends_at
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:  # fmt: skip
        """A stream to the first address of the host that may be reached."""
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise Unreached("unknown_host") from error
        addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
        if not self._may_be_private and not all(_is_public(address.partition("%")[0]) for address in addresses):
            raise NotOutside("private")
        opened = self._inner.connect_tcp(addresses[0], port, timeout, local_address, socket_options)
        return _Timed(opened, ends_at=self._ends_at)


class _Timed(httpcore.NetworkStream):
    """A stream that ends at an instant, however slowly the other side talks."""

    def __init__(self, inner: httpcore.NetworkStream, *, ends_at: float) -> None:
        self._inner = inner
        self._ends_at = ends_at

    def _left(self, timeout: float | None) -> float:
        left = self._ends_at - time.monotonic()
        if left <= 0:
            raise Unreached("timeout")
        return min(left, timeout or left)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """What came, within the time that is left."""
        return self._inner.read(max_bytes, self._left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Everything is sent, within the time that is left."""
        self._inner.write(buffer, self._left(timeout))

    def close(self) -> None:
        """The stream is gone."""
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """The same stream, encrypted."""
        opened = self._inner.start_tls(ssl_context, server_hostname, self._left(timeout))
        return _Timed(opened, ends_at=self._ends_at)

    def get_extra_info(self, info: str) -> Any:
        """What the stream beneath knows."""
        return self._inner.get_extra_info(info)


@lru_cache(maxsize=1)
def trusted() -> ssl.SSLContext:
    """The machine's authorities (or SSL_CERT_FILE's), and Mozilla's where the machine has none."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


def send(
    method: str, url: str, *, content: bytes = b"", headers: Mapping[str, str], may_be_private: bool,
    most_bytes: int = LONGEST_ANSWER,
) -> Answer:  # fmt: skip
    """What the address answered, a redirect included.  Raises: NotOutside; Unreached with a code."""
    began = time.monotonic()
    ends_at = began + WHOLE_SECONDS
    checked_address(url, may_be_private=may_be_private)
    timeout = {"connect": CONNECT_SECONDS, "read": SILENCE_SECONDS, "write": SILENCE_SECONDS, "pool": CONNECT_SECONDS}
    pool = httpcore.ConnectionPool(
        ssl_context=trusted(),
        max_connections=1,
        network_backend=_Guarded(may_be_private=may_be_private, ends_at=ends_at),
    )
    given = [(name.encode(), value.encode()) for name, value in {"Host": urlsplit(url).netloc, **headers}.items()]
    try:
        with pool, pool.stream(
            method, url, headers=given, content=content, extensions={"timeout": timeout}
        ) as answer:  # fmt: skip
            body = _body(answer, most_bytes=most_bytes)
            told = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in answer.headers}
            return Answer(answer.status, told, body, time.monotonic() - began)
    except httpcore.TimeoutException as error:
        raise Unreached("timeout") from error
    except httpcore.ConnectError as error:
        raise Unreached("tls" if "SSL" in str(error) or "certificate" in str(error) else "refused") from error
    except (httpcore.NetworkError, httpcore.ProtocolError) as error:
        raise Unreached("broken_off") from error


def _body(answer: httpcore.Response, *, most_bytes: int) -> bytes:
    body = b""
    for part in answer.iter_stream():
        body += part
        if len(body) >= most_bytes:
            return body[:most_bytes]
    return body

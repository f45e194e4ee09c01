"""Serves the published files: in pieces from the disk, resumable, and only what the manifest names.

A small ASGI program, so that somebody who loads a gigabyte over a slow line keeps no thread of the pages waiting.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import Path
from typing import Any

from answerable.channels.opendata.errors import BadManifest
from answerable.channels.opendata.files import PREFIX, media_type
from answerable.channels.opendata.store import MANIFEST, File, Store

PIECE_BYTES = 256 << 10
"""Units: bytes read and sent at a time: so much memory a download takes."""

_RANGE = re.compile(r"^bytes=(\d*)-(\d*)$")
_CORS = ((b"access-control-allow-origin", b"*"), (b"cross-origin-resource-policy", b"cross-origin"))
_METHODS = b"GET, HEAD, OPTIONS"

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class Found:
    """A published file as it lies on the disk now."""

    path: Path
    file: File
    size: int
    changed_at: datetime

    @property
    def tag(self) -> str:
        """Names this content."""
        return f'"{self.file.sha256}"'


@dataclass(frozen=True, slots=True)
class Piece:
    """Which bytes are sent, from `first` up to and including `last`."""

    first: int
    last: int
    whole: bool

    @property
    def length(self) -> int:
        """How many bytes."""
        return self.last - self.first + 1


class FileDoor:
    """Answers GET and HEAD below `/open-data/v1/`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """One answer."""
        method, name = scope["method"], scope["path"].removeprefix(PREFIX)
        if method == "OPTIONS":
            await _answer(send, 204, [*_CORS, (b"access-control-allow-methods", _METHODS)])
            return
        if method not in {"GET", "HEAD"}:
            await _answer(send, 405, [(b"allow", _METHODS), *_CORS])
            return
        found = await asyncio.to_thread(self._find, name)
        if found is None:
            await _answer(send, 404, list(_CORS), b"There is no such file: see manifest.json.\n")
            return
        headers = {key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]}
        await _send_file(found, headers, receive, send, with_body=method == "GET", name=name)

    def _find(self, name: str) -> Found | None:
        try:
            found = self._store.path_of(name)
            if found is None:
                return None
            told = found[0].stat()
        except (OSError, BadManifest):
            return None
        changed_at = datetime.fromtimestamp(int(told.st_mtime), UTC)
        return Found(path=found[0], file=found[1], size=told.st_size, changed_at=changed_at)


async def _send_file(
    found: Found, headers: Mapping[str, str], receive: Receive, send: Send, *, with_body: bool, name: str
) -> None:
    told = [*_about(found, name=name), *_CORS]
    if is_unchanged(headers, tag=found.tag, changed_at=found.changed_at):
        await _answer(send, 304, told)
        return
    piece = wanted(headers, size=found.size, tag=found.tag, changed_at=found.changed_at)
    if piece is None:
        await _answer(send, 416, [*told, (b"content-range", f"bytes */{found.size}".encode())])
        return
    told.append((b"content-length", str(piece.length).encode()))
    if not piece.whole:
        told.append((b"content-range", f"bytes {piece.first}-{piece.last}/{found.size}".encode()))
    await send({"type": "http.response.start", "status": 200 if piece.whole else 206, "headers": told})
    if with_body and piece.length:
        await _stream(found.path, piece, receive, send)
    else:
        await send({"type": "http.response.body", "body": b""})


def _about(found: Found, *, name: str) -> list[tuple[bytes, bytes]]:
    """What is true of the file whoever asks; it must be asked for anew, because what is withdrawn shall be gone."""
    kind = media_type(found.file.name)
    kind += "; charset=utf-8" if kind in {"text/csv", "application/json"} else ""
    told = [
        (b"content-type", kind.encode()),
        (b"etag", found.tag.encode()),
        (b"last-modified", format_datetime(found.changed_at, usegmt=True).encode()),
        (b"accept-ranges", b"bytes"),
        (b"cache-control", b"public, no-cache"),
        (b"x-content-type-options", b"nosniff"),
    ]
    if found.file.year is not None:
        told.append((b"content-disposition", f'attachment; filename="{found.file.name}"'.encode()))
    if name not in {found.file.name, MANIFEST}:
        told.append((b"content-location", f"{PREFIX}{found.file.name}".encode()))
    return told


def is_unchanged(headers: Mapping[str, str], *, tag: str, changed_at: datetime) -> bool:
    """Whether the caller has this content already.  Source: RFC 9110, 13.1 and 13.2."""
    known = headers.get("if-none-match")
    if known is not None:
        tags = {each.strip().removeprefix("W/") for each in known.split(",")}
        return "*" in tags or tag in tags
    since = _instant(headers.get("if-modified-since", ""))
    return since is not None and changed_at <= since


def wanted(headers: Mapping[str, str], *, size: int, tag: str, changed_at: datetime) -> Piece | None:
    """The bytes asked for; all of them where a range is absent, of another content, or of a kind not served.

    None when the range begins beyond the end.  Source: RFC 9110, 14.2.  `bytes=-500` is the last 500.
    """
    everything = Piece(first=0, last=size - 1, whole=True)
    asked = _RANGE.match(headers.get("range", "").strip())
    condition = headers.get("if-range")
    if asked is None or (condition is not None and not _is_same(condition, tag=tag, changed_at=changed_at)):
        return everything
    first, last = asked.groups()
    if not first and not last:
        return everything
    if not first:
        length = min(int(last), size)
        return Piece(first=size - length, last=size - 1, whole=False) if length else None
    if last and int(last) < int(first):
        return everything
    end = min(int(last), size - 1) if last else size - 1
    return Piece(first=int(first), last=end, whole=False) if int(first) < size else None


def _is_same(condition: str, *, tag: str, changed_at: datetime) -> bool:
    return condition == tag or _instant(condition) == changed_at


def _instant(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    return found if found.tzinfo else None


async def _stream(path: Path, piece: Piece, receive: Receive, send: Send) -> None:
    """The bytes, one piece after the other as fast as the caller takes them, until the end or until the caller goes."""
    gone = asyncio.ensure_future(_until_gone(receive))
    descriptor = await asyncio.to_thread(os.open, path, os.O_RDONLY)
    try:
        at, left = piece.first, piece.length
        while left and not gone.done():
            body = await asyncio.to_thread(os.pread, descriptor, min(PIECE_BYTES, left), at)
            if not body:
                break
            at, left = at + len(body), left - len(body)
            await send({"type": "http.response.body", "body": body, "more_body": left > 0})
    finally:
        os.close(descriptor)
        gone.cancel()


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _answer(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes = b"") -> None:
    told = [*headers, (b"content-length", str(len(body)).encode())] if status not in {204, 304} else headers
    if body:
        told.append((b"content-type", b"text/plain; charset=utf-8"))
    await send({"type": "http.response.start", "status": status, "headers": told})
    await send({"type": "http.response.body", "body": body})

"""Rows read, understood and given their keys, a batch ahead of the one being written."""

from __future__ import annotations

import base64
import itertools
import queue
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final, NamedTuple, TypeVar

import msgspec

from answerable.channels.imports.reading.raw import OpenedFile, RawRow
from answerable.channels.imports.rules import Refusal
from answerable.channels.imports.seen import Seen
from answerable.channels.imports.understand import Reader, Taken

BATCH_ROWS: Final = 5_000
"""Rows written in one transaction."""

LONGEST_NUMBER: Final = 200
"""Units: letters of a number of another city's."""

_AHEAD: Final = 2
"""Batches prepared before the writer asks for them."""

_encode = msgspec.json.Encoder(enc_hook=str).encode
Item = TypeVar("Item")


class Prepared(NamedTuple):
    """A row with its key: what became of it, its untouched text, and the digest of that."""

    taken: Taken
    key: str
    digest: int
    raw: str


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows to write; `passed` counts those of an earlier, broken-off run that only needed counting."""

    rows: tuple[Prepared, ...]
    passed: int
    share: float


def batches(opened: OpenedFile, rows: Iterator[RawRow], *, reader: Reader, done: int) -> Iterator[Batch]:
    """The rows in batches, without the first `done`, which are only counted."""
    seen, position = Seen(), 0
    while chunk := list(itertools.islice(rows, BATCH_ROWS)):
        skipped = max(0, min(len(chunk), done - position))
        keyed = _keyed(chunk, reader=reader, seen=seen)
        position += len(chunk)
        fresh = keyed[skipped:]
        taken = reader.understand([each.row for each in fresh])
        yield Batch(tuple(map(_prepared, fresh, taken)), skipped, opened.share())


class _Keyed(NamedTuple):
    row: RawRow
    raw: str
    digest: bytes
    number: str
    times: int


def _keyed(rows: Sequence[RawRow], *, reader: Reader, seen: Seen) -> list[_Keyed]:
    raws = [row.raw or _encode(row.cells).decode() for row in rows]
    digests = [blake2b(raw.encode("utf-8", "surrogatepass"), digest_size=16).digest() for raw in raws]
    numbers = [reader.identity_of(row)[:LONGEST_NUMBER] for row in rows]
    hashes = [
        _signed(blake2b(number.encode(), digest_size=8).digest() if number else digest)
        for number, digest in zip(numbers, digests, strict=True)
    ]
    return list(map(_Keyed, rows, raws, digests, numbers, seen.count(hashes)))


def _prepared(keyed: _Keyed, taken: Taken) -> Prepared:
    if not keyed.number:
        key = _digest_key(keyed.digest) if keyed.times == 1 else f"{_digest_key(keyed.digest)}.{keyed.times}"
    elif keyed.times == 1:
        key = keyed.number
    else:
        key = f"{_digest_key(keyed.digest)}.{keyed.times}"
        taken = Taken(taken.row, taken.source_id, None, Refusal.NUMBER_TWICE, ())
    return Prepared(taken, key, _signed(keyed.digest), keyed.raw)


def _digest_key(digest: bytes) -> str:
    return "#" + base64.urlsafe_b64encode(digest)[:22].decode()


def _signed(digest: bytes) -> int:
    return int.from_bytes(digest[:8], "big", signed=True)


def ahead(items: Iterator[Item]) -> Iterator[Item]:
    """The same items, made by a thread of their own while the caller works on earlier ones; no database in there."""
    waiting: queue.Queue[tuple[Item | None, BaseException | None]] = queue.Queue(_AHEAD)
    stop = threading.Event()

    def work() -> None:
        try:
            for item in items:
                while not stop.is_set():
                    try:
                        waiting.put((item, None), timeout=0.2)
                        break
                    except queue.Full:
                        continue
                if stop.is_set():
                    return
            waiting.put((None, None))
        except BaseException as error:  # noqa: BLE001 - raised again where the caller waits
            waiting.put((None, error))

    thread = threading.Thread(target=work, name="imports-ahead", daemon=True)
    thread.start()
    try:
        while True:
            item, error = waiting.get()
            if error is not None:
                raise error
            if item is None:
                return
            yield item
    finally:
        stop.set()

"""What every reader gives: rows as they stand, with their line and what had to be mended to read them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple

GZIP_MAGIC = b"\x1f\x8b"

Cell = object
"""A cell: words, a number, a date, or nothing."""


class RawRow(NamedTuple):
    """One row of a file.

    `raw` is its untouched text where the format has one, else the cells say all there is.  A broken row has no cells.
    """

    line: int
    cells: Sequence[Cell]
    raw: str = ""
    notes: tuple[str, ...] = ()
    is_broken: bool = False


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """A file whose columns are known and whose rows are still to be read.

    `rows(encoding)` reads it once, in its order; `share()` says how much of it was read, 0 to 1.
    """

    path: Path
    kind: str
    header: tuple[str, ...]
    rows: Callable[[str], Iterator[RawRow]]
    share: Callable[[], float]


def share_of(stream: BinaryIO, *, size: int) -> Callable[[], float]:
    """How much of the file the stream has passed."""

    def share() -> float:
        return stream.tell() / size if size and not stream.closed else 1.0

    return share

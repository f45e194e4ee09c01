"""Lines of comma-separated text, read so that a broken one costs only itself.

Python's csv module would let one stray quotation mark swallow the rest of the file; here a quoted cell may run over a
few lines, and where it does not end the line is given back as broken and reading goes on with the next one.
"""

from __future__ import annotations

import csv
import gzip
import io
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, Final

from answerable.channels.imports.reading.raw import GZIP_MAGIC, OpenedFile, RawRow, share_of

LONGEST_LINE: Final = 1 << 20
"""Units: bytes; a longer line is broken."""

MOST_LINES: Final = 50
"""Lines a quoted cell may run over."""

_DELIMITERS: Final = ",;\t|"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_BOM: Final = b"\xef\xbb\xbf"

ENCODING_NOTE: Final = "wrong_encoding"
NUL_NOTE: Final = "nul_removed"

_Line = tuple[int, str, tuple[str, ...]]
"""A line with its number and notes."""


def open_csv(path: Path) -> OpenedFile:
    """The comma-separated file (or semicolon, tab, bar), plain or gzipped."""
    with path.open("rb") as file:
        head = _head(file)
    text, _ = decoded(head, expected="utf-8")
    delimiter = max(_DELIMITERS, key=text.count)
    header = tuple(cell.strip() for cell in next(csv.reader([text], delimiter=delimiter), []))
    stream = path.open("rb")

    def rows(encoding: str) -> Iterator[RawRow]:
        with stream:
            lines = _lines(stream)
            next(lines, None)
            yield from _rows(lines, delimiter=delimiter, width=len(header), encoding=encoding)

    return OpenedFile(path, "csv", header, rows, share_of(stream, size=path.stat().st_size))


def _head(file: BinaryIO) -> bytes:
    return next((line for line in _lines(file) if line.strip()), b"")


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """Each line without its end; text in UTF-16 as UTF-8, a byte-order mark left out."""
    start = file.read(2)
    file.seek(0)
    opened: Any = gzip.GzipFile(fileobj=file) if start == GZIP_MAGIC else file
    buffered = io.BufferedReader(opened, 1 << 16)
    try:
        mark = buffered.peek(3)[:3]
        if mark[:2] in _UTF16:
            for text in io.TextIOWrapper(buffered, encoding="utf-16", errors="replace", newline="\n"):
                yield text.rstrip("\r\n").encode()
            return
        if mark == _BOM:
            buffered.read(3)
        while line := buffered.readline(LONGEST_LINE):
            yield line.rstrip(b"\r\n")
    finally:
        if not buffered.closed:
            buffered.detach()


def decoded(line: bytes, *, expected: str) -> tuple[str, tuple[str, ...]]:
    """The line as text, and a note when it was not in the encoding expected.  UTF-8 is tried first, then Windows'."""
    if line.isascii():
        text = line.decode("ascii")
        return (text.replace("\0", ""), (NUL_NOTE,)) if "\0" in text else (text, ())
    try:
        return line.decode("utf-8").replace("\0", ""), () if expected == "utf-8" else (ENCODING_NOTE,)
    except UnicodeDecodeError:
        notes = () if expected != "utf-8" else (ENCODING_NOTE,)
    try:
        return line.decode("cp1252").replace("\0", ""), notes
    except UnicodeDecodeError:
        return line.decode("latin-1").replace("\0", ""), notes


def _rows(lines: Iterator[bytes], *, delimiter: str, width: int, encoding: str) -> Iterator[RawRow]:
    waiting: deque[_Line] = deque()
    numbered = enumerate(lines, start=2)

    def pull() -> bool:
        for number, line in numbered:
            waiting.append((number, *decoded(line, expected=encoding)))
            return True
        return False

    while waiting or pull():
        number, text, notes = waiting.popleft()
        if '"' not in text:
            if text.strip():
                yield _row(number, text.split(delimiter), text, notes, width=width)
            continue
        used, row = _quoted_row((number, text, notes), waiting, pull, delimiter=delimiter, width=width)
        for _ in range(used):
            waiting.popleft()
        yield row


def _quoted_row(
    first: _Line, waiting: deque[_Line], pull: Callable[[], bool], *, delimiter: str, width: int
) -> tuple[int, RawRow]:
    """The row that begins with this line, and how many of the waiting lines it used."""
    number, text, notes = first
    joined, all_notes, quotes, used = text, notes, text.count('"'), 0
    while quotes % 2 and used < MOST_LINES and (used < len(waiting) or pull()):
        _, more, more_notes = waiting[used]
        joined, all_notes, quotes, used = (
            f"{joined}\n{more}",
            all_notes + more_notes,
            quotes + more.count('"'),
            used + 1,
        )
    if quotes % 2 == 0:
        cells = next(csv.reader(io.StringIO(joined, newline=""), delimiter=delimiter), [])
        if len(cells) == width:
            return used, RawRow(number, cells, joined, all_notes)
    return 0, RawRow(number, (), text, notes, is_broken=True)


def _row(number: int, cells: list[str], text: str, notes: tuple[str, ...], *, width: int) -> RawRow:
    return RawRow(number, cells, text, notes) if len(cells) == width else RawRow(number, (), text, notes, True)

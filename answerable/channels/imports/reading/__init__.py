"""Files of other records, whatever their format: told apart by their first bytes, never by their name."""

from __future__ import annotations

import dataclasses
import gzip
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pyarrow as pa

from answerable.channels.imports.errors import UnreadableFile
from answerable.channels.imports.reading.csvfile import open_csv
from answerable.channels.imports.reading.excel import open_excel
from answerable.channels.imports.reading.jsonfile import open_json
from answerable.channels.imports.reading.parquet import open_parquet
from answerable.channels.imports.reading.raw import GZIP_MAGIC, OpenedFile, RawRow

__all__ = ["OpenedFile", "RawRow", "open_file"]

_DAMAGE: Final = (
    OSError, EOFError, zlib.error, zipfile.BadZipFile, pa.ArrowException, SyntaxError, ValueError, KeyError, IndexError,
)  # fmt: skip
"""What readers of packed and marked-up files raise when one is broken off or damaged."""


def open_file(path: Path) -> OpenedFile:
    """The file with its columns, ready to be read.  Raises: UnreadableFile, also while its rows are read."""
    start = _start(path)
    if not start.strip(b"\xef\xbb\xbf \t\r\n"):
        raise UnreadableFile(
            f"'{path.name}' is empty.", field="file", value=path.name,
            remedy="Export it again, with the line that names its columns.",
        )  # fmt: skip
    try:
        opened = _opened(path, start)
    except _DAMAGE as error:
        raise _damaged(path, after=0) from error
    return dataclasses.replace(opened, rows=lambda encoding: _whole_rows(opened, encoding))


def _start(path: Path) -> bytes:
    """The first bytes of what the file holds, unpacked."""
    try:
        with path.open("rb") as file:
            start = file.read(64)
            if start[:2] == GZIP_MAGIC:
                file.seek(0)
                start = gzip.GzipFile(fileobj=file).read(64)
            return start
    except gzip.BadGzipFile as error:
        raise _damaged(path, after=0) from error
    except OSError as error:
        raise UnreadableFile(
            f"'{path}' cannot be read: {error.strerror}.", field="file", value=str(path),
            remedy="Name a file that is there and that you may read.",
        ) from error  # fmt: skip
    except (EOFError, zlib.error) as error:
        raise _damaged(path, after=0) from error


def _opened(path: Path, start: bytes) -> OpenedFile:
    if start[:4] == b"PAR1":
        return open_parquet(path)
    if start[:4] == b"PK\x03\x04":
        return open_excel(path)
    return open_json(path) if start.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in {b"{", b"["} else open_csv(path)


def _whole_rows(opened: OpenedFile, encoding: str) -> Iterator[RawRow]:
    line = 0
    try:
        for row in opened.rows(encoding):
            line = row.line
            yield row
    except _DAMAGE as error:
        raise _damaged(opened.path, after=line) from error


def _damaged(path: Path, *, after: int) -> UnreadableFile:
    where = f"after line {after:,}" if after else "from its beginning"
    return UnreadableFile(
        f"'{path.name}' is broken off or damaged {where}.", field="file", value=path.name,
        remedy="Fetch or save it again, then import it: what was taken over by now is not taken twice.",
    )  # fmt: skip

"""Files of other records, whatever their format: told apart by their first bytes, never by their name."""

from __future__ import annotations

import gzip
from pathlib import Path

from answerable.channels.imports.errors import UnreadableFile
from answerable.channels.imports.reading.csvfile import open_csv
from answerable.channels.imports.reading.excel import open_excel
from answerable.channels.imports.reading.jsonfile import open_json
from answerable.channels.imports.reading.parquet import open_parquet
from answerable.channels.imports.reading.raw import GZIP_MAGIC, OpenedFile, RawRow

__all__ = ["OpenedFile", "RawRow", "open_file"]


def open_file(path: Path) -> OpenedFile:
    """The file with its columns, ready to be read.  Raises: UnreadableFile."""
    try:
        with path.open("rb") as file:
            start = file.read(64)
            if start[:2] == GZIP_MAGIC:
                file.seek(0)
                start = gzip.GzipFile(fileobj=file).read(64)
    except (OSError, EOFError) as error:
        raise UnreadableFile(f"'{path}' cannot be read: {error}.", field="file", value=str(path)) from error
    if start[:4] == b"PAR1":
        return open_parquet(path)
    if start[:4] == b"PK\x03\x04":
        return open_excel(path)
    if not start.strip():
        raise UnreadableFile(f"'{path.name}' is empty.", field="file", value=path.name)
    return open_json(path) if start.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in {b"{", b"["} else open_csv(path)

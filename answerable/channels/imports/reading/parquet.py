"""Parquet, a few thousand rows at a time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from answerable.channels.imports.errors import UnreadableFile
from answerable.channels.imports.reading.csvfile import NUL_NOTE
from answerable.channels.imports.reading.raw import OpenedFile, RawRow

_ROWS: Final = 5_000


def open_parquet(path: Path) -> OpenedFile:
    """The Parquet file; instants to the microsecond.  Raises: UnreadableFile."""
    try:
        file = pq.ParquetFile(path, pre_buffer=False, buffer_size=1 << 20)
    except (pa.ArrowException, OSError) as error:
        raise UnreadableFile(
            f"'{path.name}' is no Parquet file that can be read.", field="file", value=path.name,
            remedy="Fetch or save it again.",
        ) from error  # fmt: skip
    header = tuple(file.schema_arrow.names)
    whole = max(1, file.metadata.num_rows)
    passed = 0

    def rows(_encoding: str) -> Iterator[RawRow]:
        nonlocal passed
        with file:
            for batch in file.iter_batches(batch_size=_ROWS, use_threads=False):
                columns = [_values(column) for column in batch.columns]
                numbered = enumerate(zip(*columns, strict=True), start=passed + 1)
                make = _row_without_nul if any(map(_has_nul, batch.columns)) else RawRow
                for line, cells in numbered:
                    yield make(line, cells)
                passed += batch.num_rows

    return OpenedFile(path, "parquet", header, rows, lambda: passed / whole)


def _has_nul(column: Any) -> bool:
    """Whether a cell has the one character no database keeps; asked of a whole column at once."""
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
        return False
    words = column.dictionary if pa.types.is_dictionary(column.type) else column
    return bool(pc.any(pc.match_substring(words, "\0")).as_py())


def _row_without_nul(line: int, cells: tuple[Any, ...]) -> RawRow:
    kept = tuple(cell.replace("\0", "") if isinstance(cell, str) else cell for cell in cells)
    return RawRow(line, kept, "", (NUL_NOTE,) if kept != cells else ())


def _values(column: Any) -> list[Any]:
    """The column as Python knows it; nanoseconds are cut, because nobody reports a pothole to the nanosecond."""
    kind = column.type
    if pa.types.is_timestamp(kind) and kind.unit == "ns":
        column = column.cast(pa.timestamp("us", tz=kind.tz), safe=False)
    if pa.types.is_dictionary(kind):
        column = column.dictionary_decode()
    return column.to_pylist()  # type: ignore[no-any-return]

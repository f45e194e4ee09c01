"""Excel workbooks (.xlsx): the first sheet that has rows, read as a stream."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from answerable.channels.imports.errors import UnreadableFile
from answerable.channels.imports.reading.csvfile import NUL_NOTE
from answerable.channels.imports.reading.raw import OpenedFile, RawRow

_LARGE: Final = 64_000_000
"""Units: bytes; a part up to this size is read however small it was packed."""

_MOST_SWELLING: Final = 200
"""How many times as large a part may be as it was packed; the cells of real workbooks come to 10 to 30."""

_MOST_WORDS: Final = 256_000_000
"""Units: bytes of the words that cells share, which are held in memory."""


def open_excel(path: Path) -> OpenedFile:
    """The workbook's first sheet with a row; its first row names the columns.  Raises: UnreadableFile."""
    try:
        _refuse_swollen(path)
        book = load_workbook(path, read_only=True, data_only=True)
        sheet = next((each for each in book.worksheets if _first_row(each)), None)
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, SyntaxError) as error:
        raise UnreadableFile(
            f"'{path.name}' is no workbook that can be read.", field="file", value=path.name,
            remedy="Open it in a spreadsheet program and save it as .xlsx or .csv.",
        ) from error  # fmt: skip
    if sheet is None:
        raise UnreadableFile(
            f"'{path.name}' has no rows.", field="file", value=path.name,
            remedy="Save the sheet that has them, with the row that names its columns.",
        )  # fmt: skip
    header = tuple(str(cell or "").strip() for cell in _first_row(sheet))
    whole, passed = sheet.max_row or 0, 0

    def rows(_encoding: str) -> Iterator[RawRow]:
        nonlocal passed
        for line, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
            passed = line
            if line > 1 and any(cell is not None for cell in cells):
                yield _row(line, cells, width=len(header))
        book.close()

    return OpenedFile(path, "excel", header, rows, lambda: passed / whole if whole else 0.0)


def _refuse_swollen(path: Path) -> None:
    """Nothing is unpacked of a workbook that would fill the memory.  Raises: UnreadableFile."""
    with zipfile.ZipFile(path) as book:
        for part in book.infolist():
            swells = part.file_size > _LARGE and part.file_size > _MOST_SWELLING * part.compress_size
            if swells or (part.filename.endswith("sharedStrings.xml") and part.file_size > _MOST_WORDS):
                raise UnreadableFile(
                    f"'{path.name}' holds {part.file_size / 1e6:,.0f} MB in '{part.filename}', far more than a sheet.",
                    field="file", value=path.name, remedy="Save it as .csv, and import that.",
                )  # fmt: skip


def _first_row(sheet: Any) -> tuple[Any, ...]:
    return next(iter(sheet.iter_rows(min_row=1, max_row=1, values_only=True)), ())


def _row(line: int, cells: tuple[Any, ...], *, width: int) -> RawRow:
    if len(cells) != width:
        cells = (cells + (None,) * width)[:width]
    if any(isinstance(cell, str) and "\0" in cell for cell in cells):
        return RawRow(
            line, [cell.replace("\0", "") if isinstance(cell, str) else cell for cell in cells], "", (NUL_NOTE,)
        )
    return RawRow(line, cells)

"""Excel workbooks (.xlsx): the first sheet that has rows, read as a stream."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from answerable.channels.imports.errors import UnreadableFile
from answerable.channels.imports.reading.csvfile import NUL_NOTE
from answerable.channels.imports.reading.raw import OpenedFile, RawRow


def open_excel(path: Path) -> OpenedFile:
    """The workbook's first sheet with a row; its first row names the columns.  Raises: UnreadableFile."""
    try:
        book = load_workbook(path, read_only=True, data_only=True)
        sheet = next((each for each in book.worksheets if _first_row(each)), None)
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, SyntaxError) as error:
        raise UnreadableFile(
            f"'{path.name}' is no workbook that can be read.", field="file", value=path.name,
            remedy="Open it in a spreadsheet program and save it as .xlsx or .csv.",
        ) from error  # fmt: skip
    if sheet is None:
        raise UnreadableFile(f"'{path.name}' has no rows.", field="file", value=path.name)
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

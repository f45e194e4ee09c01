"""A JSON list of requests, read one by one: alone, under a key, or one a line.  The list is never held whole."""

from __future__ import annotations

import codecs
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, Final

from answerable.channels.imports.errors import UnreadableFile
from answerable.channels.imports.reading.csvfile import ENCODING_NOTE, NUL_NOTE
from answerable.channels.imports.reading.raw import GZIP_MAGIC, OpenedFile, RawRow, share_of

_CHUNK: Final = 1 << 18
"""Units: characters read at a time."""

LONGEST_OBJECT: Final = 1 << 22
"""Units: characters; a longer request is no request."""

_SAMPLE: Final = 200
"""Objects whose keys make the columns."""

TWICE_NOTE: Final = "key_given_twice"


def open_json(path: Path) -> OpenedFile:
    """The file of requests, plain or gzipped.  Raises: UnreadableFile."""
    with path.open("rb") as file:
        header = tuple(dict.fromkeys(_whole(key) for row in _sample(file, path) for key in row))
    stream = path.open("rb")

    def rows(_encoding: str) -> Iterator[RawRow]:
        with stream:
            for number, (raw, pairs) in enumerate(_objects(_text(stream), path), start=1):
                yield _row(number, raw, pairs, header)

    return OpenedFile(path, "json", header, rows, share_of(stream, size=path.stat().st_size))


def _sample(file: BinaryIO, path: Path) -> list[dict[str, Any]]:
    found = []
    for _, pairs in _objects(_text(file), path):
        found.append(dict(pairs or ()))
        if len(found) == _SAMPLE:
            break
    return found


def _row(number: int, raw: str, pairs: list[tuple[str, Any]] | None, header: tuple[str, ...]) -> RawRow:
    if pairs is None:
        return RawRow(number, (), raw.replace("\0", ""), (), is_broken=True)
    named = dict(pairs)
    notes: tuple[str, ...] = (TWICE_NOTE,) if len(named) < len(pairs) else ()
    if "\\u0000" in raw:
        named = {key: value.replace("\0", "") if isinstance(value, str) else value for key, value in named.items()}
        notes += (NUL_NOTE,)
    if "\\u" in raw:
        whole = {key: _whole(value) for key, value in named.items()}
        notes += (ENCODING_NOTE,) if whole != named else ()
        named = whole
    return RawRow(number, [named.get(column) for column in header], raw, notes)


def _whole(value: Any) -> Any:
    """The words with a mark for each half of a character, which no database keeps."""
    if isinstance(value, str):
        return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return type(value)(map(_whole, value)) if isinstance(value, (list, tuple)) else value


def _text(file: BinaryIO) -> Iterator[str]:
    start = file.read(2)
    file.seek(0)
    opened: Any = gzip.GzipFile(fileobj=file) if start == GZIP_MAGIC else file
    decoder = codecs.getincrementaldecoder("utf-8-sig")(errors="replace")
    while chunk := opened.read(_CHUNK):
        yield decoder.decode(chunk)


def _objects(chunks: Iterator[str], path: Path) -> Iterator[tuple[str, list[tuple[str, Any]] | None]]:
    """The text and the pairs of each object of the first list, or of each line."""
    decoder = json.JSONDecoder(object_pairs_hook=_Pairs)
    buffer, place = _to_the_list(next(chunks, ""), chunks, path)
    while True:
        place = _next_object(buffer, place)
        if place < len(buffer) and buffer[place] != "{":
            return
        try:
            pairs, end = decoder.raw_decode(buffer, place)
        except (json.JSONDecodeError, RecursionError):
            more = next(chunks, None)
            if more is not None and len(buffer) - place < LONGEST_OBJECT:
                buffer, place = buffer[place:] + more, 0
                continue
            if place < len(buffer):
                yield buffer[place : place + 1000], None
            return
        yield buffer[place:end], list(pairs)
        place = end
        if place > _CHUNK:
            buffer, place = buffer[place:], 0


class _Pairs(list[tuple[str, Any]]):
    """The pairs of an object, those given twice included."""


def _next_object(buffer: str, place: int) -> int:
    while place < len(buffer) and buffer[place] in " \t\r\n,":
        place += 1
    return place


def _to_the_list(buffer: str, chunks: Iterator[str], path: Path) -> tuple[str, int]:
    """Where the first object of the list, or of the lines, begins."""
    start = buffer.lstrip()
    if start.startswith("{"):
        first = buffer.find("[")
        brace = buffer.find("{")
        between = buffer[brace + 1 : first] if first >= 0 else ""
        is_wrapped = first >= 0 and between.count('"') == 2 and between.strip().endswith(":")  # noqa: PLR2004 one key
        return buffer, first + 1 if is_wrapped else brace
    if start.startswith("["):
        return buffer, buffer.find("[") + 1
    raise UnreadableFile(
        f"'{path.name}' is no JSON list of requests.", field="file", value=path.name,
        remedy="Save the requests as one list of objects, or an object a line.",
    )  # fmt: skip

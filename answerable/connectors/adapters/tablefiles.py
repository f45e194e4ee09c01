"""Records as CSV and as XML, written and read by the column names a city pack gives."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from xml.etree.ElementTree import Element, ParseError, SubElement, indent, tostring

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

Record = Mapping[str, str]


class Unreadable(Exception):
    """The file is not what the city pack says it is; the message says why, as a code."""


def write_csv(rows: Sequence[Record], *, delimiter: str, encoding: str) -> bytes:
    """The rows below a line of their columns."""
    told = io.StringIO()
    writer = csv.DictWriter(told, fieldnames=list(rows[0]), delimiter=delimiter, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return told.getvalue().encode(encoding, "replace")


def read_csv(content: bytes, *, columns: Sequence[str], delimiter: str, encoding: str) -> list[Record]:
    """The rows, by column.  Raises: Unreadable."""
    try:
        text = content.decode("utf-8-sig" if encoding.lower() in {"utf-8", "utf8"} else encoding)
    except (UnicodeDecodeError, LookupError) as error:
        raise Unreadable("encoding") from error
    try:
        reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        missing = [each for each in columns if each not in (reader.fieldnames or ())]
        if missing:
            raise Unreadable(f"column {missing[0]} is missing")
        return [{name: (row.get(name) or "").strip() for name in columns} for row in reader]
    except csv.Error as error:
        raise Unreadable("csv") from error


def write_xml(rows: Sequence[Record], *, root: str, record: str, encoding: str) -> bytes:
    """The rows as elements; `Place/Street` is an element in an element, `Place/@id` its attribute."""
    whole = Element(root)
    for row in rows:
        top = SubElement(whole, record)
        for path, value in row.items():
            _put(top, path.split("/"), _allowed(value))
    indent(whole)
    return bytes(tostring(whole, encoding=encoding, xml_declaration=True))


def _put(into: Element, path: Sequence[str], value: str) -> None:
    *outer, last = path
    for name in outer:
        found = into.find(name)
        into = SubElement(into, name) if found is None else found
    if last.startswith("@"):
        into.set(last[1:], value)
    else:
        SubElement(into, last).text = value


def _allowed(value: str) -> str:
    """The value without characters XML cannot hold.  Source: XML 1.0 §2.2."""
    return "".join(each for each in value if each in "\t\n\r" or (each >= " " and each not in "\ufffe\uffff"))


def read_xml(content: bytes, *, columns: Sequence[str], record: str) -> list[Record]:
    """The records, by path; a path nobody filled is empty.  Raises: Unreadable."""
    try:
        whole = fromstring(content, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise Unreadable("xml") from error
    tops = [whole] if whole.tag == record else list(whole.iter(record))
    return [{path: _get(top, path) for path in columns} for top in tops]


def _get(top: Element, path: str) -> str:
    outer, _, attribute = path.partition("@")
    found = top.find(outer.rstrip("/")) if outer else top
    if found is None:
        return ""
    return (found.get(attribute, "") if attribute else found.text or "").strip()

"""One content, two spellings: XML as GeoReport v2 draws it, JSON by the Spark convention.

Spark drops the root; a list of `service` elements inside `services` is an array.
Source: GeoReport v2, "JSON Support"; Open311 wiki, "JSON and XML Conversion".
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

Content = None | bool | int | float | str | Sequence["Content"] | Mapping[str, "Content"]

ITEMS: Final[Mapping[str, str]] = {
    "attributes": "attribute",
    "endpoints": "endpoint",
    "errors": "error",
    "formats": "format",
    "media_urls": "media_url",
    "notes": "note",
    "service_request_updates": "request_update",
    "service_requests": "request",
    "services": "service",
    "values": "value",
}
"""What the elements of a list are called in XML."""

_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot carry.  Source: W3C, Extensible Markup Language 1.0, section 2.2, Char."""

_SPECIAL = re.compile("[&<>\r]")
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}
_encoder = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class Document:
    """A content and the name of its root element."""

    root: str
    content: Content


def as_json(document: Document) -> bytes:
    """The content without its root."""
    return _encoder.encode(document.content)


def as_xml(document: Document) -> bytes:
    """The content under its root; nothing is an empty element."""
    parts: list[str] = ['<?xml version="1.0" encoding="utf-8"?>\n']
    _write(document.root, document.content, parts)
    return "".join(parts).encode()


def _write(name: str, content: Content, parts: list[str]) -> None:
    if content is None:
        parts.append(f"<{name}/>")
    elif isinstance(content, str):
        parts.append(f"<{name}>{escaped(content)}</{name}>")
    elif isinstance(content, bool):
        parts.append(f"<{name}>{'true' if content else 'false'}</{name}>")
    elif isinstance(content, (int, float)):
        parts.append(f"<{name}>{content!r}</{name}>")
    else:
        parts.append(f"<{name}>")
        if isinstance(content, Mapping):
            for field, value in content.items():
                _write(field, value, parts)
        else:
            item = ITEMS[name]
            for value in content:
                _write(item, value, parts)
        parts.append(f"</{name}>")


def escaped(text: str) -> str:
    """The text as XML carries it; characters XML cannot carry become the replacement character."""
    if _ILLEGAL.search(text):
        text = _ILLEGAL.sub("\ufffd", text)
    return _SPECIAL.sub(lambda found: _ESCAPES[found.group()], text) if _SPECIAL.search(text) else text

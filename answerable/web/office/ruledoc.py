"""A rule set as a text people edit: TOML like a pack's routes.toml, or JSON; read back into a document."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from typing import Any, Final

from answerable.kernel.errors import AnswerableError
from answerable.routing.documents import Document
from answerable.routing.errors import BadCondition

LONGEST: Final = 400_000
"""Units: characters of a document."""

_ORDER: Final = ("id", "when", "department", "queue")


def written(document: Document) -> str:
    """The document as TOML, one `[[route]]` for each rule, in order."""
    return "\n".join(_rule(entry) for entry in document)


def _rule(entry: Mapping[str, Any]) -> str:
    lines = [f"{name} = {_value(entry[name])}" for name in _ORDER if name in entry]
    return "\n".join(["[[route]]", *lines, ""])


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{name} = {_value(each)}" for name, each in value.items()) + " }"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_value(each) for each in value) + "]"
    return json.dumps(str(value), ensure_ascii=False)


def read(text: str) -> Document:
    """The document in the text.  Raises: BadCondition saying where it cannot be read."""
    if len(text) > LONGEST:
        raise _unreadable(f"The text has {len(text)} characters.", f"Use at most {LONGEST}.")
    try:
        found = (
            json.loads(text)
            if text.lstrip()[:1] in {"[", "{"} and not text.lstrip().startswith("[[")
            else tomllib.loads(text)
        )
    except (tomllib.TOMLDecodeError, json.JSONDecodeError) as error:
        raise _unreadable(f"The text cannot be read: {error}.", "Correct that line.") from None
    entries = found.get("route", found.get("routes")) if isinstance(found, Mapping) else found
    if not isinstance(entries, Sequence) or not all(isinstance(each, Mapping) for each in entries):
        raise _unreadable("The text names no rules.", "Begin each rule with [[route]].")
    return list(entries)


def _unreadable(message: str, remedy: str) -> AnswerableError:
    return BadCondition(message, field="document", remedy=remedy)

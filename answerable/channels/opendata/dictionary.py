"""The data dictionary: what each column holds, in both languages; one file serves files, catalogue and page."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from answerable.kernel.languages import Text

_FILE = Path(__file__).parent / "columns.toml"


class Column(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One column of the published files."""

    name: str
    type: str
    title: Text
    text: Text
    values: tuple[str, ...] = ()


@cache
def columns() -> tuple[Column, ...]:
    """Every column, in the order of the files."""
    told = tomllib.loads(_FILE.read_text(encoding="utf-8"))["column"]
    return msgspec.convert(told, tuple[Column, ...])


def table_schema() -> dict[str, Any]:
    """The columns as a Frictionless table schema.  Source: https://specs.frictionlessdata.io/table-schema/."""
    return {
        "fields": [
            {
                "name": each.name, "type": each.type, "title": each.title["en"], "description": each.text["en"],
                "title_fr": each.title.get("fr", ""), "description_fr": each.text.get("fr", ""),
                **({"constraints": {"enum": list(each.values)}} if each.values else {}),
            }
            for each in columns()
        ],
        "missingValues": [""],
        "primaryKey": "record_id",
    }  # fmt: skip

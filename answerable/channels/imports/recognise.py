"""The layouts other cities publish in, described as data in `layouts/`, and which of them a file is in."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from answerable.catalogue.decoding import Problem
from answerable.catalogue.structs import Pack
from answerable.channels.imports.errors import UnknownLayout

LAYOUTS = Path(__file__).parent / "layouts"

Field = Literal[
    "source_id", "requested_at", "updated_at", "closed_at", "due_at", "status", "status_note", "outcome", "channel",
    "type_code", "type", "agency", "agency_unit", "description", "address", "street", "cross_street", "postal", "ward",
    "ward_key", "neighbourhood", "lat", "lon",
]  # fmt: skip
"""The columns of the canonical form."""


class Layout(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A file's columns, and which canonical columns they make.

    `identity` are the canonical columns that number a request at its source; without them a row is known by its text.
    `days_only` are those whose time of day says nothing.  `area_points` says that positions are the middle of an area,
    `update_closes` that the last change of a closed request is its closing.
    `restored` names for each value of a column what somebody had mended before us.
    """

    code: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    name: str
    columns: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    fields: dict[Field, tuple[str, ...]]
    identity: tuple[str, ...] = ()
    encoding: str = "utf-8"
    days_only: tuple[Field, ...] = ()
    day_format: str = ""
    area_points: bool = False
    update_closes: bool = False
    not_postal: tuple[str, ...] = ()
    not_address: tuple[str, ...] = ()
    patterns: dict[Field, str] = {}
    restored: dict[str, dict[str, str]] = {}


@cache
def layouts() -> tuple[Layout, ...]:
    """Every layout known, by code."""
    files = sorted(LAYOUTS.glob("*.toml"))
    return tuple(msgspec.convert(tomllib.loads(file.read_text(encoding="utf-8")), Layout) for file in files)


def layout_of(header: Iterable[str]) -> Layout:
    """The layout whose columns are all there; of several the one with most columns.  Raises: UnknownLayout."""
    given = {plain(column) for column in header}
    fitting = [each for each in layouts() if all(plain(column) in given for column in each.columns)]
    if not fitting:
        shown = ", ".join(sorted(given)[:20])
        raise UnknownLayout(
            f"No layout has these columns: {shown}.", field="columns", value=shown,
            remedy="Rename them to the canonical form (docs/handbook/imports.md), or describe the layout.",
        )  # fmt: skip
    return max(fitting, key=lambda each: len(each.columns))


def layout_problems(pack: Pack) -> list[Problem]:
    """Mappings of a pack that name a layout nobody knows: handed to the check of packs."""
    known = sorted(each.code for each in layouts())
    return [
        Problem("imports", "layouts", "there is no such layout.", layout, f"Known are: {', '.join(known)}.")
        for mapping in pack.imports
        for layout in mapping.layouts
        if layout not in known
    ]


def plain(column: str) -> str:
    """A column's name however it is spelt: `Service request type` is `service_request_type`."""
    return "_".join(column.strip().casefold().replace("-", " ").replace("_", " ").split())

"""The grammar of city packs: the root of their structs, and the kinds of words and numbers their fields hold."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

TEXT_MARK = "text in every language of the city"

Code = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
"""A short lower-case name that other entries refer to; it never changes once published."""

ServiceCode = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$")]
"""A service's code as its city writes it, so that Open311 clients find it as it always stood."""

Text = Annotated[dict[str, Annotated[str, msgspec.Meta(min_length=1)]], msgspec.Meta(description=TEXT_MARK)]
"""One sentence per language tag."""

Colour = Annotated[str, msgspec.Meta(pattern=r"^#[0-9a-fA-F]{6}$")]
TimeOfDay = Annotated[str, msgspec.Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Priority = Literal["low", "normal", "high", "urgent"]
Month = Annotated[int, msgspec.Meta(ge=1, le=12)]
MonthDay = Annotated[str, msgspec.Meta(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$")]
Natural = Annotated[int, msgspec.Meta(ge=0)]
Positive = Annotated[int, msgspec.Meta(ge=1)]
Address = str | Text
"""A web address, one for all languages or one per language."""


class Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """The root of all: immutable, refuses unknown fields."""

"""The city's face on every page: names, telephone numbers and colours, from the active city pack."""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec
from django.db import DatabaseError
from django.utils.translation import get_language

from answerable.catalogue import queries
from answerable.catalogue.errors import NoCatalogue
from answerable.kernel.languages import Text, in_language

_SHORT_HEX: Final = 3
_SHORT_NUMBER: Final = 4
log = logging.getLogger(__name__)

BRAND_VARIABLES: Final = (
    "brand",
    "brand-strong",
    "brand-soft",
    "on-brand",
    "accent",
    "on-accent",
    "link",
    "focus",
    "paper",
    "ink",
    "radius",
    "font",
)
"""What a city may change of the look; status colours are the same in every city."""

DEFAULT_BRAND: Final[Mapping[str, str]] = {
    "brand": "#0b4a5a",
    "brand-strong": "#07333f",
    "brand-soft": "#e4eff1",
    "on-brand": "#ffffff",
    "accent": "#f3b63f",
    "on-accent": "#2a1d00",
    "link": "#0a5c72",
    "focus": "#ffb81c",
    "paper": "#f6f7f4",
    "ink": "#13242b",
    "radius": "10px",
    "mark": "",
    "font": '-apple-system,"Segoe UI","Noto Sans",system-ui,Roboto,"Helvetica Neue",Arial,sans-serif',
}


@dataclass(frozen=True, slots=True)
class Outward:
    """A link of the city's, such as its accessibility statement."""

    text: Text
    url: Text | str


@dataclass(frozen=True, slots=True)
class OtherDoor:
    """Somebody else who helps: emergency services, 211, another government."""

    name: Text
    phone: str
    url: Text | str


@dataclass(frozen=True, slots=True)
class CityFace:
    """What pages show of a city; the pack decides, these defaults serve a house without one."""

    name: Text = field(default_factory=lambda: {"en": "Your city", "fr": "Votre ville"})
    short_name: str = "311"
    timezone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    languages: tuple[str, ...] = ("en", "fr")
    phone: str = "311"
    outside: str = ""
    tty: str = ""
    email: str = ""
    emergency: str = "911"
    links: tuple[Outward, ...] = ()
    referrals: tuple[OtherDoor, ...] = ()
    attribution: tuple[Outward, ...] = ()
    brand: Mapping[str, str] = field(default_factory=lambda: DEFAULT_BRAND)

    @property
    def site(self) -> str:
        """What the service is called: the city and its short number, such as the name of the city and 311."""
        is_short = self.phone.isdigit() and len(self.phone) <= _SHORT_NUMBER
        return f"{self.short_name} {self.phone}" if is_short and self.phone != self.short_name else self.short_name


QUIET_SECONDS: Final = 2.0
"""A database that does not answer is not asked again by the same page."""
SHOWN_DOORS: Final = 4
"""Other doors named at the foot of every page."""
DEFAULT_FACE: Final = CityFace()


_last = DEFAULT_FACE
_quiet_until = 0.0


def current() -> CityFace:
    """The face of the active city pack; the last one known where the database cannot be asked.

    A page that reports a failure must not fail for want of a telephone number.
    """
    global _last, _quiet_until  # noqa: PLW0603 - what a process saw last
    if time.monotonic() < _quiet_until:
        return _last
    try:
        _last = _face_of(queries.active_id())
    except NoCatalogue:
        return DEFAULT_FACE
    except DatabaseError:
        _quiet_until = time.monotonic() + QUIET_SECONDS
        log.warning("city.face_kept", exc_info=False)
    return _last


@lru_cache(maxsize=4)
def _face_of(version_id: int) -> CityFace:
    pack = queries.version(version_id).pack
    ways = pack.city.contact
    other_doors = [door for door in pack.referrals if door.phone != pack.city.emergency]
    return CityFace(
        name=pack.city.name,
        short_name=pack.city.short_name,
        timezone=ZoneInfo(pack.city.timezone),
        languages=tuple(pack.city.languages),
        phone=ways.phone,
        outside=ways.outside,
        tty=ways.tty,
        email=ways.email,
        emergency=pack.city.emergency,
        links=tuple(Outward(link.text, link.url) for link in pack.city.links),
        referrals=tuple(OtherDoor(door.name, door.phone, door.url) for door in other_doors[:SHOWN_DOORS]),
        attribution=tuple(Outward(source.text, source.url) for source in pack.city.attribution),
        brand=msgspec.to_builtins(pack.brand),
    )


class CityWords:
    """The current face as templates see it: `city.name` is a word in the page's language, `city.phone` a value."""

    def __getattr__(self, name: str) -> Any:
        value = getattr(current(), name)
        if isinstance(value, Mapping) and name != "brand":
            return in_language(value, language=get_language() or "en")
        return value


@lru_cache(maxsize=8)
def _sheet(values: tuple[tuple[str, str], ...]) -> tuple[str, str]:
    lines = "".join(f"--city-{name}:{value};" for name, value in values)
    sheet = f":root{{{lines}}}\n"
    return sheet, hashlib.sha256(sheet.encode()).hexdigest()[:12]


def brand_sheet() -> tuple[str, str]:
    """The style sheet of the city's twelve variables, and a short hash of it for its address."""
    brand = {**DEFAULT_BRAND, **current().brand}
    return _sheet((*((name, brand[name]) for name in BRAND_VARIABLES), *dark_shades(brand)))


def dark_shades(brand: Mapping[str, str]) -> list[tuple[str, str]]:
    """The same colours for a dark screen, mixed here so that older browsers need no colour arithmetic."""
    return [
        ("dark-brand", _mixed(brand["brand"], share=0.90, other="#ffffff")),
        ("dark-brand-strong", _mixed(brand["brand"], share=0.62, other="#000000")),
        ("dark-brand-soft", _mixed(brand["brand"], share=0.42, other="#162125")),
        ("dark-link", _mixed(brand["link"], share=0.36, other="#f2fdff")),
    ]


def _mixed(colour: str, *, share: float, other: str) -> str:
    """That share of the first colour, the rest of the other, in sRGB.

    A black `#000000` at 0.5 with white `#ffffff` is `#808080`.
    """
    parts = zip(_channels(colour), _channels(other), strict=True)
    return "#" + "".join(f"{round(one * share + two * (1 - share)):02x}" for one, two in parts)


def _channels(colour: str) -> tuple[int, ...]:
    digits = colour.lstrip("#")
    if len(digits) == _SHORT_HEX:
        digits = "".join(digit * 2 for digit in digits)
    return tuple(int(digits[at : at + 2], 16) for at in (0, 2, 4))


def brand_version() -> str:
    """The short hash in `/brand.css?v=…`: it changes when the look does."""
    return brand_sheet()[1]

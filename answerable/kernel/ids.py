"""Service request numbers `YY-NNNNNNN-C`, and random tokens for public links.

The check digit is Damm's: it catches every single mistyped digit and every swap of two neighbours.
Source: H. M. Damm, "Total anti-symmetrische Quasigruppen", dissertation, Marburg 2004, table of order 10.
"""

from __future__ import annotations

import re
import secrets
import unicodedata
from dataclasses import dataclass

from answerable.kernel.errors import BadNumber, MistypedNumber

SERIAL_DIGITS = 7
"""Digits of the serial part: ten million numbers a year."""

DAMM_TABLE: tuple[str, ...] = (
    "0317598642",
    "7092154863",
    "4206871359",
    "1750983426",
    "6123045978",
    "3674209581",
    "5869720134",
    "8945362017",
    "9438617205",
    "2581436790",
)

_STEPS = tuple({str(digit): int(row[digit]) for digit in range(10)} for row in DAMM_TABLE)
_SHAPE = re.compile(r"^(\d{2})(\d{7})(\d)$")
_SEPARATORS = re.compile(r"[\s\-.,/]+")


def check_digit(digits: str) -> int:
    """The digit that makes `digits` followed by it a valid Damm string.

    `check_digit("572")` is 4.  Source: Damm 2004 (worked example).
    """
    interim = 0
    for digit in digits:
        interim = _STEPS[interim][digit]
    return interim


def number_text(year: int, serial: int) -> str:
    """The number as it is written: `number_text(26, 184213)` is `26-0184213-1`.  Units: `year` has two digits."""
    body = f"{year:02d}{serial:0{SERIAL_DIGITS}d}"
    return f"{body[:2]}-{body[2:]}-{check_digit(body)}"


@dataclass(frozen=True, slots=True, order=True)
class RequestNumber:
    """A number given to a resident: two digits of the year, a serial, a check digit."""

    year: int
    serial: int

    def __str__(self) -> str:
        return number_text(self.year, self.serial)


def read_number(spoken: str) -> RequestNumber:
    """The number somebody typed or read aloud; spaces, dots and missing hyphens are forgiven.

    Raises: BadNumber when it is not ten digits; MistypedNumber when the check digit does not fit.
    """
    compact = _SEPARATORS.sub("", unicodedata.normalize("NFKC", spoken).replace("–", "").replace("—", ""))
    shape = _SHAPE.match(compact) if compact.isascii() else None
    if shape is None:
        raise BadNumber(
            f"'{spoken}' is not a request number.",
            field="number",
            value=spoken,
            remedy="A number has ten digits, like 26-0184213-7.",
        )
    year, serial, check = shape.groups()
    if check_digit(year + serial) != int(check):
        raise MistypedNumber(
            f"'{spoken}' has a mistyped digit or two swapped ones.",
            field="number",
            value=spoken,
            remedy="Compare it with the confirmation, digit by digit.",
        )
    return RequestNumber(year=int(year), serial=int(serial))


def new_token() -> str:
    """A fresh secret for a public link: 128 random bits in 22 URL-safe characters."""
    return secrets.token_urlsafe(16)

"""The root of every refusal the product makes."""

from __future__ import annotations

from typing import ClassVar


class AnswerableError(Exception):
    """A refusal with a stable code, the field and value at fault, and the remedy.

    Rooms subclass it in their `errors.py` and set `code` to `<room>.<what>`.
    Pages translate the code; `str(error)` is for operators and logs and names thing, value and remedy.
    """

    code: ClassVar[str] = "kernel.error"

    def __init__(self, message: str, *, field: str = "", value: str = "", remedy: str = "") -> None:
        super().__init__(message if not remedy else f"{message} {remedy}")
        self.message = message
        self.field = field
        self.value = value
        self.remedy = remedy


class BadNumber(AnswerableError):
    """The text is not a service request number: ask for it again, digit by digit."""

    code = "number.malformed"


class MistypedNumber(BadNumber):
    """The check digit does not fit: one digit is wrong or two neighbours are swapped; ask again."""

    code = "number.check_digit"


class BadPlace(AnswerableError):
    """The latitude or longitude is not on this planet: give WGS 84 degrees."""

    code = "place.not_on_earth"


class BadInterval(AnswerableError):
    """The interval ends before it starts: swap or correct its ends."""

    code = "interval.reversed"

"""How ways to reach people are read, compared and shown."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from answerable.contacts.errors import BadEmail, BadPhone, TooLong
from answerable.kernel.errors import AnswerableError

_EMAIL = re.compile(r"^[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+$")
_MAX_EMAIL = 254
_LOCAL_DIGITS = 10
_MAX_DIGITS = 15
NEWS_BY: frozenset[str] = frozenset({"none", "email", "sms", "phone"})
"""How a person wishes to hear: not at all, by e-mail, by text message, by telephone."""


@dataclass(frozen=True, slots=True)
class ContactDetails:
    """What a person gave of themselves; everything is optional."""

    name: str = ""
    email: str = ""
    phone: str = ""
    address: str = ""
    postal: str = ""
    language: str = "en"
    news_by: str = "none"
    needs: str = ""
    privacy_version: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing was given by which the person could be reached or named."""
        return not (self.name or self.email or self.phone)


MOST_LETTERS: Mapping[str, int] = {"name": 160, "email": 254, "phone": 40, "address": 240, "postal": 12, "needs": 2000}
"""Units: characters kept of each detail."""


def length_problems(details: ContactDetails) -> list[AnswerableError]:
    """Every detail that is longer than what is kept of it."""
    return [
        TooLong(f"'{name}' is too long.", field=name, value=f"{given[:40]}…", remedy=f"Use at most {most} characters.")
        for name, most in MOST_LETTERS.items()
        if len(given := str(getattr(details, name)).strip()) > most
    ]


def email_key(email: str) -> str:
    """The address as it is compared: trimmed, lower case.  Raises: BadEmail.

    Source: RFC 5321 section 4.5.3.1 for the lengths.
    """
    key = email.strip().lower()
    if key and (len(key) > _MAX_EMAIL or not _EMAIL.match(key)):
        raise BadEmail(
            f"'{email}' is not an e-mail address.", field="email", value=email, remedy="Write it like name@example.org."
        )
    return key


def phone_key(phone: str) -> str:
    """The number as it is compared: digits with the country code, 1 assumed for ten digits.  Raises: BadPhone.

    Source: ITU-T E.164 (at most 15 digits); North American Numbering Plan (ten digits).
    """
    digits = re.sub(r"\D", "", phone.split("x", maxsplit=1)[0].split("ext", maxsplit=1)[0])
    if not phone.strip():
        return ""
    if not _LOCAL_DIGITS <= len(digits) <= _MAX_DIGITS:
        raise BadPhone(
            f"'{phone}' is not a telephone number.",
            field="phone",
            value=phone,
            remedy="Give it with its area code, like 204-555-0123.",
        )
    return f"1{digits}" if len(digits) == _LOCAL_DIGITS else digits


def postal_key(postal: str) -> str:
    """The postal code as it is compared: no spaces, upper case."""
    return re.sub(r"[\s-]", "", postal).upper()


def words_key(*words: str) -> str:
    """Words as they are searched: no accents, lower case, single spaces."""
    joined = unicodedata.normalize("NFKD", " ".join(words)).casefold()
    return " ".join("".join(c for c in joined if not unicodedata.combining(c)).split())


def postal_matches(given: str, *, kept: str) -> bool:
    """Whether a resident's postal code opens a request kept with another: whole codes, else the first three signs."""
    given_key, kept_key = postal_key(given), postal_key(kept)
    if len(kept_key) < 3 or len(given_key) < 3:  # noqa: PLR2004 the forward sortation area is three signs
        return False
    length = min(len(given_key), len(kept_key))
    return given_key[:length] == kept_key[:length] if length in {3, len(kept_key)} else False

"""How ways to reach people are read, compared and shown."""

from __future__ import annotations

import base64
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from enum import StrEnum

from answerable.contacts.errors import BadDevice, BadEmail, BadPhone, BadQuietHours, TooLong
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


# --- which messages, by which way, and when -------------------------------------------------------------------


class MessageClass(StrEnum):
    """Why somebody is written to.  Source: Canada's anti-spam law (CASL), which asks for consent to the last."""

    SERVICE = "service"
    EMERGENCY = "emergency"
    PROMOTIONAL = "promotional"


class Way(StrEnum):
    """How a message reaches somebody by itself; a telephone call is made by people."""

    EMAIL = "email"
    SMS = "sms"
    PUSH = "push"


class ConsentSource(StrEnum):
    """Where somebody said yes or no."""

    PAGE = "page"
    UNSUBSCRIBE = "unsubscribe"
    REPLY = "reply"
    OPERATOR = "operator"


Consents = Mapping[tuple[MessageClass, Way], bool]
"""What somebody said of each class by each way; nothing for what was never asked."""


@dataclass(frozen=True, slots=True)
class Wished:
    """When and how much somebody wishes to hear.

    Quiet hours are on the city's clocks and may pass midnight; without them the city's own hold.
    """

    quiet_from: time | None = None
    quiet_to: time | None = None
    digest: bool = True

    @property
    def has_quiet_hours(self) -> bool:
        """Whether the person named hours of their own."""
        return self.quiet_from is not None and self.quiet_to is not None and self.quiet_from != self.quiet_to

    def is_quiet(self, at: time) -> bool:
        """Whether that hour of the day is one of the quiet ones.

        Worked example: from 21:00 to 08:00, 23:30 and 07:59 are quiet, 08:00 is not.
        """
        if self.quiet_from is None or self.quiet_to is None or self.quiet_from == self.quiet_to:
            return False
        if self.quiet_from < self.quiet_to:
            return self.quiet_from <= at < self.quiet_to
        return at >= self.quiet_from or at < self.quiet_to


def may_reach(consents: Consents, message_class: MessageClass, way: Way, *, news_by: str) -> bool:
    """Whether somebody may be written to: what they said last; else news by the way they chose, and warnings.

    Nothing promotional is sent unless they said yes.
    Source: CASL section 6 (consent, unsubscribe); messages of public service are not commercial.
    """
    said = consents.get((message_class, way))
    if said is not None:
        return said
    if message_class is MessageClass.PROMOTIONAL:
        return False
    return message_class is MessageClass.EMERGENCY or way is Way.PUSH or news_by == way


def need_quiet_hours(wished: Wished) -> None:
    """Return when both ends of the quiet hours are given, or neither.  Raises: BadQuietHours."""
    if (wished.quiet_from is None) != (wished.quiet_to is None):
        field = "quiet_from" if wished.quiet_from is None else "quiet_to"
        raise BadQuietHours("One end of the quiet hours is missing.", field=field, remedy="Give both, or neither.")


def masked_email(email: str) -> str:
    """The address as its owner knows it again and nobody else reads it.

    Worked example: `amelie@example.org` is `a•••e@example.org`.
    """
    name, at, domain = email.strip().partition("@")
    if not at:
        return ""
    return f"{name[0]}•••{name[-1] if len(name) > 2 else ''}@{domain}"  # noqa: PLR2004 two letters would be all of it


def masked_phone(phone: str) -> str:
    """The last four digits of the number, as its owner knows it again."""
    digits = re.sub(r"\D", "", phone)
    return f"••• {digits[-4:]}" if len(digits) >= _LOCAL_DIGITS else ""


# --- devices --------------------------------------------------------------------------------------------------

_PUBLIC_KEY_BYTES = 65
_SECRET_BYTES = 16
MOST_DEVICES = 10
"""Browsers that may have news of one subject through one link."""


@dataclass(frozen=True, slots=True)
class PushKeys:
    """Where a browser is written to, and the keys with which only it can read it, in base64url as browsers give them.

    Source: W3C Push API, section 8 (PushSubscription); RFC 8291, section 3.1.
    """

    endpoint: str
    public_key: str
    secret: str


def need_push_keys(keys: PushKeys) -> None:
    """Return when the keys have the lengths they must have.  Raises: BadDevice."""
    given = ((keys.public_key, _PUBLIC_KEY_BYTES), (keys.secret, _SECRET_BYTES))
    if any(len(_bytes_of(text)) != length for text, length in given):
        raise BadDevice("The browser's keys are not whole.", field="keys", remedy="Switch news on again.")


def _bytes_of(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError:
        return b""

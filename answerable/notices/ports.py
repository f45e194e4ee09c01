"""What carries messages out of the house: one carrier for each way.

Sending twice happens after a crash.  So every parcel carries its key, which is the same for every try: a mail has its
Message-ID from it, a text-message gateway gets it as Idempotency-Key.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from answerable.contacts.rules import Way


@dataclass(frozen=True, slots=True)
class Parcel:
    """One message as it leaves: for mail `subject`, `text` and `html`, for the others `short` with the link in it.

    `stop` is where one click ends messages like this; `urgent` asks carriers that can to hurry.
    """

    key: str
    way: Way
    address: str
    language: str
    subject: str
    text: str
    html: str
    short: str
    link: str
    stop: str
    from_name: str
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Taken:
    """The next system has it, under this id of its own; whether it arrives may be told later."""

    provider_id: str
    status_code: int | None = None


@dataclass(frozen=True, slots=True)
class NotTaken:
    """It will never be taken, however often it is sent; `address_is_bad` tells that it is the address."""

    reason: str
    address_is_bad: bool
    status_code: int | None = None


class Away(Exception):
    """The next system did not answer, or not now: try again later.  `may_have_it` tells that it may have arrived."""

    def __init__(self, reason: str, *, may_have_it: bool, status_code: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.may_have_it = may_have_it
        self.status_code = status_code


class Carrier(Protocol):
    """Takes messages of one way.  `timeout_seconds` is the longest a try may last."""

    way: Way
    timeout_seconds: float

    def carry(self, parcel: Parcel) -> Taken | NotTaken:
        """What became of the parcel.  Raises: Away."""

    def greet(self) -> str:
        """One line about what messages go through, asked just now.  Raises: Away."""

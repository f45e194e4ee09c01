"""Carries messages of the notices room by text message: through an HTTP gateway, or into a folder."""

from __future__ import annotations

import os
from datetime import UTC
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import unquote, urlsplit

import msgspec

from answerable.channels.sms import rules
from answerable.channels.sms.rules import Accepted, Order, Refusal
from answerable.contacts.errors import BadPhone
from answerable.contacts.rules import Way, phone_key
from answerable.notices.ports import Away, NotTaken, Parcel, Taken
from answerable.plumbing import clock
from answerable.plumbing.outward import WHOLE_SECONDS, Answer, NotOutside, Unreached, send

_SENT_BUT_UNHEARD: Final = frozenset({"timeout", "broken_off"})
"""Reasons for which nobody knows whether the gateway has the message."""


class SmsCarrier(Protocol):
    """Takes text messages."""

    way: Way
    timeout_seconds: float

    def carry(self, parcel: Parcel) -> Taken | NotTaken:
        """What became of the parcel.  Raises: Away."""

    def greet(self) -> str:
        """One line about what messages go through.  Raises: Away."""


def carrier_of(url: str, *, key: str, sender: str, outbox: Path) -> SmsCarrier:
    """The carrier at the address; a `folder:` without a path is `outbox`."""
    parts = urlsplit(url)
    if parts.scheme == "folder":
        return FolderCarrier(Path(unquote(parts.path)) if parts.path else outbox)
    return GatewayCarrier(url, key=key, sender=sender)


class GatewayCarrier:
    """Posts to a gateway that speaks docs/handbook/sms.md; a message sent again carries the same Idempotency-Key."""

    way = Way.SMS
    timeout_seconds = WHOLE_SECONDS

    def __init__(self, url: str, *, key: str, sender: str) -> None:
        self._url = url.rstrip("/")
        self._key = key
        self._sender = sender

    def carry(self, parcel: Parcel) -> Taken | NotTaken:
        """What became of the parcel.  Raises: Away."""
        try:
            to = rules.number_of(phone_key(parcel.address))
        except BadPhone:
            return NotTaken("bad_number", address_is_bad=True)
        order = Order(
            to=to, text=parcel.short, reference=parcel.key, language=parcel.language, sender=self._sender
        )  # fmt: skip
        return _judged(self._posted(msgspec.json.encode(order), reference=parcel.key))

    def _posted(self, body: bytes, *, reference: str) -> Answer:
        stamp = int(clock.now().timestamp())
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Answerable-SMS/1",
            "Authorization": f"Bearer {self._key}",
            "Idempotency-Key": reference,
            "webhook-id": reference,
            "webhook-timestamp": str(stamp),
            "webhook-signature": rules.signature(self._key, message_id=reference, timestamp=stamp, body=body),
        }
        try:
            return send("POST", f"{self._url}/messages", content=body, headers=headers, may_be_private=True)
        except NotOutside as error:
            raise Away(str(error), may_have_it=False) from error
        except Unreached as error:
            raise Away(str(error), may_have_it=str(error) in _SENT_BUT_UNHEARD) from error

    def greet(self) -> str:
        """Where the gateway is; it is not asked, because asking is sending."""
        return f"text messages go through {urlsplit(self._url).hostname}"


def _judged(answer: Answer) -> Taken | NotTaken:
    if rules.is_taken(answer.status):
        try:
            return Taken(msgspec.json.decode(answer.body, type=Accepted).id, status_code=answer.status)
        except msgspec.DecodeError as error:
            raise Away("unreadable_answer", may_have_it=True, status_code=answer.status) from error
    if rules.is_never(answer.status):
        try:
            code = msgspec.json.decode(answer.body, type=Refusal).code
        except msgspec.DecodeError:
            code = ""
        is_bad = code in rules.BAD_ADDRESS or code == rules.OPTED_OUT
        return NotTaken(code or "refused", address_is_bad=is_bad, status_code=answer.status)
    raise Away(f"http_{answer.status}", may_have_it=False, status_code=answer.status)


class FolderCarrier:
    """Lays text messages down as files; nothing leaves the machine."""

    way = Way.SMS
    timeout_seconds = 5.0

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def carry(self, parcel: Parcel) -> Taken | NotTaken:
        """The message is a file; the same key again is the same file.  Raises: Away."""
        name = "".join(each if each.isalnum() else "-" for each in parcel.key)
        at = clock.now().astimezone(UTC).isoformat(timespec="seconds")
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            half = self._folder / f".{name}.{os.getpid()}"
            half.write_text(f"To: {parcel.address}\nDate: {at}\n\n{parcel.short}\n", encoding="utf-8")
            half.rename(self._folder / f"sms-{name}.txt")
        except OSError as error:
            raise Away(error.strerror or "disk", may_have_it=False) from error
        return Taken(provider_id=f"folder:{name}"[:120])

    def greet(self) -> str:
        """Where the files lie."""
        return f"text messages are laid down in {self._folder}"

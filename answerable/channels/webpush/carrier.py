"""Carries messages of the notices room to browsers."""

from __future__ import annotations

from typing import Final

from answerable.channels.webpush.posting import Browser, Fate, News, post
from answerable.channels.webpush.sealing import city_key
from answerable.contacts import actions as contacts
from answerable.contacts import queries as contact_queries
from answerable.contacts.rules import Way
from answerable.notices.ports import Away, NotTaken, Parcel, Taken
from answerable.plumbing import outward

BY: Final = "system:notices"


class PushCarrier:
    """Sends each parcel to the browser its address names, such as `device:17`; a browser that is gone gets no more.

    `contact` is where a push service's people reach the city's: a `mailto:` or `https:` address.
    """

    def __init__(self, *, house_key: str, contact: str, may_be_private: bool) -> None:
        self.way = Way.PUSH
        self.timeout_seconds = outward.WHOLE_SECONDS
        self._key = city_key(house_key)
        self._contact = contact
        self._may_be_private = may_be_private

    def carry(self, parcel: Parcel) -> Taken | NotTaken:
        """What became of the parcel.  Raises: Away."""
        number = parcel.address.removeprefix("device:")
        device = contact_queries.device(int(number)) if number.isdigit() else None
        if device is None:
            return NotTaken("gone", address_is_bad=True)
        told = post(
            News(
                key=parcel.key, title=parcel.subject, words=parcel.short, link=parcel.link, language=parcel.language,
                is_urgent=parcel.urgent,
            ),
            Browser(endpoint=device.endpoint, public_key=device.public_key, secret=device.secret),
            key=self._key, contact=self._contact, may_be_private=self._may_be_private,
        )  # fmt: skip
        if told.fate is Fate.TAKEN:
            return Taken(provider_id="", status_code=told.status)
        if told.fate is Fate.LATER:
            raise Away(told.reason, may_have_it=told.may_have_it, status_code=told.status)
        if told.fate is Fate.GONE:
            contacts.end_device(device.id, by=BY)
        return NotTaken(told.reason, address_is_bad=told.fate is Fate.GONE, status_code=told.status)

    def greet(self) -> str:
        """What a message goes through: the service of each browser, so that there is no single one to ask."""
        return f"the push service of each browser, signed with {self._key.public_text[:12]}…"

"""Reads of the contacts room."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from answerable.contacts import models
from answerable.contacts.errors import BadPhone, UnknownContact
from answerable.contacts.rules import Consents, MessageClass, Way, Wished, may_reach, phone_key, words_key

MAX_FOUND = 50


@dataclass(frozen=True, slots=True)
class ContactView:
    """One person as the city knows them."""

    id: int
    name: str
    email: str
    phone: str
    address: str
    postal: str
    language: str
    news_by: str
    needs: str
    created_at: datetime
    updated_at: datetime


_COLUMNS = tuple(field.name for field in dataclasses.fields(ContactView))


def _view(row: models.Contact) -> ContactView:
    return ContactView(**{name: getattr(row, name) for name in _COLUMNS})


def by_id(contact_id: int) -> ContactView:
    """One contact.  Raises: UnknownContact."""
    row = models.Contact.objects.filter(id=contact_id).first()
    if row is None:
        raise UnknownContact("There is no such contact.", field="contact", value=str(contact_id))
    return _view(row)


def by_ids(contact_ids: list[int]) -> dict[int, ContactView]:
    """Those contacts, in one statement."""
    return {row.id: _view(row) for row in models.Contact.objects.filter(id__in=contact_ids[:500])}


def by_phone(phone: str, *, limit: int = 10) -> tuple[ContactView, ...]:
    """The contacts with that number; none for what is no number."""
    try:
        key = phone_key(phone)
    except BadPhone:
        return ()
    if not key:
        return ()
    return tuple(map(_view, models.Contact.objects.filter(phone_key=key).order_by("-updated_at")[:limit]))


def by_words(words: str, *, limit: int = 10) -> tuple[ContactView, ...]:
    """The contacts whose name, address or e-mail address holds every word."""
    keys = words_key(words).split()
    if not keys:
        return ()
    rows = models.Contact.objects.all()
    for key in keys[:6]:
        rows = rows.filter(search_key__contains=key)
    return tuple(map(_view, rows.order_by("-updated_at")[: min(limit, MAX_FOUND)]))


# --- which messages, by which way, and when -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Reach:
    """One person with everything that decides whether, how and when they are written to."""

    contact: ContactView
    wished: Wished
    consents: Consents

    def may(self, message_class: MessageClass, way: Way) -> bool:
        """Whether messages of that class go to them by that way; an address is a question of its own."""
        return may_reach(self.consents, message_class, way, news_by=self.contact.news_by)

    def address(self, way: Way) -> str:
        """Where they are reached by e-mail or text message; empty when that is not known, and for devices."""
        return {Way.EMAIL: self.contact.email, Way.SMS: self.contact.phone}.get(way, "")

    def ways(self, message_class: MessageClass) -> tuple[Way, ...]:
        """The ways by which messages of that class go to them and for which there is an address."""
        return tuple(way for way in Way if self.address(way) and self.may(message_class, way))


def reach_of(contact_id: int) -> Reach:
    """How that person is reached.  Raises: UnknownContact."""
    found = reaches([contact_id])
    if contact_id not in found:
        raise UnknownContact("There is no such contact.", field="contact", value=str(contact_id))
    return found[contact_id]


def reaches(contact_ids: Sequence[int]) -> dict[int, Reach]:
    """How those people are reached, 500 at most, in three statements."""
    ids = list(contact_ids)[:500]
    wishes = {row.contact_id: row for row in models.Wishes.objects.filter(contact_id__in=ids)}
    said: dict[int, dict[tuple[MessageClass, Way], bool]] = {}
    for row in models.Consent.objects.filter(contact_id__in=ids):
        said.setdefault(row.contact_id, {})[MessageClass(row.message_class), Way(row.way)] = row.given
    return {
        contact_id: Reach(contact=view, wished=_wished(wishes.get(contact_id)), consents=said.get(contact_id, {}))
        for contact_id, view in by_ids(ids).items()
    }


def _wished(row: models.Wishes | None) -> Wished:
    return Wished(quiet_from=row.quiet_from, quiet_to=row.quiet_to, digest=row.digest) if row else Wished()


# --- devices --------------------------------------------------------------------------------------------------

MOST_DEVICES_READ = 200


@dataclass(frozen=True, slots=True)
class DeviceView:
    """A browser that gets news of a subject; `link` is the secret link its owner follows the request by."""

    id: int
    subject: str
    link: str
    endpoint: str
    public_key: str
    secret: str
    language: str


_DEVICE_COLUMNS = tuple(field.name for field in dataclasses.fields(DeviceView))


def device_view(row: models.Device) -> DeviceView:
    """The row as other rooms see it."""
    return DeviceView(**{name: getattr(row, name) for name in _DEVICE_COLUMNS})


def devices_of(subject: str) -> tuple[DeviceView, ...]:
    """The browsers that get news of the subject, 200 at most."""
    rows = models.Device.objects.filter(subject=subject, ended_at=None).order_by("id")
    return tuple(map(device_view, rows[:MOST_DEVICES_READ]))


def devices_of_all(subjects: Sequence[str]) -> tuple[DeviceView, ...]:
    """The browsers that get news of any of the subjects, 500 subjects and 5,000 browsers at most."""
    rows = models.Device.objects.filter(subject__in=list(subjects)[:500], ended_at=None).order_by("id")
    return tuple(map(device_view, rows[: MOST_DEVICES_READ * 25]))


def device(device_id: int) -> DeviceView | None:
    """That browser; None when it gets no news any more."""
    row = models.Device.objects.filter(id=device_id, ended_at=None).first()
    return device_view(row) if row else None

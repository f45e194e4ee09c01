"""Reads of the contacts room."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import datetime

from answerable.contacts import models
from answerable.contacts.errors import BadPhone, UnknownContact
from answerable.contacts.rules import phone_key, words_key

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

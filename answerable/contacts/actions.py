"""Writes of the contacts room."""

from __future__ import annotations

from dataclasses import asdict

from django.db import transaction

from answerable.contacts import models, rules
from answerable.contacts.errors import UnknownContact
from answerable.contacts.events import ContactChanged
from answerable.contacts.queries import ContactView, by_id
from answerable.contacts.rules import ContactDetails
from answerable.journal import actions as journal
from answerable.plumbing import clock

_KEPT = ("name", "email", "phone", "address", "postal", "language", "news_by", "needs")


def add(details: ContactDetails, *, by: str) -> ContactView:
    """A new contact.  Raises: BadEmail, BadPhone, TooLong."""
    now = clock.now()
    with transaction.atomic():
        row = models.Contact.objects.create(**_columns(details), created_at=now, updated_at=now)
        journal.append(ContactChanged(row.id, changed=tuple(_KEPT)), by=by, at=now)
    return by_id(row.id)


def change(contact_id: int, details: ContactDetails, *, by: str) -> ContactView:
    """The contact with those details; the journal says which fields changed, never to what.

    Raises: UnknownContact, BadEmail, BadPhone, TooLong.
    """
    columns = _columns(details)
    with transaction.atomic():
        row = models.Contact.objects.select_for_update().filter(id=contact_id).first()
        if row is None:
            raise UnknownContact("There is no such contact.", field="contact", value=str(contact_id))
        changed = tuple(name for name in _KEPT if getattr(row, name) != columns[name])
        if changed:
            now = clock.now()
            models.Contact.objects.filter(id=contact_id).update(**columns, updated_at=now)
            journal.append(ContactChanged(contact_id, changed=changed), by=by, at=now)
    return by_id(contact_id)


def _columns(details: ContactDetails) -> dict[str, str]:
    for problem in rules.length_problems(details):
        raise problem
    given = {name: str(value).strip() for name, value in asdict(details).items()}
    return given | {
        "email_key": rules.email_key(details.email),
        "phone_key": rules.phone_key(details.phone),
        "postal": rules.postal_key(details.postal),
        "search_key": rules.words_key(details.name, details.address, details.email),
    }

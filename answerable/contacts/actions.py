"""Writes of the contacts room."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from django.db import transaction

from answerable.contacts import models, rules
from answerable.contacts.errors import BadDevice, UnknownContact
from answerable.contacts.events import ContactChanged, ContactConsented, DeviceChanged
from answerable.contacts.queries import ContactView, DeviceView, by_id, device_view
from answerable.contacts.rules import Consents, ConsentSource, ContactDetails, MessageClass, PushKeys, Way, Wished
from answerable.journal import actions as journal
from answerable.plumbing import clock, outward

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


# --- which messages, by which way, and when -------------------------------------------------------------------


def consent(contact_id: int, said: Consents, *, source: ConsentSource, by: str) -> int:
    """What the person said of each class and way holds from now on; gives how many were new.

    Every yes and no is a fact with where it was said: the ledger of consent.  Raises: UnknownContact.
    """
    now = clock.now()
    with transaction.atomic():
        _locked(contact_id)
        kept = {(row.message_class, row.way): row.given for row in models.Consent.objects.filter(contact_id=contact_id)}
        new = {key: given for key, given in said.items() if kept.get((str(key[0]), str(key[1]))) is not given}
        for (message_class, way), given in new.items():
            models.Consent.objects.update_or_create(
                contact_id=contact_id, message_class=message_class, way=way,
                defaults={"given": given, "source": source, "at": now},
            )  # fmt: skip
            fact = ContactConsented(contact_id, message_class=message_class, way=way, given=given, source=source)
            journal.append(fact, by=by, at=now)
    return len(new)


def withdraw(contact_id: int, message_class: MessageClass, way: Way, *, source: ConsentSource, by: str) -> int:
    """No message of that class goes to the person by that way any more; gives 0 when it was so before."""
    return consent(contact_id, {(message_class, way): False}, source=source, by=by)


def wish(contact_id: int, wished: Wished, *, language: str, by: str) -> None:
    """The person is written to in that language, outside those hours, gathered or one by one.

    Raises: UnknownContact; BadQuietHours.
    """
    rules.need_quiet_hours(wished)
    now = clock.now()
    with transaction.atomic():
        row = _locked(contact_id)
        kept = models.Wishes.objects.filter(contact_id=contact_id).first() or models.Wishes(contact_id=contact_id)
        before = {"quiet_from": kept.quiet_from, "quiet_to": kept.quiet_to, "digest": kept.digest}
        changed = tuple(name for name, value in asdict(wished).items() if before[name] != value)
        if changed:
            kept.quiet_from, kept.quiet_to, kept.digest = wished.quiet_from, wished.quiet_to, wished.digest
            kept.updated_at = now
            kept.save()
        if row.language != language:
            models.Contact.objects.filter(id=contact_id).update(language=language, updated_at=now)
            changed = (*changed, "language")
        if changed:
            journal.append(ContactChanged(contact_id, changed=changed), by=by, at=now)


def _locked(contact_id: int) -> models.Contact:
    row = models.Contact.objects.select_for_update().filter(id=contact_id).first()
    if row is None:
        raise UnknownContact("There is no such contact.", field="contact", value=str(contact_id))
    return row


# --- devices --------------------------------------------------------------------------------------------------


def add_device(
    subject: str, keys: PushKeys, *, link: str, language: str, may_be_private: bool, by: str
) -> DeviceView:  # fmt: skip
    """The browser gets news of the subject; the same browser again is the same device.  Raises: BadDevice."""
    rules.need_push_keys(keys)
    try:
        outward.checked_address(keys.endpoint, may_be_private=may_be_private)
    except outward.NotOutside as error:
        raise BadDevice("The browser's address is not a good one.", field="endpoint") from error
    now = clock.now()
    with transaction.atomic():
        rows = models.Device.objects.select_for_update().filter(subject=subject)
        row = rows.filter(endpoint=keys.endpoint).first()
        if row is None and rows.filter(link=link, ended_at=None).count() >= rules.MOST_DEVICES:
            raise BadDevice("Too many browsers get this news.", field="endpoint", remedy="Switch one of them off.")
        is_new = row is None or row.ended_at is not None
        row = row or models.Device(subject=subject, endpoint=keys.endpoint, made_at=now)
        row.public_key, row.secret, row.link, row.language = keys.public_key, keys.secret, link, language
        row.ended_at = None
        row.save()
        if is_new:
            _tell_device(row, "added", by=by, at=now)
    return device_view(row)


def remove_device(subject: str, endpoint: str, *, by: str) -> bool:
    """The browser gets no more news of the subject; gives whether it had."""
    return _end_devices("removed", by=by, subject=subject, endpoint=endpoint)


def end_device(device_id: int, *, by: str) -> bool:
    """The browser's own service says that it is gone."""
    return _end_devices("gone", by=by, id=device_id)


def _end_devices(what: str, *, by: str, **which: str | int) -> bool:
    now = clock.now()
    with transaction.atomic():
        row = models.Device.objects.select_for_update().filter(ended_at=None, **which).first()
        if row is None:
            return False
        row.ended_at = now
        row.save(update_fields=["ended_at"])
        _tell_device(row, what, by=by, at=now)
    return True


def _tell_device(row: models.Device, what: str, *, by: str, at: datetime) -> None:
    journal.append(DeviceChanged(row.id, what=what, about=row.subject), by=by, at=at)

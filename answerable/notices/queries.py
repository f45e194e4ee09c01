"""Reads of the notices room: bounded, served by indexes."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from django.db.models import Count, Max, Model

from answerable.contacts.errors import BadEmail, BadPhone
from answerable.contacts.rules import MessageClass, Way, email_key, phone_key
from answerable.notices import models, wording
from answerable.notices.errors import UnknownIncoming, UnknownMessage, UnknownVersion
from answerable.notices.kinds import kind_of
from answerable.notices.rules import MessageState
from answerable.notices.views import (
    AttemptView,
    DraftView,
    FailingView,
    IncomingView,
    MessageRow,
    MessageView,
    PublishedWords,
)
from answerable.notices.wording import LANGUAGES, Wording

MAX_PAGE = 200
"""Units: rows a list may have."""

_View = TypeVar("_View")


def _values(rows: Iterable[Model], view: type[_View]) -> tuple[_View, ...]:
    names = [field.name for field in dataclasses.fields(view)]  # type: ignore[arg-type]
    return tuple(_value({name: getattr(row, name) for name in names}, view) for row in rows)


def _value(named: dict[str, Any], view: type[_View]) -> _View:
    words = {"way": Way, "state": MessageState, "message_class": MessageClass}
    return view(**{name: words[name](value) if name in words else value for name, value in named.items()})


# --- messages ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MessageFilters:
    """What the ledger is narrowed to; empty means everything."""

    state: str = ""
    kind: str = ""
    way: str = ""
    contact_id: int | None = None
    request_id: int | None = None
    address: str = ""
    made_from: datetime | None = None
    made_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class MessagePage:
    """A page of the ledger, newest first, and where the next one starts."""

    rows: tuple[MessageRow, ...]
    following: int | None


def messages(filters: MessageFilters, *, before_id: int | None = None, limit: int = 50) -> MessagePage:
    """The messages that fit, newest first; the next page is asked for with `before_id`."""
    named = {
        name: value
        for name in ("state", "kind", "way", "contact_id", "request_id", "address")
        if (value := getattr(filters, name)) not in ("", None)
    }
    rows = models.Message.objects.filter(**named)
    if filters.made_from is not None:
        rows = rows.filter(made_at__gte=filters.made_from)
    if filters.made_before is not None:
        rows = rows.filter(made_at__lt=filters.made_before)
    if before_id is not None:
        rows = rows.filter(id__lt=before_id)
    size = min(limit, MAX_PAGE)
    names = [field.name for field in dataclasses.fields(MessageRow)]
    found = _values(rows.only(*names).order_by("-id")[: size + 1], MessageRow)
    return MessagePage(rows=found[:size], following=found[size - 1].id if len(found) > size else None)


def message(message_id: int) -> MessageView:
    """One message, whole.  Raises: UnknownMessage."""
    return _message(id=message_id)


def by_token(token: str) -> MessageView:
    """The message whose own link that is: for unsubscribing and wishes.  Raises: UnknownMessage."""
    return _message(token=token[:40])


def view_of(row: models.Message) -> MessageView:
    """The row as a value."""
    return _values([row], MessageView)[0]


def _message(**key: object) -> MessageView:
    row = models.Message.objects.filter(**key).first()
    if row is None:
        raise UnknownMessage("There is no such message.", field="message", value=str(next(iter(key.values()))))
    return view_of(row)


def of_request(request_id: int, *, limit: int = 100) -> tuple[MessageRow, ...]:
    """What people were told about the request, oldest first."""
    return _values(models.Message.objects.filter(request_id=request_id).order_by("id")[:limit], MessageRow)


def of_contact(contact_id: int, *, limit: int = 50) -> tuple[MessageRow, ...]:
    """What that person was told lately, newest first."""
    return _values(models.Message.objects.filter(contact_id=contact_id).order_by("-id")[:limit], MessageRow)


def gathered_in(message_id: int) -> tuple[MessageRow, ...]:
    """The messages that were sent together in that one."""
    return _values(models.Message.objects.filter(digest_id=message_id).order_by("id")[:MAX_PAGE], MessageRow)


def attempts(message_id: int) -> tuple[AttemptView, ...]:
    """Every try of the message, first to last."""
    return _values(models.Attempt.objects.filter(message_id=message_id).order_by("number")[:MAX_PAGE], AttemptView)


def tally() -> Mapping[MessageState, int]:
    """How many messages stand where, those that are over aside."""
    live = [MessageState.DUE, MessageState.SENDING, MessageState.HELD, MessageState.FAILED, MessageState.BOUNCED]
    rows = models.Message.objects.filter(state__in=live).values_list("state").annotate(Count("id"))
    return {MessageState(state): count for state, count in rows}


def oldest_due(now: datetime) -> datetime | None:
    """Since when the message waits that waits longest beyond its time; None when none does."""
    row = models.Message.objects.filter(state=MessageState.DUE, due_at__lte=now).order_by("due_at").first()
    return row.due_at if row else None


# --- addresses that fail ----------------------------------------------------------------------------------------------


def address_key(way: Way, address: str) -> str:
    """The address as it is compared; empty when it cannot be one."""
    try:
        return phone_key(address) if way is Way.SMS else email_key(address)
    except (BadEmail, BadPhone):
        return ""


def failing(*, limit: int = 100) -> tuple[FailingView, ...]:
    """The addresses nobody has corrected yet, latest first."""
    rows = models.Failing.objects.filter(cleared_at__isnull=True).order_by("-last_at")
    return _values(rows[: min(limit, MAX_PAGE)], FailingView)


def failing_of(contact_id: int) -> tuple[FailingView, ...]:
    """The failing addresses of one contact."""
    rows = models.Failing.objects.filter(contact_id=contact_id, cleared_at__isnull=True).order_by("-last_at")
    return _values(rows[:20], FailingView)


def stopped_addresses(way: Way, keys: Sequence[str]) -> frozenset[str]:
    """Those of the addresses that get nothing any more, because messages to them come back."""
    rows = models.Failing.objects.filter(
        way=way, address_key__in=list(keys)[:500], is_hard=True, cleared_at__isnull=True
    )
    return frozenset(rows.values_list("address_key", flat=True))


# --- answers ----------------------------------------------------------------------------------------------------------


def unread(*, limit: int = 100) -> tuple[IncomingView, ...]:
    """Answers nobody could place, oldest first."""
    rows = models.Incoming.objects.filter(meaning="unclear", read_at__isnull=True).order_by("id")
    return _values(rows[: min(limit, MAX_PAGE)], IncomingView)


def incoming(incoming_id: int) -> IncomingView:
    """One answer.  Raises: UnknownIncoming."""
    row = models.Incoming.objects.filter(id=incoming_id).first()
    if row is None:
        raise UnknownIncoming("There is no such answer.", field="incoming", value=str(incoming_id))
    return _values([row], IncomingView)[0]


def incoming_of(contact_id: int, *, limit: int = 50) -> tuple[IncomingView, ...]:
    """What that person sent back, newest first."""
    return _values(models.Incoming.objects.filter(contact_id=contact_id).order_by("-id")[:limit], IncomingView)


# --- words ------------------------------------------------------------------------------------------------------------


def current(kind: str, language: str) -> Wording:
    """The words in force: what the office published last, else what came with the product.  Raises: UnknownKind."""
    return current_words([kind])[kind, wording.language_of(language)]


def current_words(kinds: Sequence[str]) -> Mapping[tuple[str, str], Wording]:
    """The words in force of those kinds, by kind and language, in one statement."""
    found = {(kind, language): wording.shipped(kind, language) for kind in kinds for language in LANGUAGES}
    rows = (
        models.Wording.objects.filter(kind__in=list(kinds)).order_by("kind", "language", "-version")
    ).distinct("kind", "language")  # fmt: skip
    return found | {(row.kind, row.language): _wording(row) for row in rows}


def _wording(row: models.Wording) -> Wording:
    return Wording(version=row.version, subject=row.subject, text=row.text, short=row.short, action=row.action)


def version(kind: str, number: int) -> Mapping[str, Wording]:
    """One version of the words by language; 0 is what came with the product.  Raises: UnknownKind, UnknownVersion."""
    if number == 0:
        return {language: wording.shipped(kind, language) for language in LANGUAGES}
    rows = models.Wording.objects.filter(kind=kind_of(kind).code, version=number)
    found = {row.language: _wording(row) for row in rows}
    if not found:
        raise UnknownVersion("There is no such version.", field="version", value=str(number))
    return found


def history(kind: str, *, limit: int = 50) -> tuple[PublishedWords, ...]:
    """Every version of the words, newest first; the last is the product's own.  Raises: UnknownKind."""
    rows = models.Wording.objects.filter(kind=kind_of(kind).code, language=LANGUAGES[0]).order_by("-version")[:limit]
    own = PublishedWords(kind=kind, version=0, by="system:product", at=None)
    return (*(PublishedWords(kind, row.version, row.by, row.at) for row in rows), own)


def drafts(kind: str) -> Mapping[str, DraftView]:
    """What is being written, by language; a language without a draft is missing.  Raises: UnknownKind."""
    rows = list(models.Draft.objects.filter(kind=kind_of(kind).code))
    newest = max((row.revision for row in rows), default=0)
    names = [field.name for field in dataclasses.fields(DraftView) if field.name != "is_behind"]
    return {
        row.language: DraftView(**{name: getattr(row, name) for name in names}, is_behind=row.revision < newest)
        for row in rows
    }


def published_versions() -> Mapping[str, int]:
    """The version in force of every kind the office changed."""
    return dict(models.Wording.objects.values_list("kind").annotate(Max("version")))

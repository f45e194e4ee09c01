"""What a message says: codes, dates and the number of a request; never a person, a word of theirs, or a row's id."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from answerable.channels import disclosure
from answerable.journal.records import RecordedFact
from answerable.requests.rules import Visibility, is_listed_publicly
from answerable.requests.views import RequestRow


class RequestTold(msgspec.Struct, frozen=True):
    """The request as it stood when the message was made; hidden from the public, only its number is told."""

    number: str
    visibility: str
    url: str | None
    service_code: str | None
    state: str | None
    outcome: str | None
    department: str | None
    due_at: datetime | None
    updated_at: datetime | None


class MessageBody(msgspec.Struct, frozen=True):
    """What happened: `sequence` counts the facts of the request, so that a receiver can put them in order."""

    sequence: int
    by: str
    request: RequestTold | None
    details: dict[str, Any]


class Message(msgspec.Struct, frozen=True):
    """The body of a webhook.  Source: Standard Webhooks, "Payload structure"."""

    type: str
    timestamp: datetime
    data: MessageBody


def is_told(fact: RecordedFact, visibility: Visibility, *, includes_private: bool) -> bool:
    """Whether a subscriber may learn of the fact; what was public and no longer is, is told as just that."""
    if not disclosure.is_disclosed(fact):
        return False
    if fact.kind == "request.visibility_changed":
        return any(_is_open(str(fact.body.get(when)), includes_private) for when in ("before", "after"))
    return _is_open(visibility, includes_private)


def _is_open(visibility: str, includes_private: bool) -> bool:
    try:
        shown = Visibility(visibility)
    except ValueError:
        return False
    return is_listed_publicly(shown) or (includes_private and shown is Visibility.PRIVATE)


def body_of(fact: RecordedFact, row: RequestRow, *, base_url: str, includes_private: bool) -> str:
    """The message's body; the same bytes for every try."""
    told = _told(row, base_url=base_url) if _is_open(row.visibility, includes_private) else _hidden(row)
    data = MessageBody(
        sequence=fact.seq, by=disclosure.actor_of(fact.by), request=told, details=disclosure.details_of(fact)
    )
    return _encoded(Message(type=fact.kind, timestamp=fact.at, data=data))


def ping_of(kind: str, *, at: datetime) -> str:
    """The body of a message that only tries the way."""
    return _encoded(Message(type=kind, timestamp=at, data=MessageBody(0, "system", None, {})))


def _told(row: RequestRow, *, base_url: str) -> RequestTold:
    url = f"{base_url}/api/v1/requests/{row.number}" if is_listed_publicly(row.visibility) else None
    return RequestTold(
        number=row.number, visibility=row.visibility, url=url, service_code=row.service_code, state=row.lifecycle,
        outcome=row.outcome or None, department=row.department, due_at=row.completion_due, updated_at=row.updated_at,
    )  # fmt: skip


def _hidden(row: RequestRow) -> RequestTold:
    return RequestTold(row.number, row.visibility, *(None,) * 7)


def _encoded(message: Message) -> str:
    return msgspec.json.encode(message).decode("utf-8")

"""What other rooms and pages see of messages: frozen values, no rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from answerable.contacts.rules import MessageClass, Way
from answerable.notices.rules import MessageState


@dataclass(frozen=True, slots=True)
class MessageView:
    """One message as it was, or will be, sent."""

    id: int
    token: str
    kind: str
    message_class: MessageClass
    way: Way
    language: str
    contact_id: int | None
    request_id: int | None
    fact_id: int | None
    address: str
    wording_version: int
    subject: str
    text: str
    short: str
    html: str
    link: str
    state: MessageState
    reason: str
    detail: str
    made_at: datetime
    due_at: datetime
    tries: int
    all_tries: int
    sent_at: datetime | None
    ended_at: datetime | None
    provider_id: str
    digest_id: int | None


@dataclass(frozen=True, slots=True)
class MessageRow:
    """One line of the ledger, without the words but the subject."""

    id: int
    kind: str
    message_class: MessageClass
    way: Way
    language: str
    contact_id: int | None
    request_id: int | None
    address: str
    subject: str
    state: MessageState
    reason: str
    made_at: datetime
    due_at: datetime
    all_tries: int
    sent_at: datetime | None
    ended_at: datetime | None
    digest_id: int | None


@dataclass(frozen=True, slots=True)
class AttemptView:
    """One try of a message."""

    number: int
    started_at: datetime
    ended_at: datetime | None
    outcome: str
    status_code: int | None
    error: str


@dataclass(frozen=True, slots=True)
class FailingView:
    """An address messages came back from."""

    id: int
    way: Way
    address_key: str
    is_hard: bool
    times: int
    reason: str
    detail: str
    contact_id: int | None
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class IncomingView:
    """What somebody sent back."""

    id: int
    way: Way
    address: str
    words: str
    meaning: str
    contact_id: int | None
    request_id: int | None
    at: datetime
    read_at: datetime | None
    read_by: str


@dataclass(frozen=True, slots=True)
class PublishedWords:
    """One version of a kind's words in the history; version 0 came with the product."""

    kind: str
    version: int
    by: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class DraftView:
    """Words that are being written in one language; `is_behind` when the other language was changed since."""

    kind: str
    language: str
    revision: int
    is_behind: bool
    subject: str
    text: str
    short: str
    action: str
    by: str
    at: datetime

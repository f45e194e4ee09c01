"""What work-order systems tell us of the work, as JSON: the same events by webhook and by asking.

The page for vendors is docs/handbook/work-orders-api.md.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Final

import msgspec

from answerable.connectors.errors import BadMessage
from answerable.connectors.ports import Update

MOST_EVENTS: Final = 100
"""Units: events in one message."""

Fetch = Callable[[str], bytes]
"""The picture at an address; it raises PictureAway when there is none to be had."""

Name = Annotated[str, msgspec.Meta(max_length=120)]


class PictureAway(Exception):
    """The picture at the address could not be fetched; the message says why, as a code."""


class Picture(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=False):
    """A picture of the work: its content in base64, or where it lies."""

    base64: str = ""
    url: Annotated[str, msgspec.Meta(max_length=500)] = ""


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened to a work order: `event` is its own id, `sequence` its number in that work order."""

    reference: Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
    event: Name = ""
    status: Annotated[str, msgspec.Meta(max_length=64)] = ""
    words: Annotated[str, msgspec.Meta(max_length=4000)] = ""
    at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    sequence: Annotated[int, msgspec.Meta(ge=0, le=2**62)] | None = None
    expected_on: date | None = None
    party: Name = ""
    photos: Annotated[tuple[Picture, ...], msgspec.Meta(max_length=5)] = ()


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """What a webhook brings: events, oldest first."""

    events: Annotated[tuple[Event, ...], msgspec.Meta(min_length=1, max_length=MOST_EVENTS)]


def message_of(body: bytes) -> Message:
    """The message.  Raises: BadMessage naming the field."""
    try:
        return msgspec.json.decode(body, type=Message)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadMessage(
            f"The message cannot be read: {str(error)[:200]}", field="events",
            remedy="Send JSON as docs/handbook/work-orders-api.md shows it.",
        ) from error  # fmt: skip


def update_of(event: Event, *, fetch: Fetch) -> tuple[Update, str]:
    """The event as news of our work, and the code of what was wrong with a picture of it; empty when nothing was."""
    photos: list[bytes] = []
    problem = ""
    for picture in event.photos:
        try:
            photos.append(base64.b64decode(picture.base64, validate=True) if picture.base64 else fetch(picture.url))
        except (binascii.Error, PictureAway) as error:
            problem = str(error) if isinstance(error, PictureAway) else "not_base64"
    return Update(
        reference=event.reference, word=event.status, words=event.words, told_at=event.at,
        expected_on=event.expected_on, event=event.event, sequence=event.sequence, photos=tuple(photos),
        party=event.party,
    ), problem  # fmt: skip

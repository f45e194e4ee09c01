"""What somebody told the city, as a door understood it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from answerable.catalogue.places import Place
from answerable.contacts.rules import ContactDetails
from answerable.kernel.facts import Json


@dataclass(frozen=True, slots=True)
class KeptPhoto:
    """A picture already in the media folder.  Units: pixels, bytes."""

    key: str
    file: str
    width: int
    height: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Report:
    """What somebody told the city, as the door understood it."""

    key: str
    channel: str
    language: str
    service_code: str
    by: str
    description: str = ""
    answers: Mapping[str, Json] = field(default_factory=dict)
    place: Place | None = None
    contact: ContactDetails | None = None
    contact_id: int | None = None
    version_id: int | None = None
    photos: Sequence[KeptPhoto] = ()
    client_digest: str | None = None
    part_of: int | None = None
    """The request this is a part of: it is staff's, shown to nobody else as a report of its own."""
    routed: tuple[str, str] | None = None
    """Department and queue, where somebody chose them instead of the rules."""

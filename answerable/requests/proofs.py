"""The rows that prove work: pictures and notes, as `requests.actions` keeps them inside its own transactions.

Every one belongs to a round of work: what proved the first ending proves nothing after a dispute.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from answerable.catalogue import queries as catalogue
from answerable.journal import actions as journal
from answerable.requests import events, models, rules, workorders
from answerable.requests.queries import as_view
from answerable.requests.rules import Proof, Shows, Step
from answerable.requests.views import RequestRow, RequestView

INSPECTION = "inspection"
"""The audience of a note of what was found on the spot; staff and auditors read it, residents do not."""


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture already kept in the media folder.  Units: pixels, bytes."""

    key: str
    file: str
    width: int
    height: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """What comes with a step to prove it: pictures of the work and a note of what was found."""

    photos: tuple[Photo, ...] = ()
    inspection: str = ""


def shown_by(by: str) -> Shows:
    """What a picture is taken to show, by who sent it: the owner of the work shows the work."""
    return Shows.WORK if workorders.is_owner(by) else Shows.PROBLEM


def keep(row: models.Request, evidence: Evidence, *, by: str, at: datetime) -> None:
    """What comes with a step is kept with the request's present round of work."""
    for photo in evidence.photos:
        add_photo(row, photo, is_public=False, shows=Shows.WORK, by=by, at=at)
    if evidence.inspection.strip():
        add_note(row, evidence.inspection, audience=INSPECTION, by=by, at=at)


def add_photo(row: models.Request, photo: Photo, *, is_public: bool, shows: Shows, by: str, at: datetime) -> int:
    """The id of the kept picture; the request counts it and the journal tells of it."""
    kept = models.Photo.objects.create(
        request_id=row.id, key=photo.key, file=photo.file, width=photo.width, height=photo.height,
        size_bytes=photo.size_bytes, is_public=is_public, shows=shows, round=row.reopened, by=by, at=at,
    )  # fmt: skip
    row.photos += 1
    journal.append(events.PhotoAdded(row.id, photo_id=kept.id, shows=shows), by=by, at=at)
    return int(kept.id)


def add_note(row: models.Request, words: str, *, audience: str, by: str, at: datetime) -> int:
    """The id of the kept words; the journal tells of them."""
    note = models.Note.objects.create(
        request_id=row.id, audience=audience, round=row.reopened, words=words, by=by, at=at
    )
    journal.append(events.RequestNoted(row.id, note_id=note.id, audience=audience), by=by, at=at)
    return int(note.id)


def dispute_days(view: RequestView | RequestRow) -> int:
    """How long the resident may say "not fixed", as the service it was logged under says.  Units: days."""
    city = catalogue.version(view.catalogue_version)
    return city.service(view.service_code).dispute_days if city.has_service(view.service_code) else rules.DISPUTE_DAYS


def may_dispute(view: RequestView | RequestRow, *, now: datetime) -> bool:
    """Whether the resident may still say that it is not fixed."""
    return rules.may_dispute(view.lifecycle, resolved_at=view.resolved_at, now=now, days=dispute_days(view))


def dispute_time(row: models.Request) -> timedelta:
    """How long the resident of that request may say "not fixed"."""
    return timedelta(days=dispute_days(as_view(row)))


def check(row: models.Request, step: Step, *, note: str) -> None:
    """Return when the service believes the step: it claims no work, or this round of work is proved.

    The words for the resident count as a note when they say enough.  Raises: ProofMissing.
    """
    service = catalogue.version(row.catalogue_version).service(row.service_code)
    proof = Proof(service.proof)
    if not rules.needs_proof(step, proof=proof):
        return
    photos = models.Photo.objects.filter(request_id=row.id, shows=Shows.WORK, round=row.reopened)
    notes = models.Note.objects.filter(request_id=row.id, audience=INSPECTION, round=row.reopened)
    has_note = rules.is_telling(note) or any(rules.is_telling(each.words) for each in notes[:20])
    rules.check_proof(step, proof=proof, has_photo=photos.exists(), has_note=has_note)

"""Reads of the intake room."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from answerable.intake import models

TOLD_BY_SQL = "EXISTS (SELECT FROM intake_enquiry e WHERE e.request_id = r.id AND e.client_id = %s)"
"""The condition that a program told the request `r` itself, for statements of doors."""


def was_told_by(request_id: int, *, client_id: int) -> bool:
    """Whether a program told that request."""
    return models.Enquiry.objects.filter(request_id=request_id, client_id=client_id).exists()


def requests_told_as(keys: Sequence[str]) -> dict[str, int]:
    """The requests that were logged under those keys, by key."""
    rows = models.Enquiry.objects.filter(key__in=list(keys), request_id__isnull=False)
    return {row.key: row.request_id for row in rows if row.request_id is not None}


@dataclass(frozen=True, slots=True)
class EnquiryView:
    """One time somebody told the city something."""

    id: int
    channel: str
    language: str
    outcome: str
    request_id: int | None
    referral: str
    words: str
    by: str
    at: datetime


_COLUMNS = tuple(field.name for field in dataclasses.fields(EnquiryView))


def enquiries_of(contact_id: int, *, limit: int = 20) -> tuple[EnquiryView, ...]:
    """The latest enquiries of one contact, newest first, in one statement."""
    rows = models.Enquiry.objects.filter(contact_id=contact_id).order_by("-at", "-id").values_list(*_COLUMNS)[:limit]
    return tuple(EnquiryView(*row) for row in rows)

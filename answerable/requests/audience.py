"""Reads for who tells people about many requests at once: the requests, the words, the followers; a statement each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count

from answerable.requests import models
from answerable.requests.queries import as_view
from answerable.requests.rules import LinkKind
from answerable.requests.views import NoteView, RequestView

MOST_FOLLOWERS = 5000
"""Units: followers with an address that are told of one batch."""


@dataclass(frozen=True, slots=True)
class FollowerView:
    """Somebody who follows a request and can be reached; `token` is the secret of their own link."""

    request_id: int
    contact_id: int
    language: str
    token: str


def views_by_ids(ids: Sequence[int]) -> dict[int, RequestView]:
    """Those requests, whole, 500 at most."""
    return {row.id: as_view(row) for row in models.Request.objects.filter(id__in=list(ids)[:500])}


def notes_by_ids(ids: Sequence[int]) -> dict[int, NoteView]:
    """Those notes, 500 at most."""
    rows = models.Note.objects.filter(id__in=list(ids)[:500])
    return {
        row.id: NoteView(row.id, row.request_id, row.audience, row.words, row.by, row.at) for row in rows
    }  # fmt: skip


def followers_of(ids: Sequence[int]) -> tuple[FollowerView, ...]:
    """Who follows those requests and gave a way to be reached, first come first."""
    rows = models.Follower.objects.filter(request_id__in=list(ids)[:500], contact_id__isnull=False).order_by("id")
    return tuple(
        FollowerView(row.request_id, row.contact_id, row.language, row.token)
        for row in rows[:MOST_FOLLOWERS]
        if row.contact_id is not None
    )


def open_counts(contact_ids: Sequence[int]) -> dict[int, int]:
    """How many open requests each of those contacts has."""
    rows = models.Request.objects.filter(contact_id__in=list(contact_ids)[:500], is_open=True)
    return {
        int(contact_id): count
        for contact_id, count in rows.values_list("contact_id").annotate(Count("id"))
        if contact_id is not None
    }


def parts_among(ids: Sequence[int]) -> frozenset[int]:
    """Those of the requests that are a part of another, which tells the story for all its parts."""
    rows = models.Link.objects.filter(request_id__in=list(ids)[:500], kind=LinkKind.PART_OF)
    return frozenset(rows.values_list("request_id", flat=True))


def question_of(request_id: int) -> str:
    """The last words of the city to the requester: the question, while one is asked."""
    rows = models.Note.objects.filter(request_id=request_id, audience="public").exclude(by__startswith="resident")
    return rows.order_by("-id").values_list("words", flat=True).first() or ""

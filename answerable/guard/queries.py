"""What the guard tells: whom new dates would concern, how far they have got, what residents read of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from answerable.catalogue import queries as catalogue
from answerable.guard import models
from answerable.guard.errors import UnknownSurge
from answerable.guard.rules import NewDate
from answerable.kernel.facts import Json
from answerable.requests import promised
from answerable.requests.promised import Choice


@dataclass(frozen=True, slots=True)
class Move:
    """A request and its date before and after."""

    id: int
    number: str
    service: str
    before: datetime
    after: datetime


def moves_of(choice: Choice, date: NewDate, *, now: datetime) -> list[Move]:
    """Every request of the choice that would get a later date, by id."""
    zone = catalogue.active().timezone
    return [
        Move(each.id, each.number, each.service, each.due_at, after)
        for each in promised.chosen(choice)
        if (after := date.of(each.due_at, now=now, zone=zone)) is not None
    ]


@dataclass(frozen=True, slots=True)
class SurgeView:
    """One decision to promise anew, and how far it has got; `words` by language are what residents read."""

    id: int
    reason: str
    words: Mapping[str, str]
    chosen: Mapping[str, Json]
    count: int
    left: int
    by: str
    at: datetime
    finished_at: datetime | None


def surge(surge_id: int) -> SurgeView:
    """That record.  Raises: UnknownSurge."""
    row = models.Surge.objects.filter(id=surge_id).first()
    if row is None:
        raise UnknownSurge("There is no such record.", field="surge", value=str(surge_id))
    return _view(row)


def surges(*, limit: int = 20) -> tuple[SurgeView, ...]:
    """The latest records, newest first."""
    return tuple(map(_view, models.Surge.objects.order_by("-id")[:limit]))


def words_of(surge_ids: Iterable[int], *, language: str) -> dict[int, str]:
    """What those records tell residents, in that language, in one statement; nothing asks nothing."""
    ids = sorted(set(surge_ids))[:200]
    if not ids:
        return {}
    rows = models.Surge.objects.filter(id__in=ids).values_list("id", "words")
    return {surge_id: str(words.get(language) or next(iter(words.values()), "")) for surge_id, words in rows}


def _view(row: models.Surge) -> SurgeView:
    return SurgeView(
        id=int(row.pk), reason=row.reason, words=row.words, chosen=row.chosen, count=row.count, left=row.left,
        by=row.by, at=row.at, finished_at=row.finished_at,
    )  # fmt: skip

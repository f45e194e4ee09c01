"""What is known of imports: the runs and their reports, a request's untouched row, a request by its number there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import msgspec
from django.db.models import Model

from answerable.channels.imports import models
from answerable.channels.imports.meaning import CHANNEL
from answerable.channels.imports.report import Report

__all__ = ["CHANNEL", "OriginView", "RunView", "origin_of", "requests_numbered", "run", "runs"]

MOST_RUNS = 100


@dataclass(frozen=True, slots=True)
class RunView:
    """One import: of which file, since when, how far, and its account."""

    id: int
    file: str
    size_bytes: int
    started_at: datetime
    finished_at: datetime | None
    by: str
    report: Report


@dataclass(frozen=True, slots=True)
class OriginView:
    """Where a request came from: the layout, its number there (empty without one), and its untouched row."""

    layout: str
    number: str
    file: str
    run_id: int
    line: int
    raw: str
    header: tuple[str, ...]


def runs(*, limit: int = MOST_RUNS) -> tuple[RunView, ...]:
    """The latest imports, newest first."""
    return tuple(map(_view, models.Run.objects.order_by("-started_at", "-id")[: min(limit, MOST_RUNS)]))


def run(run_id: int) -> RunView | None:
    """One import, or None."""
    found = models.Run.objects.filter(id=run_id).first()
    return _view(found) if found else None


def _view(row: Model) -> RunView:
    assert isinstance(row, models.Run)
    return RunView(
        id=row.pk, file=row.file, size_bytes=row.size_bytes, started_at=row.started_at, finished_at=row.finished_at,
        by=row.by, report=msgspec.convert(row.report, Report),
    )  # fmt: skip


def origin_of(request_id: int) -> OriginView | None:
    """Where an imported request came from; None for any other."""
    row = models.Row.objects.filter(request_id=request_id).first()
    if row is None:
        return None
    run_of = models.Run.objects.get(id=row.run_id)
    source = models.Source.objects.get(id=row.source_id)
    return OriginView(
        layout=source.layout, number="" if row.key.startswith("#") else row.key, file=run_of.file, run_id=run_of.pk,
        line=row.line, raw=row.raw, header=tuple(run_of.header),
    )  # fmt: skip


def requests_numbered(number: str, *, limit: int = 10) -> tuple[int, ...]:
    """The ids of requests that had this number in other records, whichever layout they came in."""
    sources = list(models.Source.objects.values_list("id", flat=True)[:200])
    found = models.Row.objects.filter(source_id__in=sources, key=number.strip(), request_id__isnull=False)
    return tuple(request_id for request_id in found.values_list("request_id", flat=True)[:limit] if request_id)

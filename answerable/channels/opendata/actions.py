"""Builds asked for, begun, published and refused: the rows that the office sees, and their facts."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from django.db import connection, transaction

from answerable.channels.opendata import models
from answerable.channels.opendata.errors import AlreadyBuilding
from answerable.channels.opendata.events import ExportAsked, ExportPublished, ExportRefused
from answerable.channels.opendata.store import Manifest
from answerable.journal import actions as journal

INTERRUPTED: Final = "opendata.interrupted"
"""Why a build ended whose process was killed."""

_LOCK: Final = 3110_0005
"""Names the advisory lock that the one exporting process holds."""


def ask(*, by: str, at: datetime) -> int:
    """A build is wanted; asking again while one waits changes nothing.  Gives its id."""
    with transaction.atomic():
        row, is_new = models.Build.objects.get_or_create(
            state="asked", defaults={"by": by, "asked_at": at, "name": "", "reason": "", "finding": "", "counts": {}}
        )
        if is_new:
            journal.append(ExportAsked(subject_id=row.pk), by=by, at=at)
    return int(row.pk)


def begin(*, name: str, by: str, at: datetime) -> int:
    """The build is at work, alone, until this connection ends; the one that waited is it.  Raises: AlreadyBuilding."""
    if not _lock():
        raise AlreadyBuilding("Another export is at work.", remedy="Wait until it has ended.")
    with transaction.atomic():
        _end_interrupted(at=at)
        row = models.Build.objects.select_for_update().filter(state="asked").first() or models.Build(
            by=by, asked_at=at, reason="", finding="", counts={}
        )
        row.state, row.begun_at, row.name = "building", at, name
        row.save()
    return int(row.pk)


def end_interrupted(*, at: datetime) -> bool:
    """A build whose process was killed is at an end, and asked for anew unless that happened twice running.

    Gives whether there was one.
    """
    if not _lock():
        return False
    try:
        with transaction.atomic():
            if not _end_interrupted(at=at):
                return False
            last = list(models.Build.objects.order_by("-id").values_list("reason", flat=True)[:2])
            if last != [INTERRUPTED, INTERRUPTED]:
                ask(by="system:opendata", at=at)
            return True
    finally:
        _unlock()


def _end_interrupted(*, at: datetime) -> bool:
    left = models.Build.objects.select_for_update().filter(state="building").first()
    if left is None:
        return False
    _end(left, state="refused", at=at, reason=INTERRUPTED, finding="", counts={})
    journal.append(ExportRefused(subject_id=left.pk, reason=INTERRUPTED), by="system:opendata", at=at)
    return True


def publish(build_id: int, manifest: Manifest, *, at: datetime) -> None:
    """The build is the published one."""
    counts: dict[str, Any] = {
        "rows": manifest.rows, "suppressed": manifest.suppressed, "held_back": manifest.held_back,
        "bytes": sum(each.size for each in manifest.files), "files": len(manifest.files),
    }  # fmt: skip
    digest = next((each.sha256 for each in manifest.others if each.name == "datapackage.json"), "")
    with transaction.atomic():
        row = models.Build.objects.select_for_update().get(pk=build_id)
        _end(row, state="published", at=at, reason="", finding="", counts=counts)
        fact = ExportPublished(
            subject_id=build_id, rows=manifest.rows, suppressed=manifest.suppressed, held_back=manifest.held_back,
            digest=digest,
        )  # fmt: skip
        journal.append(fact, by=row.by, at=at)
    _unlock()


def refuse(build_id: int, *, reason: str, finding: str, at: datetime) -> None:
    """The build ended without publishing; what was published stays."""
    with transaction.atomic():
        row = models.Build.objects.select_for_update().get(pk=build_id)
        _end(row, state="refused", at=at, reason=reason, finding=finding, counts={})
        journal.append(ExportRefused(subject_id=build_id, reason=reason), by=row.by, at=at)
    _unlock()


def _lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
        return bool(cursor.fetchone()[0])


def _unlock() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


def _end(row: models.Build, *, state: str, at: datetime, reason: str, finding: str, counts: dict[str, Any]) -> None:
    row.state, row.ended_at, row.reason, row.finding, row.counts = state, at, reason, finding, counts
    row.save()

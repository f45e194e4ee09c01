"""Reads of open data's builds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings

from answerable.channels.opendata import models
from answerable.channels.opendata.store import Store


@dataclass(frozen=True, slots=True)
class BuildRow:
    """One build, for lists: `state` is asked, building, published or refused."""

    id: int
    state: str
    by: str
    asked_at: datetime
    begun_at: datetime | None
    ended_at: datetime | None
    name: str
    reason: str
    finding: str
    counts: dict[str, Any]


def latest(*, limit: int = 20) -> tuple[BuildRow, ...]:
    """The newest builds first."""
    names = ("id", "state", "by", "asked_at", "begun_at", "ended_at", "name", "reason", "finding", "counts")
    return tuple(BuildRow(*values) for values in models.Build.objects.order_by("-id").values_list(*names)[:limit])


def is_asked() -> bool:
    """Whether a build waits."""
    return models.Build.objects.filter(state="asked").exists()


def published() -> Store:
    """The folder of this installation's published files."""
    return _store(Path(settings.OPEN_DATA_ROOT))


@lru_cache(maxsize=4)
def _store(root: Path) -> Store:
    return Store(root)

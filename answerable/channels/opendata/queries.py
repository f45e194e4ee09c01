"""Reads of open data's builds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from answerable.channels.opendata import models


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

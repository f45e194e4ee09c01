"""A small city and its promises, in the database, for tests."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from answerable.catalogue import actions as catalogue_actions
from answerable.catalogue import queries as catalogue
from answerable.catalogue.city import City
from answerable.promises import actions, planning
from tests.builders.packs import a_pack, a_target, said, write_pack

MONDAY_NINE = datetime(2026, 9, 14, 13, 0, tzinfo=UTC)
"""Monday 14 September 2026, 09:00 in the small city."""


def a_first_action(**changes: Any) -> dict[str, Any]:
    """Ten hours to the first action, at most two days paused."""
    return a_target(kind="first_action", amount=10, unit="hours", pause_cap_days=2) | changes


def a_promise(*targets: dict[str, Any]) -> list[dict[str, Any]]:
    """promises.toml with one promise."""
    return [{"code": "fix", "text": said("Soon"), "source": "By-law 7", "targets": list(targets)}]


def a_city(folder: Path, **files: Any) -> City:
    """The small pack with its changes, loaded and in force."""
    write_pack(folder, **a_pack(**files))
    version = catalogue_actions.load_and_publish(folder, by="system:test", at=MONDAY_NINE)
    catalogue.forget()
    return catalogue.version(version)


def promised(
    request_id: int,
    city: City,
    *,
    at: datetime = MONDAY_NINE,
    answers: dict[str, Any] | None = None,
    priority: str = "normal",
) -> None:
    """The request has the promises of the city's first service, counted from `at`."""
    planned = planning.plan(city, service=city.services[0], answers=answers or {}, priority=priority, started_at=at)
    with transaction.atomic():
        actions.make(request_id, planned, at=at, by="resident")

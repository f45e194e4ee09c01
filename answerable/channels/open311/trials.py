"""Tellings to the test endpoint: checked like any, kept for a day for their program, never told to the city."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from answerable.catalogue.city import City
from answerable.catalogue.places import Place
from answerable.channels.open311.telling import Telling
from answerable.intake.actions import Prepared
from answerable.kernel.facts import Json
from answerable.requests.published import PublishedRow
from answerable.requests.rules import Lifecycle


def trial_number(key: str) -> str:
    """A number nobody can take for a real one."""
    return f"TEST-{hashlib.sha256(key.encode()).hexdigest()[:12]}"


def trial_of(telling: Telling, place: Place | None, made: Prepared, *, city: City) -> dict[str, Json]:
    """What would have been logged, as far as it would be read back."""
    point = place.point if place else None
    due = made.dates.completion_due
    return {
        "version": city.version_id,
        "service_code": telling.service.code,
        "visibility": telling.service.visibility,
        "department": made.department,
        "due": due.isoformat() if due else None,
        "address": place.label if place else "",
        "zipcode": telling.postal,
        "lat": point.lat if point else None,
        "long": point.lon if point else None,
        "answers": dict(telling.answers),
        "description": telling.description,
    }


def row_of_trial(values: Sequence[Any], *, client_id: int) -> PublishedRow:
    """The kept telling as a request that was just received; its words are for the program that sent them."""
    number, owner, told, at = values
    is_known = owner == client_id
    return PublishedRow(
        id=0, number=number, catalogue_version=told["version"], service_code=told["service_code"],
        lifecycle=Lifecycle.RECEIVED.value, is_open=True, visibility=told["visibility"],
        department=told["department"], channel="open311", logged_at=at, updated_at=at,
        completion_due=datetime.fromisoformat(told["due"]) if told["due"] else None, completion_at_risk=None,
        paused_since=None, resolved_at=None, outcome="", outcome_party="", until=None, followers=0, area_key="",
        address=told["address"], lat=told["lat"], lon=told["long"], answers=told["answers"], pictures=(),
        is_known=is_known, description=told["description"] if is_known else None,
        postal=told["zipcode"] if is_known else None,
    )  # fmt: skip

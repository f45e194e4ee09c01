"""A small city in force, and requests in it: `a_request(city)`, `moved(receipt, Step(...))`."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from answerable.catalogue import actions as catalogue_actions
from answerable.catalogue import queries as catalogue
from answerable.catalogue.city import City
from answerable.intake import actions as intake
from answerable.intake.actions import Receipt, Report
from answerable.kernel.places import Point, Precision
from answerable.requests import actions as requests
from answerable.requests.actions import Change
from answerable.requests.rules import Step
from answerable.requests.views import RequestView
from tests.builders.packs import a_question, a_service, said, write_pack

MONDAY = datetime(2026, 11, 16, 15, 0, tzinfo=UTC)
"""Ten in the morning in the small city."""

EAST = Point(lat=44.05, lon=-79.02)
WEST = Point(lat=44.05, lon=-79.08)
_keys = itertools.count(1)


def fresh_key(word: str = "test") -> str:
    """An idempotency key nobody has used."""
    return f"{word}-key-{next(_keys):08d}"


def services() -> list[dict[str, Any]]:
    """A pothole anybody may see and a complaint nobody may."""
    pothole = a_service(on_hold_pauses=True, question=[a_question(), a_question("lane", type="text", options=[])])
    complaint = a_service(
        "complaint", visibility="confidential", name=said("Complaint"), location="optional", question=[]
    )
    return [pothole, complaint]


def a_small_city(folder: Path, **changes: Any) -> City:
    """The small city pack, written, loaded and in force."""
    pack = write_pack(folder, **({"services": services()} | changes))
    catalogue_actions.load_and_publish(pack, by="operator:1", at=MONDAY)
    catalogue.forget()
    return catalogue.active()


def a_report(city: City, *, point: Point | None = EAST, **changes: Any) -> Report:
    """A pothole in the east."""
    place = (
        intake.place_at(city, point, precision=Precision.ADDRESS, label="12 Mill Lane", at=MONDAY, postal="N1A 2B3")
        if point
        else None
    )
    filled: dict[str, Any] = {
        "key": fresh_key(), "channel": "web", "language": "en", "service_code": "pothole", "by": "resident",
        "description": "Deep, by the bus stop", "answers": {"size": "big"}, "place": place,
    }  # fmt: skip
    return Report(**(filled | changes))


def a_request(city: City, **changes: Any) -> Receipt:
    """One logged request."""
    return intake.receive(a_report(city, **changes))


def a_change(by: str = "operator:1", *, at: datetime = MONDAY, key: str = "") -> Change:
    """A change by somebody, under a fresh key."""
    return Change(key=key or fresh_key("change"), by=by, at=at)


def moved(receipt: Receipt, step: Step, *, by: str = "department:7", at: datetime = MONDAY) -> RequestView:
    """The request after the step."""
    return requests.move(receipt.request_id, step, a_change(by, at=at))

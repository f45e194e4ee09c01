"""The invented part of a demo: people, and requests whose lives show what can happen.  Read from `demo/scenes.toml`.

A time is written "-3 14:20": three days before today, at twenty past two on the city's clocks.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

from answerable.kernel.facts import Json
from answerable.rehearsal.errors import BrokenScenes

FILE = "scenes.toml"

_TIME = re.compile(r"^(-\d{1,3}|0) (\d{2}):(\d{2})$")


class Strict(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """Unknown words in the file are mistakes."""


class Person(Strict, frozen=True, kw_only=True):
    """Somebody invented: a 555 number and an example.org address."""

    id: str
    name: str
    email: str = ""
    phone: str = ""
    address: str = ""
    postal: str = ""
    language: str = "en"
    news_by: str = "none"
    needs: str = ""


Deed = Literal[
    "accept", "move", "refuse", "reroute", "note", "staff_note", "photo", "follow", "dispute", "reply", "link",
    "reclassify", "rate",
]  # fmt: skip


class Step(Strict, frozen=True, kw_only=True):
    """One thing that happened to a request."""

    when: str
    do: Deed
    to: str = ""
    outcome: str = ""
    reason: str = ""
    until_days: int = 0
    party: str = ""
    words: str = ""
    score: int = 0
    by: Literal["department", "operator", "resident", "system"] = "department"
    person: str = ""
    other: str = ""
    kind: str = ""
    department: str = ""
    queue: str = ""
    service: str = ""


class Scene(Strict, frozen=True, kw_only=True):
    """One request and its life."""

    id: str
    when: str
    service: str
    channel: str = "web"
    language: str = "en"
    description: str = ""
    place: str = ""
    ward: str = ""
    lat: float | None = None
    lon: float | None = None
    person: str = ""
    answers: dict[str, str | int | list[str]] = {}
    steps: list[Step] = []


class Talk(Strict, frozen=True, kw_only=True):
    """An enquiry that needed no request."""

    id: str
    when: str
    outcome: str
    channel: str = "phone"
    language: str = "en"
    words: str = ""
    person: str = ""
    referral: str = ""


class Scenes(Strict, frozen=True, kw_only=True):
    """The whole file."""

    person: list[Person] = []
    request: list[Scene] = []
    enquiry: list[Talk] = []


def read_scenes(folder: Path) -> Scenes:
    """The invented part of that demo folder; nothing when it has none.  Raises: BrokenScenes."""
    file = folder / FILE
    if not file.exists():
        return Scenes()
    try:
        return msgspec.toml.decode(file.read_bytes(), type=Scenes)
    except msgspec.DecodeError as error:
        raise BrokenScenes(f"{file.name}: {error}.", field=file.name, remedy="Correct the entry named.") from error


def instant(told: str, *, today: date, zone: ZoneInfo) -> datetime:
    """The instant meant by "-3 14:20".  Raises: BrokenScenes."""
    found = _TIME.match(told)
    if found is None:
        raise BrokenScenes(f"'{told}' is no time.", field="when", value=told, remedy='Write it like "-3 14:20".')
    days, hour, minute = (int(part) for part in found.groups())
    day = today + timedelta(days=days)
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone)


def answers_of(scene: Scene) -> dict[str, Json]:
    """The answers as the front door takes them."""
    return {code: list(value) if isinstance(value, list) else value for code, value in scene.answers.items()}

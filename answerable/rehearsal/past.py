"""The real part of a demo: rows of the city's own past, moved by whole weeks so that weekdays stay true."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from answerable.kernel.places import Point

FILES = ("requests.csv", "more.csv")

NOT_ENDED = timedelta(days=2)
"""How long after the telling a row without an end of its own is taken up."""

SHORTEST = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class PastRequest:
    """One request of the city's real past, at the instants it would have had these weeks."""

    id: str
    line: int
    at: datetime
    ended_at: datetime
    service: str
    place: str
    ward: str
    postal: str
    point: Point | None
    description: str
    status: str
    person: str


def past_of(folder: Path, *, now: datetime, zone: ZoneInfo) -> Iterator[PastRequest]:
    """The rows of every file of that demo folder; the last one of each file lies within the past week."""
    for name in FILES:
        file = folder / name
        if file.exists():
            yield from _of_file(file, now=now, zone=zone)


def _of_file(file: Path, *, now: datetime, zone: ZoneInfo) -> Iterator[PastRequest]:
    with file.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    newest = max(datetime.fromisoformat(row["requested_local"]) for row in rows)
    shift = timedelta(weeks=(now.astimezone(zone).replace(tzinfo=None) - newest).days // 7)
    prefix = "" if file.name == FILES[0] else f"{file.stem}:"
    for line, row in enumerate(rows, start=2):
        yield _request(row, line=line, prefix=prefix, shift=shift, zone=zone)


def _request(row: Mapping[str, str], *, line: int, prefix: str, shift: timedelta, zone: ZoneInfo) -> PastRequest:
    asked = datetime.fromisoformat(row["requested_local"])
    ended = datetime.fromisoformat(row["updated_local"]) if row["updated_local"] else asked + NOT_ENDED
    lat, lon = row.get("lat", ""), row.get("lon", "")
    return PastRequest(
        id=f"{prefix}{line}",
        line=line,
        at=(asked + shift).replace(tzinfo=zone),
        ended_at=(max(ended, asked + SHORTEST) + shift).replace(tzinfo=zone),
        service=row["service"],
        place=row["address"],
        ward=row.get("ward", ""),
        postal=row.get("postal", ""),
        point=Point(lat=float(lat), lon=float(lon)) if lat and lon else None,
        description=row["description"],
        status=row["status"],
        person=row.get("person", ""),
    )

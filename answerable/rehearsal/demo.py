"""The demo city: log-ins for every role, and real requests from the city pack's own past, moved to these weeks.

Everything goes through the same actions as a resident's form or a department's click, at the instants of the past,
so that the demo's promises, timelines and chains are as real as any.
"""

from __future__ import annotations

import csv
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from answerable.catalogue import queries as catalogue
from answerable.catalogue.city import City
from answerable.intake import actions as intake
from answerable.kernel.errors import AnswerableError
from answerable.kernel.places import Point, Precision
from answerable.plumbing import clock
from answerable.requests import actions as requests
from answerable.requests.actions import Change
from answerable.requests.rules import Lifecycle, Outcome, Step
from answerable.staff import actions as staff
from answerable.staff.rules import Role

log = logging.getLogger("answerable.rehearsal")

DEMO_PASSWORD = "answerable-demo-311"  # noqa: S105 printed at every start of a demo; never made outside one
"""The password of every demo log-in."""

DEMO_API_KEY = "ans_demo_key_for_trying_the_json_door"
"""The demo's API key; it may log requests and read the office list."""


@dataclass(frozen=True, slots=True)
class LogIn:
    """A demo account to try a role with."""

    username: str
    role: Role
    name: tuple[str, str]
    department: str = ""
    language: str = "en"


def log_ins(city: City) -> tuple[LogIn, ...]:
    """One account for each role; two departments, so that borders between them can be seen."""
    first, second = _busiest_departments(city)
    return (
        LogIn("operator", Role.OPERATOR, ("Noor", "Haddad")),
        LogIn("operatrice", Role.OPERATOR, ("Élise", "Tremblay"), language="fr"),
        LogIn("supervisor", Role.SUPERVISOR, ("Samir", "Osei")),
        LogIn("department", Role.DEPARTMENT, ("Dana", "Kowalski"), department=first),
        LogIn("department2", Role.DEPARTMENT, ("Priya", "Nair"), department=second),
        LogIn("analyst", Role.ANALYST, ("Ann", "Lee")),
        LogIn("admin", Role.ADMINISTRATOR, ("Alex", "Roy")),
    )


def _busiest_departments(city: City) -> tuple[str, str]:
    """The departments that most routes lead to."""
    counts: dict[str, int] = {}
    for route in city.routes:
        counts[route.department] = counts.get(route.department, 0) + 1
    ordered = sorted(counts, key=lambda code: (-counts[code], code))
    return ordered[0], ordered[1 if len(ordered) > 1 else 0]


def seed(folder: Path) -> int:
    """The demo city exists; gives how many requests were added to its past.  Doing it again changes nothing."""
    seed_staff()
    return seed_past(folder)


def seed_staff() -> None:
    """Every role's log-in exists, and the demo's API key."""
    for each in log_ins(catalogue.active()):
        staff.add_member(
            username=each.username, password=DEMO_PASSWORD, role=each.role, name=each.name,
            department=each.department, language=each.language,
        )  # fmt: skip
    staff.add_api_client(
        name="Demo client", scopes=["requests:write", "office:read"], digest_of_key=intake.digest_of(DEMO_API_KEY)
    )


def seed_past(folder: Path) -> int:
    """The city pack's own past is played; gives how many requests were added.  It may be broken off and begun again."""
    city = catalogue.active()
    past = folder / "demo" / "requests.csv"
    return sum(_play(city, row) for row in _rows(past, city.timezone)) if past.exists() else 0


@dataclass(frozen=True, slots=True)
class PastRequest:
    """One request of the city's real past, at the instants it would have had these weeks."""

    line: int
    at: datetime
    ended_at: datetime
    service: str
    address: str
    point: Point
    description: str
    status: str


def _rows(past: Path, zone: ZoneInfo) -> Iterator[PastRequest]:
    """The rows, moved by whole weeks so that weekdays stay true and the last one lies within the past week."""
    with past.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    newest = max(datetime.fromisoformat(row["requested_local"]) for row in rows)
    today = clock.now().astimezone(zone).replace(tzinfo=None)
    shift = timedelta(weeks=(today - newest).days // 7)
    for line, row in enumerate(rows, start=2):
        asked = datetime.fromisoformat(row["requested_local"])
        ended = datetime.fromisoformat(row["updated_local"]) if row["updated_local"] else asked + timedelta(days=2)
        yield PastRequest(
            line=line,
            at=(asked + shift).replace(tzinfo=zone),
            ended_at=(max(ended, asked + timedelta(minutes=30)) + shift).replace(tzinfo=zone),
            service=row["service"],
            address=row["address"],
            point=Point(lat=float(row["lat"]), lon=float(row["lon"])),
            description=row["description"],
            status=row["status"],
        )


def _play(city: City, row: PastRequest) -> int:
    """One if the request was logged now, nought if it was there or the pack no longer has its service."""
    if not city.has_service(row.service):
        log.warning("rehearsal.no_such_service", extra={"service": row.service, "line": row.line})
        return 0
    with clock.frozen(row.at):
        receipt = intake.receive(
            intake.Report(
                key=f"demo:{city.id}:{row.line}", channel="web" if row.line % 3 else "phone", language="en",
                service_code=row.service, by="resident" if row.line % 3 else "system:rehearsal",
                description=row.description, version_id=city.version_id, answers={},
                place=intake.place_at(city, row.point, precision=Precision.ADDRESS, label=row.address, at=row.at),
            )
        )  # fmt: skip
    if receipt.is_replay:
        return 0
    try:
        _live_on(receipt.request_id, row)
    except AnswerableError as error:
        log.warning("rehearsal.step_refused", extra={"line": row.line, "code": error.code})
    return 1


def _live_on(request_id: int, row: PastRequest) -> None:
    """The request takes the steps its real counterpart had taken, as far as they lie in the past."""
    taken = row.at + (row.ended_at - row.at) / 4
    _when(taken, lambda at: requests.accept(request_id, _change(row, "accept", at)))
    if row.status == "in_progress" and row.line % 4 == 0:
        return
    steps = {
        "completed": Step(to=Lifecycle.RESOLVED, outcome=Outcome.COMPLETED),
        "cancelled": Step(to=Lifecycle.RESOLVED, outcome=Outcome.NO_PROBLEM_FOUND),
        "scheduled": Step(to=Lifecycle.SCHEDULED, until=(row.ended_at + timedelta(days=12)).date()),
        "in_progress": Step(to=Lifecycle.IN_PROGRESS),
    }
    _when(row.ended_at, lambda at: requests.move(request_id, steps[row.status], _change(row, "end", at)))


def _change(row: PastRequest, what: str, at: datetime) -> Change:
    return Change(key=f"demo:{row.service}:{row.line}:{what}", by="system:rehearsal", at=at)


def _when(at: datetime, act: Callable[[datetime], object]) -> None:
    """Act as of that instant, unless it lies ahead."""
    if at <= clock.now():
        with clock.frozen(at):
            act(at)

"""Today's list: what lies before this crew, in the order it drives, and where it is on the map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from answerable.catalogue import queries as catalogue
from answerable.catalogue.city import City
from answerable.kernel.errors import BadPlace
from answerable.kernel.places import Point
from answerable.plumbing import clock
from answerable.requests import queries as requests
from answerable.requests.queries import MAX_PAGE, Filters
from answerable.requests.rules import Lifecycle
from answerable.requests.views import RequestRow
from answerable.staff import queries as staff
from answerable.staff.queries import StaffView
from answerable.web.crew import access, wording
from answerable.web.crew.route import Stop, ordered, urgency_of

MOST_STOPS: Final = 40
"""Units: jobs on one list; nobody drives to more in a day, and a telephone keeps each of them."""

WORKABLE: Final = frozenset({Lifecycle.RECEIVED, Lifecycle.ASSIGNED, Lifecycle.SCHEDULED, Lifecycle.IN_PROGRESS})
"""What a crew can drive to; a hold comes back on its day."""

MINE, ALL = "mine", "all"


@dataclass(frozen=True, slots=True)
class Job:
    """One line of the list."""

    row: RequestRow
    service: str
    place: str
    standing: str
    due: datetime | None
    leg: str
    stamp: str
    """Changes when the request does, so that a telephone fetches only what is new."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose work is shown: one's own, a team's, or the department's."""

    code: str
    label: str


@require_GET
def today(request: HttpRequest) -> HttpResponse:
    """The day's jobs in their order, and the map of them."""
    member = access.member_of(request)
    city = catalogue.active()
    now = clock.now()
    department = _department(request, member, city)
    scopes = scopes_of(member)
    scope = next((each.code for each in scopes if each.code == request.GET.get("who")), scopes[0].code)
    rows = _rows(member, department=department, scope=scope, now=now)
    start = _start(request.GET.get("from", ""))
    jobs = jobs_of(rows, city=city, now=now, start=start)
    departments = [(each.code, wording.said(each.name)) for each in city.departments]
    context = {
        "member": member, "jobs": jobs, "scopes": scopes, "scope": scope, "department": department,
        "department_name": wording.department_name(city, department), "now": now, "start": start,
        "departments": [] if access.is_bound(member) else departments,
        "bounds": city.pack.city.bounds, "outlines": reverse("portal:outlines"), "states": wording.LIFECYCLE,
        "left_out": max(0, len(rows) - len(jobs)),
    }  # fmt: skip
    return render(request, "crew/today.html", context)


def _department(request: HttpRequest, member: StaffView, city: City) -> str:
    """The member's own department; who works for none chooses one."""
    if access.is_bound(member):
        return member.department
    codes = [each.code for each in city.departments]
    wanted = request.GET.get("department", "")
    return wanted if wanted in codes else codes[0]


def scopes_of(member: StaffView) -> list[Scope]:
    """What the list can be narrowed to, the usual one first: the team's work, one's own, the department's."""
    teams = [Scope(f"team-{each.id}", wording.said(each.name)) for each in staff.teams_of(member.id)]
    everybody = Scope(ALL, _("My department"))
    mine = Scope(MINE, _("My own"))
    return [*teams, mine, everybody] if teams else [everybody, mine]


def _rows(member: StaffView, *, department: str, scope: str, now: datetime) -> list[RequestRow]:
    filters = Filters(
        department=department, state="open",
        assignee_id=member.id if scope == MINE else None,
        team_id=int(scope.removeprefix("team-")) if scope.startswith("team-") else None,
    )  # fmt: skip
    page = requests.list_requests(filters, sort="due", limit=MAX_PAGE, now=now)
    day = catalogue.active().local_day(now)
    return [
        row
        for row in page.rows
        if _is_workable(row, day=day) and (row.assignee_id in {None, member.id} or scope == ALL)
    ]


def _is_workable(row: RequestRow, *, day: object) -> bool:
    if row.lifecycle is Lifecycle.ON_HOLD:
        return row.until is not None and row.until <= day  # type: ignore[operator]
    if row.lifecycle is Lifecycle.SCHEDULED and row.until is not None:
        return bool(row.until <= day)  # type: ignore[operator]
    return row.lifecycle in WORKABLE


def jobs_of(rows: Sequence[RequestRow], *, city: City, now: datetime, start: Point | None) -> list[Job]:
    """The first so many by promise, in the order they are driven."""
    first = list(rows)[:MOST_STOPS]
    midnight = datetime.combine(city.local_day(now) + timedelta(days=1), time(), tzinfo=city.timezone)
    stops = [
        Stop(
            number=row.number, point=_point(row), due=row.completion_due,
            urgency=urgency_of(
                is_begun=row.lifecycle is Lifecycle.IN_PROGRESS, due=row.completion_due, day_ends=midnight,
                is_for_today=row.lifecycle in {Lifecycle.SCHEDULED, Lifecycle.ON_HOLD},
            ),
        )
        for row in first
    ]  # fmt: skip
    by_number = {row.number: row for row in first}
    return [_job(by_number[leg.number], leg.metres, now=now) for leg in ordered(stops, start=start)]


def _job(row: RequestRow, metres: float | None, *, now: datetime) -> Job:
    city = catalogue.version(row.catalogue_version)
    return Job(
        row=row, service=wording.service_name(city, row.service_code), place=row.address or _("No place given"),
        standing=row.standing(now).value, due=row.completion_due, leg=wording.distance(metres),
        stamp=f"{row.updated_at.timestamp():.3f}",
    )  # fmt: skip


def _point(row: RequestRow) -> Point | None:
    return None if row.lat is None or row.lon is None else Point(lat=row.lat, lon=row.lon)


def _start(text: str) -> Point | None:
    """Where the crew stands, as `lat,lon`; nothing when it did not say, or said nonsense."""
    lat, _comma, lon = text.partition(",")
    try:
        return Point(lat=float(lat), lon=float(lon))
    except (ValueError, BadPlace):
        return None

"""A department's work at a glance: how much lies in which queue, how old, with whom, and what was done in time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from answerable.catalogue import queries as catalogue
from answerable.plumbing import clock
from answerable.requests.overview import Done, Load, Overview, overview
from answerable.staff import queries as staff
from answerable.web.components import formats
from answerable.web.office import access, wording
from answerable.web.office.queue import hides_confidential


@dataclass(frozen=True, slots=True)
class WorkLine:
    """One queue, team or person, the list behind it, and what is counted of it."""

    name: str
    note: str
    href: str
    load: Load
    age: str
    done: Done | None = None
    median: str = ""


@require_GET
def workload(request: HttpRequest) -> HttpResponse:
    """The overview of one department, or of the whole city."""
    member = access.member_of(request)
    city, now = catalogue.active(), clock.now()
    known = {each.code: wording.said(each.name) for each in city.departments}
    asked = request.GET.get("department", "")
    department = member.department if access.is_bound(member) else asked if asked in known else ""
    counted = overview(department=department, hide_confidential=hides_confidential(member), now=now)
    context = {
        "department": department, "title": known.get(department, ""), "is_bound": access.is_bound(member),
        "departments": sorted(known.items(), key=lambda pair: pair[1]),
        "queues": _queues(counted, department, now=now), "teams": _teams(counted, now=now),
        "people": _people(counted, now=now),
    }  # fmt: skip
    return render(request, "office/workload.html", context)


def _queues(counted: Overview, department: str, *, now: datetime) -> list[WorkLine]:
    """The fullest first; a queue with no open work is shown when something was done in it."""
    city = catalogue.active()
    nothing = Load(0, 0, 0, 0, 0, 0, None, (0, 0, 0, 0))
    places = sorted(counted.queues.keys() | counted.done.keys(), key=lambda place: _fullness(counted.queues.get(place)))
    return [
        _line(
            wording.queue_name(city, *place),
            "" if department else wording.department_name(city, place[0]),
            {"where": "/".join(place)},
            counted.queues.get(place, nothing),
            now=now,
            done=counted.done.get(place),
        )
        for place in places
    ]


def _fullness(load: Load | None) -> tuple[int, int]:
    return (-load.late, -load.open) if load else (0, 0)


def _teams(counted: Overview, *, now: datetime) -> list[WorkLine]:
    names = staff.team_names(counted.teams)
    ordered = sorted(counted.teams.items(), key=lambda pair: _fullness(pair[1]))
    return [
        _line(wording.said(names.get(key)) or _("A team that is gone"), "", {"hand": f"team:{key}"}, load, now=now)
        for key, load in ordered
    ]


def _people(counted: Overview, *, now: datetime) -> list[WorkLine]:
    known = staff.by_ids(list(counted.people))
    ordered = sorted(counted.people.items(), key=lambda pair: _fullness(pair[1]))
    return [
        _line(known[key].name, "", {"hand": f"person:{key}"}, load, now=now) for key, load in ordered if key in known
    ]


def _line(
    name: str, note: str, query: dict[str, str], load: Load, *, now: datetime, done: Done | None = None
) -> WorkLine:
    age = formats.time_words((now - load.oldest).total_seconds()) if load.oldest else ""
    median = formats.time_words(done.median.total_seconds()) if done else ""
    return WorkLine(name=name, note=note, href=urlencode(query), load=load, age=age, done=done, median=median)

"""One line of the work queue as the page draws it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from answerable.catalogue import queries as catalogue
from answerable.catalogue.city import City
from answerable.requests.rules import PromiseStanding
from answerable.requests.views import RequestRow
from answerable.staff import queries as staff
from answerable.web.components import formats
from answerable.web.office import wording


@dataclass(frozen=True, slots=True)
class Line:
    """A request in the list.  Units: `share` 0 to 1, how much of the promised time is over."""

    number: str
    service: str
    address: str
    area: str
    state: str
    handoff: str
    priority: str
    visibility: str
    standing: str
    due: datetime | None
    due_words: str
    share: float
    place: str
    queue: str
    team: str
    assignee: str
    reopened: int
    followers: int
    logged_at: datetime


def lines_of(rows: Sequence[RequestRow], *, city: City, now: datetime) -> list[Line]:
    """The rows as lines; names of people and of teams are asked once for all of them."""
    people = staff.by_ids(sorted({row.assignee_id for row in rows if row.assignee_id}))
    wanted = {row.team_id for row in rows if row.team_id}
    names = _Names(
        people={key: member.name for key, member in people.items()},
        teams={key: wording.said(name) for key, name in staff.team_names(wanted).items()} if wanted else {},
    )
    areas = {hit.key: hit.name for hit in city.areas.of_kind(city.primary_area_kind, on=city.local_day(now))}
    return [_line(row, city=city, names=names, areas=areas, now=now) for row in rows]


@dataclass(frozen=True, slots=True)
class _Names:
    people: Mapping[int, str]
    teams: Mapping[int, str]


def _line(row: RequestRow, *, city: City, names: _Names, areas: Mapping[str, str], now: datetime) -> Line:
    standing = row.standing(now)
    logged_under = catalogue.version(row.catalogue_version)
    return Line(
        number=row.number,
        service=wording.service_name(logged_under, row.service_code),
        address=row.address,
        area=wording.area_name(areas.get(row.area_key, row.area_key), row.area_key),
        state=str(row.lifecycle),
        handoff=row.handoff,
        priority=row.priority,
        visibility=str(row.visibility),
        standing=standing.value,
        due=row.completion_due,
        due_words=due_words(row.completion_due, standing=standing, now=now),
        share=_share(row, now=now),
        place=wording.department_name(city, row.department),
        queue=wording.queue_name(city, row.department, row.queue),
        team=names.teams.get(row.team_id or 0, ""),
        assignee=names.people.get(row.assignee_id or 0, ""),
        reopened=row.reopened,
        followers=row.followers,
        logged_at=row.logged_at,
    )


def due_words(due: datetime | None, *, standing: PromiseStanding, now: datetime) -> str:
    """How far the due instant is: 2 h left, overdue by 3 days; the date alone once it is settled."""
    if due is None:
        return _("No promise")
    if standing is PromiseStanding.BREACHED:
        return _("by %(time)s") % {"time": formats.time_words((now - due).total_seconds())}
    if standing in {PromiseStanding.RUNNING, PromiseStanding.AT_RISK}:
        return _("%(time)s left") % {"time": formats.time_words((due - now).total_seconds())}
    return formats.local_date(due, "short")


def _share(row: RequestRow, *, now: datetime) -> float:
    if row.completion_due is None:
        return 0.0
    whole = (row.completion_due - row.logged_at).total_seconds()
    until = row.resolved_at or row.paused_since or now
    return min(1.0, max(0.0, (until - row.logged_at).total_seconds() / whole)) if whole > 0 else 1.0

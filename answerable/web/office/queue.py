"""The work queue: what a department has to do, narrowed, ordered and counted at a bounded price."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from answerable.catalogue import queries as catalogue
from answerable.catalogue.city import City
from answerable.kernel.errors import AnswerableError
from answerable.kernel.ids import new_token
from answerable.plumbing import clock
from answerable.requests import queries as requests
from answerable.requests.queries import SORTS, Cursor, Filters, QueueCounts
from answerable.requests.rules import Handoff, Lifecycle
from answerable.staff import queries as staff
from answerable.staff.queries import StaffView
from answerable.staff.rules import Permission, may
from answerable.web.live import announcements
from answerable.web.office import access, wording
from answerable.web.office.lines import lines_of

PAGE_SIZE: Final = 25
CEILING: Final = 1000
"""Units: requests counted in a queue; beyond it the page says "1,000+"."""

HAND: Final = re.compile(r"^(nobody|(team|person):[0-9]{1,18})$")
"""Who has it in hand, as the address says it."""

Query = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Tab:
    """A preset of the list: what it narrows, and which count belongs to it."""

    code: str
    label: str | Promise
    count: str
    narrowed: Mapping[str, Any]


TABS: Final = (
    Tab("", _("Open"), "open", {}),
    Tab("accept", _("To accept"), "to_accept", {"handoff": Handoff.SENT}),
    Tab("late", _("Overdue"), "breached", {"standing": "breached"}),
    Tab("risk", _("At risk"), "at_risk", {"standing": "at_risk"}),
    Tab("scheduled", _("Scheduled"), "scheduled", {"state": Lifecycle.SCHEDULED}),
    Tab("back", _("Sent back"), "sent_back", {"handoff": Handoff.REFUSED}),
    Tab("mine", _("My work"), "mine", {}),
    Tab("team", _("My teams"), "teams", {}),
)
SORT_WORDS: Final = {"due": _("Soonest due first"), "newest": _("Newest first"), "oldest": _("Oldest first")}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for: the words of its fields, all of them known."""

    tab: Tab
    where: str
    state: str
    service: str
    ward: str
    standing: str
    priority: str
    hand: str
    sort: str
    after: str

    def query(self, **changes: str) -> str:
        """The address of this list with changes; always from its first page unless `after` is given."""
        fields = {
            "tab": self.tab.code, "where": self.where, "state": self.state, "service": self.service,
            "ward": self.ward, "standing": self.standing, "priority": self.priority, "hand": self.hand,
            "sort": self.sort if self.sort != "due" else "",
        }  # fmt: skip
        return urlencode({name: value for name, value in (fields | changes).items() if value})

    @property
    def is_narrowed(self) -> bool:
        """Whether more than a tab and a queue narrows the list."""
        return any((self.state, self.service, self.ward, self.standing, self.priority, self.hand))


def asked_by(query: Query) -> Asked:
    """What the fields of an address mean; unknown words are left out."""

    def known(name: str, words: object) -> str:
        value = query.get(name, "")
        return value if value in words else ""  # type: ignore[operator]

    tabs = {tab.code: tab for tab in TABS}
    return Asked(
        tab=tabs.get(query.get("tab", ""), TABS[0]),
        where=query.get("where", "")[:130],
        state=known("state", {*wording.LIFECYCLE, "ended", "all"}),
        service=query.get("service", "")[:64],
        ward=query.get("ward", "")[:64],
        standing=known("standing", wording.STANDINGS),
        priority=known("priority", wording.PRIORITIES),
        hand=query.get("hand", "") if HAND.match(query.get("hand", "")) else "",
        sort=known("sort", SORTS) or "due",
        after=query.get("after", "")[:80],
    )


def filters_of(asked: Asked, member: StaffView, *, teams: Sequence[int] = ()) -> Filters:
    """The list's conditions, never wider than what the person may see; `teams` are those they are in."""
    department, _sep, queue = asked.where.partition("/")
    if access.is_bound(member):
        department, queue = member.department, queue if department == member.department else ""
    base = Filters(
        department=department,
        queue=queue,
        service_code=asked.service,
        area_key=asked.ward,
        priority=asked.priority,
        hide_confidential=hides_confidential(member),
    )
    narrowed = replace(base, **asked.tab.narrowed, **_in_hand_of(asked, member, teams))
    named: dict[str, Any] = {
        name: value for name, value in (("state", asked.state), ("standing", asked.standing)) if value
    }
    return replace(narrowed, **named)


def _in_hand_of(asked: Asked, member: StaffView, teams: Sequence[int]) -> dict[str, Any]:
    """Whose work is asked for.  The field narrows the list further than its tab does."""
    word, _colon, key = asked.hand.partition(":")
    found: dict[str, Any] = {"assignee_id": member.id} if asked.tab.code == "mine" else {}
    if asked.tab.code == "team":
        found = {"team_ids": tuple(teams) or (0,)}
    if word == "nobody":
        found |= {"in_nobodys_hands": True}
    elif word == "team":
        found |= {"team_id": int(key)}
    elif word == "person" and asked.tab.code != "mine":
        found |= {"assignee_id": int(key)}
    return found


def hides_confidential(member: StaffView) -> bool:
    """Whether confidential requests are missing for this person; a department sees its own."""
    return not may(member.role, Permission.SEE_CONFIDENTIAL) and not access.is_bound(member)


@require_GET
def queue(request: HttpRequest) -> HttpResponse:
    """The list: one statement for its rows, one for all counts, one for people's names."""
    member = access.member_of(request)
    if request.GET.get("number", "").strip():
        return _go_to(request)
    asked = asked_by(request.GET)
    teams = [each.id for each in staff.teams_of(member.id)]
    filters = filters_of(asked, member, teams=teams)
    city, now = catalogue.active(), clock.now()
    ticket = _ticket(request, member, filters)
    counts = requests.queue_counts(
        department=filters.department, queue=filters.queue, hide_confidential=filters.hide_confidential,
        me=member.id, teams=teams, ceiling=CEILING, now=now,
    )  # fmt: skip
    page = requests.list_requests(filters, sort=asked.sort, after=Cursor.read(asked.after), limit=PAGE_SIZE, now=now)
    context = {
        "member": member, "asked": asked, "filters": filters, "lines": lines_of(page.rows, city=city, now=now),
        **_tabs(asked, counts, has_teams=bool(teams)), "counts": counts, "ceiling": CEILING,
        "next": f"?{asked.query(after=str(page.following))}" if page.following else "",
        "first": f"?{asked.query()}" if asked.after else "", "here": request.get_full_path(),
        "ticket": ticket, "key": new_token(), "city_pack": city, "zone": city.pack.city.timezone,
        "may_move": may(member.role, Permission.MOVE), "total": _total(asked, counts),
        "title": wording.department_name(city, filters.department) if filters.department else "",
        "queue_title": wording.queue_name(city, filters.department, filters.queue) if filters.queue else "",
        "saved": staff.lists_of(member), "saveable": asked.query(), **_options(city, member, asked),
    }  # fmt: skip
    return render(request, "office/queue.html", context)


def _go_to(request: HttpRequest) -> HttpResponse:
    """The request of a number typed above the list; what is wrong with the number when it is none."""
    member, typed = access.member_of(request), request.GET["number"].strip()[:40]
    try:
        found = requests.by_number(typed)
        if access.may_see(member, found):
            return HttpResponseRedirect(reverse("office:request", args=[found.number]))
        messages.error(request, str(_("There is no such request, or it is not yours.")))
    except AnswerableError as error:
        messages.error(request, wording.refusal(error))
    return HttpResponseRedirect(reverse("office:queue"))


def _ticket(request: HttpRequest, member: StaffView, filters: Filters) -> str:
    """A ticket for what this list shows; confidential ones are told on their department's topic alone."""
    if filters.department and not hides_confidential(member):
        return access.ticket_of(request, announcements.office(filters.department))
    return access.ticket_of(request, announcements.STAFF)


def _tabs(asked: Asked, counts: QueueCounts, *, has_teams: bool) -> dict[str, object]:
    """The presets with their counts, and which of them is shown; who is in no team has no list of teams."""
    shown = [tab for tab in TABS if has_teams or tab.code != "team" or tab == asked.tab]
    tabs = [
        {
            "label": tab.label,
            "href": f"?{asked.query(tab=tab.code, state='', standing='')}",
            "count": getattr(counts, tab.count),
        }
        for tab in shown
    ]
    return {"tabs": tabs, "tab_at": shown.index(asked.tab)}


def _total(asked: Asked, counts: QueueCounts) -> int | None:
    """How many the list holds, where a count already says it."""
    return None if asked.is_narrowed else int(getattr(counts, asked.tab.count))


def _options(city: City, member: StaffView, asked: Asked) -> dict[str, object]:
    today = city.local_day(clock.now())
    states = [("", str(_("As the list says"))), *wording.choices(wording.LIFECYCLE)]
    wards = city.areas.of_kind(city.primary_area_kind, on=today) if city.primary_area_kind else ()
    return {
        "wheres": places_of_work(city, member),
        "hands": _hands(member, asked),
        "services": sorted(
            ((each.code, wording.said(each.name)) for each in city.every_service), key=lambda pair: pair[1]
        ),
        "wards": [(hit.key, wording.area_name(hit.name, hit.key)) for hit in wards],
        "ward_word": wording.area_kind_name(city, city.primary_area_kind),
        "states": [*states, ("ended", str(_("Resolved or closed"))), ("all", str(_("All")))],
        "standings": wording.choices(wording.STANDINGS),
        "priorities": wording.choices(wording.PRIORITIES),
        "sorts": [(code, str(word)) for code, word in SORT_WORDS.items()],
        "lifecycle_words": wording.LIFECYCLE,
    }


def _hands(member: StaffView, asked: Asked) -> list[tuple[str, str]]:
    """Nobody, and the teams and people of the department that is looked at."""
    department = member.department if access.is_bound(member) else asked.where.partition("/")[0]
    found = [("nobody", str(_("Nobody yet")))]
    found += [(f"team:{each.id}", wording.said(each.name)) for each in staff.teams(department=department)]
    if department:
        found += [(f"person:{each.id}", each.name) for each in staff.of_department(department)]
    return found


def places_of_work(city: City, member: StaffView) -> list[tuple[str, str]]:
    """Departments and their queues as options `department` and `department/queue`, as far as the person may look."""
    found: list[tuple[str, str]] = []
    for department in city.departments:
        if access.is_bound(member) and department.code != member.department:
            continue
        found.append((department.code, wording.said(department.name)))
        found += [(f"{department.code}/{each.code}", f"– {wording.said(each.name)}") for each in department.queues]
    return found

"""The supervisor's board: which promises break today and this week, which are broken, which stand still too long."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from answerable.catalogue import queries as catalogue
from answerable.catalogue.city import City
from answerable.plumbing import clock
from answerable.promises import measured
from answerable.promises import queries as promises
from answerable.promises.clock import PromiseClock
from answerable.promises.rules import Kind
from answerable.requests import promised, promising
from answerable.requests import queries as requests
from answerable.requests.promised import BUCKETS, DIMENSIONS, Board, BoardLine
from answerable.requests.views import RequestRow
from answerable.staff.queries import StaffView
from answerable.web.live import announcements, tickets
from answerable.web.office import access, wording
from answerable.web.office.lines import lines_of
from answerable.web.office.queue import hides_confidential

WEEK: Final = timedelta(days=7)
MOST_LISTED: Final = 50

HEADINGS: Final[Mapping[str, str | Promise]] = {
    "broken": gettext_lazy("Broken"),
    "today": gettext_lazy("Break today"),
    "week": gettext_lazy("Break within a week"),
    "at_risk": gettext_lazy("At risk"),
    "untouched": gettext_lazy("First action overdue"),
    "paused": gettext_lazy("Paused"),
    "paused_long": gettext_lazy("Paused for over a month"),
}
BY: Final[Mapping[str, str | Promise]] = {
    "department": gettext_lazy("By department"),
    "service": gettext_lazy("By service"),
    "area": gettext_lazy("By place"),
}
TONES: Final = {"broken": "late", "today": "late", "week": "risk", "at_risk": "risk", "untouched": "risk"}


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure of the board, and where it leads."""

    code: str
    label: str
    count: int
    tone: str
    href: str
    is_shown: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for, all of it known."""

    by: str
    show: str
    department: str
    service: str
    area: str

    def query(self, **changes: str) -> str:
        """The address of this board with changes."""
        fields = {
            "by": self.by if self.by != "department" else "", "show": self.show, "department": self.department,
            "service": self.service, "area": self.area,
        }  # fmt: skip
        return "?" + urlencode({name: value for name, value in (fields | changes).items() if value})


def asked_by(request: HttpRequest, member: StaffView) -> Asked:
    """What the fields of an address mean; unknown words are left out, and a department's people see their own."""
    query = request.GET
    by, show = query.get("by", ""), query.get("show", "")
    is_bound = access.is_bound(member)
    return Asked(
        by=by if by in DIMENSIONS else ("service" if is_bound else "department"),
        show=show if show in BUCKETS else "",
        department=member.department if is_bound else query.get("department", "")[:64],
        service=query.get("service", "")[:64],
        area=query.get("area", "")[:64],
    )


def board_of(asked: Asked, member: StaffView, *, city: City, now: datetime) -> Board:
    """The same as the queries know it; days are the city's."""
    today = city.local_day(now)
    return Board(
        now=now, today_ends=promising.end_of(today, city), week_ends=promising.end_of(today + WEEK, city),
        department=asked.department, service=asked.service, area=asked.area,
        hide_confidential=hides_confidential(member),
    )  # fmt: skip


@require_GET
def board(request: HttpRequest) -> HttpResponse:
    """The board: one statement for its figures, three for the list below them."""
    member, city, now = access.member_of(request), catalogue.active(), clock.now()
    asked = asked_by(request, member)
    view = board_of(asked, member, city=city, now=now)
    lines = promised.board(view, by=asked.by)
    rows = _rows(view, asked.show) if asked.show else []
    context = {
        "asked": asked, "tiles": _tiles(asked, lines), "open": sum(line.open for line in lines),
        "lines": [(_name(city, asked.by, line.key, now=now), line, _narrowed(asked, line)) for line in lines],
        "buckets": [(code, str(words), TONES.get(code, "info")) for code, words in HEADINGS.items()],
        "tabs": [{"label": str(words), "href": asked.query(by=code)} for code, words in BY.items()],
        "tab_at": list(BY).index(asked.by), "narrowed": _narrowed_to(city, asked, member, now=now),
        "rows": list(zip(lines_of(rows, city=city, now=now), _chances(rows, city=city, now=now), strict=True)),
        "shown": str(HEADINGS[asked.show]) if asked.show else "", "most": MOST_LISTED,
        "ticket": tickets.mint([announcements.STAFF]), "here": request.get_full_path(), "now": now,
        "may_surge": member.role in {"supervisor", "administrator"}, "ward_word": _ward_word(city),
    }  # fmt: skip
    return render(request, "office/promises.html", context)


def _rows(view: Board, bucket: str) -> list[RequestRow]:
    ids = promised.board_ids(view, bucket=bucket, limit=MOST_LISTED)
    found = requests.rows_by_ids(ids)
    return [found[each] for each in ids if each in found]


def _tiles(asked: Asked, lines: Sequence[BoardLine]) -> list[Tile]:
    return [
        Tile(
            code=code, label=str(words), count=sum(getattr(line, code) for line in lines), tone=TONES.get(code, "info"),
            href=asked.query(show="" if asked.show == code else code) + "#list", is_shown=asked.show == code,
        )
        for code, words in HEADINGS.items()
    ]  # fmt: skip


def _name(city: City, by: str, key: str, *, now: datetime) -> str:
    if by == "department":
        return wording.department_name(city, key)
    if by == "service":
        return wording.service_name(city, key)
    if not key:
        return _("No place")
    names = {hit.key: hit.name for hit in city.areas.of_kind(city.primary_area_kind, on=city.local_day(now))}
    return wording.area_name(names.get(key, key), key)


def _narrowed(asked: Asked, line: BoardLine) -> str:
    """The board of that line alone, by the next dimension."""
    following = {"department": "service", "service": "area", "area": "department"}[asked.by]
    return asked.query(**{asked.by: line.key, "by": following}) if line.key else ""


def _narrowed_to(city: City, asked: Asked, member: StaffView, *, now: datetime) -> list[tuple[str, str]]:
    """What the board is narrowed to, each with the address that widens it again."""
    kept = [] if access.is_bound(member) else ["department"]
    return [
        (_name(city, name, getattr(asked, name), now=now), asked.query(**{name: ""}))
        for name in (*kept, "service", "area")
        if getattr(asked, name)
    ]


def _ward_word(city: City) -> str:
    return wording.area_kind_name(city, city.primary_area_kind)


def _chances(rows: Sequence[RequestRow], *, city: City, now: datetime) -> list[float | None]:
    """The chance of each to be kept, 0 to 1, by what such requests took; None where too little is known."""
    clocks = promises.current_clocks([row.id for row in rows])
    return [_chance(row, clocks.get(row.id, ()), city=city, now=now) for row in rows]


def _chance(row: RequestRow, clocks: Sequence[PromiseClock], *, city: City, now: datetime) -> float | None:
    promise = next((each for each in clocks if each.target.kind is Kind.COMPLETION), None)
    day = city.local_day(row.logged_at)
    known = measured.experience().of(target=Kind.COMPLETION, service=row.service_code, area=row.area_key, day=day)
    if promise is None or known is None or now >= promise.due_at:
        return None
    paused = promise.paused_time(now=now)
    elapsed, length = now - promise.started_at - paused, promise.due_at - promise.started_at - paused
    return known.curve.chance(elapsed_seconds=elapsed.total_seconds(), length_seconds=length.total_seconds())

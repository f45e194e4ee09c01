"""The front door, and the pages that say how the city keeps its word and people's data."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from answerable.catalogue import queries as catalogue
from answerable.intake.actions import DRAFT_LIFE
from answerable.plumbing import clock
from answerable.requests import queries as requests
from answerable.requests.queries import Filters
from answerable.requests.rules import DISPUTE_DAYS
from answerable.web.components import formats
from answerable.web.portal import standards

MOST_TILES = 8
COUNTED_TO = 10_000
"""Units: requests counted at most for a figure of the home page, so that its cost is bounded."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of this moment, counted in the database."""

    value: str
    label: str
    unit: str = ""


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Search, report, follow; the services of the season; what is open right now."""
    city = catalogue.active()
    month = clock.now().astimezone(city.timezone).month
    tiles = [standards.tile(city, each) for each in city.popular_services(month)[:MOST_TILES]]
    context = {"tiles": tiles, "service_count": len(city.services), "figures": figures(), "at": clock.now()}
    return render(request, "portal/home.html", context)


def figures() -> list[Figure]:
    """How many requests are open, and how many of them are past their date; nothing while there are none."""
    now = clock.now()
    still_open = requests.count_up_to(Filters(), ceiling=COUNTED_TO, now=now)
    if not still_open:
        return []
    late = requests.count_up_to(Filters(standing="breached"), ceiling=COUNTED_TO, now=now)
    paused = requests.count_up_to(Filters(standing="paused"), ceiling=COUNTED_TO, now=now)
    in_time = max(0, still_open - late - paused)
    return [
        _figure(still_open, ngettext("request being worked on", "requests being worked on", still_open)),
        _figure(in_time, _("within their promised time")),
        _figure(late, _("past their promised date")),
        _figure(paused, _("with their clock paused")),
    ]


def _figure(count: int, label: str) -> Figure:
    return Figure(value=formats.number(count) + ("+" if count >= COUNTED_TO else ""), label=label)


@require_GET
def privacy(request: HttpRequest) -> HttpResponse:
    """The city's notice, and what this service keeps and for how long."""
    notice = catalogue.active().pack.city.privacy
    context = {"notice": notice, "draft_hours": int(DRAFT_LIFE.total_seconds() // 3600)}
    return render(request, "portal/privacy.html", context)


@require_GET
def accessibility(request: HttpRequest) -> HttpResponse:
    """What works for whom, what is checked, and whom to tell when something does not."""
    return render(request, "portal/accessibility.html", {"dispute_days": DISPUTE_DAYS})

"""Open data as the office runs it: builds, why one was refused, how each service is placed; a build on demand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from answerable.catalogue import queries as catalogue
from answerable.catalogue.city import City
from answerable.catalogue.structs import Service
from answerable.channels.opendata import actions, followers, queries, rules
from answerable.channels.opendata.queries import BuildRow
from answerable.plumbing import clock
from answerable.requests.rules import Visibility
from answerable.staff import queries as staff
from answerable.staff.rules import Permission, may
from answerable.web.components import facts
from answerable.web.office import access, wording

WHERE: Final = {
    "exact": gettext_lazy("Exactly"),
    "block": gettext_lazy("By block (about 100 m)"),
    "random_500m": gettext_lazy("Moved by 100 to 500 m"),
    "neighbourhood": gettext_lazy("By neighbourhood"),
    "postal_prefix": gettext_lazy("By postal prefix"),
    "none": gettext_lazy("Without a place"),
}
STATES: Final = {
    "asked": (gettext_lazy("Asked for"), "info"),
    "building": (gettext_lazy("Being built"), "info"),
    "published": (gettext_lazy("Published"), "ok"),
    "refused": (gettext_lazy("Not published"), "late"),
}
REASONS: Final = {
    "opendata.check_failed": gettext_lazy("A check of the finished files failed; the files before stay published."),
    "opendata.interrupted": gettext_lazy("It was interrupted; it is tried once more by itself."),
}


@dataclass(frozen=True, slots=True)
class BuildLine:
    """One build as the table shows it."""

    build: BuildRow
    state: str | Promise
    tone: str
    who: str
    seconds: float | None
    reason: str | Promise


@dataclass(frozen=True, slots=True)
class PlacingLine:
    """How one service is placed: its public requests, and its private ones."""

    name: str
    code: str
    visibility: str
    public: str | Promise
    private: str | Promise


@require_GET
def exports(request: HttpRequest) -> HttpResponse:
    """The builds, newest first; the published files; how each service is placed."""
    member = access.member_of(request)
    city = catalogue.active()
    builds = queries.latest()
    context = {
        "builds": _lines(builds), "manifest": queries.published().published(), "terms": city.pack.city.open_data,
        "placings": [_placing(each) for each in city.services], "next": followers.next_due(city, now=clock.now()),
        "is_waiting": any(each.state in {"asked", "building"} for each in builds), "may_ask": _may_ask(member.role),
    }  # fmt: skip
    return render(request, "office/exports.html", context)


@require_POST
def ask(request: HttpRequest) -> HttpResponse:
    """A build was asked for, and begins within seconds."""
    member = access.member_of(request)
    if _publishes(catalogue.active()):
        actions.ask(by=member.by, at=clock.now())
        messages.success(request, _("The files will be built now. This page shows when they are published."))
    return HttpResponseRedirect(reverse("office:exports"))


def _publishes(city: City) -> bool:
    return city.pack.city.open_data is not None


def _may_ask(role: str) -> bool:
    return may(role, Permission.PUBLISH_ROUTES)


def _lines(builds: tuple[BuildRow, ...]) -> list[BuildLine]:
    people = staff.names_of([each.by for each in builds])
    return [_line(each, people) for each in builds]


def _line(build: BuildRow, people: dict[str, str]) -> BuildLine:
    state, tone = STATES.get(build.state, (build.state, "info"))
    took = (build.ended_at - build.begun_at).total_seconds() if build.ended_at and build.begun_at else None
    reason = build.finding or REASONS.get(build.reason, build.reason)
    return BuildLine(build=build, state=state, tone=tone, who=facts.who(build.by, people), seconds=took, reason=reason)


def _placing(service: Service) -> PlacingLine:
    visibility = Visibility(service.visibility)
    public, private = (
        rules.placing(declared=service.open_data, service=visibility, request=request)
        for request in (Visibility.PUBLIC, Visibility.PRIVATE)
    )
    return PlacingLine(
        name=wording.said(service.name),
        code=service.code,
        visibility=str(wording.VISIBILITY[service.visibility]),
        public=WHERE[public] if public else _("Never published"),
        private=WHERE[private] if private else _("Never published"),
    )

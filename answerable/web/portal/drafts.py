"""A report between two pages: the draft in the address, what it is about, and where it goes next."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import wraps

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language

from answerable.catalogue import queries as catalogue
from answerable.catalogue.city import City
from answerable.catalogue.places import Place
from answerable.catalogue.structs import Service
from answerable.intake import actions as intake
from answerable.intake import rules
from answerable.intake.actions import DraftView
from answerable.kernel.facts import Json
from answerable.plumbing import clock
from answerable.promises import planning
from answerable.web.portal import places


@dataclass(frozen=True, slots=True)
class Filling:
    """A draft being filled in, under the city and service it was begun with."""

    draft: DraftView
    city: City
    service: Service

    @property
    def place(self) -> Place | None:
        """Where it is, as far as it was said."""
        return places.from_json(self.draft.filled.get("place"))

    @property
    def answers(self) -> Mapping[str, Json]:
        """The answers as they were typed."""
        return _mapping(self.draft.filled.get("answers"))

    @property
    def asked_place(self) -> Mapping[str, Json]:
        """What was last typed of the place, and what was wrong with it."""
        return _mapping(self.draft.filled.get("asked_place"))

    @property
    def typed_contact(self) -> Mapping[str, Json]:
        """Contact details that could not be taken yet."""
        return _mapping(self.draft.filled.get("contact"))

    @property
    def description(self) -> str:
        """The resident's own words."""
        return str(self.draft.filled.get("description") or "")

    def filled(self, **fields: Json) -> Filling:
        """The same with those fields kept."""
        return replace(self, draft=intake.fill_draft(self.draft, fields))

    def planned(self, answers: Mapping[str, Json]) -> Sequence[planning.Planned]:
        """What would be promised if it were sent now."""
        priority = rules.priority_of(self.service, answers)
        return planning.plan(
            self.city, service=self.service, answers=answers, priority=priority, started_at=clock.now()
        )


def _mapping(kept: Json) -> Mapping[str, Json]:
    return kept if isinstance(kept, dict) else {}


View = Callable[[HttpRequest, Filling], HttpResponse]


def with_draft(view: View) -> Callable[[HttpRequest, str], HttpResponse]:
    """The view with its draft; a draft that is gone or was sent already says so instead."""

    @wraps(view)
    def page(request: HttpRequest, draft_id: str) -> HttpResponse:
        draft = intake.draft(draft_id)
        if draft is None:
            return render(request, "portal/expired.html", status=404)
        if token := draft.filled.get("sent"):
            return HttpResponseRedirect(reverse("portal:sent", args=[token]))
        city = catalogue.version(draft.version_id)
        return view(request, Filling(draft=draft, city=city, service=city.service(draft.service_code)))

    return page


def to(step: str, filling: Filling, *, anchor: str = "") -> HttpResponseRedirect:
    """On to that page of the same draft."""
    return HttpResponseRedirect(reverse(f"portal:{step}", args=[filling.draft.id]) + (f"#{anchor}" if anchor else ""))


def language() -> str:
    """The tag of the page's language, such as `fr`."""
    return (get_language() or "en").split("-")[0]

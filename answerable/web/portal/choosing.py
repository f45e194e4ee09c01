"""Choosing what it is about: all services, those that fit some words, and suggestions while typing."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from answerable.catalogue import places as catalogue_places
from answerable.catalogue import queries as catalogue
from answerable.plumbing import clock
from answerable.web.portal import standards
from answerable.web.portal.drafts import language

MOST_HITS = 12
MOST_SUGGESTIONS = 6
MOST_LETTERS = 120
"""Units: characters of a question that are read."""


@require_GET
def services(request: HttpRequest) -> HttpResponse:
    """All services by group, or those that fit the words asked for."""
    city = catalogue.active()
    asked = _asked(request)
    shelves = [(group, city.services_of(group.code)) for group in city.groups]
    return render(
        request,
        "portal/services.html",
        {"asked": asked, "tiles": _hits(asked), "shelves": [each for each in shelves if each[1]]},
    )


@require_GET
def search(request: HttpRequest) -> HttpResponse:
    """What the home page's search box finds: services, and whom to ask about everything else."""
    asked = _asked(request)
    return render(request, "portal/search.html", {"asked": asked, "tiles": _hits(asked)})


def _asked(request: HttpRequest) -> str:
    return request.GET.get("q", "")[:MOST_LETTERS].strip()


def _hits(asked: str) -> list[standards.Tile]:
    if not asked:
        return []
    city = catalogue.active()
    found = city.search_services(asked, language=language(), limit=MOST_HITS)
    return [standards.tile(city, hit.service) for hit in found]


@require_GET
def suggest_services(request: HttpRequest) -> JsonResponse:
    """Services that fit what is typed so far, for the search box."""
    hits = catalogue.active().search_services(_asked(request), language=language(), limit=MOST_SUGGESTIONS)
    items = [
        {"label": hit.service.name[language()], "href": reverse("portal:start", args=[hit.service.code])}
        for hit in hits
    ]
    return JsonResponse({"items": items})


@require_GET
def suggest_places(request: HttpRequest) -> JsonResponse:
    """Places that go on from what is typed so far."""
    begun = _asked(request)
    found = (
        catalogue_places.suggest(catalogue.active(), begun, at=clock.now(), language=language(), limit=MOST_SUGGESTIONS)
        if begun
        else ()
    )
    labels = dict.fromkeys(place.label for place in found)
    return JsonResponse({"items": [{"label": label, "value": label} for label in labels]})

"""What lets the crew's pages live on a telephone: the worker's script, the manifest, and the page without a signal."""

from __future__ import annotations

import hashlib
import json
from typing import Final

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from answerable.web.components import city as look
from answerable.web.components.jinja import static

STATIC_PARTS: Final = (
    "components/answerable.css",
    "components/components.js",
    "crew/crew.css",
    "crew/queue.js",
    "crew/crew.js",
    "js_lib_leaflet/leaflet.js",
    "js_lib_leaflet/leaflet.css",
)
"""Files every page of the crew needs."""


@require_GET
def worker(request: HttpRequest) -> HttpResponse:
    """The script that keeps the pages; another one as soon as any part of the shell changed."""
    nowhere = reverse("crew:offline")
    version = look.brand_version()
    brand = [f"/brand.css?v={version}", f"/brand.svg?v={version}"]
    shell = [nowhere, reverse("portal:outlines"), *brand, *(static(name) for name in STATIC_PARTS)]
    context = {
        "shell": shell, "nowhere": nowhere, "scope": reverse("crew:today"), "queue": static("crew/queue.js"),
        "version": hashlib.sha256(json.dumps(shell).encode()).hexdigest()[:12],
    }  # fmt: skip
    response = render(request, "crew/worker.js", context, content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    return response


@require_GET
def manifest(request: HttpRequest) -> JsonResponse:
    """What a telephone needs to put the pages among its programs.  Source: W3C, Web Application Manifest."""
    city = look.current()
    home = reverse("crew:today")
    return JsonResponse(
        {
            "id": home, "start_url": home, "scope": home, "display": "standalone", "lang": request.LANGUAGE_CODE,
            "name": _("%(city)s: on the road") % {"city": city.site}, "short_name": _("On the road"),
            "theme_color": city.brand["brand"], "background_color": city.brand["paper"],
            "icons": [{"src": "/brand.svg", "type": "image/svg+xml", "sizes": "any", "purpose": "any"}],
        },
        content_type="application/manifest+json",
    )  # fmt: skip


@require_GET
def offline(request: HttpRequest) -> HttpResponse:
    """What is said without a signal when a page is not kept."""
    return render(request, "crew/offline.html")

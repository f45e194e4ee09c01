"""Pages of the frame itself: the city's colours, its mark, the way in, and what is said when something failed."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import Resolver404, resolve
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.html import escape
from django.utils.translation import get_language
from django.views.decorators.csrf import requires_csrf_token

from answerable.web.components import city

FOREVER_SECONDS = 31_536_000
MINUTE_SECONDS = 60

LETTER_MARK = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 36 36"><rect width="36" height="36" rx="9" fill="{brand}"/>'
    '<text x="17" y="25" font-family="system-ui,sans-serif" font-weight="700" font-size="20" text-anchor="middle"'
    ' fill="{on_brand}">{mark}</text><circle cx="28" cy="10" r="3.6" fill="{accent}"/></svg>'
)
MARK = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 36 36"><rect width="36" height="36" rx="9" fill="{brand}"/>'
    '<path d="M8 24.5 15 17.5l4.5 4L28 12" fill="none" stroke="{accent}" stroke-width="2.5" stroke-linecap="round"/>'
    '<circle cx="8.5" cy="24" r="3" fill="#fff"/><circle cx="17.5" cy="19.5" r="3" fill="#fff"/>'
    '<circle cx="27.5" cy="12.5" r="3.6" fill="{accent}"/></svg>'
)


def brand_css(request: HttpRequest) -> HttpResponse:
    """The city's variables; kept by browsers for ever when asked for by its own version."""
    sheet, version = city.brand_sheet()
    return _kept(HttpResponse(sheet, content_type="text/css; charset=utf-8"), current=request.GET.get("v") == version)


def brand_svg(request: HttpRequest) -> HttpResponse:
    """The small mark in the browser's tab, in the city's colours."""
    brand = city.current().brand
    colours = {name: escape(brand[name.replace("_", "-")]) for name in ("brand", "on_brand", "accent", "mark")}
    drawing = (LETTER_MARK if brand["mark"] else MARK).format(**colours)
    return _kept(
        HttpResponse(drawing, content_type="image/svg+xml"), current=request.GET.get("v") == city.brand_version()
    )


def _kept(response: HttpResponse, *, current: bool) -> HttpResponse:
    patch_cache_control(
        response, public=True, max_age=FOREVER_SECONDS if current else MINUTE_SECONDS, immutable=current
    )
    return response


def root(request: HttpRequest) -> HttpResponseBase:
    """The home page in the language that the browser asks for, without a detour."""
    home = f"/{get_language()}/"
    try:
        match = resolve(home)
    except Resolver404:
        return not_found(request)
    response: HttpResponseBase = match.func(request, *match.args, **match.kwargs)
    response.headers["Content-Location"] = home
    patch_vary_headers(response, ("Accept-Language", "Cookie"))
    return response


def _fault(request: HttpRequest, template: str, status: int) -> HttpResponse:
    return render(request, f"components/faults/{template}.html", status=status)


@requires_csrf_token
def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: also what somebody sees who may not know that a record exists."""
    return _fault(request, "not_found", 404)


@requires_csrf_token
def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: signed in, but the work belongs to another role."""
    return _fault(request, "forbidden", 403)


@requires_csrf_token
def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400: the browser sent something that cannot be read."""
    return _fault(request, "bad_request", 400)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: a form that was open too long, or sent from elsewhere."""
    return _fault(request, "form_expired", 403)


@requires_csrf_token
def server_error(request: HttpRequest) -> HttpResponse:
    """500: ours to repair; nothing the reader typed is lost by going back."""
    return _fault(request, "server_error", 500)

"""Headers that keep a page from being misused; one strict policy for every answer."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

from django.db import DataError
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from answerable.web.components import views

log = logging.getLogger("answerable.pages")

CONTENT_SECURITY_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "connect-src 'self'",
        "font-src 'self'",
        "manifest-src 'self'",
        "worker-src 'self' blob:",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "object-src 'none'",
    )
)
"""No inline script, no inline style, nothing from elsewhere.  Source: W3C, Content Security Policy Level 3."""

HEADERS: Final = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Permissions-Policy": "geolocation=(self), camera=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class SecurityHeaders:
    """Middleware: every answer, static files and errors included, carries the headers it has not set itself."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The answer with its headers."""
        response = self.get_response(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response


class Unkeepable:
    """Middleware: what no column can hold is the sender's fault, not ours: 400, and nothing of it was kept.

    A null character, for instance, in an address, a form or a cookie; the JSON door answers likewise.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The answer as it is."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponseBase | None:
        """The page of a bad request for a value that PostgreSQL refuses; None for any other failure."""
        if not isinstance(error, DataError):
            return None
        place = request.resolver_match.view_name if request.resolver_match else ""
        log.warning("pages.value_refused", extra={"page": place})
        return views.bad_request(request)

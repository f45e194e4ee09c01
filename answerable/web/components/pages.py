"""Pages: where each one lives and who may see it.

A surface lists its pages in `urls.py: PAGES`; nothing is reachable that did not declare its access,
because `urlpatterns_of` is the only way in and a house test reads `.access` off every view.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Final

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.urls import URLPattern, path
from django.utils.cache import add_never_cache_headers

View = Callable[..., HttpResponseBase]

ROLES: Final = frozenset({"operator", "supervisor", "department", "analyst", "administrator"})
"""The roles a staff member may hold."""


@dataclass(frozen=True, slots=True)
class Access:
    """Who may see a page: everybody, the holder of a resident's secret link, or staff with one of the roles."""

    kind: str
    roles: frozenset[str] = frozenset()

    def admits(self, held: Iterable[str]) -> bool:
        """Whether somebody holding these roles may see the page."""
        return self.kind != "staff" or not self.roles.isdisjoint(held)


PUBLIC: Final = Access("public")
"""Everybody, without an account."""

RESIDENT_LINK: Final = Access("resident_link")
"""Whoever holds the secret link, or number and postal code; the view itself checks them."""


def staff(*roles: str) -> Access:
    """Staff with any of these roles, or any role at all when none is named.

    Raises: ValueError for a role that does not exist.
    """
    unknown = set(roles) - ROLES
    if unknown:
        raise ValueError(f"Unknown roles {sorted(unknown)}: choose from {sorted(ROLES)}.")
    return Access("staff", frozenset(roles) or ROLES)


@dataclass(frozen=True, slots=True)
class Page:
    """One page: its path below its surface, the view, who may see it, and the name it is linked by."""

    path: str
    view: View
    access: Access
    name: str


def urlpatterns_of(pages: Iterable[Page]) -> list[URLPattern]:
    """Django's patterns for these pages, every view behind its access check."""
    return [path(page.path, guarded(page.view, access=page.access), name=page.name) for page in pages]


def guarded(view: View, *, access: Access) -> View:
    """The view behind its access check; the answer of a page that is not public is never stored by a cache."""

    @wraps(view)
    def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if access.kind == "staff":
            user = request.user
            if not user.is_authenticated:
                return redirect_to_login(request.get_full_path(), login_url=str(settings.LOGIN_URL))
            if not access.admits(roles_of(user)):
                raise PermissionDenied("page.not_your_role")
        response = view(request, *args, **kwargs)
        if access.kind != "public":
            add_never_cache_headers(response)
            response["X-Robots-Tag"] = "noindex"
        return response

    page.access = access  # type: ignore[attr-defined]
    return page


def roles_of(user: Any) -> frozenset[str]:
    """The roles a signed-in person holds; none for somebody signed out."""
    roles = getattr(user, "roles", None)
    if roles is None:
        role = getattr(user, "role", "")
        return frozenset({role} if role else ())
    return frozenset(roles() if callable(roles) else roles)

"""How staff accounts come to be: never by signing up."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest
from django.urls import reverse


class StaffAccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Closed for sign-up; after signing in each role lands on the page it works on."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Accounts are made by an administrator."""
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Operators to the desk, everybody else to the office."""
        role = getattr(request.user, "role", "")
        return reverse("desk:home") if role == "operator" else reverse("office:queue")

"""The addresses that messages lead to.  tests/house compares them with the pages there are."""

from __future__ import annotations

from django.conf import settings


def _page(language: str, path: str) -> str:
    return f"{settings.ANSWERABLE.base_url}/{language}/{path}"


def follow(language: str, *, token: str) -> str:
    """The request's own page, for who holds its secret."""
    return _page(language, f"follow/{token}/")


def office_request(language: str, *, number: str) -> str:
    """The request in the office, for staff who sign in."""
    return _page(language, f"office/request/{number}/")


def wishes(language: str, *, message: str) -> str:
    """Where whoever got the message chooses how the city reaches them."""
    return _page(language, f"news/{message}/")


def stop(language: str, *, message: str) -> str:
    """Where one click ends messages of this class."""
    return _page(language, f"news/{message}/stop/")


def survey(language: str, *, token: str) -> str:
    """The one question on how it went."""
    return _page(language, f"follow/{token}/survey/")

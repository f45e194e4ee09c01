"""What every page knows without its view saying so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.messages import get_messages
from django.http import HttpRequest
from django.urls import translate_url
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language

from answerable.web.components import city
from answerable.web.components.pages import roles_of


@dataclass(frozen=True, slots=True)
class LanguageLink:
    """The same page in another language: its tag, the language's own name, and the address."""

    tag: str
    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who is looking, as far as a page's frame needs to know."""

    name: str
    roles: frozenset[str]

    def holds(self, *roles: str) -> bool:
        """Whether the viewer has any of these roles."""
        return not self.roles.isdisjoint(roles)


NOBODY = Viewer(name="", roles=frozenset())


def page_context(request: HttpRequest) -> dict[str, Any]:
    """Language, the way to the other languages, who is looking (read only if asked), and messages to show once."""
    return {
        "language": (get_language() or settings.LANGUAGE_CODE).split("-")[0],
        "languages": language_links(request),
        "viewer": SimpleLazyObject(lambda: viewer_of(request)),
        "messages": get_messages(request),
        "path": request.path,
    }


def language_links(request: HttpRequest) -> list[LanguageLink]:
    """The same page, query included, in each of the city's other languages.

    A page that answers a form is reached by its address alone, so that switching never sends a form twice.
    """
    here = get_language() or settings.LANGUAGE_CODE
    names = dict(settings.LANGUAGES)
    address = request.get_full_path() if request.method == "GET" else request.path
    return [
        LanguageLink(tag=tag, name=names[tag], url=in_other_language(address, tag=tag))
        for tag in city.current().languages
        if tag != here and tag in names
    ]


def in_other_language(address: str, *, tag: str) -> str:
    """The address of the same page in that language; the home page where the page has no language of its own."""
    translated = translate_url(address, tag)
    if translated != address or address.startswith(f"/{tag}/"):
        return translated
    first, _, rest = address.lstrip("/").partition("/")
    return f"/{tag}/{rest}" if first in dict(settings.LANGUAGES) else f"/{tag}/"


def viewer_of(request: HttpRequest) -> Viewer:
    """The signed-in member of staff, or nobody."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return NOBODY
    return Viewer(name=user.get_full_name() or user.get_username(), roles=roles_of(user))

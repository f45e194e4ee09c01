"""The frame of every page: who may see it, in which language, under which headers, and what failure looks like."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import translation

from answerable.web.components import views
from answerable.web.components.context import in_other_language
from answerable.web.components.middleware import CONTENT_SECURITY_POLICY, SecurityHeaders
from answerable.web.components.pages import PUBLIC, RESIDENT_LINK, Access, Page, guarded, staff, urlpatterns_of

pytestmark = pytest.mark.django_db

KINDS = {"public", "resident_link", "staff"}


def patterns(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every address of the house with what answers it."""
    for entry in resolver.url_patterns:
        address = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from patterns(entry, address)
        else:
            yield address, entry


def a_page(request: HttpRequest) -> HttpResponse:
    return HttpResponse("seen")


def a_user(*, role: str, signed_in: bool = True) -> Any:
    return type("User", (), {"role": role, "is_authenticated": signed_in})()


def ask(view: Any, user: Any) -> HttpResponse:
    request = RequestFactory().get("/en/office/queue/")
    request.user = user
    return view(request)


def test_every_address_declares_who_may_see_it() -> None:
    undeclared = [
        address
        for address, entry in patterns(get_resolver())
        if not isinstance(getattr(entry.callback, "access", None), Access) or entry.callback.access.kind not in KINDS
    ]

    assert undeclared == []


def test_every_address_has_a_name() -> None:
    assert [address for address, entry in patterns(get_resolver()) if not entry.name] == []


def test_a_role_that_does_not_exist_cannot_be_declared() -> None:
    with pytest.raises(ValueError, match="Unknown roles"):
        staff("mayor")


def test_a_stranger_is_sent_to_the_sign_in_page_and_back_again() -> None:
    view = guarded(a_page, access=staff("department"))

    response = ask(view, a_user(role="", signed_in=False))

    assert response.status_code == 302
    assert response["Location"].endswith("/account/login/?next=/en/office/queue/")


def test_the_wrong_role_is_refused_and_the_right_one_admitted() -> None:
    view = guarded(a_page, access=staff("department", "supervisor"))

    with pytest.raises(PermissionDenied, match="not_your_role"):
        ask(view, a_user(role="operator"))
    assert ask(view, a_user(role="supervisor")).content == b"seen"


def test_no_cache_keeps_a_page_that_is_not_public() -> None:
    link = ask(guarded(a_page, access=RESIDENT_LINK), a_user(role="", signed_in=False))
    public = ask(guarded(a_page, access=PUBLIC), a_user(role="", signed_in=False))

    assert "no-store" in link["Cache-Control"]
    assert link["X-Robots-Tag"] == "noindex"
    assert "Cache-Control" not in public.headers


def test_a_page_list_becomes_addresses_with_their_names() -> None:
    (pattern,) = urlpatterns_of([Page("queue/", a_page, staff(), "queue")])

    assert (str(pattern.pattern), pattern.name) == ("queue/", "queue")


def test_the_policy_allows_no_inline_script_or_style_and_nothing_from_elsewhere(client: Client) -> None:
    response = client.get("/en/gallery/")

    assert response["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert "http" not in CONTENT_SECURITY_POLICY
    assert response["Permissions-Policy"].startswith("geolocation=(self)")
    assert response["X-Frame-Options"] == "DENY"


def test_a_view_may_tighten_a_header_itself() -> None:
    def own(_: HttpRequest) -> HttpResponse:
        return HttpResponse(headers={"Referrer-Policy": "no-referrer"})

    assert SecurityHeaders(own)(HttpRequest())["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize(
    ("here", "there"),
    [
        ("/en/gallery/", "/fr/gallery/"),
        ("/en/gallery/?q=nid", "/fr/gallery/?q=nid"),
        ("/en/no/such/page/", "/fr/no/such/page/"),
        ("/", "/fr/"),
    ],
)
def test_the_language_switch_leads_to_the_same_page(here: str, there: str) -> None:
    with translation.override("en"):
        assert in_other_language(here, tag="fr") == there


def test_the_switch_is_written_in_the_language_it_leads_to(client: Client) -> None:
    page = client.get("/en/gallery/").content.decode()

    assert '<a href="/fr/gallery/" lang="fr" hreflang="fr" rel="alternate">Français</a>' in page


@pytest.mark.parametrize(
    ("fault", "status", "en", "fr"),
    [
        ("not_found", 404, "This page was not found", "Cette page est introuvable"),
        ("forbidden", 403, "Your role does not open this page", "Votre rôle ne donne pas accès à cette page"),
        ("bad_request", 400, "We could not read what your browser sent", "Nous n’avons pas pu lire"),
        ("csrf_failure", 403, "This form was open for too long", "Ce formulaire est resté ouvert trop longtemps"),
        ("server_error", 500, "Something failed on our side", "Quelque chose a échoué de notre côté"),
    ],
)
def test_failure_is_told_in_plain_words_in_both_languages(fault: str, status: int, en: str, fr: str) -> None:
    from answerable.web.components.checks import faults_of

    for language, words in (("en", en), ("fr", fr)):
        with translation.override(language):
            response = getattr(views, fault)(RequestFactory().get(f"/{language}/somewhere/"))
        html = response.content.decode()
        assert response.status_code == status
        assert words in html
        assert faults_of(html, language=language) == []


def test_a_missing_page_is_found_missing_in_its_own_language(client: Client) -> None:
    response = client.get("/fr/pas/de/page/")

    assert response.status_code == 404
    assert "Cette page est introuvable" in response.content.decode()


def test_the_citys_colours_are_kept_for_ever_only_under_their_own_version(client: Client) -> None:
    from answerable.web.components import city

    kept = client.get("/brand.css", {"v": city.brand_version()})
    unknown = client.get("/brand.css", {"v": "old"})

    assert "--city-brand:" in kept.content.decode()
    assert "--city-dark-link:" in kept.content.decode()
    assert "immutable" in kept["Cache-Control"]
    assert "max-age=60" in unknown["Cache-Control"]


def test_the_mark_wears_the_citys_colours(client: Client) -> None:
    from answerable.web.components import city

    response = client.get("/brand.svg")

    assert response["Content-Type"] == "image/svg+xml"
    assert city.current().brand["brand"] in response.content.decode()


def test_a_failure_page_does_not_fail_for_want_of_the_citys_telephone(monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db import OperationalError

    from answerable.catalogue import queries

    def gone() -> int:
        raise OperationalError("the database is away")

    monkeypatch.setattr(queries, "active_id", gone)

    with translation.override("en"):
        assert views.server_error(RequestFactory().get("/en/")).status_code == 500


def test_dark_shades_are_mixed_from_the_citys_colours() -> None:
    from answerable.web.components.city import DEFAULT_BRAND, dark_shades

    shades = dict(dark_shades({**DEFAULT_BRAND, "brand": "#000", "link": "#000000"}))

    assert shades["dark-brand"] == "#191919"
    assert shades["dark-brand-strong"] == "#000000"


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_gallery_shows_every_part_without_a_fault(client: Client, language: str) -> None:
    assert client.get(f"/{language}/gallery/").status_code == 200


def test_the_gallery_draws_every_macro() -> None:
    import re
    from pathlib import Path

    from answerable.web import components

    templates = Path(components.__file__).parent / "templates/components"
    shown = (templates / "gallery.html").read_text() + (templates / "portal.html").read_text()
    inner = {
        "fields": {"hidden", "show", "password", "bound_field", "summary"},
        "parts": {"hero", "keys", "hidden", "say"},
        "story": {"track"},
    }
    missing = [
        f"{file}.{name}"
        for file in ("fields", "parts", "story", "tables")
        for name in re.findall(r"{% macro ([a-z]\w*)", (templates / f"{file}.html").read_text())
        if f"{file}.{name}(" not in shown and name not in inner.get(file, set())
    ]

    assert missing == []


def test_the_sign_in_page_needs_no_account_and_has_no_fault(client: Client) -> None:
    response = client.get("/fr/account/login/")

    assert response.status_code == 200
    assert "Connexion du personnel" in response.content.decode()


def test_a_view_that_finds_nothing_answers_like_one_that_must_not_tell() -> None:
    with translation.override("en"):
        missing = views.not_found(RequestFactory().get("/en/x/"), Http404("request 17 exists"))

    assert "17" not in missing.content.decode().split("<main")[1].split("</main>")[0]

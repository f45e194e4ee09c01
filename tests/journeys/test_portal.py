"""The residents' pages in a real browser: a telephone in French without scripts, a keyboard alone, an open page."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests.journeys import walks

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.site import Site

pytestmark = pytest.mark.browser

POTHOLE = "CSROWR-12"
CORNER = "Lawrence Ave E / Bayview Ave"
"""A real corner of the demo city's gazetteer."""

MOST_BYTES = 30 * 1024
MOST_REQUESTS = 5


@dataclass(frozen=True, slots=True)
class Sent:
    """A report as its confirmation shows it."""

    number: str
    address: str


def go_on(page: Page, *, words: str = "Continue") -> None:
    page.locator("main form[method=post]").get_by_role("button", name=words, exact=True).click()


def past_the_place(page: Page, url: str, *, language: str = "en", place: str = CORNER) -> None:
    """The details page of a fresh report."""
    page.goto(f"{url}/{language}/report/{POTHOLE}/")
    page.fill("#place", place)
    page.fill("#postal", "M4N 1A1")
    go_on(page, words={"en": "Continue", "fr": "Continuer"}[language])
    if "/nearby/" in page.url:
        page.get_by_role("link", name=re.compile("None of these|Aucun de ceux-ci")).click()
    assert "/details/" in page.url


def reported(page: Page, url: str, *, language: str = "en") -> Sent:
    """A report from the place to its number."""
    past_the_place(page, url, language=language)
    for question in page.locator("main fieldset").all():
        question.locator("input").first.check()
    page.fill("#description", "Gros trou près de l'arrêt")
    go_on(page, words={"en": "Continue", "fr": "Continuer"}[language])
    assert "/contact/" in page.url
    go_on(page, words={"en": "Send my report", "fr": "Envoyer mon signalement"}[language])
    assert page.url.endswith("/sent/")
    return Sent(number=page.locator(".a-panel__number").inner_text(), address=page.url.removesuffix("sent/"))


def taken_on(site: Site, number: str) -> None:
    """The department takes the request on, in a process of its own."""
    script = (
        "import django; django.setup()\n"
        "from answerable.requests import actions, queries\n"
        f"found = queries.by_number({number!r})\n"
        "actions.accept(found.id, actions.Change.now(key='journey:' + found.number, by='department:1'))\n"
    )
    environment = {
        **os.environ, "DATABASE_URL": site.database_url, "ANSWERABLE_VAR": str(site.var),
        "DJANGO_SETTINGS_MODULE": "answerable.settings",
    }  # fmt: skip
    subprocess.run([sys.executable, "-c", script], env=environment, check=True)


def test_a_telephone_in_french_without_scripts_reports_and_follows(browser: Browser, live_site: Site) -> None:
    phone: dict[str, Any] = {"viewport": walks.PHONE, "locale": "fr-CA", "java_script_enabled": False}
    with walks.opened(browser, f"{live_site.url}/", **phone) as page:
        page.get_by_role("link", name="Signaler un problème").first.click()
        assert page.url.endswith("/fr/report/")
        page.fill("#q", "nid de poule")
        page.locator("main form[role=search] button").click()
        assert page.locator(f"a[href='/fr/report/{POTHOLE}/']").count()

        sent = reported(page, live_site.url, language="fr")
        page.goto(f"{live_site.url}/fr/follow/")
        page.fill("#number", sent.number)
        page.fill("#postal", "M4N 1A1")
        go_on(page, words="Suivre")

        assert sent.number in page.locator("main").inner_text()
        assert page.locator("html").get_attribute("lang") == "fr"
        assert "Gros trou près de l'arrêt" not in page.locator("main").inner_text()
        page.goto(sent.address)
        assert "Gros trou près de l'arrêt" in page.locator("main").inner_text()
        assert walks.sideways_faults(page) == []


def test_an_open_page_changes_by_itself_when_the_department_acts(browser: Browser, live_site: Site) -> None:
    with walks.opened(browser, f"{live_site.url}/en/") as page:
        sent = reported(page, live_site.url)
        page.goto(sent.address)
        page.get_by_text("not yet confirmed by the department").wait_for()
        page.locator("summary", has_text="Add a note").click()
        page.fill("#note", "half a sentence")

        taken_on(live_site, sent.number)

        page.get_by_text("confirmed that it has it").wait_for()
        assert page.input_value("#note") == "half a sentence"
        page.locator("[data-live-status]", has_text="Something has changed").wait_for()


def test_places_are_suggested_and_chosen_by_the_keyboard(browser: Browser, live_site: Site) -> None:
    with walks.opened(browser, f"{live_site.url}/en/report/{POTHOLE}/") as page:
        page.focus("#place")
        page.keyboard.type("Lawrence Ave E / Bay", delay=10)
        page.locator("#place-suggestions li").first.wait_for()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")

        assert page.input_value("#place").startswith("Lawrence Ave E")


def test_a_report_needs_no_more_than_a_keyboard(browser: Browser, live_site: Site) -> None:
    with walks.opened(browser, f"{live_site.url}/en/report/{POTHOLE}/") as page:
        page.focus("#place")
        page.keyboard.type(CORNER)
        page.keyboard.press("Escape")
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile("/(nearby|details)/"))
        if "/nearby/" in page.url:
            page.get_by_role("link", name="None of these: go on").focus()
            page.keyboard.press("Enter")
        page.wait_for_url(re.compile("/details/"))
        page.locator("main form button", has_text="Continue").focus()
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile("/contact/"))
        page.locator("main form button", has_text="Send my report").focus()
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile("/sent/"))

        assert re.fullmatch(r"\d\d-\d{7}-\d", page.locator(".a-panel__number").inner_text())


def test_two_presses_and_a_form_sent_again_give_one_number(browser: Browser, live_site: Site) -> None:
    with walks.opened(browser, f"{live_site.url}/en/") as page:
        past_the_place(page, live_site.url)
        go_on(page)
        contact = page.url
        page.get_by_role("button", name="Send my report").dblclick(no_wait_after=True)
        page.wait_for_url(re.compile("/sent/"))
        first = page.locator(".a-panel__number").inner_text()

        page.go_back()
        page.goto(contact)

        assert page.locator(".a-panel__number").inner_text() == first


def test_the_map_comes_on_request_and_the_pin_moves(browser: Browser, live_site: Site) -> None:
    with walks.opened(browser, f"{live_site.url}/en/report/{POTHOLE}/") as page:
        page.get_by_role("button", name="Show a map").click()
        page.locator("#map path.m-area").first.wait_for(state="attached")
        page.locator("#map").click(position={"x": 300, "y": 150})
        before = page.input_value("#lat")
        page.get_by_role("button", name="North").click()

        assert float(page.input_value("#lat")) > float(before)
        go_on(page)
        assert re.search("/(details|nearby)/", page.url)


@pytest.mark.parametrize(("language", "scheme"), [("en", "dark"), ("fr", "light")])
def test_the_front_door_holds_for_eyes_ears_and_hands(
    browser: Browser, live_site: Site, language: str, scheme: str
) -> None:
    paths = [f"/{language}/", f"/{language}/report/{POTHOLE}/"]

    assert walks.faults_of_pages(browser, live_site.url, paths, schemes=[scheme]) == []


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_public_page_holds_on_a_narrow_screen(browser: Browser, live_site: Site, language: str) -> None:
    paths = [
        "report/",
        "report/?q=trou",
        "follow/",
        "standards/",
        "privacy/",
        "accessibility/",
        "open-data/",
        "search/?q=zzzz",
    ]
    faults: list[str] = []
    with walks.opened(browser, f"{live_site.url}/{language}/", viewport=walks.NARROW) as page:
        for path in paths:
            page.goto(f"{live_site.url}/{language}/{path}")
            faults += [f"{path}: {fault}" for fault in walks.axe_faults(page) + walks.sideways_faults(page)]

    assert faults == []


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_step_of_a_report_holds_empty_filled_and_wrong(browser: Browser, live_site: Site, language: str) -> None:
    faults: list[str] = []

    def look(page: Page, name: str) -> None:
        faults.extend(f"{name}: {fault}" for fault in walks.axe_faults(page) + walks.sideways_faults(page))

    with walks.opened(browser, f"{live_site.url}/{language}/report/{POTHOLE}/", viewport=walks.NARROW) as page:
        words = {"en": "Continue", "fr": "Continuer"}[language]
        go_on(page, words=words)
        look(page, "place, nothing said")
        page.fill("#place", "Ottawa City Hall, 110 Laurier Ave W")
        go_on(page, words=words)
        look(page, "place, not known")
        past_the_place(page, live_site.url, language=language)
        look(page, "details")
        page.set_input_files("#photo", files=[{"name": "a.jpg", "mimeType": "image/jpeg", "buffer": b"no picture"}])
        go_on(page, words=words)
        look(page, "details, wrong photo")
        go_on(page, words=words)
        look(page, "contact")
        page.fill("#email", "nobody")
        go_on(page, words={"en": "Send my report", "fr": "Envoyer mon signalement"}[language])
        look(page, "contact, wrong address")
        page.fill("#email", "")
        go_on(page, words={"en": "Send my report", "fr": "Envoyer mon signalement"}[language])
        look(page, "sent")
        page.goto(page.url.removesuffix("sent/"))
        look(page, "follow")
        page.goto(f"{live_site.url}/{language}/r/{page.locator('.a-number').first.inner_text()}/")
        look(page, "number")
    assert faults == []


def test_form_pages_are_light(browser: Browser, live_site: Site) -> None:
    with walks.opened(browser, f"{live_site.url}/en/") as page:
        past_the_place(page, live_site.url)
        details = page.url
        go_on(page)
        contact = page.url
    addresses = [f"{live_site.url}/fr/report/{POTHOLE}/", details, contact, f"{live_site.url}/fr/follow/"]

    for address in addresses:
        weight = walks.weight_of(browser, address)
        assert weight.bytes <= MOST_BYTES, weight
        assert weight.requests <= MOST_REQUESTS, weight

"""The living gallery in a real browser: whatever a page is made of holds for every reader."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from answerable.rehearsal.demo import DEMO_PASSWORD
from tests.journeys import walks

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.site import Site

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_part_holds_for_eyes_ears_and_hands(browser: Browser, live_site: Site, language: str) -> None:
    assert walks.faults_of_pages(browser, live_site.url, [f"/{language}/gallery/"]) == []


def test_pages_of_failure_and_the_sign_in_hold_too(browser: Browser, live_site: Site) -> None:
    paths = ["/en/no/such/page/", "/fr/no/such/page/", "/en/account/login/", "/fr/account/login/"]

    assert walks.faults_of_pages(browser, live_site.url, paths) == []


def test_staff_sign_in_and_find_their_frame_sound(browser: Browser, live_site: Site) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{live_site.url}/en/account/login/?next=/en/account/2fa/")
    page.fill("#id_login", "supervisor")
    page.fill("#id_password", DEMO_PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="My sign-in", level=1).wait_for()
    state = context.storage_state()
    context.close()

    paths = ["/en/account/2fa/", "/fr/account/2fa/totp/activate/"]
    assert walks.faults_of_pages(browser, live_site.url, paths, storage_state=state, schemes=("light",)) == []


def test_forced_colours_keep_every_state_readable(browser: Browser, live_site: Site) -> None:
    with walks.opened(browser, f"{live_site.url}/en/gallery/", forced_colors="active") as page:
        borders = page.locator(".a-status").evaluate_all("all => all.map(e => getComputedStyle(e).borderTopStyle)")

    assert set(borders) == {"solid"}


def test_printed_pages_leave_the_navigation_out_and_the_number_in(browser: Browser, live_site: Site) -> None:
    with walks.opened(browser, f"{live_site.url}/en/gallery/") as page:
        page.emulate_media(media="print")

        assert not page.locator(".a-languages").first.is_visible()
        assert page.locator(".a-panel__number").first.is_visible()
        assert page.locator(".a-print-only").first.is_visible()


def test_nothing_moves_for_somebody_who_asked_for_stillness(browser: Browser, live_site: Site) -> None:
    with walks.opened(browser, f"{live_site.url}/en/gallery/", reduced_motion="reduce") as page:
        names = page.locator(".a-live").evaluate_all("all => all.map(e => getComputedStyle(e).animationName)")

    assert set(names) == {"none"}


def test_the_counter_counts_letters_as_people_do(browser: Browser, live_site: Site) -> None:
    with walks.opened(browser, f"{live_site.url}/en/gallery/") as page:
        area = page.locator("#g-area")
        area.fill("é" * 198)

        assert page.get_by_text("2 characters left").first.is_visible()

        area.fill("x" * 203)

        assert page.get_by_text("3 characters too many").first.is_visible()


def test_suggestions_are_chosen_with_the_arrow_keys(browser: Browser, live_site: Site) -> None:
    with walks.opened(browser, f"{live_site.url}/en/gallery/") as page:
        answer = '{"items": [{"label": "Alder Street", "note": "Ward 4"}, {"label": "Alder Lane"}]}'
        page.route("**/?q=*", lambda route: route.fulfill(body=answer, content_type="application/json"))
        box = page.locator("#g-combo")

        box.press_sequentially("ald")
        page.locator("#g-combo-suggestions li").first.wait_for()
        box.press("ArrowDown")
        box.press("ArrowDown")

        assert box.get_attribute("aria-expanded") == "true"
        assert box.get_attribute("aria-activedescendant") == "g-combo-suggestions-1"

        box.press("Enter")

        assert box.input_value() == "Alder Lane"
        assert box.get_attribute("aria-expanded") == "false"
        assert page.url.endswith("/en/gallery/")


def test_escape_closes_the_suggestions_and_keeps_what_was_typed(browser: Browser, live_site: Site) -> None:
    with walks.opened(browser, f"{live_site.url}/en/gallery/") as page:
        page.route("**/?q=*", lambda route: route.fulfill(body='{"items": [{"label": "Alder Street"}]}'))
        box = page.locator("#g-combo")
        box.press_sequentially("ald")
        page.locator("#g-combo-suggestions li").first.wait_for()

        box.press("Escape")

        assert box.input_value() == "ald"
        assert not page.locator("#g-combo-suggestions").is_visible()


def test_a_shortcut_leads_to_the_control_that_shows_it(browser: Browser, live_site: Site) -> None:
    with walks.opened(browser, f"{live_site.url}/en/gallery/") as page:
        page.keyboard.press("Alt+p")
        assert page.evaluate("document.activeElement.id") == "d-place"

        page.keyboard.press("Alt+1")
        assert page.locator("#d-size").is_checked()


def test_a_lone_letter_is_never_a_shortcut(browser: Browser, live_site: Site) -> None:
    with walks.opened(browser, f"{live_site.url}/en/gallery/") as page:
        page.locator("h1").click()
        page.keyboard.press("p")

        assert page.evaluate("document.activeElement.tagName") in {"BODY", "MAIN"}


def test_the_frame_is_light_enough_for_a_slow_telephone(browser: Browser, live_site: Site) -> None:
    weight = walks.weight_of(browser, f"{live_site.url}/en/account/login/")

    assert weight.requests <= 5, weight.each
    assert weight.bytes <= 20_000, weight.each


def test_a_page_without_styles_of_its_own_never_asks_another_site(browser: Browser, live_site: Site) -> None:
    asked: list[str] = []
    context = browser.new_context()
    page = context.new_page()
    page.on("request", lambda request: asked.append(request.url))

    page.goto(f"{live_site.url}/fr/gallery/", wait_until="networkidle")
    context.close()

    assert [url for url in asked if not url.startswith((live_site.url, "data:"))] == []


def test_the_walk_itself_finds_a_page_that_hides_its_focus(browser: Browser, tmp_path: Path) -> None:
    page_file = tmp_path / "bad.html"
    page_file.write_text(
        "<!DOCTYPE html><html lang=en><title>Bad</title><style>*{outline:0!important}div{width:900px}</style>"
        "<main><h1>Bad</h1><a href=#a>One</a> <a href=#b>Two</a><div>wide</div><form><input></form></main>"
    )
    with walks.opened(browser, page_file.as_uri(), viewport=walks.NARROW) as page:
        assert any("focus cannot be seen" in fault for fault in walks.keyboard_faults(page))
        assert walks.sideways_faults(page)
        assert walks.scriptless_faults(page)
        assert walks.axe_faults(page)

"""An operator's calls in a real browser: by the keyboard alone, without a script, on every screen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from answerable.rehearsal.demo import DEMO_PASSWORD
from tests.journeys import walks

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.site import Site

pytestmark = pytest.mark.browser

ADDRESS = "577 yonge st"
MOST_KEYS = 25
DESK_SCREEN = {"width": 1440, "height": 900}


class Hands:
    """The operator's hands on the keyboard: every key is counted, what the caller says is not."""

    def __init__(self, page: Page) -> None:
        self.page, self.keys = page, 0

    def press(self, *chords: str) -> None:
        """Each chord counts as many keys as are held."""
        for chord in chords:
            self.keys += len(chord.split("+"))
            self.page.keyboard.press(chord)

    def write(self, letters: str) -> None:
        """Letters that are the desk's price: the word by which a service is found."""
        self.keys += len(letters)
        self.page.keyboard.type(letters)

    def hear(self, words: str) -> None:
        """What the caller says, typed as it comes."""
        self.page.keyboard.type(words)

    def arrive(self, selector: str) -> None:
        """Returns once the focus is there."""
        self.page.locator(f"{selector}:focus").wait_for()


@contextmanager
def signed_in(
    browser: Browser, site: Site, *, user: str = "operator", language: str = "en", **context: Any
) -> Iterator[Page]:
    """A page of somebody at the desk."""
    with walks.opened(
        browser, f"{site.url}/{language}/account/login/?next=/{language}/desk/", **({"viewport": DESK_SCREEN} | context)
    ) as page:
        page.fill("#id_login", user)
        page.fill("#id_password", DEMO_PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_selector("#call")
        yield page


def log_a_pothole(page: Page, *, phone: str, words: str) -> tuple[str, int]:
    """The number to read aloud, and the keys it took."""
    hands = Hands(page)
    hands.arrive("#phone")
    hands.hear(phone)
    hands.press("Enter")
    hands.arrive("#service")
    hands.write("poth")
    hands.press("Enter")
    hands.arrive("#place")
    hands.hear(ADDRESS)
    hands.press("Enter")
    hands.arrive("[name=q_hazard]")
    hands.press("1", "1", "1")
    hands.arrive("#words")
    hands.hear(words)
    hands.press("Control+Enter")
    number = page.locator(".a-panel__number").inner_text()
    return number, hands.keys


def test_a_known_type_at_a_known_address_takes_few_keys(browser: Browser, live_site: Site) -> None:
    with signed_in(browser, live_site) as page:
        number, keys = log_a_pothole(page, phone="416-555-0142", words="Deep, by the bus stop")

        assert keys <= MOST_KEYS
        assert page.get_by_text("Read aloud:").is_visible()
        page.keyboard.press("Alt+o")
        page.get_by_role("heading", name="Pothole", level=1).wait_for()
        shown = page.locator("main").inner_text()

    assert number in shown
    assert "577 Yonge St" in shown
    assert "One or a few holes" in shown
    assert "Deep, by the bus stop" in shown


def test_what_was_logged_is_found_by_number_telephone_and_address(browser: Browser, live_site: Site) -> None:
    with signed_in(browser, live_site) as page:
        number, _keys = log_a_pothole(page, phone="416-555-0177", words="Another one")
        found = {}
        for asked in (number.replace("-", " "), "4165550177", "577 Yonge"):
            page.goto(f"{live_site.url}/en/desk/")
            page.keyboard.press("F4")
            page.wait_for_selector("#q")
            page.fill("#q", asked)
            page.keyboard.press("Enter")
            page.get_by_text(number).first.wait_for()
            found[asked] = page.url

    assert found[number.replace("-", " ")].endswith(f"/en/desk/request/{number}/")


def test_the_next_call_from_the_same_number_shows_what_is_open(browser: Browser, live_site: Site) -> None:
    with signed_in(browser, live_site) as page:
        number, _keys = log_a_pothole(page, phone="416-555-0188", words="Once more")
        page.keyboard.press("Alt+n")
        page.wait_for_selector("#phone:focus")
        page.keyboard.type("416 555 0188")

        page.locator("#part-file").get_by_text(number).wait_for()


def test_a_draft_survives_a_look_elsewhere(browser: Browser, live_site: Site) -> None:
    with signed_in(browser, live_site) as page:
        page.fill("#name", "Ada Moss")
        page.fill("#words", "Half a sentence")
        page.keyboard.press("F4")
        page.wait_for_selector("#q")
        page.keyboard.press("F2")
        page.wait_for_selector("#call")

        assert page.input_value("#name") == "Ada Moss"
        assert page.input_value("#words") == "Half a sentence"


def test_a_call_is_logged_in_french_without_a_script(browser: Browser, live_site: Site) -> None:
    with signed_in(browser, live_site, language="fr", user="operatrice", java_script_enabled=False) as page:
        page.fill("#service", "nid de poule")
        page.fill("#place", ADDRESS)
        page.keyboard.press("Enter")
        page.get_by_text("Est-ce dangereux en ce moment?").first.wait_for()
        page.locator("[name=q_hazard][value=swerve]").check()
        page.get_by_role("button", name="lire le numéro").click()

        assert page.locator(".a-panel__number").inner_text().startswith("2")


def test_the_whole_call_fits_one_screen(browser: Browser, live_site: Site) -> None:
    with signed_in(browser, live_site) as page:
        page.goto(f"{live_site.url}/en/desk/")
        height = page.evaluate("document.documentElement.scrollHeight")
        panes = page.locator(".a-pane").evaluate_all(
            "all => new Set(all.map(e => e.getBoundingClientRect().left)).size"
        )

    assert height <= DESK_SCREEN["height"]
    assert panes == 3


def test_an_open_page_of_a_request_changes_by_itself(browser: Browser, live_site: Site) -> None:
    with signed_in(browser, live_site) as page:
        number, _keys = log_a_pothole(page, phone="416-555-0155", words="Watched")
        page.goto(f"{live_site.url}/en/desk/request/{number}/")
        other = page.context.new_page()
        other.goto(f"{live_site.url}/en/desk/request/{number}/")
        other.fill("#note", "The caller rang again")
        other.get_by_role("button", name="Keep the note").click()

        page.locator("#live-standing").get_by_text("The caller rang again").wait_for()


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_desk_holds_for_eyes_ears_and_hands(browser: Browser, live_site: Site, language: str) -> None:
    with signed_in(browser, live_site) as page:
        number, _keys = log_a_pothole(page, phone="416-555-0166", words="Seen by all")
        page.keyboard.press("Alt+c")
        page.wait_for_selector("#call")
        contact = page.url.partition("contact=")[2]
        state = page.context.storage_state()

    paths = [
        f"/{language}/desk/", f"/{language}/desk/?contact={contact}&service_choice=CSROWR-12&place=577+Yonge+St",
        f"/{language}/desk/find/?q=yonge", f"/{language}/desk/file/{contact}/",
        f"/{language}/desk/request/{number}/",
    ]  # fmt: skip
    assert walks.faults_of_pages(browser, live_site.url, paths, storage_state=state, schemes=("light",)) == []

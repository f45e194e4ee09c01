"""A department's morning in a real browser: sign in, accept, resolve, while a resident's open page follows."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING

import httpx
import pytest

from answerable.rehearsal.demo import DEMO_API_KEY
from tests.journeys import walks
from tests.patience import PATIENCE_SECONDS

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.site import Site

pytestmark = pytest.mark.browser
POTHOLE = "CSROWR-12"
PASSWORD = "answerable-demo-311"


@pytest.fixture(autouse=True)
def windows_are_closed(browser: Browser) -> Iterator[None]:
    """A page left open goes on listening, at the cost of the tests after it."""
    yield
    for context in browser.contexts:
        context.close()


def sign_in(page: Page, site: Site, username: str, *, language: str = "en") -> None:
    page.goto(f"{site.url}/{language}/account/login/")
    page.fill("input[name=login]", username)
    page.fill("input[name=password]", PASSWORD)
    page.locator("main button[type=submit]").first.click()
    page.wait_for_load_state()


def a_fresh_request(site: Site) -> tuple[str, str]:
    """Number and follow address of a pothole just logged, which goes to the demo department."""
    answer = httpx.post(
        f"{site.url}/api/v1/requests",
        json={"service_code": POTHOLE, "lat": 43.7255, "lon": -79.4023, "description": "Deep, by the bus stop"},
        headers={"idempotency-key": uuid.uuid4().hex, "x-api-key": DEMO_API_KEY},
        timeout=PATIENCE_SECONDS,
    )
    assert answer.status_code in {200, 201}, answer.text
    return answer.json()["number"], answer.json()["follow_url"]


def test_a_department_works_a_request_off_and_the_open_pages_follow(live_site: Site, browser: Browser) -> None:
    number, follow = a_fresh_request(live_site)
    office, watching, resident = (browser.new_context().new_page() for _ in range(3))
    for page in (office, watching):
        sign_in(page, live_site, "department")
    watching.goto(f"{live_site.url}/en/office/queue/?tab=accept")
    resident.goto(follow)
    row = watching.locator(f"tr[data-request='{number}']")
    row.get_by_text("Received").wait_for()

    office.goto(f"{live_site.url}/en/office/request/{number}/")
    office.get_by_role("button", name="Accept").click()
    office.get_by_text(f"{number} is accepted.").wait_for()

    row.get_by_text("Accepted", exact=True).wait_for()
    resident.get_by_text("Taken on by the department").first.wait_for()

    office.locator("#act-resolve summary").click()
    office.select_option("#resolve-outcome", "completed")
    office.fill("#resolve-note", "The crew was there this morning.")
    office.locator("#act-resolve button[type=submit]").click()
    office.get_by_text(f"{number} is now: Resolved.").wait_for()

    resident.get_by_text("The crew was there this morning.").first.wait_for()


@pytest.mark.parametrize("language", ["en", "fr"])
def test_office_pages_are_clean_and_fit_a_narrow_screen(live_site: Site, browser: Browser, language: str) -> None:
    number, _follow = a_fresh_request(live_site)
    page = browser.new_context(viewport={"width": 320, "height": 720}).new_page()
    sign_in(page, live_site, "admin", language=language)

    for path in ("queue/", f"request/{number}/", "simulator/?ward=16", "rules/edit/", "catalogue/calendars/", "staff/"):
        page.goto(f"{live_site.url}/{language}/office/{path}")
        assert walks.sideways_faults(page) + walks.axe_faults(page) == [], path

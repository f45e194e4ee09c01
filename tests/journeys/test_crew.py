"""A crew's telephone loses its signal, is closed, comes back, and its answer is lost on the way: everything once."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import httpx
import pytest

from answerable.rehearsal.demo import DEMO_API_KEY
from tests.builders.pictures import a_picture
from tests.journeys import walks
from tests.journeys.test_office import POTHOLE, sign_in
from tests.patience import PATIENCE_SECONDS

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, Route

    from tests.site import Site

pytestmark = pytest.mark.browser

KEPT = """async (path) => {
  for (let tries = 0; tries < 200; tries += 1) {
    if (await caches.match(path)) return true;
    await new Promise((resolve) => { setTimeout(resolve, 100); });
  }
  return false;
}"""
"""Whether the telephone keeps that page, waiting for it."""

SENT = """async () => {
  for (let tries = 0; tries < 200; tries += 1) {
    if (!(await crewQueue.all()).length) break;
    await new Promise((resolve) => { setTimeout(resolve, 100); });
  }
  return (await crewQueue.all()).map((act) => [act.title, act.state, act.words]);
}"""
"""What still waits on the telephone, when everything had time to be sent."""


def a_job(site: Site) -> str:
    """The number of an urgent pothole of the demo department."""
    answer = httpx.post(
        f"{site.url}/api/v1/requests",
        json={
            "service_code": POTHOLE, "lat": 43.7255, "lon": -79.4023, "description": "Deep",
            "answers": {"hazard": "swerve"},
        },
        headers={"idempotency-key": uuid.uuid4().hex, "x-api-key": DEMO_API_KEY},
        timeout=PATIENCE_SECONDS,
    )  # fmt: skip
    assert answer.status_code in {200, 201}, answer.text
    return str(answer.json()["number"])


def history(site: Site, number: str) -> list[str]:
    """The states the request went through, as anybody may read them."""
    answer = httpx.get(f"{site.url}/api/v1/requests/{number}/timeline", timeout=PATIENCE_SECONDS).json()
    return [each["details"]["after"] for each in answer["entries"] if each["kind"] == "request.moved"]


def the_job(context: BrowserContext, site: Site, number: str) -> Page:
    """The job's page, opened as a crew does that has no signal: from what the telephone keeps."""
    page = context.new_page()
    page.goto(f"{site.url}/en/crew/request/{number}/")
    page.locator("#act-done form").wait_for(state="attached")
    return page


def test_what_was_done_without_a_signal_is_sent_once_when_it_is_back(live_site: Site, browser: Browser) -> None:
    number = a_job(live_site)
    phone = browser.new_context(viewport={"width": 390, "height": 844})
    page = phone.new_page()
    sign_in(page, live_site, "department")
    page.goto(f"{live_site.url}/en/crew/")
    page.evaluate("navigator.serviceWorker.ready")
    page.reload()
    page.goto(f"{live_site.url}/en/crew/request/{number}/")
    assert page.evaluate(KEPT, f"/en/crew/request/{number}/")

    phone.set_offline(True)
    page.close()
    page = the_job(phone, live_site, number)
    page.get_by_role("button", name="Start now").click()
    page.wait_for_url("**/en/crew/")
    page.locator("[data-crew-queue]").get_by_text(f"{number}: Start").wait_for()
    page = the_job(phone, live_site, number)
    page.locator("#act-done summary").click()
    page.locator("#act-done [name=photo]").set_input_files(
        {"name": "work.jpg", "mimeType": "image/jpeg", "buffer": a_picture(size=(2400, 1800))}
    )
    page.get_by_label("What you found and did").fill("Filled and rolled")
    page.get_by_role("button", name="It is done").click()
    page.locator("[data-crew-queue]").get_by_text(f"{number}: Done").wait_for()
    assert history(live_site, number) == []
    page.close()

    lost = []

    def lose_the_answer(route: Route) -> None:
        answer = route.fetch()
        lost.append(answer.status)
        route.abort() if len(lost) == 1 else route.fulfill(response=answer)

    phone.route("**/act/", lose_the_answer)
    phone.set_offline(False)
    page = phone.new_page()
    page.goto(f"{live_site.url}/en/crew/")
    page.locator("[data-crew-queue] li").first.wait_for()
    page.reload()
    assert page.evaluate(SENT) == []

    assert history(live_site, number) == ["in_progress", "resolved"]
    assert set(lost) == {200}
    phone.close()


def test_a_job_that_moved_meanwhile_is_told_and_decided_by_the_crew(live_site: Site, browser: Browser) -> None:
    number = a_job(live_site)
    phone = browser.new_context(viewport={"width": 390, "height": 844})
    page = phone.new_page()
    sign_in(page, live_site, "department")
    page.goto(f"{live_site.url}/en/crew/request/{number}/")
    office = phone.new_page()
    office.goto(f"{live_site.url}/en/office/request/{number}/")
    office.locator("#act-hold summary").click()
    office.select_option("#hold-reason", index=1)
    office.fill("#hold-until", "2099-01-04")
    office.locator("#act-hold button[type=submit]").click()
    office.get_by_text(f"{number} is now: On hold.").wait_for()

    page.get_by_role("button", name="Start now").click()
    queue = page.locator("[data-crew-queue]")
    queue.get_by_text("Somebody changed this request meanwhile. It is now: On hold.").wait_for()
    queue.get_by_role("button", name="Send it anyway").click()
    queue.locator("li").wait_for(state="detached")

    assert history(live_site, number)[-1] == "in_progress"
    phone.close()


def test_the_crew_s_pages_are_for_everybody(live_site: Site, browser: Browser) -> None:
    number = a_job(live_site)
    context = browser.new_context()
    sign_in(context.new_page(), live_site, "department")
    pages = ["/en/crew/", f"/fr/crew/request/{number}/", "/fr/crew/no-signal/"]

    faults = walks.faults_of_pages(browser, live_site.url, pages, storage_state=context.storage_state())

    context.close()
    assert not faults, faults

"""A page in a real browser changes by itself, and disturbs nobody who is reading or typing in it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from answerable.web.components.middleware import HEADERS
from answerable.web.live.app import LiveApp
from answerable.web.live.tickets import mint
from tests.builders.database import own_url
from tests.journeys.test_live import Server, a_lamp, note
from tests.patience import PATIENCE_SECONDS, wait_for

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]
SCRIPT = Path(__file__).resolve().parents[2] / "answerable/web/components/static/components/live.js"


class Site(LiveApp):
    """One page about one lamp beside the event streams, under the product's own content security policy."""

    def __init__(self, lamp: str, *, ticket_life: timedelta = timedelta(hours=1), **changes: object) -> None:
        super().__init__(**{"database_url": own_url(), "poll_seconds": 0.01} | changes)
        self.lamp, self.ticket_life = lamp, ticket_life
        self.words, self.pages_served = "dark", 0

    def page(self) -> str:
        """The page as it is now."""
        ticket = mint([self.lamp], life=self.ticket_life)
        return f"""<!doctype html><html lang="en"><title>Lamp</title><script src="/live.js" defer></script>
        <body data-live="{ticket}"><h1>Lamp</h1><main id="lamp" data-live-refresh="/" data-live-subject="{self.lamp}"
        data-live-message="The lamp was updated."><p>It is <b>{self.words}</b>.</p><a href="/story">Story</a>
        <label><input type="checkbox" name="pick" value="1"> Pick</label>
        <details id="more"><summary>More</summary>Much more</details>
        <input type="hidden" name="token" value="{self.pages_served}"><label>Words
        <input id="words"></label></main></body></html>"""

    async def __call__(self, scope, receive, send) -> None:
        """The page, its script, or a stream."""
        if scope["type"] != "http" or scope["path"].startswith("/live/"):
            await super().__call__(scope, receive, send)
            return
        kind, body = "text/html", self.page()
        if scope["path"] == "/live.js":
            kind, body = "text/javascript", SCRIPT.read_text(encoding="utf-8")
        self.pages_served += scope["path"] == "/"
        headers = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
        headers.append((b"content-type", f"{kind}; charset=utf-8".encode()))
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body.encode()})


@contextmanager
def shown(browser: Browser, site: Site) -> Iterator[Page]:
    """The site's page, listening; fails for anything the browser complains about."""
    complaints: list[str] = []
    with Server(site) as server:
        context = browser.new_context()
        page = context.new_page()
        page.set_default_timeout(PATIENCE_SECONDS * 1000)
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.add_init_script(
            "window.states = []; document.addEventListener('live:state', (e) => window.states.push(e.detail));"
        )
        page.goto(server.url.removesuffix("live/"))
        until(page, "window.states.includes('open')")
        yield page
        context.close()
    assert complaints == []


def until(page: Page, claim: str) -> None:
    """Returns once the claim is true in the page; Playwright's own way needs eval, which the policy forbids."""
    wait_in(page, lambda: page.evaluate(claim), said=f"it does not come true: {claim}")


def until_served_again(site: Site, page: Page) -> None:
    """Returns once the page has been fetched a second time."""
    wait_in(page, lambda: site.pages_served > 1, said="nothing was fetched")


def wait_in(page: Page, claim: Callable[[], object], *, said: str) -> None:
    """Returns once the claim is true; the page lives on meanwhile."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not claim():
        assert time.monotonic() < deadline, said
        page.wait_for_timeout(20)


def change(site: Site, words: str) -> None:
    """The lamp is different now, and the journal says so."""
    site.words = words
    note(site.lamp)


def test_the_page_changes_by_itself_and_leaves_the_reader_where_they_were(browser: Browser) -> None:
    site = Site(a_lamp())
    with shown(browser, site) as page:
        page.check("input[name=pick]")
        page.click("summary")
        page.focus("a")

        change(site, "lit")

        page.wait_for_selector("b:text('lit')")
        assert page.evaluate("document.activeElement.textContent") == "Story"
        assert page.is_checked("input[name=pick]")
        assert page.evaluate("document.getElementById('more').open")
        until(page, "document.querySelector('[role=status]').textContent === 'The lamp was updated.'")

        change(site, "dark again")
        page.wait_for_selector("b:text('dark again')")


def test_somebody_elses_change_fetches_nothing(browser: Browser) -> None:
    site = Site(a_lamp())
    with shown(browser, site) as page:
        note(a_lamp())
        change(site, "lit")
        page.wait_for_selector("b:text('lit')")
        assert site.pages_served == 2


def test_a_change_that_shows_nothing_new_is_not_announced(browser: Browser) -> None:
    site = Site(a_lamp())
    with shown(browser, site) as page:
        note(site.lamp)
        until_served_again(site, page)
        page.wait_for_timeout(300)
        assert page.query_selector("[role=status]") is None


def test_a_field_is_not_taken_from_under_the_typing_hand(browser: Browser) -> None:
    site = Site(a_lamp())
    with shown(browser, site) as page:
        page.type("#words", "half a sen")
        change(site, "lit")
        until_served_again(site, page)
        page.wait_for_timeout(300)
        assert page.input_value("#words") == "half a sen"
        assert page.inner_text("b") == "dark"

        page.focus("a")

        page.wait_for_selector("b:text('lit')")


def test_a_page_that_comes_back_from_the_background_shows_what_changed(browser: Browser) -> None:
    site = Site(a_lamp())
    with shown(browser, site) as page:
        page.evaluate("window.dispatchEvent(new PageTransitionEvent('pagehide', {persisted: true}))")
        wait_until_nobody_listens(site)
        change(site, "lit")
        time.sleep(0.3)
        assert page.inner_text("b") == "dark"

        page.evaluate("window.dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")

        page.wait_for_selector("b:text('lit')")


def test_an_expired_ticket_is_renewed(browser: Browser) -> None:
    site = Site(a_lamp(), ticket_life=timedelta(seconds=2), beat_seconds=0.3)
    with shown(browser, site) as page:
        until(page, "window.states.filter((state) => state === 'open').length > 1")
        change(site, "lit")
        page.wait_for_selector("b:text('lit')")


def wait_until_nobody_listens(site: Site) -> None:
    """Returns once the stream is closed."""
    wait_for(lambda: not len(site.hub), said=lambda: "somebody still listens")

"""Walks through pages in a real browser: axe, the keyboard alone, scripts off, 320 px, 200 % text.

`faults_of_pages(browser, site.url, ["/en/report/", …])` gives every fault in plain words.  A walk opens contexts of its
own, so a signed-in visit hands over its `storage_state`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from axe_playwright_python.sync_playwright import Axe

from tests.patience import PATIENCE_SECONDS

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, ViewportSize

WIDE: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
NARROW: ViewportSize = {"width": 320, "height": 640}
AXE_OPTIONS = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]},
    "resultTypes": ["violations"],
}
"""WCAG 2.2 A and AA, and what axe's authors hold for good practice."""

MOST_STOPS = 400


@contextmanager
def opened(browser: Browser, url: str, **context: Any) -> Iterator[Page]:
    """The page in a fresh context; what the console or a script complained of fails the walk."""
    complaints: list[str] = []
    fresh = browser.new_context(**{"viewport": WIDE, "locale": "en-CA", **context})
    page = fresh.new_page()
    page.set_default_timeout(PATIENCE_SECONDS * 1000)
    page.on("pageerror", lambda error: complaints.append(f"{page.url}: script error: {error}"))
    page.on(
        "console",
        lambda said: complaints.append(f"{page.url}: console: {said.text}") if said.type == "error" else None,
    )
    page.goto(url, wait_until="load")
    yield page
    fresh.close()
    expected = "the server responded with a status of"
    assert not [said for said in complaints if expected not in said], complaints


def faults_of_pages(
    browser: Browser,
    base: str,
    paths: Sequence[str],
    *,
    storage_state: Any = None,
    schemes: Sequence[str] = ("light", "dark"),
) -> list[str]:
    """Every fault of these pages, by every walk.

    A page is loaded anew for each walk, but in one window: to open one costs more than the walk itself.
    """
    state = {"storage_state": storage_state} if storage_state else {}
    faults: list[str] = []
    with opened(browser, base + paths[0], **state) as page:
        for path in paths:
            faults += [f"{path} {fault}" for fault in _faults_with_scripts(page, base + path, schemes=schemes)]
    with opened(browser, base + paths[0], java_script_enabled=False, **state) as page:
        for path in paths:
            page.goto(base + path)
            faults += [f"{path} without scripts: {fault}" for fault in scriptless_faults(page)]
    return faults


def _faults_with_scripts(page: Page, url: str, *, schemes: Sequence[str]) -> list[str]:
    faults: list[str] = []
    for scheme in schemes:
        page.emulate_media(color_scheme=scheme)
        for name, viewport in (("wide", WIDE), ("phone", PHONE)):
            _load(page, url, viewport=viewport)
            faults += [f"{scheme} {name}: {fault}" for fault in axe_faults(page)]
    page.emulate_media(color_scheme="light")
    _load(page, url, viewport=WIDE)
    faults += [f"keyboard: {fault}" for fault in keyboard_faults(page)]
    _load(page, url, viewport=NARROW)
    faults += [f"at 320 px: {fault}" for fault in sideways_faults(page)]
    _load(page, url, viewport=WIDE)
    page.evaluate("document.documentElement.style.setProperty('font-size', '200%', 'important')")
    return faults + [f"at 200 %: {fault}" for fault in sideways_faults(page)]


def _load(page: Page, url: str, *, viewport: ViewportSize) -> None:
    page.set_viewport_size(viewport)
    page.goto(url)


def axe_faults(page: Page) -> list[str]:
    """What axe-core finds, one line a violation with the first element it means."""
    found = Axe().run(page, options=AXE_OPTIONS).response["violations"]
    return [
        f"axe {one['id']} ({one['impact']}), {len(one['nodes'])} times: {one['help']}; {one['nodes'][0]['html'][:160]}"
        for one in found
    ]


_FOCUSED = """() => {
  const at = document.activeElement;
  if (!at || at === document.body || at === document.documentElement) return null;
  const mark = (element) => { const s = getComputedStyle(element);
    return [s.outlineStyle, s.outlineWidth, s.outlineColor, s.boxShadow, s.borderColor, s.backgroundColor,
      s.textDecorationLine].join("|"); };
  const holders = [at, at.closest("label"), at.closest(".a-search")].filter(Boolean);
  const focused = holders.map(mark);
  const box = (holders[1] || at).getBoundingClientRect();
  const parts = at.type === "date";  // leaving and coming back would begin with its first part again
  if (!parts) at.blur();
  const plain = parts ? ["none"] : holders.map(mark);
  if (!parts) at.focus({ focusVisible: true, preventScroll: true });
  const order = [...document.querySelectorAll("*")].indexOf(at);
  return {
    order,
    name: at.outerHTML.slice(0, 120),
    visible: parts ? getComputedStyle(at).outlineStyle !== "none" : focused.some((look, i) => look !== plain[i]),
    inside: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth && box.width > 0,
  };
}"""


def keyboard_faults(page: Page) -> list[str]:
    """Tab from the top to the end: every stop shows its focus, is on the screen, and follows the reading order."""
    faults: list[str] = []
    reachable = page.evaluate(
        """() => [...document.querySelectorAll('a[href],button,input,select,textarea,summary,[tabindex="0"]')]
        .filter((e) => !e.disabled
          && e.type !== 'hidden' && e.checkVisibility() && !e.closest('[hidden]')).length"""
    )
    page.evaluate(
        "() => { if (document.activeElement) document.activeElement.blur(); getSelection().removeAllRanges(); }"
    )
    page.mouse.click(1, 1)
    seen: list[int] = []
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        stop = page.evaluate(_FOCUSED)
        if stop is None or (seen and stop["order"] == seen[0]):
            break
        if not stop["visible"]:
            faults.append(f"focus cannot be seen on {stop['name']} (WCAG 2.4.7)")
        if not stop["inside"]:
            faults.append(f"focus is outside the screen on {stop['name']} (WCAG 2.4.11)")
        if seen and stop["order"] < seen[-1]:
            faults.append(f"focus jumps back to {stop['name']} (WCAG 2.4.3)")
        if seen and stop["order"] == seen[-1] and 'type="date"' in stop["name"]:
            continue  # a date has a stop for each of its parts
        if stop["order"] in seen:
            faults.append(f"focus is caught at {stop['name']} (WCAG 2.1.2)")
            break
        seen.append(stop["order"])
    if reachable and len(seen) < reachable * 0.5:
        faults.append(f"the keyboard reached {len(seen)} of {reachable} controls (WCAG 2.1.1)")
    return faults


_WIDER = """() => {
  const wide = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= wide) return [];
  const scrolls = (e) => { for (let p = e.parentElement; p; p = p.parentElement) {
    if (['auto', 'scroll', 'hidden', 'clip'].includes(getComputedStyle(p).overflowX)) return true; } return false; };
  return [...document.querySelectorAll('body *')].filter(
    (e) => e.getBoundingClientRect().right > wide + 1 && !scrolls(e))
    .slice(0, 5).map((e) => e.outerHTML.slice(0, 120));
}"""


def sideways_faults(page: Page) -> list[str]:
    """Elements that make the page scroll sideways (WCAG 1.4.10 Reflow, 1.4.4 Resize text)."""
    return [f"wider than the screen: {element}" for element in page.evaluate(_WIDER)]


def scriptless_faults(page: Page) -> list[str]:
    """What a page owes to a browser that runs no scripts: its words, its links, and a button on each form."""
    faults: list[str] = []
    if not page.locator("h1").first.is_visible():
        faults.append("the heading cannot be seen")
    for number in range(page.locator("[data-needs-script]").count()):
        if page.locator("[data-needs-script]").nth(number).is_visible():
            faults.append(f"control {number} marked data-needs-script is shown though no script runs")
    forms = page.locator("form:visible")
    for number in range(forms.count()):
        form = forms.nth(number)
        asks = form.locator("input:visible:not([type=hidden]),select:visible,textarea:visible").count()
        if asks and not form.locator("[type=submit]").count() and not form.get_attribute("data-shown-only"):
            faults.append(f"form {number} cannot be sent: it has no submit button")
    return faults


@dataclass(frozen=True, slots=True)
class Weight:
    """What a page costs to open for the first time.  Units: bytes as they travel, compressed, headers left out."""

    requests: int
    bytes: int
    each: dict[str, int]


def weight_of(browser: Browser, url: str) -> Weight:
    """The cost of a cold visit."""
    context = browser.new_context(viewport=PHONE)
    page = context.new_page()
    finished: list[Any] = []
    page.on("requestfinished", lambda request: finished.append(request))  # noqa: PLW0108
    page.goto(url, wait_until="networkidle")
    each = {
        request.url.split("/", 3)[-1]: request.sizes()["responseBodySize"]
        for request in finished
        if request.url.startswith("http")
    }
    context.close()
    return Weight(requests=len(each), bytes=sum(each.values()), each=each)

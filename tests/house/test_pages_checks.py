"""The page checks themselves: each seeded fault is found, and a sound page has none."""

from __future__ import annotations

import pytest

from answerable.web.components.checks import faults_of

SOUND = """<!DOCTYPE html>
<html lang="en"><head><title>Report – 311</title></head><body>
<a href="#main">Skip to content</a><a href="/fr/" lang="fr" hreflang="fr">Français</a>
<main id="main"><h1>Report</h1><h2>Place</h2>
<form method="post" action="/x"><input type="hidden" name="csrfmiddlewaretoken" value="x">
<label for="place">Where is it?</label><p id="hint">A corner</p><input id="place" aria-describedby="hint">
<fieldset><legend>Size</legend><label><input type="radio" name="size"> Big</label></fieldset>
<button type="submit">Send</button></form>
<img src="/a.png" alt=""><svg aria-hidden="true"><path d="M0 0"/></svg>
<table><caption>Requests</caption><tr><th scope="col">Number</th></tr></table>
</main></body></html>"""


def test_a_sound_page_has_no_faults() -> None:
    assert faults_of(SOUND, language="en") == []


@pytest.mark.parametrize(
    ("sound", "broken", "words"),
    [
        ("<!DOCTYPE html>", "", "DOCTYPE"),
        (' lang="en">', ">", "no lang"),
        ("<title>Report – 311</title>", "<title>311</title>", "title must be one"),
        ("<h1>Report</h1>", "<p>Report</p>", "exactly one h1"),
        ("<h2>Place</h2>", "<h1>Place</h1>", "exactly one h1"),
        ("<h2>Place</h2>", "<h4>Place</h4>", "level is skipped"),
        ("<h2>Place</h2>", "<h2></h2>", "empty heading"),
        ('<label for="place">Where is it?</label>', "", "no label"),
        ('<label for="place">Where is it?</label>', '<label for="gone">Where?</label>', "not on the page"),
        ('<p id="hint">', '<p id="place">', "given 2 times"),
        ('<p id="hint">', "<p>", "aria-describedby names"),
        ("<legend>Size</legend>", "", "legend"),
        ("<fieldset><legend>Size</legend>", "<div>", "outside a fieldset"),
        ('<button type="submit">', "<button>", "no type"),
        (">Send</button>", "></button>", "without words"),
        ('<button type="submit">', '<button type="submit" onclick="go()">', "inline handler"),
        ("<h2>Place</h2>", '<h2 style="color:red">Place</h2>', "inline style"),
        ("</main>", "<script>go()</script></main>", "inline script"),
        ("</main>", "<style>p{}</style></main>", "inline <style>"),
        (' alt=""', "", "no alt"),
        (' aria-hidden="true"', "", "neither named nor hidden"),
        (' lang="fr"', "", "not marked lang"),
        (' hreflang="fr">Français', ' hreflang="fr">', "link without words"),
        ('<a href="#main">', '<a href="#nowhere">', "not on the page"),
        ('<a href="#main">', "<a>", "leads nowhere"),
        ('<input type="hidden" name="csrfmiddlewaretoken" value="x">', "", "forged forms"),
        (' scope="col"', "", "scope"),
        ("<caption>Requests</caption>", "", "no caption"),
        ("<h2>Place</h2>", '<div role="button" tabindex="0">Go</div>', "use the real element"),
        ("<h2>Place</h2>", '<p tabindex="3">Go</p>', "positive tabindex"),
        ("<h2>Place</h2>", "<p>Hello %(name)s</p>", "not filled in"),
        ("<title>", '<meta name="viewport" content="user-scalable=no"><title>', "zooming"),
        ("</main>", "</main><main></main>", "one <main>"),
    ],
)
def test_a_seeded_fault_is_found(sound: str, broken: str, words: str) -> None:
    assert sound in SOUND

    faults = faults_of(SOUND.replace(sound, broken, 1), language="")

    assert any(words in fault for fault in faults), faults


def test_a_page_in_another_language_than_its_address_is_found() -> None:
    assert any("3.1.1" in fault for fault in faults_of(SOUND, language="fr"))

"""What can be told of a page without a browser: faults that keep somebody from reading, filling or trusting it.

`faults_of` reads one HTML answer.  The suite's test client runs it on every page that any test asks for.
Source: WCAG 2.2, success criteria named beside each check; portal patterns of the GOV.UK Design System.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final

VOID: Final = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr")
)
DRAWINGS: Final = frozenset({"path", "circle", "rect", "ellipse", "line", "polygon", "use"})
HEADINGS: Final = ("h1", "h2", "h3", "h4", "h5", "h6")
UNLABELLED_TYPES: Final = frozenset({"hidden", "submit", "button", "reset", "image"})
DATA_SCRIPTS: Final = frozenset({"application/json", "application/ld+json", "importmap", "speculationrules"})
REFERENCES: Final = (
    "aria-describedby",
    "aria-labelledby",
    "aria-controls",
    "aria-owns",
    "aria-activedescendant",
    "list",
)


@dataclass(slots=True)
class Node:
    """One element with its attributes, its text and its children in order."""

    tag: str
    attributes: dict[str, str]
    parent: Node | None = None
    children: list[Node | str] = field(default_factory=list)

    def walk(self) -> Iterator[Node]:
        """The element and everything inside it, in reading order."""
        yield self
        for child in self.children:
            if isinstance(child, Node):
                yield from child.walk()

    def text(self) -> str:
        """What is read aloud of it: text and the alternatives of images, hidden parts left out."""
        if self.attributes.get("aria-hidden") == "true":
            return ""
        if self.tag == "img":
            return self.attributes.get("alt", "")
        parts = [child if isinstance(child, str) else child.text() for child in self.children]
        return " ".join(" ".join(parts).split())

    def inside(self, *tags: str) -> Node | None:
        """The nearest element of these around it."""
        above = self.parent
        while above is not None and above.tag not in tags:
            above = above.parent
        return above

    def shown(self) -> str:
        """How a fault names it."""
        marks = [f'{key}="{self.attributes[key]}"' for key in ("id", "name", "href", "class") if key in self.attributes]
        return f"<{' '.join([self.tag, *marks[:2]])}>"


class _Tree(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Node("#document", {})
        self.open = self.root
        self.doctype = ""

    def handle_decl(self, decl: str) -> None:
        self.doctype = decl

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {name: value or "" for name, value in attrs}, self.open)
        self.open.children.append(node)
        if tag not in VOID and not (tag in DRAWINGS and self.get_starttag_text().endswith("/>")):  # type: ignore[union-attr]
            self.open = node

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.children.append(Node(tag, {name: value or "" for name, value in attrs}, self.open))

    def handle_endtag(self, tag: str) -> None:
        at: Node | None = self.open
        while at is not None and at.tag != tag:
            at = at.parent
        if at is not None and at.parent is not None:
            self.open = at.parent

    def handle_data(self, data: str) -> None:
        self.open.children.append(data)


@dataclass(slots=True)
class PageTree:
    """A parsed page with what the checks ask of it often."""

    root: Node
    doctype: str
    nodes: list[Node]
    ids: Counter[str]

    def of(self, *tags: str) -> list[Node]:
        """Every element of these, in order."""
        return [node for node in self.nodes if node.tag in tags]

    @property
    def language(self) -> str:
        """The language the page says it is in."""
        return next((node.attributes.get("lang", "") for node in self.of("html")), "")


def parse(html: str) -> PageTree:
    """The page as a tree; broken nesting is read as a browser would, roughly."""
    reader = _Tree()
    reader.feed(html)
    reader.close()
    nodes = list(reader.root.walk())
    ids = Counter(node.attributes["id"] for node in nodes if "id" in node.attributes)
    return PageTree(reader.root, reader.doctype, nodes, ids)


def faults_of(html: str, *, language: str = "") -> list[str]:
    """Every fault of a page, in plain words; empty when it passes.  `language` is what its address promises."""
    page = parse(html)
    faults = [fault for check in CHECKS for fault in check(page)]
    if language and page.language != language:
        faults.append(f'The page says lang="{page.language}" but its address promises "{language}" (WCAG 3.1.1).')
    return faults


def _document(page: PageTree) -> Iterator[str]:
    if page.doctype.lower() != "doctype html":
        yield "The page does not begin with <!DOCTYPE html>."
    if not page.language:
        yield "<html> has no lang (WCAG 3.1.1)."
    titles = [node.text() for node in page.of("title") if node.inside("head")]
    if len(titles) != 1 or " – " not in titles[0] or not titles[0].split(" – ")[0].strip():
        yield f"The title must be one, as 'What this page is – site', not {titles} (WCAG 2.4.2)."
    if len(page.of("main")) != 1:
        yield "A page has exactly one <main>."
    viewports = [
        node.attributes.get("content", "") for node in page.of("meta") if node.attributes.get("name") == "viewport"
    ]
    if any("user-scalable=no" in content or "maximum-scale" in content for content in viewports):
        yield "The viewport forbids zooming (WCAG 1.4.4)."


def _headings(page: PageTree) -> Iterator[str]:
    headings = page.of(*HEADINGS)
    first = [node for node in headings if node.tag == "h1"]
    if len(first) != 1:
        yield f"A page has exactly one h1, not {len(first)}."
    last = 0
    for node in headings:
        if not node.text():
            yield f"{node.shown()} is an empty heading (WCAG 2.4.6)."
        level = int(node.tag[1])
        if last and level > last + 1:
            yield f"Heading '{node.text()}' is h{level} after h{last}: a level is skipped (WCAG 1.3.1)."
        last = level


def _identities(page: PageTree) -> Iterator[str]:
    for identity, times in page.ids.items():
        if times > 1:
            yield f'id="{identity}" is given {times} times.'
        if not identity or " " in identity:
            yield f'id="{identity}" is empty or has a space.'
    for node in page.nodes:
        for name in REFERENCES:
            for target in node.attributes.get(name, "").split():
                if target not in page.ids:
                    yield f'{node.shown()} {name} names "{target}", which is not on the page (WCAG 1.3.1).'
        if node.tag == "label" and "for" in node.attributes and node.attributes["for"] not in page.ids:
            yield f'A label is for "{node.attributes["for"]}", which is not on the page (WCAG 1.3.1).'
        href = node.attributes.get("href", "")
        if node.tag == "a" and href.startswith("#") and len(href) > 1 and href[1:] not in page.ids:
            yield f'A link leads to "{href}", which is not on the page.'


def _labels(page: PageTree) -> Iterator[str]:
    labelled = {node.attributes.get("for"): node.text() for node in page.of("label")}
    for node in page.of("input", "select", "textarea"):
        if node.attributes.get("type") in UNLABELLED_TYPES:
            continue
        around = node.inside("label")
        words = (
            labelled.get(node.attributes.get("id"), "")
            or node.attributes.get("aria-label", "")
            or node.attributes.get("aria-labelledby", "")
            or (around.text() if around else "")
        )
        if not words:
            yield f"{node.shown()} has no label (WCAG 1.3.1, 3.3.2); a placeholder is none."
        if node.attributes.get("type") == "radio" and not _grouped(node):
            yield f"{node.shown()} is a radio button outside a fieldset (WCAG 1.3.1)."
    for node in page.of("fieldset"):
        elements = [child for child in node.children if isinstance(child, Node)]
        if not elements or elements[0].tag != "legend" or not elements[0].text():
            yield f"A fieldset does not begin with a legend: {node.text()[:40]!r} (WCAG 1.3.1)."


def _grouped(node: Node) -> bool:
    above = node.parent
    while above is not None:
        if above.tag == "fieldset" or above.attributes.get("role") in {"radiogroup", "group"}:
            return True
        above = above.parent
    return False


def _controls(page: PageTree) -> Iterator[str]:
    for node in page.of("button"):
        if node.attributes.get("type") not in {"submit", "button", "reset"}:
            yield f"{node.shown()} {node.text()!r} has no type."
        if not (node.text() or node.attributes.get("aria-label")):
            yield f"{node.shown()} is a button without words (WCAG 4.1.2)."
    for node in page.of("a"):
        if not (node.text() or node.attributes.get("aria-label")):
            yield f"{node.shown()} is a link without words (WCAG 2.4.4)."
        if not node.attributes.get("href"):
            yield f"{node.shown()} {node.text()!r} is a link that leads nowhere."
    for node in page.of("form"):
        fields = {child.attributes.get("name") for child in node.walk()}
        if node.attributes.get("method", "get").lower() == "post" and "csrfmiddlewaretoken" not in fields:
            yield f"{node.shown()} posts without the protection against forged forms."
    for node in page.nodes:
        if node.attributes.get("role") in {"button", "link"} and node.tag not in {"button", "a", "summary"}:
            yield f"{node.shown()} plays a {node.attributes['role']}: use the real element (WCAG 4.1.2)."
        if int(node.attributes.get("tabindex") or 0) > 0:
            yield f"{node.shown()} has a positive tabindex (WCAG 2.4.3)."


def _inline(page: PageTree) -> Iterator[str]:
    for node in page.nodes:
        for name in node.attributes:
            if name.startswith("on"):
                yield f"{node.shown()} has an inline handler {name}: the content security policy drops it."
            if name == "style":
                yield f"{node.shown()} has an inline style: the content security policy drops it."
    for node in page.of("script"):
        if "src" not in node.attributes and node.attributes.get("type") not in DATA_SCRIPTS:
            yield "There is an inline script: the content security policy drops it."
    if page.of("style"):
        yield "There is an inline <style>: the content security policy drops it."


def _pictures(page: PageTree) -> Iterator[str]:
    for node in page.of("img"):
        if "alt" not in node.attributes:
            yield f"{node.shown()} has no alt (WCAG 1.1.1)."
    for node in page.of("svg"):
        named = node.attributes.get("aria-label") or node.attributes.get("aria-labelledby") or node.inside("figure")
        hidden = node.attributes.get("aria-hidden") == "true" or _within_named_image(node)
        if not (named or hidden):
            yield f"An svg in {node.parent.shown() if node.parent else ''} is neither named nor hidden (WCAG 1.1.1)."


def _within_named_image(node: Node) -> bool:
    above = node.parent
    return above is not None and above.attributes.get("role") == "img" and bool(above.attributes.get("aria-label"))


def _languages(page: PageTree) -> Iterator[str]:
    for node in page.of("a"):
        other = node.attributes.get("hreflang", "")
        if other and other != page.language and node.attributes.get("lang") != other:
            yield f"{node.shown()} {node.text()!r} leads to a page in {other} but is not marked lang (WCAG 3.1.2)."


def _tables(page: PageTree) -> Iterator[str]:
    for node in page.of("table"):
        heads = [cell for cell in node.walk() if cell.tag == "th"]
        if not heads or any(
            cell.attributes.get("scope") not in {"col", "row", "colgroup", "rowgroup"} for cell in heads
        ):
            yield f"{node.shown()}: header cells need a scope (WCAG 1.3.1)."
        if not any(cell.tag == "caption" and cell.text() for cell in node.walk()):
            yield f"{node.shown()} has no caption."


def _words(page: PageTree) -> Iterator[str]:
    bodies = page.of("body")
    said = bodies[0].text() if bodies else ""
    for sign in ("%(", "{{", "{%", "&amp;", "&lt;", "None,", "<built-in", "object at 0x"):
        if sign in said:
            at = said.index(sign)
            yield f"The page shows {said[max(0, at - 30) : at + 30]!r}: a value was not filled in."


CHECKS: Final[tuple[Callable[[PageTree], Iterator[str]], ...]] = (
    _document,
    _headings,
    _identities,
    _labels,
    _controls,
    _inline,
    _pictures,
    _languages,
    _tables,
    _words,
)

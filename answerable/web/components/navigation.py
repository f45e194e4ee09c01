"""The links of every page's frame: a link shows once its page exists and the viewer may open it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from django.urls import NoReverseMatch, resolve, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from answerable.web.components.pages import Access


@dataclass(frozen=True, slots=True)
class Link:
    """One link of the frame; `id` is what a page's `section` variable is compared with."""

    id: str
    label: str | Promise
    href: str


PORTAL: Final = (
    ("report", _("Report"), "portal:report"),
    ("follow", _("Follow"), "portal:follow"),
    ("standards", _("Our promises"), "portal:standards"),
)
"""Short words, so that a telephone shows them in one line."""

PORTAL_FOOTER: Final = (
    ("report", _("Report a problem"), "portal:report"),
    ("follow", _("Follow a request"), "portal:follow"),
    ("standards", _("Our promises"), "portal:standards"),
    ("accessibility", _("Accessibility"), "portal:accessibility"),
    ("privacy", _("Privacy"), "portal:privacy"),
    ("open_data", _("Open data"), "portal:open_data"),
    ("developers", _("For developers"), "portal:developers"),
)
STAFF: Final = (
    ("desk", _("New request"), "desk:home"),
    ("find", _("Find"), "desk:find"),
    ("queue", _("Work queue"), "office:queue"),
    ("workload", _("Workload"), "office:workload"),
    ("crew", _("On the road"), "crew:today"),
    ("promises", _("Promises"), "office:promises"),
    ("handoffs", _("Hand-offs"), "office:handoffs"),
    ("audits", _("Checked closures"), "office:audits"),
    ("simulator", _("Where would this go?"), "office:simulator"),
    ("catalogue", _("Catalogue"), "office:catalogue"),
    ("exports", _("Open data"), "office:exports"),
    ("replies", _("Ready-made words"), "office:replies"),
    ("teams", _("Teams"), "office:teams"),
    ("notices", _("Messages"), "office:messages"),
    ("satisfaction", _("Satisfaction"), "office:satisfaction"),
    ("staff", _("Staff"), "office:staff"),
    ("clients", _("Programs"), "office:clients"),
    ("security", _("My sign-in"), "mfa_index"),
)


ALWAYS_SHOWN: Final = frozenset({"desk", "find", "queue", "promises", "workload"})
"""The staff pages of every day; where there are many, the others lie below "More", so that the frame stays one line."""

MOST_SHOWN: Final = 6
"""Units: links that fit beside each other; up to so many nobody needs a menu."""


@dataclass(frozen=True, slots=True)
class StaffLinks:
    """The links of the staff header: those in sight, and those below "More"."""

    shown: list[Link]
    more: list[Link]


def portal_links() -> list[Link]:
    """The links of the residents' header."""
    return _present(PORTAL)


def portal_footer_links() -> list[Link]:
    """The links at the foot of residents' pages."""
    return _present(PORTAL_FOOTER)


def staff_links(viewer: Any) -> StaffLinks:
    """The pages of desk and office which this viewer's roles open."""
    links = _present(STAFF, admits=lambda access: bool(viewer.roles) and access.admits(viewer.roles))
    if len(links) <= MOST_SHOWN:
        return StaffLinks(shown=links, more=[])
    return StaffLinks(
        shown=[link for link in links if link.id in ALWAYS_SHOWN],
        more=[link for link in links if link.id not in ALWAYS_SHOWN],
    )


def _present(
    entries: tuple[tuple[str, Any, str], ...],
    *,
    admits: Callable[[Access], bool] = lambda access: access.kind == "public",
) -> list[Link]:
    links = []
    for identity, label, name in entries:
        try:
            href = reverse(name)
        except NoReverseMatch:
            continue
        if admits(resolve(href).func.access):  # type: ignore[attr-defined]
            links.append(Link(identity, label, href))
    return links

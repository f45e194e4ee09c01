# ruff: noqa: E501
"""Icons: our own drawings on a 24-unit grid, inlined only where a page uses them."""

from __future__ import annotations

from typing import Final

from markupsafe import Markup

OUTLINED: Final[dict[str, str]] = {
    "arrow": '<path d="M5 12h14M13 6l6 6-6 6"/>',
    "back": '<path d="M19 12H5M11 6l-6 6 6 6"/>',
    "north": '<path d="M12 19V5M6 11l6-6 6 6"/>',
    "south": '<path d="M12 5v14M6 13l6 6 6-6"/>',
    "bell": '<path d="M6 17V11a6 6 0 0 1 12 0v6l1.5 1.5h-15zM10 21h4"/>',
    "camera": '<path d="M3.5 8h4L9 5.5h6L16.5 8h4v11h-17z"/><circle cx="12" cy="13" r="3.5"/>',
    "check": '<path d="m5 12.5 4.5 4.5L19 7.5"/>',
    "clock": '<circle cx="12" cy="12" r="9"/><path d="M12 6.5V12l4 2.5"/>',
    "close": '<path d="M6 6l12 12M18 6 6 18"/>',
    "calendar": '<path d="M4 6h16v14H4zM4 10.5h16M8 3.5V8M16 3.5V8"/>',
    "copy": '<path d="M8.5 8.5h11v12h-11zM15.5 8.5v-5h-11v12h4"/>',
    "document": '<path d="M6 3h8l4 4v14H6zM14 3v4h4M9 12h6M9 16h6"/>',
    "filter": '<path d="M4 5h16l-6.5 8v6l-3 1.5V13z"/>',
    "globe": '<circle cx="12" cy="12" r="9"/><path d="M3 12h18M12 3c3 3 3 15 0 18M12 3c-3 3-3 15 0 18"/>',
    "hour": '<path d="M7 3h10M7 21h10M8 3v4l4 5-4 5v4M16 3v4l-4 5 4 5v4"/>',
    "info": '<circle cx="12" cy="12" r="9"/><path d="M12 11v6M12 7.5v.1"/>',
    "key": '<circle cx="8" cy="15" r="4.5"/><path d="m11.5 12 8-8M16 7.5l2.5 2.5"/>',
    "link": '<path d="M10 14a4 4 0 0 0 6 0l3-3a4 4 0 0 0-6-6l-1 1M14 10a4 4 0 0 0-6 0l-3 3a4 4 0 0 0 6 6l1-1"/>',
    "list": '<path d="M8.5 6.5H20M8.5 12H20M8.5 17.5H20M4 6.5h.1M4 12h.1M4 17.5h.1"/>',
    "lock": '<path d="M5.5 11h13v9.5h-13zM8 11V8a4 4 0 0 1 8 0v3"/>',
    "mail": '<path d="M3.5 6h17v12.5h-17zM3.5 7l8.5 6.5L20.5 7"/>',
    "map": '<path d="m3.5 6 5.5-2 6 2 5.5-2v14L15 20l-6-2-5.5 2zM9 4v14M15 6v14"/>',
    "note": '<path d="M5 4h14v11l-5 5H5zM14 20v-5h5M8.5 8.5h7M8.5 12h4"/>',
    "people": '<circle cx="9" cy="8.5" r="3.5"/><path d="M2.5 20c.6-3.8 3.2-5.5 6.5-5.5s5.9 1.7 6.5 5.5"/>'
    '<path d="M15.5 5.3a3.5 3.5 0 0 1 0 6.4M18 14.9c2 .8 3.2 2.5 3.5 5.1"/>',
    "person": '<circle cx="12" cy="8" r="4"/><path d="M4 20.5c.8-4 4-6 8-6s7.2 2 8 6"/>',
    "phone": '<path d="M6 3.5h3l1.5 4.5-2 1.5a12 12 0 0 0 6 6l1.5-2 4.5 1.5v3a2.5 2.5 0 0 1-2.5 2.5A16.5 16.5 0 0 1 3.5 6'
    ' 2.5 2.5 0 0 1 6 3.5z"/>',
    "pin": '<path d="M12 21s-7-6.5-7-11.5a7 7 0 0 1 14 0C19 14.5 12 21 12 21z"/><circle cx="12" cy="9.5" r="2.5"/>',
    "plus": '<path d="M12 5v14M5 12h14"/>',
    "print": '<path d="M7 8V3.5h10V8M7 17H4V8h16v9h-3M7 14h10v6.5H7z"/>',
    "route": '<circle cx="6" cy="18" r="2.5"/><circle cx="18" cy="6" r="2.5"/>'
    '<path d="M8.5 18H15a3 3 0 0 0 0-6H9a3 3 0 0 1 0-6h6.5"/>',
    "search": '<circle cx="10.5" cy="10.5" r="6.5"/><path d="m15.5 15.5 5 5"/>',
    "send": '<path d="M21 3 10 14M21 3l-6.5 18L10 14 3 9.5z"/>',
    "shield": '<path d="M12 3l8 3v6c0 4.5-3.2 7.6-8 9-4.8-1.4-8-4.5-8-9V6zM8.5 12l2.5 2.5 4.5-5"/>',
    "target": '<circle cx="12" cy="12" r="6.5"/><path d="M12 2.5v4M12 17.5v4M2.5 12h4M17.5 12h4"/>',
    "talk": '<path d="M4 5h16v11h-8l-5 4v-4H4z"/>',
    "tool": '<path d="M20 7a5 5 0 0 1-6.8 5.5L7 19l-3-3 6.2-6.5A5 5 0 0 1 16.5 3.5L13.5 7l2.7 2.8z"/>',
    "warn": '<path d="M12 3.5 22 20.5H2zM12 10v5M12 17.7v.1"/>',
    # What people report.
    "pothole": '<path d="M2 9h20M2 17h20"/><ellipse cx="12" cy="13" rx="5.5" ry="2.2"/><path d="m9 9 1.5 2M16 9l-1 2"/>',
    "road": '<path d="M7.5 3 3 21M16.5 3 21 21M12 4v3M12 10.5v3M12 17v3"/>',
    "sidewalk": '<path d="M3 19 9 5h6l6 14zM6 12h12M12 5v14"/>',
    "bridge": '<path d="M2 9h20M4 9v10M20 9v10M4 16c3-5.5 13-5.5 16 0M9 9v3.6M15 9v3.6"/>',
    "sign": '<path d="M12 2.5 18.5 9 12 15.5 5.5 9zM12 15.5v6"/>',
    "signal": '<path d="M8 3h8v15H8zM12 18v3.5"/><circle cx="12" cy="6.5" r="1.3"/><circle cx="12" cy="10.5" r="1.3"/>'
    '<circle cx="12" cy="14.5" r="1.3"/>',
    "lamp": '<path d="M8 21V6a3 3 0 0 1 3-3h3M5 21h6M13 3h4l3 5h-9zM13 11l-.6 2M17.5 11v2M20 11l1 2"/>',
    "car": '<path d="M4 16.5v-4l2.5-6h11l2.5 6v4zM4 12.5h16M6 16.5v2.5M18 16.5v2.5M7.5 14.5h.1M16.5 14.5h.1"/>',
    "parking": '<path d="M4 3.5h16v17H4zM9.5 17V7.5H13a2.8 2.8 0 0 1 0 5.6H9.5"/>',
    "bus": '<path d="M5 4h14v13.5H5zM5 11h14M8 17.5V20M16 17.5V20M8 14.3h.1M16 14.3h.1"/>',
    "bike": '<circle cx="5.5" cy="16" r="3.5"/><circle cx="18.5" cy="16" r="3.5"/>'
    '<path d="M5.5 16 9 9h6.5l3 7M9 9l3.5 7H5.5M12.5 16l3-7-.8-2.5H17M7.5 7h3"/>',
    "snow": '<path d="M12 3v18M4.2 7.5l15.6 9M19.8 7.5l-15.6 9M9.5 4.5 12 7l2.5-2.5M9.5 19.5 12 17l2.5 2.5"/>',
    "bin": '<path d="M5 8h14l-1.4 12H6.4zM3.5 8h17M9 5h6M10 12v4M14 12v4"/>',
    "recycle": '<path d="m8.5 8.5 3.5-5.5 3.5 5.5M17.5 11.5l3 5.5a1.5 1.5 0 0 1-1.3 2.2H13M10 19.2H4.8'
    'A1.5 1.5 0 0 1 3.5 17l3-5.5M15 17l-2.2 2.2L15 21.4M12.5 8.5h3v-3M4.2 13.5l2.3-2 2 2.4"/>',
    "litter": '<path d="M6 9h9l-1.2 11.5H7.2zM9 9 8 4.5l5-1L14 9M18 15.5l3 1-1 4-3-1z"/>',
    "couch": '<path d="M5 11V8a2 2 0 0 1 2-2h10a2 2 0 0 1 2 2v3M3 12.5a1.8 1.8 0 0 1 3.5 0V14h11v-1.5a1.8 1.8 0 0 1 3.5 0V18H3z'
    'M5 18v2M19 18v2"/>',
    "tree": '<path d="M12 21v-8M12 3 6.5 10H9l-3.5 5h13L15 10h2.5zM9 21h6"/>',
    "leaf": '<path d="M5 19C4 10 9 4.5 20 4c.5 11-5 16-13 14M5 21c1-5 4-9 9-11.5"/>',
    "grass": '<path d="M3 20h18M6 20c0-5-1-8-3-10 4 1 5.5 5 5.5 10M12 20V6M15.5 20c0-6 2-9.5 5.5-11-2 2.5-2.5 6-2.5 11"/>',
    "park": '<path d="M3 15h18M5 15v5M19 15v5M4 11h16M6 11v4M18 11v4M12 11V4M9 7c0-2.5 1.5-4 3-4s3 1.5 3 4z"/>',
    "paint": '<path d="M8 10h8v11H8zM10 10V7h4v3M10 4.5h4M18 4h.01M20.5 3h.01M20.5 6h.01M8 14h8"/>',
    "paw": '<ellipse cx="12" cy="16" rx="4.5" ry="3.8"/><circle cx="5.5" cy="11" r="1.6"/><circle cx="9.5" cy="6.5" r="1.7"/>'
    '<circle cx="14.5" cy="6.5" r="1.7"/><circle cx="18.5" cy="11" r="1.6"/>',
    "bug": '<ellipse cx="12" cy="14" rx="4.5" ry="6"/><path d="M9 8.5a3 3 0 0 1 6 0M12 8v12M7.5 12 4 10M7.5 15H3.5M8 18l-3 2'
    'M16.5 12l3.5-2M16.5 15h4M16 18l3 2"/>',
    "rat": '<path d="M3 17c0-5 4-8 9-8 2 0 3 .5 4 1.5L20.5 13c.8 2-.5 4-2.5 4zM15.5 8.5a2 2 0 1 1 2 2.5M3 17c-1 2 .5 3.5 3 3.5'
    'M17 13.5h.1"/>',
    "water": '<path d="M12 3c4 5 6 8.2 6 11a6 6 0 0 1-12 0c0-2.8 2-6 6-11zM9 14.5a3 3 0 0 0 3 3"/>',
    "drain": '<circle cx="12" cy="12" r="9"/><path d="M8 6.5v11M12 5.5v13M16 6.5v11"/>',
    "flood": '<path d="M4 12 12 5l8 7M7 10v4M17 10v4M2.5 17c1.6 1.3 3.2 1.3 4.7 0s3.2-1.3 4.8 0 3.2 1.3 4.8 0'
    ' 3.2-1.3 4.7 0M2.5 20.5c1.6 1.3 3.2 1.3 4.7 0s3.2-1.3 4.8 0 3.2 1.3 4.8 0 3.2-1.3 4.7 0"/>',
    "hydrant": '<path d="M8 21V9a4 4 0 0 1 8 0v12M6 21h12M6.5 9h11M12 5V3M5 13.5h3M16 13.5h3"/><circle cx="12" cy="14" r="1.8"/>',
    "sound": '<path d="M4 9.5v5h3.5L12 19V5L7.5 9.5zM15.5 9a4 4 0 0 1 0 6M18.5 6.5a8 8 0 0 1 0 11"/>',
    "house": '<path d="M3 11.5 12 4l9 7.5M6 9.5V20h12V9.5M10 20v-5.5h4V20"/>',
    "building": '<path d="M5 21V4h10v17M15 9h4v12M3 21h18M8 8h.1M11.8 8h.1M8 12h.1M11.8 12h.1M8 16h.1M11.8 16h.1"/>',
    "bench": '<path d="M4 6h16v3H4zM3 13h18v3H3zM6 9v4M18 9v4M6 16v4M18 16v4"/>',
    "fire": '<path d="M12 21a6.5 6.5 0 0 1-6.5-6.5C5.5 10 10 9 10 3c4 2 5 5 4.5 7.5 1-.3 1.7-1 2-2 1.5 1.7 2 3.7 2 6A6.5 6.5 0 0 1'
    ' 12 21z"/>',
    "food": '<path d="M7 3v18M4 3v5a3 3 0 0 0 6 0V3M17 21v-7M17 14c-3 0-3.5-11 0-11z"/>',
    "smoke": '<path d="M3 15.5h13v4H3zM19 15.5v4M18.5 12.5c0-3-4-2-4-5S11 4.5 11 4.5M21 12.5c0-5-4-4-4-7"/>',
    "money": '<circle cx="12" cy="12" r="9"/><path d="M15 8.5c-.6-1-1.7-1.5-3-1.5-3.8 0-3.8 4.5 0 5s3.8 5 0 5c-1.5 0-2.6-.6-3.2-1.7'
    'M12 5v14"/>',
    "permit": '<path d="M5 3.5h14v17H5zM8.5 8h7M8.5 11.5h7M8.5 16l1.5 1.5 3-3"/>',
    "vote": '<path d="M4 12h16v8.5H4zM7.5 12V3.5h9V12M10 7.5l1.5 1.5L14.5 6M8 15.5h8"/>',
    "accessible": '<circle cx="11" cy="4" r="1.5"/><path d="M11 8v6h5l2.5 5.5M11 10.5h4.5M8.5 11a5 5 0 1 0 6.5 7"/>',
}
"""Drawn with a line; the names are what a city pack may use for its services."""

SOLID: Final[dict[str, str]] = {
    "doing": '<path d="M12 2.5a9.5 9.5 0 1 0 0 19 9.5 9.5 0 0 0 0-19zm0 3v13a6.5 6.5 0 0 1 0-13z" fill-rule="evenodd"/>',
    "late": '<path d="M12 1 23 12 12 23 1 12zm-1.2 5.5v7h2.4v-7zm0 8.7v2.4h2.4v-2.4z" fill-rule="evenodd"/>',
    "ok": '<path d="M12 2.5a9.5 9.5 0 1 0 0 19 9.5 9.5 0 0 0 0-19zm-1.6 13.9-4-4 1.6-1.6 2.4 2.4 5.2-5.2 1.6 1.6z"/>',
    "rest": '<path d="M5 4h5v16H5zM14 4h5v16h-5z"/>',
    "risk": '<path d="M12 2.5 23 21.5H1zM10.9 9.5v6h2.2v-6zm0 7.5v2.2h2.2V17z" fill-rule="evenodd"/>',
    "void": '<path d="M4 10h16v4H4z"/>',
    "ring": '<path d="M12 2.5a9.5 9.5 0 1 0 0 19 9.5 9.5 0 0 0 0-19zm0 3a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13z"'
    ' fill-rule="evenodd"/>',
}
"""Filled shapes of the status tag: each state is known by its outline as well as its colour."""

NAMES: Final = frozenset(OUTLINED)
"""What a city pack may name as a service's icon."""


def icon(name: str, size: str = "") -> Markup:
    """The icon as inline SVG, hidden from screen readers because a word always stands beside it.

    An unknown name draws the pin, so that a city's own word never breaks a page.  `size` is empty or `l`.
    """
    drawing = OUTLINED.get(name, OUTLINED["pin"])
    suffix = f" a-icon--{size}" if size else ""
    return Markup(f'<svg class="a-icon{suffix}" viewBox="0 0 24 24" aria-hidden="true">{drawing}</svg>')  # noqa: S704


def shape(name: str) -> Markup:
    """The filled shape of a status tag."""
    return Markup(f'<svg viewBox="0 0 24 24" aria-hidden="true">{SOLID[name]}</svg>')  # noqa: S704

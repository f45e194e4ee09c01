"""How readable a city's colours are together."""

from __future__ import annotations

CONTRAST_PAIRS: tuple[tuple[str, str], ...] = (
    ("on_brand", "brand"),
    ("on_brand", "brand_strong"),
    ("on_accent", "accent"),
    ("link", "paper"),
    ("link", "#ffffff"),
    ("link", "brand_soft"),
    ("ink", "paper"),
)
"""Text and ground that meet on our pages; a name is one of the brand's variables."""

LOWEST_CONTRAST = 4.5
"""Source: WCAG 2.2, success criterion 1.4.3 (AA)."""

_LINEAR_BELOW = 0.04045


def contrast(one: str, other: str) -> float:
    """The contrast of two `#rrggbb` colours, 1 to 21.  `contrast("#000000", "#ffffff")` is 21.

    Source: WCAG 2.2, "contrast ratio" and "relative luminance".
    """
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[start : start + 2], 16) / 255) for start in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(share: float) -> float:
    return share / 12.92 if share <= _LINEAR_BELOW else float(((share + 0.055) / 1.055) ** 2.4)

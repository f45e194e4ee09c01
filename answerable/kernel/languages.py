"""Languages, and text held in several of them."""

from __future__ import annotations

from collections.abc import Mapping

Text = Mapping[str, str]
"""One sentence per language tag: `{"en": "Pothole", "fr": "Nid-de-poule"}`."""


def in_language(text: Text, *, language: str, fallback: str = "en") -> str:
    """The text in that language, else its base language, else the fallback, else any, else empty."""
    for tag in (language, language.split("-", maxsplit=1)[0], fallback):
        if tag in text:
            return text[tag]
    return next(iter(text.values()), "")

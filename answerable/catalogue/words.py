"""Words made comparable: no accents, no case, no punctuation."""

from __future__ import annotations

import re
import unicodedata

_APOSTROPHES = re.compile(r"(?<=\w)['’ʼ`´](?=\w)")
_NOT_WORD = re.compile(r"[^0-9a-z]+")
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "đ": "d", "ł": "l"})


def plain_words(text: str) -> str:
    """The words in lower case, without accents, apostrophes and punctuation.

    `plain_words("St. Mary’s Œuvre")` is "st marys oeuvre".
    """
    folded = unicodedata.normalize("NFKD", text).casefold().translate(_LIGATURES)
    bare = "".join(each for each in folded if not unicodedata.combining(each))
    return _NOT_WORD.sub(" ", _APOSTROPHES.sub("", bare)).strip()

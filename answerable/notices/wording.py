"""The words of messages: read from files, checked, and filled in.

A paragraph whose placeholder has nothing to say is left out, so that one text serves with and without a date or note.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final

import msgspec

from answerable.notices.errors import BadWording
from answerable.notices.kinds import KINDS, PLACEHOLDERS, kind_of
from answerable.notices.rules import LONGEST_SHORT

FOLDER: Final = Path(__file__).parent / "templates"
LANGUAGES: Final = ("en", "fr")
MOST_LETTERS: Final[Mapping[str, int]] = {"subject": 160, "text": 6000, "short": LONGEST_SHORT, "action": 60}
"""Units: characters of each part, placeholders unfilled."""

_NAMED = re.compile(r"\{([a-z_]+)\}")


class Wording(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a kind of message says in one language.

    `text` is the mail, paragraphs apart by an empty line; `short` the text message, sentences on lines of their own;
    `action` the words on the link.  `version` is the same in every language.
    """

    version: int
    subject: str
    text: str
    short: str
    action: str = ""


class Filled(msgspec.Struct, frozen=True, kw_only=True):
    """The words with everything filled in; `paragraphs` are those of the mail."""

    subject: str
    paragraphs: tuple[str, ...]
    short: str
    action: str


class Frame(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What stands around every mail in one language, and how reasons are called."""

    why: str
    stop: str
    wishes: str
    greeting: str
    request: str
    reasons: dict[str, str]
    levels: dict[str, str]


@lru_cache(maxsize=128)
def shipped(kind: str, language: str) -> Wording:
    """The words that come with the product.  Raises: UnknownKind."""
    file = FOLDER / kind_of(kind).code / f"{_known(language)}.toml"
    return msgspec.toml.decode(file.read_bytes(), type=Wording)


@lru_cache(maxsize=8)
def frame(language: str) -> Frame:
    """What stands around the mails of that language."""
    return msgspec.toml.decode((FOLDER / "frame" / f"{_known(language)}.toml").read_bytes(), type=Frame)


def _known(language: str) -> str:
    base = language.split("-", maxsplit=1)[0].lower()
    return base if base in LANGUAGES else LANGUAGES[0]


def language_of(tag: str) -> str:
    """The language of messages nearest to the tag: `fr-CA` is `fr`, an unknown one is English."""
    return _known(tag)


def checked(kind: str, given: Wording) -> Wording:
    """The words, tidied.  Raises: BadWording naming the part; UnknownKind."""
    allowed = kind_of(kind).placeholders
    tidy = {name: _tidied(getattr(given, name)) for name in MOST_LETTERS}
    for name, words in tidy.items():
        _check_part(name, words, allowed=allowed)
    return Wording(version=given.version, **tidy)


def _tidied(words: str) -> str:
    lines = [line.rstrip() for line in words.replace("\r\n", "\n").strip().split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines))


def _check_part(name: str, words: str, *, allowed: frozenset[str]) -> None:
    def refuse(message: str, remedy: str) -> BadWording:
        return BadWording(message, field=name, value=words[:60], remedy=remedy)

    if not words and name != "action":
        raise refuse(f"The part '{name}' is empty.", "Write something.")
    if len(words) > MOST_LETTERS[name]:
        raise refuse(f"The part '{name}' is too long.", f"Use at most {MOST_LETTERS[name]} characters.")
    if name in {"subject", "action"} and "\n" in words:
        raise refuse(f"The part '{name}' has more than one line.", "Write it in one line.")
    unknown = [each for each in _NAMED.findall(words) if each not in allowed]
    if unknown:
        known = ", ".join(f"{{{each}}}" for each in PLACEHOLDERS if each in allowed)
        raise refuse(f"The placeholder '{{{unknown[0]}}}' is unknown here.", f"Use only: {known}.")
    if re.search(r"[{}]", _NAMED.sub("", words)):
        raise refuse("A brace stands alone.", "Write placeholders like {number}, and no other braces.")


def fill(wording: Wording, values: Mapping[str, str]) -> Filled:
    """The words with the values in their places; parts whose value is missing or empty are left out."""
    lines = _filled(wording.short.split("\n"), values)
    return Filled(
        subject=" ".join(_filled_part(wording.subject, values).split()),
        paragraphs=tuple(_filled(re.split(r"\n\s*\n", wording.text), values)),
        short=" ".join(" ".join(lines).split()),
        action=wording.action,
    )


def _filled(parts: Iterable[str], values: Mapping[str, str]) -> list[str]:
    return [
        _filled_part(part, values).strip()
        for part in parts
        if all(values.get(name) for name in _NAMED.findall(part))
    ]  # fmt: skip


def _filled_part(part: str, values: Mapping[str, str]) -> str:
    """Each placeholder is replaced once: what a value holds is never taken for a placeholder."""
    return _NAMED.sub(lambda found: values.get(found.group(1), ""), part)


def kinds() -> tuple[str, ...]:
    """The code of every kind, in the order the office lists them."""
    return tuple(KINDS)

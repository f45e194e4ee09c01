"""Finding a service by what a resident calls it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rapidfuzz import fuzz

from answerable.catalogue.structs import Pack, Service
from answerable.catalogue.words import plain_words

_FIELD_WEIGHTS = {"name": 1.0, "keyword": 0.97, "description": 0.6}
_OTHER_LANGUAGE = 0.93
_ALIKE_FROM = 82.0
"""Units: per cent of rapidfuzz' ratio below which two words are taken for different ones."""

_SHOWN_FROM = 0.45
_STOP_WORDS = frozenset(
    plain_words(
        "a an and are at be by for from has have i in is it its my of on or our the there this to was with you your"
        " au aux avec ce ces dans de des du elle en est et il j je la le les ma mon ne ou par pas pour que qui sa se"
        " son sur un une y l d qu c s n m t"
    ).split()
)
_STEM_LETTERS = 5
_SHORTEST_PREFIX = 3
_LONGEST_ENDING = 3


@dataclass(frozen=True, slots=True)
class ServiceHit:
    """A service that fits, and how well.  Units: `score` 0 to 1."""

    service: Service
    score: float


@dataclass(frozen=True, slots=True)
class _Field:
    words: tuple[str, ...]
    phrase: str
    weight: float
    language: str


class ServiceIndex:
    """The words of every service, ready to compare; some hundred services take a millisecond."""

    def __init__(self, pack: Pack) -> None:
        self._fields = [(service, tuple(_fields(service))) for service in pack.services]

    def find(self, words: str, *, language: str, limit: int) -> tuple[ServiceHit, ...]:
        """The best services, best first; popular ones first among equals."""
        asked = content_words(words)
        if not asked:
            return ()
        hits = [ServiceHit(service, _score(asked, fields, language)) for service, fields in self._fields]
        shown = [hit for hit in hits if hit.score >= _SHOWN_FROM]
        return tuple(sorted(shown, key=lambda hit: (-round(hit.score, 2), hit.service.popular or 99))[:limit])


def content_words(text: str) -> tuple[str, ...]:
    """The words that carry meaning, comparable; all of them when nothing else is left."""
    words = plain_words(text.replace("’", "' ").replace("'", "' ")).split()
    return tuple(word for word in words if word not in _STOP_WORDS) or tuple(words)


def _fields(service: Service) -> Iterator[_Field]:
    for language, name in service.name.items():
        yield _field(name, "name", language)
    for language, keywords in service.keywords.items():
        for keyword in keywords:
            yield _field(keyword, "keyword", language)
    for language, description in service.description.items():
        yield _field(description, "description", language)


def _field(text: str, kind: str, language: str) -> _Field:
    words = content_words(text)
    return _Field(words=words, phrase=" ".join(words), weight=_FIELD_WEIGHTS[kind], language=language)


def _score(asked: tuple[str, ...], fields: tuple[_Field, ...], language: str) -> float:
    """Mean over the asked words of their best match in the service, plus a share for the best single field."""
    best_word = [0.0] * len(asked)
    best_field = 0.0
    for field in fields:
        weight = field.weight * (1.0 if field.language == language else _OTHER_LANGUAGE)
        likeness = [max((_likeness(word, other) for other in field.words), default=0.0) for word in asked]
        best_word = [max(old, new * weight) for old, new in zip(best_word, likeness, strict=True)]
        together = sum(likeness) / len(asked)
        coverage = min(1.0, sum(each > 0 for each in likeness) / max(1, len(field.words)))
        best_field = max(best_field, weight * together * (0.7 + 0.3 * coverage))
    return 0.5 * best_field + 0.5 * sum(best_word) / len(asked)


def _likeness(asked: str, word: str) -> float:
    """1 for the same word, less for a common stem, the beginning of a word, or a slip of the finger; else 0."""
    if asked == word:
        return 1.0
    shorter, longer = sorted((asked, word), key=len)
    if len(shorter) >= _SHORTEST_PREFIX and longer.startswith(shorter):
        return 0.9 if len(shorter) >= _STEM_LETTERS or shorter == asked else 0.6
    if len(shorter) < _STEM_LETTERS - 1:
        return 0.0
    shared = next((place for place, (a, b) in enumerate(zip(shorter, longer, strict=False)) if a != b), len(shorter))
    if shared >= _STEM_LETTERS - 1 and shared >= len(longer) - _LONGEST_ENDING:
        return 0.75
    ratio = fuzz.ratio(asked, word, score_cutoff=_ALIKE_FROM)
    return ratio / 100 * 0.92

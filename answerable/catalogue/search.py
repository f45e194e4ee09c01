"""Finding a service by what a resident calls it.

The words of all services stand in one vocabulary, so that each asked word is compared once, not once a service.
A word few services know says more than one that many know; a word none knows says almost nothing.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from answerable.catalogue.structs import Pack, Service
from answerable.catalogue.words import plain_words

_FIELD_WEIGHTS = {"name": 1.0, "keyword": 0.97, "description": 0.6}
_OTHER_LANGUAGE = 0.93
_ALIKE_FROM = 82.0
"""Units: per cent of rapidfuzz' ratio below which two words are taken for different ones."""

_ALIKE_WEIGHT = 0.92
_SURE_FROM = 0.4
_UNSURE_FROM = 0.15
_BESIDE_BEST = 0.75
"""When nothing is sure, what comes this near the best is shown: a few guesses help more than an empty page."""

_UNKNOWN_WORD_WEIGHT = 0.15
"""What a word no service knows counts, beside 1 for a word that only one service knows."""

_STOP_WORDS = frozenset(
    plain_words(
        "a all am an and are at be by can cannot did do does for from get gets getting had has have he her his how i"
        " in is it its me my no not of on or our over please she somebody someone that the their there they this to"
        " too was we were what when where who why with you your"
        " a ai as au aux avec ce ces chez dans de des du elle en est et ete etait faire fait il ils j je la le les lui"
        " ma me mes mon n ne on ont ou par pas pour qu que qui sa se ses son sur tout toute trop un une vous y l d c s"
        " m t"
    ).split()
)
_STEM_LETTERS = 5
_SHORTEST_PREFIX = 3
_LONGEST_ENDING = 3
_PLURALS = ("s", "x", "es")


@dataclass(frozen=True, slots=True)
class ServiceHit:
    """A service that fits, and how well.  Units: `score` 0 to 1."""

    service: Service
    score: float


@dataclass(frozen=True, slots=True)
class _Field:
    service: int
    words: tuple[str, ...]
    weight: float
    language: str


@dataclass(frozen=True, slots=True)
class _Asked:
    """A word asked for: how much it counts, and how well each field knows it, by the field's place in the index."""

    weight: float
    likeness: dict[int, float]


class ServiceIndex:
    """The words of every service, ready to compare; a hundred services take a millisecond or two."""

    def __init__(self, pack: Pack) -> None:
        self._services = pack.services
        self._fields = [field for place, service in enumerate(pack.services) for field in _fields(place, service)]
        self._where: dict[str, list[int]] = defaultdict(list)
        for place, field in enumerate(self._fields):
            for word in dict.fromkeys(field.words):
                self._where[word].append(place)
        self._vocabulary = tuple(self._where)
        self._beginnings: dict[str, list[str]] = defaultdict(list)
        for word in self._vocabulary:
            self._beginnings[word[:_SHORTEST_PREFIX]].append(word)

    def find(self, words: str, *, language: str, limit: int) -> tuple[ServiceHit, ...]:
        """The best services, best first; popular ones first among equals."""
        asked = [self._asked(word) for word in content_words(words)]
        if not any(each.likeness for each in asked):
            return ()
        scores = self._scores(asked, language)
        shown_from = max(_UNSURE_FROM, min(_SURE_FROM, _BESIDE_BEST * max(scores.values())))
        hits = [ServiceHit(self._services[place], score) for place, score in scores.items() if score >= shown_from]
        return tuple(sorted(hits, key=lambda hit: (-round(hit.score, 2), hit.service.popular or 99))[:limit])

    def _asked(self, word: str) -> _Asked:
        likeness: dict[int, float] = {}
        for known, alike in self._alike(word).items():
            for place in self._where[known]:
                likeness[place] = max(alike, likeness.get(place, 0.0))
        services = {self._fields[place].service for place in likeness}
        return _Asked(self._rarity(len(services)), likeness)

    def _rarity(self, services: int) -> float:
        """1 for a word of one service, near 0.3 for a word of all.  Source: K. Spärck Jones, "A statistical
        interpretation of term specificity and its application in retrieval", 1972."""
        if services == 0:
            return _UNKNOWN_WORD_WEIGHT
        return 0.3 + 0.7 * (1 - math.log(services) / math.log(max(2, len(self._services)) + 1))

    def _alike(self, asked: str) -> dict[str, float]:
        """The known words that may be meant, and how sure that is."""
        if len(asked) < _SHORTEST_PREFIX:
            return {asked: 1.0} if asked in self._where else {}
        near = process.extract(asked, self._vocabulary, scorer=fuzz.ratio, score_cutoff=_ALIKE_FROM, limit=None)
        found = {word: ratio / 100 * _ALIKE_WEIGHT for word, ratio, _ in near if len(word) >= _STEM_LETTERS - 1}
        for word in self._beginnings.get(asked[:_SHORTEST_PREFIX], ()):
            found[word] = max(found.get(word, 0.0), _likeness(asked, word))
        return {word: alike for word, alike in found.items() if alike}

    def _scores(self, asked: Sequence[_Asked], language: str) -> dict[int, float]:
        """Half for the best field of a service, half for the best match of each asked word in any of its fields."""
        total = sum(each.weight for each in asked)
        best_field: dict[int, float] = defaultdict(float)
        best_words: dict[int, list[float]] = defaultdict(lambda: [0.0] * len(asked))
        for place in {place for each in asked for place in each.likeness}:
            field = self._fields[place]
            weight = field.weight * (1.0 if field.language == language else _OTHER_LANGUAGE)
            likeness = [each.likeness.get(place, 0.0) for each in asked]
            together = sum(each.weight * alike for each, alike in zip(asked, likeness, strict=True)) / total
            coverage = min(1.0, sum(alike > 0 for alike in likeness) / len(field.words))
            best_field[field.service] = max(best_field[field.service], weight * together * (0.7 + 0.3 * coverage))
            words = best_words[field.service]
            best_words[field.service] = [max(old, alike * weight) for old, alike in zip(words, likeness, strict=True)]
        return {
            service: 0.5 * score
            + 0.5 * sum(each.weight * best for each, best in zip(asked, best_words[service], strict=True)) / total
            for service, score in best_field.items()
        }


def content_words(text: str) -> tuple[str, ...]:
    """The words that carry meaning, comparable; all of them when nothing else is left."""
    words = plain_words(text.replace("’", "' ").replace("'", "' ")).split()
    return tuple(word for word in words if word not in _STOP_WORDS) or tuple(words)


def _fields(place: int, service: Service) -> Iterator[_Field]:
    for language, name in service.name.items():
        yield _field(place, name, "name", language)
    for language, keywords in service.keywords.items():
        for keyword in keywords:
            yield _field(place, keyword, "keyword", language)
    for language, description in service.description.items():
        yield _field(place, description, "description", language)


def _field(place: int, text: str, kind: str, language: str) -> _Field:
    return _Field(service=place, words=content_words(text), weight=_FIELD_WEIGHTS[kind], language=language)


def _likeness(asked: str, word: str) -> float:
    """1 for the same word, less for its plural, the beginning of a word or a common stem; else 0."""
    if asked == word:
        return 1.0
    shorter, longer = sorted((asked, word), key=len)
    if longer in {shorter + ending for ending in _PLURALS}:
        return 0.95
    if len(shorter) >= _SHORTEST_PREFIX and longer.startswith(shorter):
        return 0.9 if len(shorter) >= _STEM_LETTERS or shorter == asked else 0.6
    shared = next((place for place, (a, b) in enumerate(zip(shorter, longer, strict=False)) if a != b), len(shorter))
    if shared >= _STEM_LETTERS - 1 and shared >= len(longer) - _LONGEST_ENDING:
        return 0.75
    return 0.0

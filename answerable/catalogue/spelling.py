"""How people write streets: abbreviations, French forms, ordinals, directions; pure.

Both what is known and what is asked pass through here, so only agreement matters, not linguistic truth.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from rapidfuzz import fuzz

from answerable.catalogue.words import plain_words

SPELLING_RULES = 4
"""Count up when a rule changes: gazetteers are then indexed again at the next load."""

_TYPES_SPELT = {
    "ave": "avenue av ave aven avenu",
    "st": "street st str rue",
    "rd": "road rd chemin ch",
    "dr": "drive dr drv promenade prom",
    "blvd": "boulevard blvd boul bd bl",
    "cres": "crescent cres cr crois croissant",
    "crt": "court crt ct cour",
    "pl": "place pl",
    "lane": "lane ln ruelle",
    "hwy": "highway hwy route rte autoroute",
    "pky": "parkway pkwy pky pkway",
    "terr": "terrace terr ter terrasse",
    "trl": "trail trl sentier",
    "sq": "square sq carre",
    "gdns": "gardens gdns",
    "gdn": "garden gdn jardin",
    "grv": "grove grv",
    "cir": "circle cir circ cercle",
    "gt": "gate gt",
    "way": "way wy voie",
    "pk": "park pk parc",
    "pt": "point pt pointe",
    "rdg": "ridge rdg",
    "hts": "heights hts",
    "bay": "bay baie",
    "cove": "cove anse",
    "close": "close clos",
    "walk": "walk wlk",
    "path": "path",
    "row": "row",
    "mews": "mews",
    "expy": "expressway expy expwy",
    "fwy": "freeway fwy",
    "brg": "bridge brg pont",
    "ramp": "ramp bretelle",
    "common": "common commons",
    "hill": "hill colline",
}
STREET_TYPES: dict[str, str] = {alias: kind for kind, aliases in _TYPES_SPELT.items() for alias in aliases.split()}
"""Every way a type of street is written, and the one we keep."""

_FRENCH_LEADING = frozenset(
    plain_words(
        "rue boulevard boul bd chemin ch promenade prom croissant crois ruelle autoroute allee carre voie cour pont"
    ).split()
)
_ANY_LEADING = _FRENCH_LEADING | frozenset(
    plain_words("avenue av ave blvd place pl route rte sentier parc terrasse").split()
)
_DIRECTIONS = {"north": "n", "nord": "n", "south": "s", "sud": "s", "east": "e", "est": "e", "west": "w", "ouest": "w"}
_DIRECTIONS |= {letter: letter for letter in "nsew"} | {"o": "w"}
_SAME_WORDS = {"saint": "st", "sainte": "st", "ste": "st", "mount": "mt", "mont": "mt"}
_NUMBERS = plain_words(
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth"
    " fifteenth sixteenth seventeenth eighteenth nineteenth twentieth"
).split()
_SAME_WORDS |= {word: f"{number}th" for number, word in enumerate(_NUMBERS, start=1)}
_LANDMARK_WORDS = {
    "bibliotheque": "library",
    "piscine": "pool",
    "ecole": "school",
    "hopital": "hospital",
    "eglise": "church",
    "cimetiere": "cemetery",
    "parc": "park",
    "gare": "station",
    "musee": "museum",
    "marche": "market",
    "center": "centre",
    "saint": "st",
    "sainte": "st",
    "ste": "st",
}
_ORDINAL = re.compile(r"^(\d+)(?:st|nd|rd|th|e|er|re|ere|eme)$")

_CROSSING = re.compile(r"\s*(?:[/&@+]|\b(?:and|at|et|near|corner of)\b)\s*|\s+(?:à|x)\s+", re.IGNORECASE)
_CROSSING_LEAD = re.compile(
    r"^\s*(?:(?:the\s+)?(?:corner|intersection)\s+(?:of|at)|(?:au\s+)?coin\s+(?:de|des)|(?:à\s+)?l['’]angle\s+(?:de|des)"
    r"|intersection\s+(?:de|des)|near|près\s+de|in\s+front\s+of|devant(?:\s+le)?)\s+",
    re.IGNORECASE,
)
_UNIT = re.compile(
    r"^\s*(?:unit|apt|apartment|suite|app|appartement|bureau|#)\.?\s*\w+\s*[,-]?\s+(?=\d)", re.IGNORECASE
)
_NUMBER = re.compile(
    r"^\s*(?:\d+\s*[-–]\s*(?=\d))?(\d{1,6})\s*([a-z](?=[\s,])|1/2|½)?\s*(?:,\s*|\s+)(?=\S)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class StreetName:
    """A street's name taken apart: `lawrence`, `ave`, `e`."""

    name: str
    kind: str = ""
    direction: str = ""
    spelt: str = ""
    """The name with the words of its type, for names that are types themselves: `wilson heights`."""

    @property
    def key(self) -> str:
        """All of it, as it is looked up: `lawrence ave e`."""
        return " ".join(part for part in (self.name, self.kind, self.direction) if part)


def street_name(text: str) -> StreetName:
    """The street as both sides write it.

    `street_name("boul. Lawrence Est").key` and `street_name("Lawrence Boulevard E").key` are `lawrence blvd e`.
    """
    words = [_word(each) for each in plain_words(text).split()]
    if not words:
        return StreetName(name="")
    direction = ""
    if len(words) > 1 and words[-1] in _DIRECTIONS:
        direction = _DIRECTIONS[words.pop()]
    if len(words) > 1 and words[0] in (_FRENCH_LEADING if words[-1] in STREET_TYPES else _ANY_LEADING):
        kind = STREET_TYPES.get(words[0], words[0])
        return StreetName(name=" ".join(words[1:]), kind=kind, direction=direction, spelt=" ".join(words))
    spelt = " ".join(words)
    kind = ""
    if len(words) > 1 and words[-1] in STREET_TYPES:
        kind = STREET_TYPES[words.pop()]
    if len(words) > 1 and words[0] in _DIRECTIONS and words[0] != "o":
        words[0] = _DIRECTIONS[words[0]]
    return StreetName(name=" ".join(words), kind=kind, direction=direction, spelt=spelt)


def _word(word: str) -> str:
    ordinal = _ORDINAL.match(word)
    return f"{ordinal.group(1)}th" if ordinal else _SAME_WORDS.get(word, word)


def landmark_key(text: str) -> str:
    """A landmark's name as both sides write it: French words for kinds of buildings become the English ones."""
    return " ".join(_LANDMARK_WORDS.get(word, word) for word in plain_words(text).split())


def split_crossing(text: str) -> tuple[str, ...]:
    """The streets of an intersection; one part when it is none.  `Yonge St & Bloor` gives both."""
    parts = [part.strip(" ,.;") for part in _CROSSING.split(_CROSSING_LEAD.sub("", text))]
    return tuple(part for part in parts if part)


def crossing_key(streets: Iterable[str]) -> str:
    """The key of an intersection, the same in whatever order its streets are named."""
    return " & ".join(sorted(set(streets)))


def split_number(text: str) -> tuple[str, str]:
    """House number and the rest; an empty number when there is none.

    `12-34 Main St` is unit 12 of number 34.  Source: Canada Post, Addressing Guidelines, "unit identifier".
    """
    bare = _UNIT.sub("", text)
    found = _NUMBER.match(bare)
    if not found:
        return "", text.strip()
    half = (found.group(2) or "").casefold().replace("½", " 1/2").replace("1/2", " 1/2").replace("  ", " ")
    return f"{int(found.group(1))}{half}", bare[found.end() :].strip()


def alike(asked: StreetName, known: StreetName) -> float:
    """How likely the asked street is the known one.  Units: 0 to 100.

    The name decides; a type or direction left out costs little, a different one more.
    """
    as_split = _names_alike(asked.name, known.name) - _off(asked.kind, known.kind)
    as_spelt = _names_alike(asked.spelt, known.name) - _off("", known.kind) if asked.kind else 0.0
    return max(0.0, max(as_split, as_spelt) - _off(asked.direction, known.direction))


def _names_alike(asked: str, known: str) -> float:
    return max(fuzz.ratio(asked.replace(" ", ""), known.replace(" ", "")), fuzz.token_sort_ratio(asked, known) * 0.98)


def _off(asked: str, known: str) -> float:
    if asked == known:
        return 0.0
    if not asked:
        return 2.0
    return 6.0 if not known else 14.0

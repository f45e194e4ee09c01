"""The glossary holds every code that data, facts and doors carry."""

from __future__ import annotations

import re
from enum import StrEnum

import pytest

from answerable.channels.open311.words import STANDING
from answerable.contacts.rules import MessageClass, Way
from answerable.intake.rules import Channel
from answerable.kernel.places import Precision
from answerable.requests.rules import Handoff, Lifecycle, LinkKind, Outcome, PromiseStanding, Visibility
from answerable.staff.rules import Role
from tests.house.tree import DOCS, listed

GLOSSARY = DOCS / "glossary.md"


@pytest.mark.parametrize(
    "codes",
    [Channel, Handoff, Lifecycle, LinkKind, MessageClass, Outcome, Precision, PromiseStanding, Visibility, Way],
)
def test_every_code_is_in_the_glossary(codes: type[StrEnum]) -> None:
    told = set(re.findall(r"`([a-z0-9_]+)`", GLOSSARY.read_text(encoding="utf-8")))

    missing = sorted(set(codes) - told)
    assert not missing, listed(
        missing, remedy=f"Say in docs/glossary.md, in both languages, what these of {codes.__name__} mean:"
    )


def test_every_role_is_in_the_glossary() -> None:
    words = re.findall(r"^\| ([a-z]+) \|", GLOSSARY.read_text(encoding="utf-8"), re.MULTILINE)

    missing = sorted(set(Role) - set(words))
    assert not missing, listed(missing, remedy="Say in docs/glossary.md, in both languages, who these are:")


def test_every_word_has_its_french() -> None:
    faults = []
    for part in GLOSSARY.read_text(encoding="utf-8").split("\n## ")[1:]:
        for table in re.findall(r"(?:^\|.*\n)+", part + "\n", re.MULTILINE):
            heads, _, *rows = [
                [cell.strip() for cell in line.strip("|\n").split("|")] for line in table.strip().split("\n")
            ]
            column = heads.index("français")
            faults += [row[0] for row in rows if len(row) != len(heads) or not row[column]]

    assert not faults, listed(faults, remedy="Give the French word too:")


def test_the_open311_door_says_states_as_the_glossary_does() -> None:
    table = GLOSSARY.read_text(encoding="utf-8").partition("### Life cycle")[2].partition("### ")[0]
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in table.split("\n") if line.startswith("| `")
    ]

    assert {code.strip("`"): {"en": english, "fr": french} for code, english, french, *_ in rows} == dict(STANDING)

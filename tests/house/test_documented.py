"""What operators, administrators and developers must know is written down, and stays true."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from answerable.plumbing.bootstrap import TASKS
from tests.house import reference, tables
from tests.house.tree import (
    CITIES,
    DOCS,
    ROOT,
    errors,
    facts,
    first_line,
    listed,
    parsed,
    product_files,
    python_tests,
    shown,
    strings,
)

AGAIN = "Run `python -m tests.house.regenerate` and commit the difference."
SETTINGS = DOCS / "handbook/settings.md"
MOST_FACTS = 60

_VARIABLE = re.compile(r"\b(?:ANSWERABLE_[A-Z_]+[A-Z]|DATABASE_URL)\b")
_INTERNAL = {"ANSWERABLE_TEST_RUN", "ANSWERABLE_TEST_DATABASE_URL", "ANSWERABLE_TEST_FOLDER"}


def test_every_refusal_is_documented() -> None:
    assert tables.read_table(tables.ERRORS) == tables.errors_table(), f"docs/errors.md is behind the code. {AGAIN}"


def test_every_kind_of_fact_is_documented() -> None:
    assert tables.read_table(tables.FACTS) == tables.facts_table(), f"docs/facts.md is behind the code. {AGAIN}"


def test_codes_and_kinds_are_given_once() -> None:
    codes = Counter(each.code for each in errors())
    kinds = Counter(each.KIND for each in facts())

    twice = [name for name, times in [*codes.items(), *kinds.items()] if times > 1]
    assert not twice, listed(twice, remedy="One meaning, one name; rename the younger of the two:")


def test_codes_and_kinds_are_written_alike() -> None:
    odd = [
        name
        for name in [*(e.code for e in errors()), *(f.KIND for f in facts())]
        if not re.fullmatch(r"[a-z]+\.[a-z0-9_]+", name)
    ]

    assert not odd, listed(odd, remedy="Write `<room>.<what>` in small letters and underscores:")


def test_every_refusal_says_what_to_do() -> None:
    silent = [each.__qualname__ for each in errors() if len(first_line(each.__doc__).split()) < 4]

    assert not silent, listed(silent, remedy="The docstring of an error says what is wrong and what to do:")


def test_facts_stay_few() -> None:
    assert len(facts()) < MOST_FACTS, "Facts are reviewed like an API; say more with the bodies of those there are."


def test_every_setting_is_documented() -> None:
    read = {
        name for path in product_files() for _, text in strings(parsed(path)) for name in _VARIABLE.findall(text)
    } - _INTERNAL
    told = set(_VARIABLE.findall(SETTINGS.read_text(encoding="utf-8")))

    assert not read - told, listed(sorted(read - told), remedy="Document these in docs/handbook/settings.md:")
    assert not told - read, listed(
        sorted(told - read), remedy="Nothing reads these; take them out of docs/handbook/settings.md:"
    )


@pytest.mark.parametrize("folder", ["decisions", "algorithms", "handbook"])
def test_every_page_is_in_its_index(folder: str) -> None:
    index = (DOCS / folder / "README.md").read_text(encoding="utf-8")
    missing = [
        page.name
        for page in sorted((DOCS / folder).glob("*.md"))
        if page.name != "README.md" and f"({page.name})" not in index
    ]

    assert not missing, listed(missing, remedy=f"Add a line to docs/{folder}/README.md for:")


def test_decisions_are_numbered_dated_and_say_what_else_was_weighed() -> None:
    faults: list[str] = []
    for page in sorted((DOCS / "decisions").glob("0*.md")):
        text = page.read_text(encoding="utf-8")
        wanted = ("Date: ", "## Context", "## Decision", "## Alternatives", "## Consequences")
        faults += [f"{page.name}: {piece}" for piece in wanted if piece not in text]
        faults += [] if text.startswith(f"# {page.name[:4]} ") else [f"{page.name}: title '# {page.name[:4]} · …'"]

    assert not faults, listed(faults, remedy="A decision is one page with these parts:")


def test_links_between_pages_lead_somewhere() -> None:
    faults = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in [*ROOT.glob("*.md"), *DOCS.rglob("*.md")]
        for target in re.findall(r"\]\((?!https?:|mailto:|#)([^)#]+)[^)]*\)", page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]

    assert not faults, listed(faults, remedy="These links lead nowhere:")


def test_paths_named_in_the_documentation_exist() -> None:
    mentioned = re.compile(r"`((?:answerable|tests|docs|benchmarks|cities)/[\w./-]*\w(?:\.\w+)?/?)")
    pages = [*ROOT.glob("*.md"), DOCS / "architecture.md", *(DOCS / "decisions").glob("*.md")]
    faults = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in pages
        for target in mentioned.findall(page.read_text(encoding="utf-8"))
        if not (ROOT / target).exists()
    ]

    assert not faults, listed(faults, remedy="The page speaks of files that are not there:")


def test_commands_named_anywhere_exist() -> None:
    known = {task.words.split()[0] for task in TASKS}
    pages = [*ROOT.glob("*.md"), *DOCS.rglob("*.md"), *CITIES.rglob("*.md"), *product_files()]
    faults = [
        f"{page.relative_to(ROOT)}: ./311 {word}"
        for page in pages
        for word in re.findall(r"\./311 ([a-z][a-z-]*)", page.read_text(encoding="utf-8"))
        if word not in known
    ]

    assert not faults, listed(faults, remedy="There is no such task; `./311` lists those there are:")


def test_pages_named_in_the_code_exist() -> None:
    named = re.compile(r"\bdocs/[\w/-]+(?:\.\w+)?")
    faults = [
        f"{shown(path)}: {name}"
        for path in [*product_files(), *product_files("*.sql"), *python_tests()]
        for name in named.findall(path.read_text(encoding="utf-8"))
        if not any(ROOT.glob(name if "." in name.rpartition("/")[2] else f"{name}*"))
    ]

    assert not faults, listed(faults, remedy="The code sends its reader to a page that is not there:")


def test_every_task_of_the_command_line_is_documented() -> None:
    assert tables.read_table(tables.COMMANDS) == tables.commands_table(), f"docs/handbook/commands.md is old. {AGAIN}"


def test_every_field_of_a_city_pack_is_documented() -> None:
    assert tables.read_table(tables.PACKS) == reference.packs(), f"docs/handbook/city-packs.md is old. {AGAIN}"


def test_every_call_and_code_of_the_json_door_is_documented() -> None:
    assert tables.read_table(tables.JSON_DOOR) == reference.json_door(), f"docs/handbook/json-door.md is old. {AGAIN}"


def test_who_may_do_what_is_documented() -> None:
    assert tables.read_table(tables.ROLES) == tables.roles_table(), (
        f"docs/handbook/roles.md is behind the code. {AGAIN}"
    )

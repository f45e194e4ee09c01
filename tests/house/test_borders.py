"""A room's tables are its own in SQL too, and every SQL file is installed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from django.apps import apps

from tests.house.tree import PRODUCT, listed, parsed, product_files, shown, strings

ABROAD: dict[str, str] = {
    "answerable/intake/sql/receive.sql reads staff_apiclient": "the key of a program is checked in the one statement",
    "answerable/intake/sql/receive_2.sql reads staff_apiclient": "as its first version",
    "answerable/intake/sql/receive_2.sql reads requests_request": "as its first version",
    "answerable/intake/sql/receive.sql reads requests_request": "a repeated telling answers with the request it became",
    "answerable/channels/open311/queries.py reads requests_request": "a token opens its request in one statement",
    "answerable/requests/published.py reads journal_fact": "a feed of changes with the state of their requests, in one",
    "answerable/web/live/relay.py reads journal_fact": "the relay's own connection; where a process begins",
    "answerable/promises/sql/promises_functions_2.sql writes plumbing_timer": "new promises and their timers, together",
    "answerable/promises/sql/promises_functions_3.sql writes plumbing_timer": "as the version before",
    "answerable/wiring.py reads requests_request": "the hall: what open pages show of a changed request",
}
"""SQL that names another room's table, and why."""

_TABLES = re.compile(r"\b(INSERT\s+INTO|UPDATE|DELETE\s+FROM|FROM|JOIN)\s+([a-z]+_[a-z_]+)", re.IGNORECASE)


def test_sql_keeps_to_its_own_rooms_tables() -> None:
    rooms = {config.label for config in apps.get_app_configs() if config.name.startswith("answerable.")}
    found = {
        f"{shown(path)} {what}" for path, text in _statements() for what in abroad(text, home=_room(path), rooms=rooms)
    }

    new = sorted(found - set(ABROAD))
    assert not new, listed(
        new, remedy="Call the other room's action, query or SQL function; a read that cannot is listed with its reason:"
    )
    assert not (stale := sorted(set(ABROAD) - found)), listed(
        stale, remedy="These no longer are; take them off the list:"
    )


def abroad(text: str, *, home: str, rooms: set[str]) -> Iterator[str]:
    """Every table of another room that the statement names; a word ending in a bracket is a function."""
    bare = re.sub(r"--.*", "", text)
    for found in _TABLES.finditer(bare):
        verb, table = found.group(1).split()[0].upper(), found.group(2)
        is_function = bare[found.end() :].lstrip().startswith("(") and verb in {"FROM", "JOIN"}
        if table.partition("_")[0] in rooms - {home} and not is_function:
            yield f"{'reads' if verb in {'FROM', 'JOIN'} else 'writes'} {table}"


def _statements() -> Iterator[tuple[Path, str]]:
    for path in product_files("*.sql"):
        yield path, path.read_text(encoding="utf-8")
    for path in product_files():
        yield from ((path, text) for _, text in strings(parsed(path)))


def _room(path: Path) -> str:
    """The room a file belongs to: the innermost application around it, else its top folder."""
    around = [config for config in apps.get_app_configs() if path.is_relative_to(config.path)]
    inner = max(around, key=lambda config: len(config.path), default=None)
    return inner.label if inner else path.relative_to(PRODUCT).parts[0]


def test_the_rule_sees_a_border_crossed() -> None:
    rooms = {"intake", "requests"}

    assert list(abroad("INSERT INTO requests_photo VALUES", home="intake", rooms=rooms)) == ["writes requests_photo"]
    assert list(abroad("SELECT 1 FROM requests_log(1)", home="intake", rooms=rooms)) == []
    assert list(abroad("SELECT 1 FROM intake_draft", home="intake", rooms=rooms)) == []


def test_every_sql_file_is_installed_by_its_room() -> None:
    faults = [
        shown(path)
        for path in product_files("*.sql")
        if not any(
            path.name in each.read_text(encoding="utf-8") for each in (path.parents[1] / "migrations").glob("*.py")
        )
    ]

    assert not faults, listed(faults, remedy="No migration of the room reads this file; add one that does:")

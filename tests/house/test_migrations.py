"""Migrations change shape only, wait for nobody long, and come one after the other."""

from __future__ import annotations

import ast
from pathlib import Path

from django.apps import apps
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState
from django.utils import translation

from tests.house.test_writes import writes
from tests.house.tree import dotted, listed, parsed, product_files, shown, strings


def migrations() -> list[Path]:
    """Every migration of the product's rooms."""
    return [
        path for path in product_files(migrations=True) if path.parent.name == "migrations" and path.stem != "__init__"
    ]


def test_migrations_state_their_time_outs_first() -> None:
    faults = [shown(path) for path in migrations() if not _begins_with_time_outs(parsed(path))]

    assert not faults, listed(
        faults,
        remedy="Begin with RunSQL(\"SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'\"):"
        " a migration that waits for a lock stops everybody behind it.",
    )


def _begins_with_time_outs(tree: ast.Module) -> bool:
    named = {
        node.targets[0].id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Assign)
            and dotted(node.targets[0]) == "operations"
            and isinstance(node.value, ast.List)
        ):
            first = node.value.elts[0] if node.value.elts else None
            if not isinstance(first, ast.Call) or not first.args:
                return False
            said = first.args[0]
            said = named.get(said.id, said) if isinstance(said, ast.Name) else said
            text = " ".join(piece for _, piece in strings(said))
            return "lock_timeout" in text and "statement_timeout" in text
    return False


def test_migrations_hold_no_data() -> None:
    faults = [
        f"{shown(path)}:{line} {what}"
        for path in migrations()
        for line, what in [
            *writes(parsed(path)),
            *(
                (node.lineno, "RunPython")
                for node in ast.walk(parsed(path))
                if isinstance(node, ast.Attribute) and node.attr == "RunPython"
            ),
        ]
    ]

    assert not faults, listed(
        faults,
        remedy="A city's data comes from its pack and old rows are filled by a command: take this out:",
    )


def test_each_rooms_migrations_are_one_line() -> None:
    loader = MigrationLoader(None, ignore_no_migrations=True)
    rooms = {config.label for config in apps.get_app_configs() if config.name.startswith("answerable.")}

    forked = [
        f"{room}: {sorted(name for _, name in leaves)}"
        for room in sorted(rooms)
        if len(leaves := loader.graph.leaf_nodes(room)) > 1
    ]
    numbers = [f"{room}: {name}" for room, name in loader.disk_migrations if room in rooms and not name[:4].isdigit()]

    assert not forked, listed(
        forked, remedy="Two migrations follow the same one: renumber the later and let it follow the other:"
    )
    assert not numbers, listed(numbers, remedy="Begin the name with four digits:")


def test_migrations_draw_the_tables_the_models_describe() -> None:
    loader = MigrationLoader(None, ignore_no_migrations=True)
    with translation.override("en"):
        states = loader.project_state(), ProjectState.from_apps(apps)
        changes = MigrationAutodetector(*states).changes(graph=loader.graph)
    rooms = {config.label for config in apps.get_app_configs() if config.name.startswith("answerable.")}

    missing = [
        f"{room}: {operation.describe()}"
        for room, steps in changes.items()
        if room in rooms
        for step in steps
        for operation in step.operations
    ]

    assert not missing, listed(
        missing, remedy="A model changed without its migration: write it with `makemigrations` and read it:"
    )

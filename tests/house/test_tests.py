"""Tests keep to their storeys too."""

from __future__ import annotations

import ast

from tests.house.tree import ROOT, functions, listed, parsed, python_tests, shown

_DATABASE_FIXTURES = {"db", "transactional_db", "django_db_setup", "django_db_blocker", "client", "live_server"}


def test_tests_of_rules_never_touch_the_database() -> None:
    faults = [
        f"{shown(path)}:{line} {what}"
        for path in python_tests()
        if path.is_relative_to(ROOT / "tests/rules")
        for line, what in database_uses(parsed(path))
    ]

    assert not faults, listed(
        faults, remedy="What needs the database belongs in tests/rooms; what decides belongs in rules.py, tested here:"
    )


def database_uses(tree: ast.Module) -> list[tuple[int, str]]:
    """Line and name of everything by which a test would reach the database."""
    found: list[tuple[int, str]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(("django.db", "django.test", "psycopg")):
            found.append((node.lineno, f"imports {node.module}"))
        if isinstance(node, ast.Attribute) and node.attr in {"django_db", "usefixtures"}:
            found.append((node.lineno, f"marks {node.attr}"))
    for function in functions(tree):
        asked = {argument.arg for argument in [*function.args.args, *function.args.kwonlyargs]}
        found += [(function.lineno, f"asks for {name}") for name in sorted(asked & _DATABASE_FIXTURES)]
    return found


def test_the_rule_sees_a_database() -> None:
    assert database_uses(ast.parse("def test_a(db): ...")) == [(1, "asks for db")]
    assert database_uses(ast.parse("from django.db import connection")) == [(1, "imports django.db")]


def test_tests_are_named_as_sentences() -> None:
    faults = [
        f"{shown(path)}:{function.lineno} {function.name}"
        for path in python_tests()
        for function in functions(parsed(path))
        if function.name.startswith("test_") and function.name.count("_") < 3
    ]

    assert not faults, listed(faults, remedy="Name the test as a sentence, so that a stranger learns the rule from it:")


def test_no_test_sleeps_or_patches_our_own_functions() -> None:
    faults = [
        f"{shown(path)}:{node.lineno}"
        for path in python_tests()
        if path.is_relative_to(ROOT / "tests/rules")
        for node in ast.walk(parsed(path))
        if (isinstance(node, ast.Attribute) and node.attr in {"sleep", "patch"})
        or (isinstance(node, ast.ImportFrom) and (node.module or "").startswith("unittest.mock"))
    ]

    assert not faults, listed(faults, remedy="Freeze the clock and pass values in; patching means the seam is wrong:")

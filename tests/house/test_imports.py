"""Rooms look down, rules are pure, tables are private, imports stand at the top."""

from __future__ import annotations

import ast
import configparser

import pytest

from tests.house.tree import DOCS, PRODUCT, ROOT, functions, listed, parsed, product_files, shown

CONTRACTS = ROOT / ".importlinter"

LATE_IMPORTS = {
    "answerable/connectors/adapters/drops.py": "the SSH library loads slowly; only a connector by SFTP needs it",
    "answerable/catalogue/holidaybook.py": "the holidays library weighs 12 MB; only loading a pack needs it",
    "answerable/plumbing/bootstrap.py": "runs before its environment exists; only then may the rest be imported",
    "answerable/plumbing/tasks.py": "a task imports what it needs, so that the others work when that is broken",
    "answerable/cli.py": "each command imports what it needs, so that `doctor` answers even when Django cannot start",
}
"""The only files that import inside functions, and why; `apps.py` too, because Django loads it before any model."""


def test_the_import_contracts_hold(capsys: pytest.CaptureFixture[str]) -> None:
    from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

    status = lint_imports(config_filename=str(CONTRACTS), no_cache=True)

    report = capsys.readouterr().out
    assert status == EXIT_STATUS_SUCCESS, (
        "An import breaks a contract of .importlinter. Move the line to the room it belongs to; a lower room that must"
        f" cause something above appends a fact instead (docs/architecture.md).\n{report}"
    )


def test_every_folder_has_its_storey() -> None:
    contract = _contracts()["importlinter:contract:storeys"]

    assert contract["exhaustive"] == "True", "The storeys must stay exhaustive: a new room is placed before it is used."
    placed = set(contract["layers"].replace("|", " ").replace("(", " ").replace(")", " ").split())
    folders = {path.name for path in PRODUCT.iterdir() if (path / "__init__.py").exists()}
    assert folders <= placed, f"Place {sorted(folders - placed)} in .importlinter and in docs/architecture.md."
    drawn = (DOCS / "architecture.md").read_text(encoding="utf-8").partition("## A room")[0]
    assert not (missing := [name for name in sorted(folders) if name not in drawn]), (
        f"Draw {missing} in docs/architecture.md."
    )


def test_every_rooms_tables_are_protected() -> None:
    protected = {name for contract in _contracts().values() for name in contract.get("protected_modules", "").split()}

    with_tables = {".".join(path.relative_to(ROOT).with_suffix("").parts) for path in product_files("models.py")}

    open_to_all = sorted(with_tables - protected)
    assert not open_to_all, listed(open_to_all, remedy="Add a `protected` contract to .importlinter for these tables:")


def _contracts() -> configparser.ConfigParser:
    parser = configparser.ConfigParser()
    parser.read(CONTRACTS, encoding="utf-8")
    return parser


def test_imports_stand_at_the_top_of_the_file() -> None:
    faults = [
        f"{shown(path)}:{line}"
        for path in product_files()
        if shown(path) not in LATE_IMPORTS and path.name != "apps.py"
        for line in late_imports(parsed(path))
    ]

    assert not faults, listed(
        faults,
        remedy="An import inside a function means a misplaced line. Move it up, or move the function to a room that may"
        " import this; a true exception is listed with its reason in tests/house/test_imports.py.",
    )


def late_imports(tree: ast.Module) -> list[int]:
    """The lines of imports inside functions."""
    return sorted(
        {
            node.lineno
            for function in functions(tree)
            for node in ast.walk(function)
            if isinstance(node, ast.Import | ast.ImportFrom)
        }
    )


def test_the_rule_sees_a_late_import() -> None:
    assert late_imports(ast.parse("def f():\n    import os\n")) == [2]
    assert late_imports(ast.parse("import os\n")) == []

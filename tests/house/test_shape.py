"""The style a machine can see: sizes, docstrings, leftovers, addresses."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from tests.house.tree import (
    ROOT,
    Definition,
    functions,
    listed,
    parsed,
    product_files,
    python_tests,
    shown,
    tracked_files,
)

LONGEST_FUNCTION = 60
"""Units: lines, signature and docstring included."""

LONGEST_FILE = 600
"""Units: lines."""

SPOKEN_FOR = {"Meta", "Migration"}
"""Names whose meaning is given by the framework."""


def test_functions_are_short() -> None:
    faults = [
        f"{shown(path)}:{function.lineno} {function.name} has {length} lines"
        for path in [*product_files(), *python_tests()]
        for function in functions(parsed(path))
        if (length := (function.end_lineno or 0) - function.lineno + 1) > LONGEST_FUNCTION
    ]

    assert not faults, listed(faults, remedy=f"Split functions over {LONGEST_FUNCTION} lines; most fit in 25:")


def test_files_are_short() -> None:
    faults = [
        f"{shown(path)} has {lines} lines"
        for path in [*product_files(), *python_tests(), *product_files("*.sql")]
        if (lines := path.read_text(encoding="utf-8").count("\n")) > LONGEST_FILE
    ]

    assert not faults, listed(faults, remedy=f"Split files over {LONGEST_FILE} lines by subject, never by kind:")


def test_public_names_say_what_they_are() -> None:
    faults = [f"{shown(path)}:{fault}" for path in product_files() for fault in undocumented(parsed(path))]

    assert not faults, listed(
        faults,
        remedy="Give each public name a docstring: one sentence saying what is true afterwards or what comes back.",
    )


def undocumented(tree: ast.Module) -> list[str]:
    """Line and name of every public module, class, function and method without a docstring."""
    found = [] if ast.get_docstring(tree) or not tree.body else ["1 the module"]
    ahead: list[ast.Module | ast.ClassDef] = [tree]
    while ahead:
        for node in ahead.pop().body:
            if not isinstance(node, Definition) or node.name.startswith("_") or node.name in SPOKEN_FOR:
                continue
            if not ast.get_docstring(node) and not _overloads(node):
                found.append(f"{node.lineno} {node.name}")
            if isinstance(node, ast.ClassDef):
                ahead.append(node)
    return found


def _overloads(node: Definition) -> bool:
    return any(isinstance(each, ast.Name) and each.id in {"overload", "override"} for each in node.decorator_list)


def test_the_rule_sees_a_missing_docstring() -> None:
    assert undocumented(ast.parse('"""M."""\nclass A:\n    """A."""\n    def b(self): ...\n    def _c(self): ...')) == [
        "4 b"
    ]


_LEFTOVER = re.compile(r"(?<!\w)(TODO|FIXME|XXX|HACK)(?!\w)(?!\(#\d+\))")
_TEXT = {
    ".py",
    ".html",
    ".css",
    ".js",
    ".sql",
    ".toml",
    ".md",
    ".po",
    ".txt",
    ".lock",
    ".yml",
    ".yaml",
    ".cfg",
    ".ini",
    "",
}


def test_nothing_is_left_for_later_without_an_issue() -> None:
    faults = [
        f"{shown(path)}:{number}"
        for path in tracked_files()
        if path.suffix in {".py", ".html", ".css", ".js", ".sql"} and path != Path(__file__)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if _LEFTOVER.search(line)
    ]

    assert not faults, listed(faults, remedy="Do it, or open an issue and write its number: `TODO(#12): …`.")


_ADDRESSES = re.compile(
    r"/(work|root|home/\w+)/(?=\w)|--(extra-)?index-url|https?://[^\s\"']+/simple\b"
    r"|https?://[^\s\"']+\.(tgz|whl)\b"
)


def test_no_machines_path_or_registrys_address_is_in_the_tree() -> None:
    faults = [
        f"{shown(path)}:{number} {found.group()}"
        for path in tracked_files()
        if path.suffix in _TEXT and path != Path(__file__) and _is_text(path)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if (found := _ADDRESSES.search(line))
    ]

    assert not faults, listed(faults, remedy="The tree works on any machine, with any package index: take these out:")


def _is_text(path: Path) -> bool:
    with path.open("rb") as file:
        return b"\0" not in file.read(1024)


def test_there_is_one_licence() -> None:
    licence = (ROOT / "LICENSE").read_text(encoding="utf-8")

    assert "Apache License" in licence
    assert "Version 2.0" in licence
    assert 'license = { text = "Apache-2.0" }' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")

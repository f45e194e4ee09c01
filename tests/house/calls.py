"""Which functions of the product append a fact: directly, through another function, or through an SQL function."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from tests.house.tree import FunctionNode, dotted, module_name, parsed, product_files, strings

_SQL_FUNCTION = re.compile(
    r"CREATE (?:OR REPLACE )?FUNCTION (\w+)\s*\((.*?)(?=CREATE (?:OR REPLACE )?FUNCTION|\Z)", re.DOTALL | re.I
)
_APPENDING = {"answerable.journal.actions.append", "answerable.journal.actions.append_all"}


@dataclass(slots=True)
class Module:
    """One file: its functions, the texts it holds by name, and what its names stand for."""

    name: str
    functions: dict[str, FunctionNode]
    texts: dict[str, str]
    means: dict[str, str] = field(default_factory=dict)


@cache
def appending_sql() -> frozenset[str]:
    """The SQL functions that append a fact, however many steps away."""
    bodies = {
        name: body
        for path in product_files("*.sql")
        for name, body in _SQL_FUNCTION.findall(path.read_text(encoding="utf-8"))
    }
    appending = {"journal_append"} | {name for name, body in bodies.items() if "INSERT INTO journal_fact" in body}
    while more := {name for name, body in bodies.items() if name not in appending and _mentions(body, appending)}:
        appending |= more
    return frozenset(appending)


def _mentions(text: str, names: Iterable[str]) -> bool:
    return any(re.search(rf"\b{name}\s*\(", text) for name in names)


@cache
def appending_functions() -> frozenset[str]:
    """The dotted names of all functions that append a fact, however many steps away."""
    modules = {module.name: module for module in map(_read, product_files())}
    appending = set(_APPENDING)
    uses = {
        f"{module.name}.{name}": set(_uses(node, module, modules))
        for module in modules.values()
        for name, node in module.functions.items()
    }
    while more := {
        name for name, used in uses.items() if name not in appending and used & (appending | {"journal_append"})
    }:
        appending |= more
    return frozenset(appending)


def _read(path: Path) -> Module:
    tree = parsed(path)
    module = Module(
        name=module_name(path),
        functions={node.name: node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)},
        texts={target: text for target, value in _assigned(tree) for _, text in strings(value)},
    )
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            module.means |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    return module


def _assigned(tree: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            yield node.targets[0].id, node.value
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
            yield node.target.id, node.value


def _uses(function: FunctionNode, module: Module, modules: dict[str, Module]) -> Iterator[str]:
    """Every function named in the body, by its dotted name; SQL that appends counts as `journal_append`."""
    texts = [text for _, text in strings(function)]
    for node in ast.walk(function):
        if not isinstance(node, ast.Name | ast.Attribute):
            continue
        name = _resolved(dotted(node), module)
        yield name
        owner, _, last = name.rpartition(".")
        if owner in modules and last in modules[owner].texts:
            texts.append(modules[owner].texts[last])
    if any(_mentions(text, appending_sql()) for text in texts):
        yield "journal_append"


def _resolved(name: str, module: Module) -> str:
    first, _, rest = name.partition(".")
    if first in module.means:
        return f"{module.means[first]}.{rest}" if rest else module.means[first]
    return f"{module.name}.{name}"

"""The house as its rules see it: files, syntax trees, fact and error classes."""

from __future__ import annotations

import ast
import importlib
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ROOT / "answerable"
CITIES = ROOT / "cities"
DOCS = ROOT / "docs"

_NOT_OURS = {".git", ".venv", "var", "node_modules", "__pycache__", "build", "dist"}

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
Definition = FunctionNode | ast.ClassDef


def shown(path: Path) -> str:
    """The path as messages name it, from the root of the repository."""
    return path.relative_to(ROOT).as_posix()


def product_files(pattern: str = "*.py", *, migrations: bool = False) -> list[Path]:
    """The product's own files, in order; its migrations only when asked for."""
    files = sorted(path for path in PRODUCT.rglob(pattern) if path.is_file() and "__pycache__" not in path.parts)
    return [path for path in files if migrations or "migrations" not in path.parts]


def python_tests() -> list[Path]:
    """Every Python file below tests."""
    return sorted(path for path in (ROOT / "tests").rglob("*.py") if "__pycache__" not in path.parts)


def tracked_files() -> Iterator[Path]:
    """Every file that belongs to the repository: all but caches, environments and what a run leaves behind."""
    folders = [ROOT]
    while folders:
        for path in sorted(folders.pop().iterdir()):
            if path.name in _NOT_OURS or path.name.endswith(("_cache", ".egg-info")) or path.is_symlink():
                continue
            if path.is_dir() and path.name != ".hypothesis":
                folders.append(path)
            elif path.is_file():
                yield path


@cache
def parsed(path: Path) -> ast.Module:
    """The syntax tree of the file."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def module_name(path: Path) -> str:
    """The dotted name under which the file is imported."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def functions(tree: ast.AST) -> Iterator[FunctionNode]:
    """Every function in the tree, inner ones too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def dotted(node: ast.expr) -> str:
    """`a.b.c` for such an expression; calls on the way are stepped through, anything else is empty."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = dotted(node.value)
        return f"{before}.{node.attr}" if before else node.attr
    if isinstance(node, ast.Call):
        return dotted(node.func)
    return ""


def strings(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and text of every string constant; docstrings are left out, pieces of f-strings are joined."""
    told = {id(doc) for node in ast.walk(tree) if (doc := _docstring_of(node)) is not None}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            pieces = [str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values]
            yield node.lineno, "".join(pieces)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            yield node.lineno, node.value


def _docstring_of(node: ast.AST) -> ast.Constant | None:
    if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and node.body:
        first = node.body[0]
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
            return first.value
    return None


def first_line(text: str | None) -> str:
    """The first line of a docstring."""
    return (text or "").strip().split("\n", 1)[0].strip()


@cache
def modules_named(*names: str) -> tuple[str, ...]:
    """The dotted names of all modules called one of `names`, imported, in order."""
    found = [module_name(path) for path in product_files() if path.stem in names]
    for name in found:
        importlib.import_module(name)
    return tuple(found)


def subclasses(root: type) -> list[type]:
    """Every class of the product below `root`, by module and name."""
    found, ahead = set(), [root]
    while ahead:
        for child in ahead.pop().__subclasses__():
            if child not in found:
                found.add(child)
                ahead.append(child)
    return sorted(filter(_is_ours, found), key=lambda each: (each.__module__, each.__name__))


def _is_ours(each: type) -> bool:
    """Whether it is the product's, and the class its module gives: `slots=True` leaves a twin behind."""
    return (
        each.__module__.startswith("answerable.") and getattr(sys.modules[each.__module__], each.__name__, None) is each
    )


def facts() -> list[type]:
    """Every kind of fact the product knows, by kind."""
    from answerable.kernel.facts import SubjectFact

    modules_named("events")
    return sorted((each for each in subclasses(SubjectFact) if each.KIND), key=lambda each: each.KIND)


def errors() -> list[type]:
    """Every refusal that has a code of its own, by code."""
    from answerable.kernel.errors import AnswerableError

    for path in product_files():
        if any(_gives_code(node) for node in parsed(path).body):
            importlib.import_module(module_name(path))
    return sorted((each for each in subclasses(AnswerableError) if "code" in vars(each)), key=lambda each: each.code)


def _gives_code(node: ast.stmt) -> bool:
    """Whether it is a class whose body sets `code`."""
    return isinstance(node, ast.ClassDef) and any(
        isinstance(line, ast.Assign) and dotted(line.targets[0]) == "code" for line in node.body
    )


def listed(faults: list[str], *, remedy: str) -> str:
    """The message of a broken rule: what to do, then every place."""
    return "\n".join([remedy, *(f"  {fault}" for fault in faults)])

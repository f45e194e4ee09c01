"""The tables of the documentation that are read off the code, as `regenerate` writes and the tests compare them."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path

from django.urls import URLPattern, URLResolver, get_resolver

from answerable.plumbing.bootstrap import TASKS
from answerable.staff.rules import Permission, Role, may
from tests.house.tree import DOCS, errors, facts, first_line

ERRORS = DOCS / "errors.md"
FACTS = DOCS / "facts.md"
COMMANDS = DOCS / "handbook/commands.md"
PACKS = DOCS / "handbook/city-packs.md"
ROLES = DOCS / "handbook/roles.md"
JSON_DOOR = DOCS / "handbook/json-door.md"
URLS = DOCS / "urls.txt"

_BEGIN = "<!-- written by `python -m tests.house.regenerate`; do not edit below -->"


def errors_table() -> str:
    """Every refusal of the product: its code, and what to do."""
    rows = [f"| `{each.code}` | {first_line(each.__doc__)} |" for each in errors()]
    return "\n".join(["| code | what is wrong and what to do |", "|---|---|", *rows]) + "\n"


def facts_table() -> str:
    """Every kind of fact: whom it is about, what it says, what it carries."""
    rows = [
        f"| `{each.KIND}` | {each.SUBJECT_WORD} | {first_line(each.__doc__)} | {_carried(each)} |" for each in facts()
    ]
    return "\n".join(["| kind | about | what happened | carries |", "|---|---|---|---|", *rows]) + "\n"


def _carried(fact: type) -> str:
    return (
        ", ".join(f"`{field.name}`" for field in dataclasses.fields(fact) if field.name != "subject_id")
        or "nothing more"
    )


def commands_table() -> str:
    """Every task of `./311`: its words, and what it does."""
    rows = [f"| `./311 {task.words}` | {task.summary} |" for task in TASKS]
    return "\n".join(["| command | does |", "|---|---|", *rows]) + "\n"


def roles_table() -> str:
    """Who may do what: a line for each permission, a column for each role."""
    rows = [
        f"| `{permission}` | " + " | ".join("yes" if may(role, permission) else "" for role in Role) + " |"
        for permission in Permission
    ]
    heads = " | ".join(Role)
    return "\n".join([f"| may | {heads} |", "|---|" + "---|" * len(Role), *rows]) + "\n"


def read_table(path: Path) -> str:
    """The generated part of a page."""
    return path.read_text(encoding="utf-8").partition(_BEGIN)[2].lstrip("\n")


def write_table(path: Path, table: str) -> None:
    """The page keeps its introduction and has this table below it."""
    introduction = path.read_text(encoding="utf-8").partition(_BEGIN)[0].rstrip("\n")
    path.write_text(f"{introduction}\n\n{_BEGIN}\n\n{table}", encoding="utf-8")


def patterns() -> Iterator[tuple[str, URLPattern]]:
    """Every address that Django answers, and its pattern; the language is written `<lang>`."""
    yield from _below(get_resolver(), "/")


def _below(resolver: URLResolver, before: str) -> Iterator[tuple[str, URLPattern]]:
    for entry in resolver.url_patterns:
        piece = "<lang>/" if type(entry.pattern).__name__ == "LocalePrefixPattern" else _spoken(str(entry.pattern))
        if isinstance(entry, URLResolver):
            yield from _below(entry, before + piece)
        else:
            yield before + piece, entry


def _spoken(pattern: str) -> str:
    """A path as people write it; the marks of regular expressions are taken out."""
    named = re.sub(r"\(\?P<(\w+)>[^)]*\)", r"<\1>", pattern)
    return re.sub(r"<\w+:(\w+)>", r"<\1>", named).removeprefix("^").removesuffix("\\Z").removesuffix("$")


def listed_urls() -> dict[str, str]:
    """The committed addresses and who may see each."""
    lines = [line for line in URLS.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    return {address: access for address, _, access in (line.partition("  ") for line in lines)}


def present_urls() -> dict[str, str]:
    """The addresses there are, and who may see each."""
    return {address: access_of(pattern) for address, pattern in patterns()}


def access_of(pattern: URLPattern) -> str:
    """Who may see the page, in words; empty when it does not say."""
    access = getattr(pattern.callback, "access", None)
    if access is None:
        return ""
    return access.kind if access.kind != "staff" else "staff: " + ", ".join(sorted(access.roles))


def write_urls() -> None:
    """New addresses join the list; none leaves it, because a published address is a promise."""
    introduction = [line for line in URLS.read_text(encoding="utf-8").splitlines() if line.startswith("#")]
    kept = {**listed_urls(), **present_urls()}
    lines = [f"{address}  {access}" for address, access in sorted(kept.items())]
    URLS.write_text("\n".join([*introduction, "", *lines]) + "\n", encoding="utf-8")

"""Tables are written by actions, and by nobody else."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from tests.house.tree import dotted, listed, parsed, product_files, shown, strings

WRITERS: dict[str, str] = {
    "answerable/connectors/sending.py": "the way out of the ledger whose other half is connectors.actions",
    "answerable/journal/followers.py": "each follower keeps its own cursor, in the transaction its handler writes in",
    "answerable/plumbing/clockwork.py": "rings timers: claims, puts off and deletes its own rows",
    "answerable/plumbing/stamps.py": "keeps one row of its own that says which release wrote the database",
    "answerable/rehearsal/picture.py": "draws a picture into memory, no rows",
    "answerable/connectors/remedies.py": "what people decide about messages and disagreements, with its facts",
    "answerable/connectors/drifting.py": "the rows of what disagrees with another system, and their facts",
    "answerable/connectors/reconciling.py": "the rows of comparisons, and their facts",
    "answerable/connectors/inbox.py": "the rows of what other systems say; connectors.actions offers it as apply",
    "answerable/connectors/replies.py": "what departments say by their links: an action with a page of its own",
    "answerable/requests/workorders.py": "the work orders' rows, inside the transactions of requests.actions",
    "answerable/requests/changes.py": "what every action of requests.actions does around its own write",
    "answerable/requests/survey.py": "the action that keeps what a requester says of how it went",
    "answerable/requests/fieldwork.py": "the action of a crew that asks for help",
    "answerable/requests/proofs.py": "pictures and notes, inside the transactions of requests.actions",
    "answerable/requests/replies.py": "the versions of ready-made words; publishing one is a fact",
    "answerable/requests/runs.py": "how far many changes together have got; each change is one of requests.actions",
    "answerable/requests/bulk.py": "the action that brings thousands of requests in at once, by COPY",
    "answerable/requests/pictures.py": "writes picture files, no rows",
}
"""Files beside actions.py that write, and what; everything else reads."""

_ROW_WRITES = {"save", "bulk_create", "bulk_update", "get_or_create", "update_or_create", "create"}
_QUERY_WRITES = {"update", "delete", "aupdate", "adelete"}
_SQL_WRITE = re.compile(
    r"\b(INSERT\s+INTO|UPDATE\s+\w+\s+(\w+\s+)?SET|DELETE\s+FROM|TRUNCATE\s|MERGE\s+INTO)\b", re.IGNORECASE
)


def test_only_actions_write() -> None:
    faults = [
        f"{shown(path)}:{line} {what}"
        for path in product_files()
        if not may_write(path)
        for line, what in writes(parsed(path))
    ]

    assert not faults, listed(
        faults, remedy="Move the write into its room's actions.py (or a function in its sql/), and call that action."
    )


def may_write(path: Path) -> bool:
    """Whether the file is an action, or one of the few listed."""
    return path.name == "actions.py" or "actions" in path.parent.parts or shown(path) in WRITERS


def writes(tree: ast.Module) -> list[tuple[int, str]]:
    """Line and words of every write to a table."""
    found = [(line, " ".join(text.split())[:60]) for line, text in strings(tree) if _SQL_WRITE.search(text)]
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        name, chain = node.func.attr, dotted(node.func).split(".")
        on_rows = "objects" in chain
        if (name in _QUERY_WRITES and on_rows) or (name in _ROW_WRITES and (on_rows or name == "save")):
            found.append((node.lineno, ".".join(chain) + "()"))
    return sorted(set(found))


def test_the_rule_sees_writes() -> None:
    assert writes(ast.parse("Request.objects.filter(id=1).update(a=2)")) == [(1, "Request.objects.filter.update()")]
    assert writes(ast.parse("row.save()")) == [(1, "row.save()")]
    assert writes(ast.parse("x = 'DELETE FROM t'")) == [(1, "DELETE FROM t")]
    assert writes(ast.parse("{}.update({})\nx = 'update your settings'")) == []

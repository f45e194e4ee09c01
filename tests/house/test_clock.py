"""Only plumbing.clock reads the clock."""

from __future__ import annotations

import ast

from tests.house.tree import dotted, listed, parsed, product_files, shown

READER = "answerable/plumbing/clock.py"

NAIVE = {
    "datetime.now", "datetime.utcnow", "datetime.today", "datetime.datetime.now", "datetime.datetime.utcnow",
    "date.today", "datetime.date.today", "time.time", "time.time_ns", "timezone.now", "timezone.localtime",
    "timezone.localdate", "time.localtime", "time.gmtime",
}  # fmt: skip
"""Calls that read the wall clock; `time.monotonic` and `time.perf_counter` measure and are free."""

ALLOWED: dict[str, str] = {
    "answerable/plumbing/bootstrap.py": "runs on the bare standard library, before the product can be imported",
    "answerable/plumbing/doctor.py": "compares this machine's clock with the database's",
}
"""Files that may read it themselves, and why."""


def test_only_the_clock_reads_the_clock() -> None:
    faults = [
        f"{shown(path)}:{line} {call}()"
        for path in product_files()
        if shown(path) != READER and shown(path) not in ALLOWED
        for line, call in clock_calls(parsed(path))
    ]

    assert not faults, listed(
        faults, remedy="Call plumbing.clock.now() once, in the action, and pass it on as `now` or `at`; rules take it."
    )


def clock_calls(tree: ast.Module) -> list[tuple[int, str]]:
    """Line and name of every call that reads the wall clock."""
    return [
        (node.lineno, dotted(node.func))
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and dotted(node.func) in NAIVE
    ]


def test_the_rule_sees_a_naive_clock() -> None:
    assert clock_calls(ast.parse("x = datetime.now(UTC)\ny = time.monotonic()")) == [(1, "datetime.now")]

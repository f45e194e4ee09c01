"""The style a syntax tree can see: values that cannot change, names that say something, logs without persons."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.house.tree import FunctionNode, dotted, functions, listed, parsed, product_files, shown

CHANGING: dict[str, str] = {
    "answerable/catalogue/areas.py Areas": "builds its trees once, when first asked",
    "answerable/catalogue/bench.py Bench": "gathers the mistakes found in a pack",
    "answerable/catalogue/city.py City": "builds its indexes once, when first asked",
    "answerable/catalogue/pack.py Reading": "gathers what was read of a pack",
    "answerable/channels/open311/forms.py _Part": "grows while a body is read",
    "answerable/connectors/adapters/georeport.py Client": "learns a server's habits, keeps its connections",
    "answerable/connectors/adapters/open311.py Open311Server": "keeps what the server offers for an hour",
    "answerable/connectors/adapters/rest.py RestServer": "keeps its connections open",
    "answerable/connectors/conformance.py Listener": "gathers what a webhook brings while it is tried",
    "answerable/rehearsal/department.py Department": "keeps the work orders of a make-believe department",
    "answerable/connectors/senders.py Workers": "counts what is under way and holds its threads",
    "answerable/connectors/senders.py Line": "remembers what is under way and when it was last looked after",
    "answerable/connectors/senders.py Hall": "holds the running keepers of all lines",
    "answerable/plumbing/supervisor.py Program": "holds a running process",
    "answerable/plumbing/supervisor.py _Kept": "counts the falls of a process",
    "answerable/promises/actions.py _Change": "gathers what one statement will store",
    "answerable/promises/measured.py _Known": "what a process has read, kept for a minute",
    "answerable/rehearsal/gateway.py Gateway": "keeps the messages it took, as long as a rehearsal lasts",
    "answerable/requests/bulk.py PastKind": "writes its columns out once, when first asked",
    "answerable/web/components/checks.py Node": "grows while a page is read",
    "answerable/web/components/checks.py PageTree": "grows while a page is read",
}
"""Dataclasses that are not frozen and slotted, and why."""

SPEAKERS = {
    "answerable/cli.py",
    "answerable/plumbing/backup.py",
    "answerable/plumbing/bootstrap.py",
    "answerable/plumbing/doctor.py",
    "answerable/plumbing/supervisor.py",
    "answerable/plumbing/tasks.py",
}
"""The files that talk to a terminal; everything else logs."""

EMPTY_NAMES = {"data", "info", "helper", "helpers", "manager", "util", "utils", "misc", "common", "stuff"}
"""Words that say nothing about a thing."""

NAMED_BY_OTHERS = {
    "answerable/plumbing/launcher.py data",
    "answerable/plumbing/outward.py get_extra_info",
    "answerable/web/components/checks.py handle_data",
}
"""Names others give: PostgreSQL to its folder, Python to a parser's method, httpcore to a stream's."""

_LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}
_EVENT = re.compile(r"[a-z_0-9]+(\.[a-z_0-9]+)+")
_NOT_FOR_LOGS = {
    "name",
    "email",
    "phone",
    "address",
    "postal",
    "words",
    "description",
    "said",
    "body",
    "message",
    "token",
    "key",
}


def test_values_cannot_change() -> None:
    found = [f"{shown(path)} {name}" for path in product_files() for name in changing_dataclasses(parsed(path))]

    new = [name for name in found if name not in CHANGING]
    assert not new, listed(
        new,
        remedy="Write @dataclass(frozen=True, slots=True); one that must change is listed with its reason in"
        " tests/house/test_style.py:",
    )


def changing_dataclasses(tree: ast.Module) -> Iterator[str]:
    """The names of dataclasses that are not both frozen and slotted."""
    for node in ast.walk(tree):
        for decorator in node.decorator_list if isinstance(node, ast.ClassDef) else ():
            if dotted(decorator).rpartition(".")[2] == "dataclass":
                given = {word.arg for word in getattr(decorator, "keywords", []) if ast.unparse(word.value) == "True"}
                if not {"frozen", "slots"} <= given:
                    yield node.name


def test_names_say_something() -> None:
    faults = [
        f"{shown(path)} {name}"
        for path in product_files()
        for name in [
            path.stem,
            *(node.name for node in ast.walk(parsed(path)) if isinstance(node, ast.ClassDef | FunctionNode)),
        ]
        if EMPTY_NAMES & set(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower().split("_"))
    ]

    assert not set(faults) - NAMED_BY_OTHERS, listed(faults, remedy="Name the thing by what it is or does:")


def test_refusals_have_a_class_of_their_own() -> None:
    faults = [
        f"{shown(path)}:{node.lineno}"
        for path in product_files()
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Raise) and node.exc is not None and dotted(node.exc) in {"Exception", "BaseException"}
    ]

    assert not faults, listed(faults, remedy="Raise an error of the room's errors.py, with a code and a remedy:")


def test_logs_name_what_happened_and_hold_no_persons() -> None:
    faults = [f"{shown(path)}:{fault}" for path in product_files() for fault in bad_logs(parsed(path))]

    assert not faults, listed(
        faults,
        remedy='Write log.info("room.what_happened", extra={"handoff": 7}): a constant name, ids and codes:',
    )


def bad_logs(tree: ast.Module) -> Iterator[str]:
    """Line and fault of log calls whose name is made up as they run, or that carry personal data."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.func.attr not in _LEVELS:
            continue
        if dotted(node.func.value) not in {"log", "logger", "logging"}:
            continue
        event = node.args[0] if len(node.args) == 1 else None
        if not isinstance(event, ast.Constant) or not _EVENT.fullmatch(str(event.value)):
            yield f"{node.lineno} its name is no constant"
        for extra in (word.value for word in node.keywords if word.arg == "extra" and isinstance(word.value, ast.Dict)):
            told = {key.value for key in extra.keys if isinstance(key, ast.Constant)}
            yield from (f"{node.lineno} carries '{word}'" for word in sorted(told & _NOT_FOR_LOGS))


def test_the_rule_sees_bad_logs() -> None:
    assert list(bad_logs(ast.parse("log.info(f'sent {x}')"))) == ["1 its name is no constant"]
    assert list(bad_logs(ast.parse("log.info('mail.sent', extra={'email': x})"))) == ["1 carries 'email'"]
    assert list(bad_logs(ast.parse("log.info('mail.sent', extra={'notice': 7})"))) == []


def test_only_the_command_line_prints() -> None:
    faults = [
        f"{shown(path)}:{node.lineno}"
        for path in product_files()
        if shown(path) not in SPEAKERS
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Call) and dotted(node.func) == "print"
    ]

    assert not faults, listed(faults, remedy="Log it, or return it to the command that prints:")


def test_every_signature_is_typed() -> None:
    faults = [
        f"{shown(path)}:{function.lineno} {function.name}"
        for path in product_files()
        for function in functions(parsed(path))
        if function.returns is None or any(each.annotation is None for each in _told(function))
    ]

    allowed = {fault for fault in faults if fault.startswith("answerable/asgi.py")}
    assert not set(faults) - allowed, listed(sorted(set(faults) - allowed), remedy="Annotate arguments and result:")


def _told(function: FunctionNode) -> list[ast.arg]:
    every = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    return [each for each in every if each.arg not in {"self", "cls"}]

"""The reference parts of two pages of the handbook, read off the structs packs and JSON are decoded into."""

from __future__ import annotations

import typing
from types import NoneType, UnionType

import msgspec

from answerable.catalogue import structs
from answerable.catalogue.grammar import TEXT_MARK, Strict
from answerable.channels.api import schemas
from answerable.channels.api.calls import CALLS, Call
from tests.house.tree import first_line

FILES: tuple[tuple[str, type[Strict]], ...] = (
    ("`city.toml`", structs.CityFile),
    ("`brand.toml`", structs.Brand),
    ("`calendars.toml`: `[[calendar]]`", structs.CalendarEntry),
    ("`departments.toml`: `[[department]]`", structs.Department),
    ("`services/*.toml`: `[[group]]`", structs.Group),
    ("`services/*.toml`: `[[service]]`", structs.Service),
    ("`promises.toml`: `[[promise]]`", structs.Promise),
    ("`outcomes.toml`: `[[outcome]]`", structs.Outcome),
    ("`routes.toml`: `[[route]]`", structs.Route),
    ("`golden.toml`: `[[case]]`", structs.GoldenCase),
    ("`referrals.toml`: `[[referral]]`", structs.Referral),
    ("`areas/areas.toml`: `[[area]]`", structs.AreaSource),
    ("`gazetteer/gazetteer.toml`: `[[source]]`", structs.GazetteerSource),
    ("`imports/*.toml`", structs.ImportMapping),
)
"""What an author writes, in the order of the page; tables inside a table follow it."""

_PLAIN = {
    str: "words", int: "whole number", float: "number", bool: "`true` or `false`", structs.dt.date: "date",
    structs.dt.datetime: "date and time",
}  # fmt: skip


def packs() -> str:
    """Every file of a pack with its fields, and every table inside them."""
    return "\n\n".join(_section(title, struct, level=3) for title, struct in FILES) + "\n"


def json_door() -> str:
    """Every call of the JSON door, and what goes in and out."""
    told = (each for call in CALLS for each in (call.query, call.body, *call.answers.values()) if each)
    structs = list(dict.fromkeys(told))
    parts = [_calls(), *(_section(each.__name__, each, level=3) for each in [*structs, schemas.Problems])]
    return "\n\n".join(parts) + "\n"


def _calls() -> str:
    keys = {call.name: f"`{call.scope}`" if call.scope else "none" for call in CALLS}
    rows = [f"| `{call.method} {call.path}` | {keys[call.name]} | {call.about} | {_gives(call)} |" for call in CALLS]
    return "\n".join(["| call | key | does | takes, and gives |", "|---|---|---|---|", *rows])


def _gives(call: Call) -> str:
    takes = [each.__name__ for each in (call.query, call.body) if each]
    given = [f"{status} {struct.__name__ if struct else 'nothing'}" for status, struct in call.answers.items()]
    return "; ".join(filter(None, [", ".join(takes), ", ".join(given)]))


def _section(title: str, struct: type[msgspec.Struct], *, level: int) -> str:
    table = _read_in(struct) if struct.__struct_config__.forbid_unknown_fields else _sent_out(struct)
    parts = [f"{'#' * level} {title}\n\n{first_line(struct.__doc__)}\n\n{table}"]
    parts += [_section(f"{_called(inner)}", inner, level=level + 1) for inner in _inner(struct)]
    return "\n\n".join(parts)


def _read_in(struct: type[msgspec.Struct]) -> str:
    fields = msgspec.structs.fields(struct)
    rows = [f"| `{field.encode_name}` | {_words(field.type)} | {_absent(field)} |" for field in fields]
    return "\n".join(["| field | holds | if absent |", "|---|---|---|", *rows])


def _sent_out(struct: type[msgspec.Struct]) -> str:
    fields = msgspec.structs.fields(struct)
    ends = {field.name: " or `null`" if NoneType in typing.get_args(field.type) else "" for field in fields}
    rows = [f"| `{field.encode_name}` | {_words(field.type)}{ends[field.name]} |" for field in fields]
    return "\n".join(["| field | holds |", "|---|---|", *rows])


def _inner(struct: type[msgspec.Struct]) -> list[type[msgspec.Struct]]:
    found: list[type[msgspec.Struct]] = []
    for field in msgspec.structs.fields(struct):
        found += [each for each in _structs_in(field.type) if each not in found]
    return found


def _structs_in(kind: object) -> list[type[msgspec.Struct]]:
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return [kind]
    return [each for part in typing.get_args(kind) for each in _structs_in(part)]


def _called(struct: type[msgspec.Struct]) -> str:
    return f"A table of {struct.__name__}"


def _absent(field: msgspec.structs.FieldInfo) -> str:
    if field.required:
        return "**refused**"
    default = field.default_factory() if field.default is msgspec.NODEFAULT else field.default
    if default in (None, "", (), {}, 0) and default is not False:
        return "none"
    if isinstance(default, msgspec.Struct):
        return "that table's own"
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    if isinstance(default, tuple):
        return ", ".join(f"`{each}`" for each in default)
    return f"`{default}`"


def _words(kind: object) -> str:
    origin, parts = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Annotated:
        said = [meta for meta in parts[1:] if isinstance(meta, msgspec.Meta)]
        return _text_or(_words(parts[0]), said) + "".join(map(_limits, said))
    if origin is typing.Literal:
        return "one of " + ", ".join(f"`{each}`" for each in parts)
    if origin in (typing.Union, UnionType):
        return " or ".join(dict.fromkeys(_words(part) for part in parts if part is not NoneType))
    if origin in (tuple, list, dict):
        return f"list: {_words(parts[0])}" if origin is not dict else f"table: name = {_words(parts[1])}"
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return kind.__name__
    return _PLAIN.get(kind, str(kind))  # type: ignore[arg-type]


def _text_or(words: str, said: list[msgspec.Meta]) -> str:
    return TEXT_MARK if any(meta.description == TEXT_MARK for meta in said) else words


def _limits(meta: msgspec.Meta) -> str:
    told = {
        "from": meta.ge,
        "above": meta.gt,
        "to": meta.le,
        "below": meta.lt,
        "like": meta.pattern,
        "up to": meta.max_length,
    }
    said = [f"{word} `{value}`".replace("|", "\\|") for word, value in told.items() if value is not None]
    return f" ({', '.join(said)})" if said else ""

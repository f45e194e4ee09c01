"""TOML to structs, saying every mistake instead of the first one only."""

from __future__ import annotations

import datetime as dt
import types
import typing
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec

Decoded = TypeVar("Decoded")

_SHOWN_LETTERS = 60
_TAG = "kind"
"""The field by which a table with several forms says which one it has."""
_NAMING_KEYS = ("code", "id", "kind", "name")


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake in a pack: where it is, what stands there and what to do."""

    file: str
    entry: str
    message: str
    value: str = ""
    remedy: str = ""

    def __str__(self) -> str:
        place = " › ".join(part for part in (self.file, self.entry) if part)
        value = f" (now: {self.value})" if self.value else ""
        return f"{place}: {self.message}{value} {self.remedy}".rstrip()


def step(name: str, *, index: int | None = None, raw: object = None) -> str:
    """One part of an entry's path: `service[3] 'pothole'`."""
    position = "" if index is None else f"[{index + 1}]"
    title = (
        next((raw[key] for key in _NAMING_KEYS if isinstance(raw.get(key), str)), "") if isinstance(raw, dict) else ""
    )
    return f"{name}{position} '{title}'" if title else f"{name}{position}"


def decode(raw: object, *, to: type[Decoded], file: str, entry: str) -> tuple[Decoded | None, list[Problem]]:
    """The struct, or None and everything that is wrong with it; dates may stand bare or in quotes."""
    raw = _dates_as_text(raw)
    try:
        return msgspec.convert(raw, to), []
    except msgspec.ValidationError as error:
        found = _drill(raw, to, file, entry)
        return None, found or [Problem(file, entry, _sentence(error), _shown(raw))]


def _dates_as_text(raw: object) -> object:
    if isinstance(raw, (dt.datetime, dt.date, dt.time)):
        return raw.isoformat()
    if isinstance(raw, dict):
        return {key: _dates_as_text(value) for key, value in raw.items()}
    return [_dates_as_text(value) for value in raw] if isinstance(raw, list) else raw


def _drill(raw: object, hint: Any, file: str, entry: str) -> list[Problem]:
    """The mistakes inside one value, as deep as they can be named."""
    if _fits(raw, hint) is None:
        return []
    kinds = _kinds(hint)
    if kinds and isinstance(raw, dict) and raw.get(_TAG) not in kinds:
        remedy = f"Give one of: {', '.join(kinds)}."
        return [Problem(file, _joined(entry, _TAG), "no such kind.", _shown(raw.get(_TAG)), remedy)]
    bare = _bare(hint, raw)
    if isinstance(bare, type) and issubclass(bare, msgspec.Struct) and isinstance(raw, dict):
        return _drill_struct(raw, bare, file, entry)
    arguments = typing.get_args(bare)
    if typing.get_origin(bare) is tuple and isinstance(raw, list) and raw:
        inner = [
            problem
            for index, each in enumerate(raw)
            for problem in _drill(each, arguments[0], file, _joined(entry, step("", index=index, raw=each), glue=""))
        ]
        return inner or [Problem(file, entry, _sentence(_fits(raw, hint)), _shown(raw))]
    if typing.get_origin(bare) is dict and isinstance(raw, dict) and raw:
        inner = [
            problem for key, each in raw.items() for problem in _drill(each, arguments[1], file, _joined(entry, key))
        ]
        return inner or [Problem(file, entry, _sentence(_fits(raw, hint)), _shown(raw))]
    return [Problem(file, entry, _sentence(_fits(raw, hint)), _shown(raw), _remedy(hint))]


def _drill_struct(raw: dict[str, object], struct: type[msgspec.Struct], file: str, entry: str) -> list[Problem]:
    known = {field.encode_name: field for field in msgspec.structs.fields(struct)}
    problems = [
        Problem(file, entry, f"unknown field '{key}'.", _shown(value), f"Use one of: {', '.join(sorted(known))}.")
        for key, value in raw.items()
        if key not in known and not (key == _TAG and _kinds(struct))
    ]
    for name, field in known.items():
        if name in raw:
            problems += _drill(raw[name], field.type, file, _joined(entry, name))
        elif field.required:
            problems.append(Problem(file, entry, f"field '{name}' is missing.", remedy=f"Add `{name} = …`."))
    return problems


def _fits(raw: object, hint: Any) -> msgspec.ValidationError | None:
    try:
        msgspec.convert(raw, hint)
    except msgspec.ValidationError as error:
        return error
    return None


def _bare(hint: Any, raw: object) -> Any:
    """The type without its annotations, and of a choice the branch that looks like the value or bears its name."""
    while typing.get_origin(hint) is typing.Annotated:
        hint = typing.get_args(hint)[0]
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        branches = [each for each in typing.get_args(hint) if each is not type(None)]
        alike = [each for each in branches if _is_named(raw, each)]
        alike = alike or [each for each in branches if _looks_like(raw, each)]
        return _bare((alike or branches)[0], raw)
    return hint


def _kinds(hint: Any) -> list[str]:
    """The names by which a table says of which kind it is; empty where there is no choice of kinds."""
    branches = typing.get_args(hint) if typing.get_origin(hint) in (typing.Union, types.UnionType) else (hint,)
    configs = [getattr(each, "__struct_config__", None) for each in branches]
    return [str(each.tag) for each in configs if each is not None and each.tag_field == _TAG]


def _is_named(raw: object, hint: Any) -> bool:
    """Whether the table says itself that it is of that struct, as `kind = "open311"` does."""
    return isinstance(raw, dict) and raw.get(_TAG) in _kinds(hint)


def _looks_like(raw: object, hint: Any) -> bool:
    bare = _bare(hint, raw)
    origin = typing.get_origin(bare) or bare
    if isinstance(raw, dict):
        return origin is dict or (isinstance(origin, type) and issubclass(origin, msgspec.Struct))
    if isinstance(raw, list):
        return origin is tuple
    return isinstance(origin, type) and isinstance(raw, origin)


def _remedy(hint: Any) -> str:
    if typing.get_origin(hint) is typing.Literal:
        return f"Give one of: {', '.join(map(str, typing.get_args(hint)))}."
    if typing.get_origin(hint) is typing.Annotated:
        for mark in typing.get_args(hint)[1:]:
            if isinstance(mark, msgspec.Meta) and mark.pattern:
                return f"It must look like {mark.pattern}."
    return ""


def _sentence(error: object) -> str:
    text = str(error).split(" - at ")[0].rstrip(".")
    return f"{text[:1].lower()}{text[1:]}."


def _shown(raw: object) -> str:
    text = repr(raw)
    return text if len(text) <= _SHOWN_LETTERS else f"{text[:_SHOWN_LETTERS]}…"


def _joined(entry: str, part: str, *, glue: str = " › ") -> str:
    return f"{entry}{glue}{part}" if entry else part.strip()

"""Rule sets and golden cases as documents, in the shape of a city pack's routes, and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time
from typing import Final

from answerable.kernel.errors import AnswerableError
from answerable.kernel.facts import Json
from answerable.routing.checks import GoldenCase
from answerable.routing.errors import BadCondition, BadRules
from answerable.routing.rules import WEEKDAYS, Case, Rule, RuleSet, When

RULE_KEYS: Final = frozenset({"id", "department", "queue", "when"})
WHEN_KEYS: Final = frozenset(
    {"service", "group", "area", "answer", "priority", "weekdays", "from", "to", "calendar_closed"}
)

Document = Sequence[Mapping[str, Json]]


def read_rules(document: Document, *, name: str = "") -> RuleSet:
    """The rule set a document says, by that name.  Raises: BadRules listing every entry that cannot be read."""
    rules: list[Rule] = []
    problems: list[AnswerableError] = []
    for place, entry in enumerate(document, start=1):
        try:
            rules.append(_read_rule(entry, place=place))
        except BadCondition as problem:
            problems.append(problem)
    if problems:
        raise BadRules(tuple(problems))
    return RuleSet(tuple(rules), name=name)


def write_rules(rules: RuleSet) -> list[dict[str, Json]]:
    """The document that `read_rules` reads back as the same rule set; conditions not given are left out."""
    return [
        {"id": rule.id, "department": rule.department, "queue": rule.queue}
        | ({} if rule.when.is_always else {"when": _write_when(rule.when)})
        for rule in rules.rules
    ]


def read_golden(
    document: Document, *, group_of: Callable[[str], str], closed_on: Callable[[date], frozenset[str]]
) -> tuple[GoldenCase, ...]:
    """The golden cases of a city pack; groups and closed calendars are looked up, since authors leave them out."""
    return tuple(_read_case(entry, group_of=group_of, closed_on=closed_on) for entry in document)


def _read_case(
    entry: Mapping[str, Json], *, group_of: Callable[[str], str], closed_on: Callable[[date], frozenset[str]]
) -> GoldenCase:
    at = datetime.fromisoformat(str(entry["at"])).replace(tzinfo=None)
    service = str(entry["service"])
    expected = _mapping(entry["expect"])
    answers = _mapping(entry.get("answers") or {})
    case = Case(
        service=service,
        at=at,
        group=group_of(service),
        areas={kind: str(name) for kind, name in _mapping(entry.get("areas") or {}).items()},
        answers={question: _answer(given) for question, given in answers.items()},
        priority=str(entry.get("priority") or "normal"),
        closed=closed_on(at.date()),
    )
    return GoldenCase(
        name=str(entry["name"]),
        case=case,
        department=str(expected["department"]),
        queue=str(expected["queue"]),
        rule_id=str(expected.get("rule") or ""),
    )


def _answer(given: Json) -> str | tuple[str, ...]:
    return tuple(str(each) for each in given) if isinstance(given, (list, tuple)) else str(given)


def _mapping(value: object) -> Mapping[str, Json]:
    return value if isinstance(value, Mapping) else {}


def _read_rule(entry: Mapping[str, Json], *, place: int) -> Rule:
    name = str(entry.get("id") or f"number {place}")
    for key in ("id", "department", "queue"):
        if not isinstance(entry.get(key), str) or not entry[key]:
            raise _bad(name, key, entry.get(key), f"Give {key} as text.")
    _refuse_unknown(name, entry, RULE_KEYS, "")
    when = entry.get("when") or {}
    if not isinstance(when, Mapping):
        raise _bad(name, "when", when, "Give a table of conditions, or leave it out.")
    _refuse_unknown(name, when, WHEN_KEYS, "when.")
    return Rule(name, str(entry["department"]), str(entry["queue"]), _read_when(name, when))


def _read_when(name: str, when: Mapping[str, Json]) -> When:
    closed = when.get("calendar_closed") or ""
    if not isinstance(closed, str):
        raise _bad(name, "when.calendar_closed", closed, "Give the code of one calendar.")
    return When(
        services=_words(name, "service", when.get("service")),
        groups=_words(name, "group", when.get("group")),
        areas=_table(name, "area", when.get("area")),
        answers=_table(name, "answer", when.get("answer")),
        priorities=_words(name, "priority", when.get("priority")),
        weekdays=_weekdays(name, when.get("weekdays")),
        start=_clock(name, "from", when.get("from")),
        end=_clock(name, "to", when.get("to")),
        calendar_closed=closed,
    )


def _refuse_unknown(name: str, entry: Mapping[str, Json], known: frozenset[str], prefix: str) -> None:
    unknown = sorted(set(entry) - known)
    if unknown:
        raise _bad(name, prefix + unknown[0], entry[unknown[0]], f"Known are {', '.join(sorted(known))}.")


def _words(name: str, key: str, value: Json) -> frozenset[str]:
    if value is None or value in ([], ()):
        return frozenset()
    if isinstance(value, str) or not isinstance(value, Sequence) or not all(isinstance(each, str) for each in value):
        raise _bad(name, f"when.{key}", value, "Give a list of texts.")
    return frozenset(str(each) for each in value)


def _table(name: str, key: str, value: Json) -> Mapping[str, frozenset[str]]:
    if not value:
        return {}
    if not isinstance(value, Mapping):
        raise _bad(name, f"when.{key}", value, "Give a table of lists, like ward = ['16'].")
    table = {kind: _words(name, f"{key}.{kind}", wanted) for kind, wanted in value.items()}
    empty = [kind for kind, wanted in table.items() if not wanted]
    if empty:
        raise _bad(name, f"when.{key}.{empty[0]}", [], "Name at least one value, or leave the condition out.")
    return table


def _weekdays(name: str, value: Json) -> frozenset[int]:
    words = _words(name, "weekdays", value)
    unknown = sorted(words - set(WEEKDAYS))
    if unknown:
        raise _bad(name, "when.weekdays", unknown[0], f"Use {', '.join(WEEKDAYS)}.")
    return frozenset(WEEKDAYS.index(word) for word in words)


def _clock(name: str, key: str, value: Json) -> time | None:
    if value is None or value == "":
        return None
    try:
        return time.fromisoformat(str(value))
    except ValueError:
        raise _bad(name, f"when.{key}", value, "Give a local time like 22:00.") from None


def _bad(name: str, field: str, value: object, remedy: str) -> BadCondition:
    return BadCondition(f"Rule '{name}' has {field} = {value!r}.", field=field, value=str(value), remedy=remedy)


def _write_when(when: When) -> dict[str, Json]:
    written: dict[str, Json] = {
        "service": _sorted(when.services),
        "group": _sorted(when.groups),
        "area": {kind: _sorted(wanted) for kind, wanted in when.areas.items()},
        "answer": {question: _sorted(wanted) for question, wanted in when.answers.items()},
        "priority": _sorted(when.priorities),
        "weekdays": [WEEKDAYS[day] for day in sorted(when.weekdays)],
        "from": "" if when.start is None else f"{when.start:%H:%M}",
        "to": "" if when.end is None else f"{when.end:%H:%M}",
        "calendar_closed": when.calendar_closed,
    }
    return {key: value for key, value in written.items() if value}


def _sorted(words: frozenset[str]) -> list[Json]:
    in_order: Sequence[Json] = sorted(words)
    return list(in_order)

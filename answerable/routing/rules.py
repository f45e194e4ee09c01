"""Where a request goes and why: rules tried in order, the first that holds wins, the last holds always.

All times are the city's local clock. How each condition is read: docs/algorithms/routing.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Final

from answerable.kernel.facts import Json

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""Short names of the days, in the order of `date.weekday()`."""

INDEX_LIMIT: Final = 4096
"""Services a rule set remembers its candidates for; far above any catalogue."""

Answer = Json | Sequence[str]


@dataclass(frozen=True, slots=True)
class Case:
    """What routing looks at.

    Units: `at` is local time without a zone; `closed` are the codes of the calendars that do not work on that date.
    """

    service: str
    at: datetime
    group: str = ""
    areas: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, Answer] = field(default_factory=dict)
    priority: str = "normal"
    closed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class When:
    """The conditions of a rule; all that are given must hold, and none given holds always.

    Units: `start` and `end` are local, half-open, and may cross midnight; `weekdays` as `date.weekday()` name the day
    the stretch began, so Friday 22:00 to 06:00 includes Saturday 03:00.
    """

    services: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    areas: Mapping[str, frozenset[str]] = field(default_factory=dict)
    answers: Mapping[str, frozenset[str]] = field(default_factory=dict)
    priorities: frozenset[str] = frozenset()
    weekdays: frozenset[int] = frozenset()
    start: time | None = None
    end: time | None = None
    calendar_closed: str = ""

    @property
    def is_always(self) -> bool:
        """Whether it holds for every case."""
        return self == ALWAYS


ALWAYS: Final = When()


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of a rule set."""

    id: str
    department: str
    queue: str
    when: When = ALWAYS


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition held against a case: what it is about, what was wanted, what the case had."""

    about: str
    wanted: tuple[str, ...]
    got: tuple[str, ...]

    def as_json(self) -> dict[str, Json]:
        """It, ready for JSON."""
        return {"about": self.about, "wanted": list(self.wanted), "got": list(self.got)}

    def __str__(self) -> str:
        return f"{self.about}: wanted {' or '.join(self.wanted)}, got {', '.join(self.got) or 'nothing'}"


@dataclass(frozen=True, slots=True)
class Tried:
    """A rule that did not match, and the first condition it failed on."""

    rule_id: str
    failed: Condition


@dataclass(frozen=True, slots=True)
class Decision:
    """Where the case goes, which conditions made it so, and which earlier rules failed on what."""

    rule_id: str
    department: str
    queue: str
    matched: tuple[Condition, ...]
    tried: tuple[Tried, ...]
    rules: str = ""
    """The name of the rule set that decided."""

    def as_json(self) -> dict[str, Json]:
        """What is stored with a request; rules of other services are only counted, the rule set itself being kept."""
        near = [each for each in self.tried if each.failed.about not in {"service", "group"}]
        return {
            "rules": self.rules,
            "rule": self.rule_id,
            "department": self.department,
            "queue": self.queue,
            "matched": [each.as_json() for each in self.matched],
            "tried": [{"rule": each.rule_id, **each.failed.as_json()} for each in near],
            "other_services": len(self.tried) - len(near),
        }


@dataclass(frozen=True, slots=True)
class _Test:
    """A claim about a case, and how it is described when it holds or fails."""

    holds: Callable[[Case], bool]
    describe: Callable[[Case], Condition]


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A rule that the service does not exclude, and the rules passed over just before it."""

    rule: Rule
    about_service: tuple[Condition, ...]
    tests: tuple[_Test, ...]
    passed_over: tuple[Tried, ...]


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Rules in order, with an index by service that fills itself; `decide` is a function of rules and case alone."""

    rules: tuple[Rule, ...]
    name: str = field(default="", compare=False)
    _index: dict[tuple[str, str], tuple[_Candidate, ...]] = field(default_factory=dict, compare=False, repr=False)

    def candidates(self, service: str, group: str) -> tuple[_Candidate, ...]:
        """The rules that the service and group do not exclude, in order."""
        key = (service, group)
        known = self._index.get(key)
        if known is None:
            known = _candidates(self.rules, service=service, group=group)
            if len(self._index) >= INDEX_LIMIT:
                self._index.clear()
            self._index[key] = known
        return known


def decide(rules: RuleSet, case: Case) -> Decision:
    """The first rule that holds, with the whole explanation.

    Raises: LookupError when none holds, which `check_rules` makes impossible.
    """
    tried: list[Tried] = []
    for candidate in rules.candidates(case.service, case.group):
        tried += candidate.passed_over
        failed = next((test for test in candidate.tests if not test.holds(case)), None)
        if failed is None:
            rule = candidate.rule
            matched = candidate.about_service + tuple([test.describe(case) for test in candidate.tests])
            return Decision(rule.id, rule.department, rule.queue, matched, tuple(tried), rules.name)
        tried.append(Tried(candidate.rule.id, failed.describe(case)))
    raise LookupError(f"No rule holds for service '{case.service}': the rule set has no catch-all.")


def _candidates(rules: Iterable[Rule], *, service: str, group: str) -> tuple[_Candidate, ...]:
    """The rules the service does not exclude; what it excludes is remembered with the next one that follows."""
    found: list[_Candidate] = []
    passed_over: list[Tried] = []
    for rule in rules:
        about = _about_service(rule.when, service=service, group=group)
        failed = next((each for each in about if not set(each.wanted) & set(each.got)), None)
        if failed is not None:
            passed_over.append(Tried(rule.id, failed))
            continue
        found.append(_Candidate(rule, about, _tests(rule.when), tuple(passed_over)))
        passed_over.clear()
        if rule.when.is_always:
            break
    return tuple(found)


def _about_service(when: When, *, service: str, group: str) -> tuple[Condition, ...]:
    about = []
    if when.services:
        about.append(Condition("service", tuple(sorted(when.services)), (service,)))
    if when.groups:
        about.append(Condition("group", tuple(sorted(when.groups)), (group,) if group else ()))
    return tuple(about)


def _tests(when: When) -> tuple[_Test, ...]:
    """Each condition beyond service and group, in the order they are tested."""
    tests = [_one_of(f"area:{kind}", wanted, _area_of(kind)) for kind, wanted in when.areas.items()]
    tests += [_one_of(f"answer:{question}", wanted, _answer_of(question)) for question, wanted in when.answers.items()]
    if when.priorities:
        tests.append(_one_of("priority", when.priorities, lambda case: (case.priority,)))
    if when.weekdays or when.start is not None or when.end is not None:
        tests.append(_in_time(when))
    if when.calendar_closed:
        tests.append(
            _one_of("calendar_closed", frozenset({when.calendar_closed}), lambda case: tuple(sorted(case.closed)))
        )
    return tuple(tests)


def _one_of(about: str, wanted: frozenset[str], got: Callable[[Case], tuple[str, ...]]) -> _Test:
    in_order = tuple(sorted(wanted))
    return _Test(
        holds=lambda case: not wanted.isdisjoint(got(case)),
        describe=lambda case: Condition(about, in_order, got(case)),
    )


def _area_of(kind: str) -> Callable[[Case], tuple[str, ...]]:
    return lambda case: (case.areas[kind],) if kind in case.areas else ()


def _answer_of(question: str) -> Callable[[Case], tuple[str, ...]]:
    return lambda case: words_of(case.answers.get(question))


def words_of(answer: Answer) -> tuple[str, ...]:
    """An answer as the words a rule may name; yes and no for a truth, nothing for no answer."""
    if isinstance(answer, str):
        return (answer,)
    if answer is None:
        return ()
    if isinstance(answer, bool):
        return ("yes" if answer else "no",)
    if isinstance(answer, Sequence):
        return tuple(str(each) for each in answer)
    return (str(answer),)


def _in_time(when: When) -> _Test:
    wanted = _time_words(when)
    return _Test(
        holds=lambda case: in_time(when, case.at),
        describe=lambda case: Condition("time", wanted, (f"{WEEKDAYS[case.at.weekday()]} {case.at:%H:%M}",)),
    )


def _time_words(when: When) -> tuple[str, ...]:
    days = ",".join(WEEKDAYS[day] for day in sorted(when.weekdays))
    if when.start is None and when.end is None:
        return (days,)
    start, end = when.start or time(0), f"{when.end:%H:%M}" if when.end is not None else "24:00"
    return (f"{days} {start:%H:%M}-{end}".strip(),)


def in_time(when: When, at: datetime) -> bool:
    """Whether the local time lies in the half-open stretch; one that crosses midnight belongs to the day it began."""
    start, end = when.start or time(0), when.end
    clock, day = at.time(), at.weekday()
    if end is None or start < end:
        inside = start <= clock and (end is None or clock < end)
    else:
        inside = clock >= start or clock < end
        day = (day - 1) % 7 if clock < end else day
    return inside and (not when.weekdays or day in when.weekdays)

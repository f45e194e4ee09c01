"""Whether a rule set may be published: its faults, its golden cases, and what it would change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from answerable.kernel.errors import AnswerableError
from answerable.routing.errors import BadCondition, DuplicateRule, NoCatchAll, UnknownWord, UnreachableRule
from answerable.routing.rules import Case, Decision, Rule, RuleSet, When, decide


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words a rule may use: those of a catalogue version; a kind with no words is not checked."""

    services: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    area_kinds: frozenset[str] = frozenset()
    questions: frozenset[str] = frozenset()
    priorities: frozenset[str] = frozenset()
    calendars: frozenset[str] = frozenset()
    queues: frozenset[tuple[str, str]] = frozenset()
    """Pairs of department and queue."""


@dataclass(frozen=True, slots=True)
class GoldenCase:
    """A worked example and where it must go; without `rule_id` any rule may send it there."""

    name: str
    case: Case
    department: str
    queue: str
    rule_id: str = ""


@dataclass(frozen=True, slots=True)
class GoldenFailure:
    """A golden case that goes elsewhere than agreed."""

    golden: GoldenCase
    got: Decision

    def __str__(self) -> str:
        wanted, got = self.golden, self.got
        rule = f" by '{wanted.rule_id}'" if wanted.rule_id else ""
        return (
            f"'{wanted.name}': expected {wanted.department}/{wanted.queue}{rule}, "
            f"got {got.department}/{got.queue} by '{got.rule_id}'"
        )


@dataclass(frozen=True, slots=True)
class Difference:
    """A case that two rule sets treat differently."""

    name: str
    case: Case
    before: Decision
    after: Decision

    @property
    def moves(self) -> bool:
        """Whether the destination changes, not only the rule."""
        return (self.before.department, self.before.queue) != (self.after.department, self.after.queue)


def check_rules(rules: RuleSet, words: Vocabulary | None = None) -> tuple[AnswerableError, ...]:
    """Every fault of the rule set, in order; empty when it may be used."""
    return (
        *_duplicates(rules.rules),
        *_catch_all(rules.rules),
        *_unreachable(rules.rules),
        *(fault for rule in rules.rules for fault in _condition_faults(rule)),
        *(fault for rule in rules.rules for fault in _unknown_words(rule, words or Vocabulary())),
    )


def check_golden(rules: RuleSet, cases: Iterable[GoldenCase]) -> tuple[GoldenFailure, ...]:
    """The golden cases that the rule set sends elsewhere than agreed, in order."""
    judged = ((golden, decide(rules, golden.case)) for golden in cases)
    return tuple(GoldenFailure(golden, got) for golden, got in judged if not _as_agreed(golden, got))


def _as_agreed(golden: GoldenCase, got: Decision) -> bool:
    goes_there = (got.department, got.queue) == (golden.department, golden.queue)
    return goes_there and golden.rule_id in {"", got.rule_id}


def differences(old: RuleSet, new: RuleSet, cases: Iterable[tuple[str, Case]]) -> tuple[Difference, ...]:
    """The named cases that the two rule sets send elsewhere, or there by another rule, in order."""
    judged = ((name, case, decide(old, case), decide(new, case)) for name, case in cases)
    found = (Difference(name, case, before, after) for name, case, before, after in judged)
    return tuple(each for each in found if each.moves or each.before.rule_id != each.after.rule_id)


def _duplicates(rules: Sequence[Rule]) -> Iterable[AnswerableError]:
    seen: set[str] = set()
    for rule in rules:
        if rule.id in seen:
            yield DuplicateRule(
                f"The rule id '{rule.id}' is used twice.", field="id", value=rule.id, remedy="Rename one."
            )
        seen.add(rule.id)


def _catch_all(rules: Sequence[Rule]) -> Iterable[AnswerableError]:
    if not rules or not rules[-1].when.is_always:
        last = rules[-1].id if rules else ""
        yield NoCatchAll(
            f"The last rule ('{last}') has conditions, so a request could go nowhere.",
            field="rules",
            value=last,
            remedy="Add a last rule without conditions.",
        )


def _unreachable(rules: Sequence[Rule]) -> Iterable[AnswerableError]:
    for place, rule in enumerate(rules):
        taker = next((earlier for earlier in rules[:place] if takes_all_of(earlier.when, rule.when)), None)
        if taker is not None:
            yield UnreachableRule(
                f"Rule '{rule.id}' is never reached: '{taker.id}' takes all its cases.",
                field="rules",
                value=rule.id,
                remedy=f"Move it before '{taker.id}' or remove it.",
            )


def takes_all_of(broad: When, narrow: When) -> bool:
    """Whether every case that fits `narrow` certainly fits `broad`; time stretches only when they are the same."""
    if broad.calendar_closed not in {"", narrow.calendar_closed}:
        return False
    times = (broad.weekdays, broad.start, broad.end)
    if times not in ((frozenset(), None, None), (narrow.weekdays, narrow.start, narrow.end)):
        return False
    sets = (
        (broad.services, narrow.services),
        (broad.groups, narrow.groups),
        (broad.priorities, narrow.priorities),
        *((wanted, narrow.areas.get(kind, frozenset())) for kind, wanted in broad.areas.items()),
    )
    return all(_covers(wide, tight) for wide, tight in sets) and _answers_cover(broad.answers, narrow.answers)


def _covers(wide: frozenset[str], tight: frozenset[str]) -> bool:
    return not wide or (bool(tight) and tight <= wide)


def _answers_cover(wide: Mapping[str, frozenset[str]], tight: Mapping[str, frozenset[str]]) -> bool:
    return all(_covers(wanted, tight.get(question, frozenset())) for question, wanted in wide.items())


def _condition_faults(rule: Rule) -> Iterable[AnswerableError]:
    when = rule.when
    if when.start is not None and when.start == when.end:
        yield BadCondition(
            f"Rule '{rule.id}' runs from {when.start:%H:%M} to {when.end:%H:%M}, which is no stretch of time.",
            field="when.from",
            value=f"{when.start:%H:%M}",
            remedy="Leave out both for the whole day, or correct one.",
        )


def _unknown_words(rule: Rule, words: Vocabulary) -> Iterable[AnswerableError]:
    when = rule.when
    named = (
        ("service", when.services, words.services),
        ("group", when.groups, words.groups),
        ("area kind", frozenset(when.areas), words.area_kinds),
        ("question", frozenset(when.answers), words.questions),
        ("priority", when.priorities, words.priorities),
        ("calendar", frozenset({when.calendar_closed} - {""}), words.calendars),
    )
    for what, used, known in named:
        for word in sorted(used - known) if known else ():
            yield _unknown(rule, what, word)
    if words.queues and (rule.department, rule.queue) not in words.queues:
        known_department = any(department == rule.department for department, _ in words.queues)
        yield _unknown(rule, *(("queue", rule.queue) if known_department else ("department", rule.department)))


def _unknown(rule: Rule, what: str, word: str) -> UnknownWord:
    return UnknownWord(
        f"Rule '{rule.id}' names the {what} '{word}', which the city does not have.",
        field=what,
        value=word,
        remedy=f"Correct it, or add the {what} to the city pack first.",
    )

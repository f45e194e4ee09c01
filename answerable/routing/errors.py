"""What the routing room refuses."""

from __future__ import annotations

from answerable.kernel.errors import AnswerableError


class NoCatchAll(AnswerableError):
    """A request could end nowhere: end the rule set with one rule that has no conditions."""

    code = "routing.no_catch_all"


class DuplicateRule(AnswerableError):
    """Two rules share an id, so explanations would be ambiguous: rename one."""

    code = "routing.duplicate_rule"


class UnreachableRule(AnswerableError):
    """An earlier rule takes every case this one could: move it up or remove it."""

    code = "routing.unreachable_rule"


class BadCondition(AnswerableError):
    """A condition cannot be tested as it is written: correct the value named."""

    code = "routing.bad_condition"


class UnknownWord(AnswerableError):
    """A rule names a service, group, area, question, calendar, department or queue the city does not have."""

    code = "routing.unknown_word"


class BadRules(AnswerableError):
    """The rule set has faults, listed in `problems`: correct each, then publish again."""

    code = "routing.bad_rules"

    def __init__(self, problems: tuple[AnswerableError, ...]) -> None:
        lines = "\n".join(f"- {problem}" for problem in problems)
        super().__init__(f"The rule set has {len(problems)} fault(s):\n{lines}", field="rules")
        self.problems = problems


class GoldenCasesFail(AnswerableError):
    """The rule set sends golden cases elsewhere than agreed: correct the rules, or the cases."""

    code = "routing.golden_cases_fail"

    def __init__(self, lines: tuple[str, ...]) -> None:
        listed = "\n".join(f"- {line}" for line in lines)
        super().__init__(f"{len(lines)} golden case(s) fail:\n{listed}", field="rules")
        self.lines = lines


class NoRules(AnswerableError):
    """Nothing can be routed yet: load a city pack with routes."""

    code = "routing.no_rules"


class StaleRules(AnswerableError):
    """Somebody published meanwhile: compare with the rules in force, then publish again."""

    code = "routing.stale_rules"

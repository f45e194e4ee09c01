"""What is true of every rule set and every case."""

from __future__ import annotations

from datetime import datetime, time

from hypothesis import given
from hypothesis import strategies as st

from answerable.routing.checks import check_rules, takes_all_of
from answerable.routing.documents import read_rules, write_rules
from answerable.routing.rules import Case, Rule, RuleSet, When, decide, in_time

WORDS = ("a", "b", "c")
some_words = st.frozensets(st.sampled_from(WORDS), max_size=2)
tables = st.dictionaries(
    st.sampled_from(("x", "y")), st.frozensets(st.sampled_from(WORDS), min_size=1, max_size=2), max_size=2
)
clocks = st.none() | st.builds(time, st.integers(0, 23), st.sampled_from((0, 30)))

whens = st.builds(
    When,
    services=some_words,
    groups=some_words,
    areas=tables,
    answers=tables,
    priorities=some_words,
    weekdays=st.frozensets(st.integers(0, 6), max_size=3),
    start=clocks,
    end=clocks,
    calendar_closed=st.sampled_from(("", *WORDS)),
)
cases = st.builds(
    Case,
    service=st.sampled_from(WORDS),
    at=st.datetimes(datetime(2026, 1, 1), datetime(2026, 1, 14)),  # noqa: DTZ001
    group=st.sampled_from(("", *WORDS)),
    areas=st.dictionaries(st.sampled_from(("x", "y")), st.sampled_from(WORDS)),
    answers=st.dictionaries(
        st.sampled_from(("x", "y")), st.sampled_from(WORDS) | st.lists(st.sampled_from(WORDS), max_size=2)
    ),
    priority=st.sampled_from(WORDS),
    closed=st.frozensets(st.sampled_from(WORDS)),
)


@st.composite
def rule_sets(draw: st.DrawFn) -> RuleSet:
    conditions = draw(st.lists(whens, max_size=8))
    rules = [Rule(f"r{n}", f"d{n}", "q", when) for n, when in enumerate(conditions)]
    return RuleSet((*rules, Rule("last", "d", "q")))


def plainly_holds(when: When, case: Case) -> bool:
    """The same conditions once more, one after the other and without any index."""
    answers = {q: {given} if isinstance(given, str) else set(given) for q, given in case.answers.items()}
    return (
        (not when.services or case.service in when.services)
        and (not when.groups or case.group in when.groups)
        and all(case.areas.get(kind) in wanted for kind, wanted in when.areas.items())
        and all(answers.get(question, set()) & wanted for question, wanted in when.answers.items())
        and (not when.priorities or case.priority in when.priorities)
        and in_time(when, case.at)
        and (not when.calendar_closed or when.calendar_closed in case.closed)
    )


@given(rule_sets(), cases)
def test_the_indexed_decision_is_the_first_rule_that_plainly_holds(rules: RuleSet, case: Case) -> None:
    expected = next(rule for rule in rules.rules if plainly_holds(rule.when, case))

    assert decide(rules, case).rule_id == expected.id


@given(rule_sets(), st.lists(cases, min_size=1, max_size=5))
def test_a_decision_depends_on_nothing_but_rules_and_case(rules: RuleSet, several: list[Case]) -> None:
    first = [decide(rules, case) for case in several]

    again = [decide(RuleSet(rules.rules), case) for case in reversed(several)]

    assert first == again[::-1]


@given(rule_sets(), cases)
def test_every_rule_before_the_matching_one_is_explained_once_and_in_order(rules: RuleSet, case: Case) -> None:
    decision = decide(rules, case)

    before = [rule.id for rule in rules.rules]
    assert [each.rule_id for each in decision.tried] == before[: before.index(decision.rule_id)]


@given(rule_sets(), cases)
def test_a_matched_condition_has_what_was_wanted_and_a_failed_one_has_not(rules: RuleSet, case: Case) -> None:
    decision = decide(rules, case)

    assert all(set(each.wanted) & set(each.got) for each in decision.matched if each.about != "time")
    assert not any(set(each.failed.wanted) & set(each.failed.got) for each in decision.tried)


@given(rule_sets(), cases, whens, st.data())
def test_a_rule_added_after_the_matching_one_never_changes_the_answer(
    rules: RuleSet, case: Case, when: When, data: st.DataObject
) -> None:
    decision = decide(rules, case)
    matching = [rule.id for rule in rules.rules].index(decision.rule_id)
    place = data.draw(st.integers(matching + 1, len(rules.rules)))
    longer = RuleSet((*rules.rules[:place], Rule("new", "new", "new", when), *rules.rules[place:]))

    assert decide(longer, case) == decision


@given(rule_sets(), cases)
def test_a_rule_called_unreachable_never_wins(rules: RuleSet, case: Case) -> None:
    hidden = {each.value for each in check_rules(rules) if each.code == "routing.unreachable_rule"}

    assert decide(rules, case).rule_id not in hidden


@given(whens, whens, cases)
def test_what_takes_all_of_another_holds_wherever_that_holds(broad: When, narrow: When, case: Case) -> None:
    if takes_all_of(broad, narrow) and plainly_holds(narrow, case):
        assert plainly_holds(broad, case)


@given(rule_sets())
def test_a_written_rule_set_reads_back_the_same(rules: RuleSet) -> None:
    assert read_rules(write_rules(rules)) == rules


@given(st.datetimes(datetime(2026, 1, 1), datetime(2026, 1, 14)), clocks, clocks, st.frozensets(st.integers(0, 6)))  # noqa: DTZ001
def test_a_stretch_and_the_rest_of_the_day_never_overlap_and_leave_nothing_out(
    at: datetime, start: time | None, end: time | None, weekdays: frozenset[int]
) -> None:
    if start is None or end is None or start == end:
        return
    inside, outside = When(start=start, end=end), When(start=end, end=start)

    assert in_time(inside, at) != in_time(outside, at)
    if weekdays:
        on_days = When(start=start, end=end, weekdays=weekdays)
        assert not in_time(on_days, at) or in_time(inside, at)

"""Where a request goes and why, by example."""

from __future__ import annotations

import time as stopwatch
from datetime import date, datetime, time

import pytest

from answerable.routing.checks import GoldenCase, Vocabulary, check_golden, check_rules, differences
from answerable.routing.documents import read_golden, read_rules, write_rules
from answerable.routing.errors import BadRules
from answerable.routing.rules import Case, Condition, Rule, RuleSet, Tried, When, decide

FRIDAY_EVENING = "2026-09-04 22:30"


def a_case(service: str = "pothole", at: str = "2026-09-07 10:00", **changes: object) -> Case:
    return Case(**{"service": service, "at": datetime.fromisoformat(at), **changes})


def a_rule(name: str, queue: str = "roads", **when: object) -> Rule:
    return Rule(name, "works", queue, When(**when))


def of(*words: str) -> frozenset[str]:
    return frozenset(words)


def rule_set(*rules: Rule) -> RuleSet:
    return RuleSet((*rules, Rule("catch-all", "contact", "sorting")))


def winner(rules: RuleSet, case: Case) -> str:
    return decide(rules, case).rule_id


def test_the_first_rule_that_holds_wins() -> None:
    rules = rule_set(
        a_rule("ward 16", services=of("pothole"), areas={"ward": of("16")}), a_rule("any", services=of("pothole"))
    )

    assert winner(rules, a_case(areas={"ward": "16"})) == "ward 16"
    assert winner(rules, a_case(areas={"ward": "17"})) == "any"


def test_a_case_no_rule_names_goes_to_the_catch_all() -> None:
    decision = decide(rule_set(a_rule("roads", services=of("pothole"))), a_case("graffiti"))

    assert (decision.rule_id, decision.department, decision.queue) == ("catch-all", "contact", "sorting")


def test_a_decision_says_which_conditions_matched_and_which_rules_failed_first_on_what() -> None:
    rules = rule_set(
        a_rule("trees", services=of("tree")),
        a_rule("urgent in 16", services=of("pothole"), areas={"ward": of("16")}, priorities=of("urgent")),
        a_rule("parks", groups=of("parks")),
        a_rule("deep", services=of("pothole", "sinkhole"), answers={"depth": of("deep", "very_deep")}),
    )

    decision = decide(rules, a_case(group="roads", areas={"ward": "16"}, answers={"depth": "deep"}))

    assert decision.rule_id == "deep"
    assert decision.matched == (
        Condition("service", ("pothole", "sinkhole"), ("pothole",)),
        Condition("answer:depth", ("deep", "very_deep"), ("deep",)),
    )
    assert decision.tried == (
        Tried("trees", Condition("service", ("tree",), ("pothole",))),
        Tried("urgent in 16", Condition("priority", ("urgent",), ("normal",))),
        Tried("parks", Condition("group", ("parks",), ("roads",))),
    )


def test_the_stored_explanation_only_counts_the_rules_of_other_services() -> None:
    rules = rule_set(a_rule("trees", services=of("tree")), a_rule("16", areas={"ward": of("16")}))

    stored = decide(rules, a_case()).as_json()

    assert stored == {
        "rules": "",
        "rule": "catch-all",
        "department": "contact",
        "queue": "sorting",
        "matched": [],
        "tried": [{"rule": "16", "about": "area:ward", "wanted": ["16"], "got": []}],
        "other_services": 1,
    }


def test_one_of_several_given_answers_is_enough() -> None:
    rules = rule_set(a_rule("lamp", answers={"broken": of("lamp", "wire")}))

    assert winner(rules, a_case(answers={"broken": ["pole", "wire"]})) == "lamp"
    assert winner(rules, a_case(answers={"broken": []})) == "catch-all"
    assert winner(rules, a_case()) == "catch-all"


def test_a_truth_is_answered_yes_or_no_and_a_number_by_its_digits() -> None:
    rules = rule_set(a_rule("leaks", answers={"leak": of("yes")}), a_rule("three", answers={"lamps": of("3")}))

    assert winner(rules, a_case(answers={"leak": True})) == "leaks"
    assert winner(rules, a_case(answers={"leak": False, "lamps": 3})) == "three"
    assert winner(rules, a_case(answers={"leak": None})) == "catch-all"


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-09-07 21:59", "catch-all"),
        ("2026-09-07 22:00", "night"),
        ("2026-09-07 23:59", "night"),
        ("2026-09-08 00:00", "night"),
        ("2026-09-08 05:59", "night"),
        ("2026-09-08 06:00", "catch-all"),
    ],
)
def test_a_stretch_over_midnight_is_half_open(at: str, expected: str) -> None:
    assert winner(rule_set(a_rule("night", start=time(22), end=time(6))), a_case(at=at)) == expected


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-09-04 03:00", "catch-all"),
        ("2026-09-04 22:30", "friday night"),
        ("2026-09-05 03:00", "friday night"),
        ("2026-09-05 22:30", "catch-all"),
    ],
)
def test_the_small_hours_belong_to_the_day_the_night_began(at: str, expected: str) -> None:
    rules = rule_set(a_rule("friday night", weekdays=frozenset({4}), start=time(22), end=time(6)))

    assert winner(rules, a_case(at=at)) == expected


def test_a_stretch_with_one_end_runs_from_or_to_midnight() -> None:
    rules = rule_set(a_rule("late", start=time(18)), a_rule("early", end=time(8)))

    assert winner(rules, a_case(at="2026-09-07 18:00")) == "late"
    assert winner(rules, a_case(at="2026-09-07 00:00")) == "early"
    assert winner(rules, a_case(at="2026-09-07 08:00")) == "catch-all"


def test_a_closed_calendar_is_a_condition() -> None:
    rules = rule_set(a_rule("on call", calendar_closed="city"))

    assert winner(rules, a_case(closed=of("city", "parks"))) == "on call"
    assert winner(rules, a_case(closed=of("parks"))) == "catch-all"


def test_all_conditions_of_a_rule_must_hold() -> None:
    rules = rule_set(
        a_rule(
            "all",
            services=of("pothole"),
            groups=of("roads"),
            areas={"ward": of("16"), "district": of("north")},
            answers={"size": of("big")},
            priorities=of("urgent"),
            weekdays=frozenset({4}),
            start=time(22),
            end=time(23),
        )
    )
    whole = {
        "at": FRIDAY_EVENING,
        "group": "roads",
        "areas": {"ward": "16", "district": "north"},
        "answers": {"size": "big"},
        "priority": "urgent",
    }

    assert winner(rules, a_case(**whole)) == "all"
    for missing in ("at", "group", "areas", "answers", "priority"):
        less = {key: value for key, value in whole.items() if key != missing}
        assert winner(rules, a_case(**less)) == "catch-all"


# What is refused


def problems(*rules: Rule, words: Vocabulary | None = None) -> list[str]:
    return [problem.code for problem in check_rules(RuleSet(rules), words)]


def test_a_rule_set_needs_a_last_rule_without_conditions() -> None:
    assert problems(a_rule("roads", services=of("pothole"))) == ["routing.no_catch_all"]
    assert problems() == ["routing.no_catch_all"]
    assert problems(a_rule("all")) == []


def test_a_rule_that_can_never_be_reached_is_named_with_the_one_that_hides_it() -> None:
    wide = a_rule("wide", services=of("pothole", "tree"))
    narrow = a_rule("narrow", services=of("tree"), areas={"ward": of("16")})

    (problem,) = check_rules(rule_set(wide, narrow))

    assert problem.code == "routing.unreachable_rule"
    assert "Move it before 'wide'" in str(problem)
    assert check_rules(rule_set(narrow, wide)) == ()


def test_two_rules_may_not_share_an_id() -> None:
    assert problems(a_rule("same", services=of("a")), a_rule("same")) == ["routing.duplicate_rule"]


def test_a_stretch_that_ends_where_it_starts_is_refused() -> None:
    assert problems(a_rule("never", start=time(8), end=time(8)), a_rule("all")) == ["routing.bad_condition"]


def test_each_word_the_city_does_not_have_is_named_with_its_rule() -> None:
    words = Vocabulary(
        services=of("pothole"),
        groups=of("roads"),
        area_kinds=of("ward"),
        questions=of("size"),
        priorities=of("normal"),
        calendars=of("city"),
        queues=frozenset({("works", "roads")}),
    )
    wrong = (
        a_rule("s", services=of("potholes")),
        a_rule("g", groups=of("road")),
        a_rule("a", areas={"wards": of("1")}),
        a_rule("q", answers={"sizes": of("big")}),
        a_rule("p", priorities=of("asap")),
        a_rule("c", calendar_closed="town"),
        a_rule("queue", queue="road", groups=of("roads")),
        Rule("department", "work", "roads"),
    )

    found = check_rules(RuleSet(wrong), words)

    assert {each.code for each in found} == {"routing.unknown_word"}
    assert [each.value for each in found] == ["potholes", "road", "wards", "sizes", "asap", "town", "road", "work"]
    assert str(found[0]) == (
        "Rule 's' names the service 'potholes', which the city does not have. "
        "Correct it, or add the service to the city pack first."
    )


# Golden cases and differences


def test_a_golden_case_that_goes_elsewhere_is_told_with_expectation_and_rule() -> None:
    rules = rule_set(a_rule("roads", services=of("pothole")))
    golden = (
        GoldenCase("a pothole", a_case(), "works", "roads", "roads"),
        GoldenCase("a deep pothole", a_case(), "works", "emergency"),
        GoldenCase("a pothole by name", a_case(), "works", "roads", "another rule"),
    )

    told = [str(failure) for failure in check_golden(rules, golden)]

    assert told == [
        "'a deep pothole': expected works/emergency, got works/roads by 'roads'",
        "'a pothole by name': expected works/roads by 'another rule', got works/roads by 'roads'",
    ]


def test_two_rule_sets_are_compared_case_by_case() -> None:
    old = rule_set(a_rule("roads", services=of("pothole")))
    new = rule_set(a_rule("potholes", services=of("pothole")), a_rule("trees", queue="forestry", services=of("tree")))
    cases = [("p", a_case()), ("t", a_case("tree")), ("g", a_case("graffiti"))]

    found = differences(old, new, cases)

    assert [(each.name, each.before.rule_id, each.after.rule_id, each.moves) for each in found] == [
        ("p", "roads", "potholes", False),
        ("t", "catch-all", "trees", True),
    ]


# Documents


DOCUMENT = [
    {
        "id": "night",
        "department": "works",
        "queue": "emergency",
        "when": {
            "service": ["pothole", "sinkhole"],
            "group": ["roads"],
            "area": {"ward": ["16", "17"]},
            "answer": {"size": ["big"]},
            "priority": ["urgent"],
            "weekdays": ["sat", "sun"],
            "from": "00:00",
            "to": "06:30",
            "calendar_closed": "city",
        },
    },
    {"id": "rest", "department": "contact", "queue": "sorting"},
]


def test_a_rule_document_reads_back_as_it_was_written() -> None:
    rules = read_rules(DOCUMENT)

    assert rules.rules[0].when.start == time(0)
    assert rules.rules[0].when.weekdays == {5, 6}
    assert sorted(write_rules(rules)[0]["when"]) == sorted(DOCUMENT[0]["when"])
    assert read_rules(write_rules(rules)) == rules


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ({"id": "x", "department": "d"}, "Rule 'x' has queue = None. Give queue as text."),
        ({"department": "d", "queue": "q"}, "Rule 'number 1' has id = None."),
        (
            {"id": "x", "department": "d", "queue": "q", "wen": {}},
            "has wen = {}. Known are department, id, queue, when.",
        ),
        ({"id": "x", "department": "d", "queue": "q", "when": {"ward": ["1"]}}, "has when.ward = ['1']."),
        ({"id": "x", "department": "d", "queue": "q", "when": {"service": "tree"}}, "Give a list of texts."),
        ({"id": "x", "department": "d", "queue": "q", "when": {"area": ["16"]}}, "Give a table of lists"),
        ({"id": "x", "department": "d", "queue": "q", "when": {"area": {"ward": []}}}, "Name at least one value"),
        ({"id": "x", "department": "d", "queue": "q", "when": {"from": "late"}}, "Give a local time like 22:00."),
        ({"id": "x", "department": "d", "queue": "q", "when": {"weekdays": ["fry"]}}, "Use mon, tue"),
        ({"id": "x", "department": "d", "queue": "q", "when": {"calendar_closed": 1}}, "code of one calendar"),
        ({"id": "x", "department": "d", "queue": "q", "when": ["tree"]}, "Give a table of conditions"),
    ],
)
def test_a_document_that_cannot_be_read_names_rule_value_and_remedy(entry: dict, told: str) -> None:
    with pytest.raises(BadRules) as refused:
        read_rules([entry])

    assert told in str(refused.value)


def test_golden_cases_look_up_the_group_and_the_closed_calendars() -> None:
    document = [
        {
            "name": "a tree on Thanksgiving",
            "service": "tree",
            "at": "2026-10-12T09:00:00",
            "areas": {"ward": "16"},
            "answers": {"what": ["branch", "root"]},
            "expect": {"department": "works", "queue": "on_call"},
        }
    ]
    thanksgiving = date(2026, 10, 12)

    (golden,) = read_golden(
        document,
        group_of={"tree": "parks"}.__getitem__,
        closed_on=lambda day: of("city") if day == thanksgiving else of(),
    )

    assert golden.case == a_case(
        "tree",
        "2026-10-12 09:00",
        group="parks",
        areas={"ward": "16"},
        answers={"what": ("branch", "root")},
        closed=of("city"),
    )
    assert (golden.department, golden.queue, golden.rule_id) == ("works", "on_call", "")


# Speed


def test_a_hundred_rules_are_decided_in_well_under_50_microseconds() -> None:
    """The index by service leaves a handful of rules to try; measured 5 to 10 microseconds on the build machine."""
    many = [
        a_rule(f"{n}", services=of(f"service{n % 25}"), areas={"ward": of(str(n % 4))}, priorities=of("urgent"))
        for n in range(99)
    ]
    rules = rule_set(*many)
    case = a_case("service7", areas={"ward": "9"})
    assert winner(rules, case) == "catch-all"

    best = min(_seconds_each(rules, case, times=200) for _ in range(20))

    assert best < 50e-6


def _seconds_each(rules: RuleSet, case: Case, *, times: int) -> float:
    started = stopwatch.perf_counter()
    for _ in range(times):
        decide(rules, case)
    return (stopwatch.perf_counter() - started) / times

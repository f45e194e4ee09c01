"""Every city pack in the tree is sound: it loads and routes as its golden cases say."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec
import pytest

from answerable.catalogue.holidaybook import days_off
from answerable.catalogue.pack import check_folder, load_folder
from answerable.catalogue.structs import CalendarEntry, Pack, Service
from answerable.routing.checks import check_golden, check_rules
from answerable.routing.documents import read_golden, read_rules
from answerable.routing.rules import WEEKDAYS, Case, RuleSet, decide

CITIES = Path(__file__).parents[2] / "cities"
FOLDERS = sorted(each.parent for each in CITIES.glob("*/city.toml"))

each_city = pytest.mark.parametrize("folder", FOLDERS, ids=[each.name for each in FOLDERS])


def closed_on(pack: Pack, day: dt.date) -> frozenset[str]:
    """The calendars of the pack that rest on that day."""
    return frozenset(each.code for each in pack.calendars if not is_open(each, day))


def is_open(calendar: CalendarEntry, day: dt.date) -> bool:
    """Whether the calendar works on that day."""
    off = days_off(calendar, first_year=day.year, last_year=day.year)
    return WEEKDAYS[day.weekday()] in calendar.working_days and day not in off


def rules_of(pack: Pack) -> RuleSet:
    """The pack's routes as a rule set."""
    return read_rules(msgspec.to_builtins(pack.routes))


def priority_of(service: Service, answers: Mapping[str, str]) -> str:
    """The priority the answers give."""
    holds = (rule.priority for rule in service.priority.when if answers.get(rule.answer) in rule.values)
    return next(holds, service.priority.default)


def one_answer_each(service: Service) -> Iterator[dict[str, str]]:
    """No answer, then every single answer that can be chosen."""
    yield {}
    for question in service.questions:
        for code in [each.code for each in question.options] or ["yes", "no"]:
            yield {question.code: code}


@each_city
def test_a_pack_has_no_problems(folder: Path) -> None:
    problems = check_folder(folder)

    assert not problems, "\n".join(map(str, problems))


@each_city
def test_routes_send_every_golden_case_where_it_was_agreed(folder: Path) -> None:
    pack = load_folder(folder)
    rules = rules_of(pack)
    group_of = {each.code: each.group for each in pack.services}

    cases = read_golden(
        msgspec.to_builtins(pack.golden), group_of=group_of.__getitem__, closed_on=lambda day: closed_on(pack, day)
    )

    assert len(cases) >= 20
    assert not check_rules(rules)
    assert not [str(each) for each in check_golden(rules, cases)]


@each_city
def test_every_service_reaches_a_queue_of_an_existing_department_in_every_ward(folder: Path) -> None:
    pack = load_folder(folder)
    rules = rules_of(pack)
    queues = {(department.code, queue.code) for department in pack.departments for queue in department.queues}
    wards = {"", *(key for route in pack.routes if route.when for key in route.when.area.get("ward", ()))}
    times = [dt.datetime.fromisoformat(each) for each in ("2026-05-12T10:00", "2026-05-16T23:00")]
    closed = {at: closed_on(pack, at.date()) for at in times}

    for service, ward, at in itertools.product(pack.services, sorted(wards), times):
        for answers in one_answer_each(service):
            case = Case(
                service=service.code,
                group=service.group,
                areas={"ward": ward} if ward else {},
                at=at,
                answers=answers,
                priority=priority_of(service, answers),
                closed=closed[at],
            )
            decision = decide(rules, case)
            assert (decision.department, decision.queue) in queues, service.code

"""Every city pack in the tree is sound: it loads, routes as its golden cases say, and promises in a sensible order."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator, Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest

from answerable.catalogue.holidaybook import days_off
from answerable.catalogue.pack import check_folder, load_folder
from answerable.catalogue.structs import CalendarEntry, Pack, Service
from answerable.promises.rules import Calendar, Kind, Offer, Target, Unit, choose_targets, due_at
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


@each_city
def test_nobody_is_promised_that_work_ends_before_anyone_looks(folder: Path) -> None:
    pack = load_folder(folder)
    zone = ZoneInfo(pack.city.timezone)
    calendars = {each.code: calendar_of(each, pack.city.timezone) for each in pack.calendars}
    starts = [dt.datetime(2026, 4, 1, 15, tzinfo=zone) + dt.timedelta(days=day) for day in range(0, 300, 3)]
    late: set[str] = set()

    for service in pack.services:
        for answers in one_answer_each(service):
            targets = targets_of(pack, service, answers)
            if set(targets) != {Kind.FIRST_ACTION, Kind.COMPLETION}:
                continue
            first, last = targets[Kind.FIRST_ACTION], targets[Kind.COMPLETION]
            for start in starts:
                looked = due_at(first, started_at=start, calendar=calendars[first.calendar])
                done = due_at(last, started_at=start, calendar=calendars[last.calendar])
                if done < looked:
                    what = f"look in {first.amount} {first.unit}, done in {last.amount} {last.unit}"
                    late.add(f"{service.code} {answers} from {start:%a %Y-%m-%d}: {what}")
                    break

    assert not late, "\n".join(sorted(late))


def calendar_of(entry: CalendarEntry, timezone: str) -> Calendar:
    """The calendar as the promises room counts with it."""
    return Calendar(
        code=entry.code,
        timezone=timezone,
        working_weekdays=frozenset(WEEKDAYS.index(day) for day in entry.working_days),
        holidays=frozenset(days_off(entry, first_year=2026, last_year=2029)),
        closes=dt.time.fromisoformat(entry.closes),
    )


def targets_of(pack: Pack, service: Service, answers: Mapping[str, str]) -> dict[Kind, Target]:
    """The targets a request of that service with those answers gets, by kind."""
    promise = next(each for each in pack.promises if each.code == service.promise)
    offers = [
        Offer(
            Target(Kind(each.kind), each.amount, Unit(each.unit), each.calendar),
            question=each.when.answer if each.when else "",
            answers=frozenset(each.when.values if each.when else ()),
            priorities=frozenset(each.when.priority if each.when else ()),
        )
        for each in promise.targets
    ]
    chosen = choose_targets(offers, answers=answers, priority=priority_of(service, answers))
    return {each.kind: each for each in chosen}

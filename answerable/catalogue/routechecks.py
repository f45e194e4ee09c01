"""Checks of routes and golden cases."""

from __future__ import annotations

from answerable.catalogue.bench import Bench, check_answer
from answerable.catalogue.structs import GoldenCase, RouteCondition, Service


def check_routes(bench: Bench) -> None:
    """Every route names what exists; the last one, and only it, catches all."""
    routes = bench.pack.routes
    if not routes or routes[-1].when is not None:
        remedy = "Add a last [[route]] without `when`, for instance to the 311 back office."
        bench.add("routes.toml", "no catch-all route at the end.", remedy=remedy)
    for index, route in enumerate(routes):
        place = bench.at("routes", index)
        bench.refer_queue(place, department=route.department, queue=route.queue)
        if route.when is None and index < len(routes) - 1:
            bench.add(place, "a route without `when` hides all after it.", remedy="Put it last.")
        if route.when is not None:
            _condition(bench, route.when, f"{place} › when")


def _condition(bench: Bench, when: RouteCondition, place: str) -> None:
    if when == RouteCondition():
        bench.add(place, "the condition is empty.", remedy="Drop `when` of the last route, or name what must hold.")
    for code in when.service:
        bench.refer(f"{place} › service", part="services", code=code, word="service")
    for code in when.group:
        bench.refer(f"{place} › group", part="groups", code=code, word="group")
    for kind, keys in when.area.items():
        for key in keys:
            check_area(bench, f"{place} › area", kind=kind, key=key)
    for answer, values in when.answer.items():
        check_answer(bench, f"{place} › answer", services=_services_meant(bench, when), answer=answer, values=values)
    if (when.from_time is None) != (when.to_time is None):
        bench.add(place, "`from` and `to` go together.", remedy="Give both or neither.")
    if when.from_time and when.from_time == when.to_time:
        bench.add(place, "`from` equals `to`.", value=when.from_time, remedy="Drop both for the whole day.")
    if when.calendar_closed:
        bench.refer(f"{place} › calendar_closed", part="calendars", code=when.calendar_closed, word="calendar")


def _services_meant(bench: Bench, when: RouteCondition) -> list[Service]:
    return [
        each
        for each in bench.pack.services
        if (not when.service or each.code in when.service) and (not when.group or each.group in when.group)
    ]


def check_area(bench: Bench, place: str, *, kind: str, key: str) -> None:
    """Notes a kind of area, or an area, the pack does not have."""
    keys = bench.area_keys.get(kind)
    if keys is None:
        kinds = ", ".join(sorted(bench.area_keys)) or "none yet"
        bench.add(place, "no such kind of area.", value=kind, remedy=f"areas/areas.toml has: {kinds}.")
    elif key not in keys and kind not in bench.unread_kinds:
        some = ", ".join(sorted(keys, key=lambda each: (len(each), each))[:12])
        bench.add(place, f"no {kind} has this key.", value=key, remedy=f"Keys are like: {some}.")


def check_golden_cases(bench: Bench) -> None:
    """Every case names what exists, so that it can be run."""
    services = {each.code: each for each in bench.pack.services}
    routes = {route.id: route for route in bench.pack.routes}
    for index, case in enumerate(bench.pack.golden):
        place = bench.at("golden", index)
        bench.refer(f"{place} › service", part="services", code=case.service, word="service")
        bench.refer_queue(f"{place} › expect", department=case.expect.department, queue=case.expect.queue)
        if case.expect.rule and case.expect.rule not in routes:
            bench.refer(f"{place} › expect › rule", part="routes", code=case.expect.rule, word="route")
        if case.at.tzinfo is not None:
            bench.add(f"{place} › at", "is local time.", value=case.at.isoformat(), remedy="Drop the offset.")
        for kind, key in case.areas.items():
            check_area(bench, f"{place} › areas", kind=kind, key=key)
        if case.service in services:
            _case_answers(bench, case, services[case.service], place)


def _case_answers(bench: Bench, case: GoldenCase, service: Service, place: str) -> None:
    for code, given in case.answers.items():
        question = service.question(code)
        if question is None:
            bench.add(
                f"{place} › answers",
                f"'{service.code}' does not ask this.",
                value=code,
                remedy="Name one of its questions.",
            )
        elif question.type in {"single", "multi", "yes_no"}:
            values = given if isinstance(given, tuple) else (given,)
            check_answer(bench, f"{place} › answers", services=[service], answer=code, values=values)

"""Checks of the parts that a service's work has."""

from __future__ import annotations

from answerable.catalogue.bench import Bench, did_you_mean
from answerable.catalogue.structs import Service


def check_activities(bench: Bench, service: Service, place: str) -> None:
    """Each part goes somewhere, asks nothing new, and waits only for parts named before it."""
    earlier: list[str] = []
    services = {each.code: each for each in bench.pack.services}
    for activity in service.activities:
        at = f"{place} › {activity.code}"
        if activity.code in earlier:
            bench.add(at, "the code is taken.", value=activity.code, remedy="Choose another.")
        if not activity.service and not activity.department:
            bench.add(at, "goes nowhere.", value=activity.code, remedy="Name a service, or a department and its queue.")
        if activity.service:
            bench.refer(f"{at} › service", part="services", code=activity.service, word="service")
        if activity.department:
            bench.refer(f"{at} › department", part="departments", code=activity.department, word="department")
            _queue(bench, activity.department, activity.queue, f"{at} › queue")
        for code in activity.after:
            if code not in earlier:
                remedy = did_you_mean(code, earlier) or "Name a part listed before this one."
                bench.add(f"{at} › after", "no earlier part.", value=code, remedy=remedy)
        _asks(bench, service, services.get(activity.service), at)
        earlier.append(activity.code)


def _queue(bench: Bench, department: str, queue: str, place: str) -> None:
    named = next((each for each in bench.pack.departments if each.code == department), None)
    known = [each.code for each in named.queues] if named else [queue]
    if queue not in known:
        remedy = did_you_mean(queue, known) or f"Use one of: {', '.join(known)}."
        bench.add(place, "no such queue.", value=queue, remedy=remedy)


def _asks(bench: Bench, service: Service, part: Service | None, place: str) -> None:
    """Nobody is there to answer the part's questions but whoever answered the whole's."""
    if part is not None and part.activities:
        bench.add(place, "a part has no parts.", value=part.code, remedy="Name its parts here instead.")
    answered = {question.code for question in service.questions}
    for question in part.questions if part else ():
        if question.required and question.code not in answered:
            remedy = "Ask it for the whole, or do not require it."
            bench.add(place, "requires an answer nobody gives.", value=question.code, remedy=remedy)

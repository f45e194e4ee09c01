"""Checks of services, their questions and their promises."""

from __future__ import annotations

from collections import Counter

from answerable.catalogue.activitychecks import check_activities
from answerable.catalogue.bench import Bench, answers_of, check_answer
from answerable.catalogue.structs import BLURRED, PAUSE_REASONS, Promise, PromiseTarget, Question, Service

MOST_POPULAR_SERVICES = 8
"""More top services than this no longer fit one glance: the home page has eight tiles."""

FEWEST_OPTIONS = 2


def check_services(bench: Bench) -> None:
    """Group, promise, questions, stops, priority and pause reasons of each service fit together."""
    for index, service in enumerate(bench.pack.services):
        place = bench.at("services", index)
        bench.refer(f"{place} › group", part="groups", code=service.group, word="group")
        bench.refer(f"{place} › promise", part="promises", code=service.promise, word="promise")
        for reason in service.pause_reasons:
            if reason not in PAUSE_REASONS:
                bench.add(
                    f"{place} › pause_reasons",
                    "no such reason.",
                    value=reason,
                    remedy=f"Use: {', '.join(PAUSE_REASONS)}.",
                )
        _questions(bench, service, place)
        _stops(bench, service, place)
        for rule in service.priority.when:
            check_answer(bench, f"{place} › priority", services=[service], answer=rule.answer, values=rule.values)
        if service.location == "none" and service.precision:
            bench.add(
                f"{place} › precision", "asked of a service without a place.", remedy="Drop it, or ask for a location."
            )
        _published_as(bench, service, f"{place} › open_data")
        check_activities(bench, service, f"{place} › activity")


def _published_as(bench: Bench, service: Service, place: str) -> None:
    """Open data never places a private request exactly, and never knows a confidential one."""
    said = service.open_data
    if said and service.visibility == "confidential":
        bench.add(place, "a confidential service is never published.", value=said, remedy="Drop open_data.")
    elif said and service.visibility == "private" and said not in BLURRED:
        remedy = f"Use one of: {', '.join(BLURRED)}."
        bench.add(place, "a private service may not be placed so exactly.", value=said, remedy=remedy)
    elif said not in {None, "none"} and service.location == "none":
        bench.add(place, "the service has no place to publish.", value=said, remedy='Use "none", or drop it.')
    elif said == "postal_prefix" and not bench.pack.city.postal_prefix_pattern:
        remedy = "Add postal_prefix_pattern to city.toml, or use neighbourhood."
        bench.add(place, "the city has no postal prefixes.", value=said, remedy=remedy)


def _questions(bench: Bench, service: Service, place: str) -> None:
    for code, count in Counter(each.code for each in service.questions).items():
        if count > 1:
            bench.add(
                f"{place} › question '{code}'", "two questions share this code.", value=code, remedy="Rename one."
            )
    for number, question in enumerate(service.questions):
        here = f"{place} › question '{question.code}'"
        _question(bench, question, here)
        if question.show_when:
            earlier = {each.code: each for each in service.questions[:number]}
            _show_when(bench, question, earlier, f"{here} › show_when")


def _question(bench: Bench, question: Question, place: str) -> None:
    chooses = question.type in {"single", "multi"}
    if chooses and len(question.options) < FEWEST_OPTIONS:
        bench.add(
            f"{place} › options", "a choice needs at least two options.", remedy="Add options, or change the type."
        )
    if not chooses and question.options:
        bench.add(
            f"{place} › options",
            f"a {question.type} question has no options.",
            remedy="Drop them, or make it single or multi.",
        )
    for code, count in Counter(each.code for each in question.options).items():
        if count > 1:
            bench.add(f"{place} › options", "two options share this code.", value=code, remedy="Rename one.")
    if question.type != "number" and (question.min is not None or question.max is not None):
        bench.add(f"{place} › min", "only a number has min and max.", remedy="Drop them, or make it a number.")
    if question.min is not None and question.max is not None and question.min > question.max:
        bench.add(f"{place} › min", "min is above max.", value=str(question.min), remedy="Swap them.")
    if question.type not in {"text", "long_text"} and question.max_length is not None:
        bench.add(f"{place} › max_length", "only a text has a length.", remedy="Drop it.")


def _show_when(bench: Bench, question: Question, earlier: dict[str, Question], place: str) -> None:
    assert question.show_when is not None
    asked = earlier.get(question.show_when.question)
    if asked is None:
        remedy = f"Name one of the questions before it: {', '.join(earlier) or 'there is none'}."
        bench.add(place, "no earlier question has this code.", value=question.show_when.question, remedy=remedy)
        return
    possible = answers_of(asked)
    if possible is None:
        bench.add(place, "only a choice or a yes/no question can decide.", value=asked.code)
        return
    for value in question.show_when.values:
        if value not in possible:
            bench.add(
                place, f"'{asked.code}' has no such answer.", value=value, remedy=f"Use one of: {', '.join(possible)}."
            )


def _stops(bench: Bench, service: Service, place: str) -> None:
    for number, stop in enumerate(service.stops):
        here = f"{place} › stops[{number + 1}]"
        if stop.when:
            check_answer(bench, f"{here} › when", services=[service], answer=stop.when.answer, values=stop.when.values)
        if stop.refer:
            bench.refer(f"{here} › refer", part="referrals", code=stop.refer, word="referral")
        elif stop.action in {"refer", "call_other"}:
            bench.add(
                f"{here} › refer", f"'{stop.action}' needs a referral.", remedy="Add refer = a code of referrals.toml."
            )


def check_popular(bench: Bench) -> None:
    """At most eight top services in any month, none in the same place."""
    for month in range(1, 13):
        shown = [
            each for each in bench.pack.services if each.popular and month in (each.popular_months or range(1, 13))
        ]
        if len(shown) > MOST_POPULAR_SERVICES:
            codes = ", ".join(each.code for each in shown)
            remedy = f"Keep {MOST_POPULAR_SERVICES}: set popular = 0 or popular_months."
            bench.add("services", f"{len(shown)} popular services in month {month}: {codes}.", remedy=remedy)
            return
        for order, count in Counter(each.popular for each in shown).items():
            if count > 1:
                codes = ", ".join(each.code for each in shown if each.popular == order)
                bench.add(
                    "services",
                    f"two popular services have place {order} in month {month}: {codes}.",
                    remedy="Renumber.",
                )
                return
    for index, service in enumerate(bench.pack.services):
        if service.popular_months and not service.popular:
            bench.add(
                f"{bench.at('services', index)} › popular_months",
                "the service is not popular.",
                remedy="Add popular = 1 to 8.",
            )


def check_promises(bench: Bench) -> None:
    """Each kind of target ends unconditionally; conditions name answers that can be given."""
    for index, promise in enumerate(bench.pack.promises):
        place = bench.at("promises", index)
        for kind in dict.fromkeys(target.kind for target in promise.targets):
            _targets_of_kind(
                bench, [each for each in promise.targets if each.kind == kind], f"{place} › targets {kind}"
            )
        if not any(target.kind == "completion" for target in promise.targets):
            bench.add(f"{place} › targets", "no completion target.", remedy='Add one of kind = "completion".')
        for number, target in enumerate(promise.targets):
            _target(bench, promise, target, f"{place} › targets[{number + 1}]")


def _targets_of_kind(bench: Bench, targets: list[PromiseTarget], place: str) -> None:
    if targets[-1].when is not None:
        bench.add(
            place,
            "the last target has a condition.",
            remedy="End with one without `when`, so that every request has a date.",
        )
    if any(each.when is None for each in targets[:-1]):
        bench.add(
            place, "a target without condition comes before others, which are never reached.", remedy="Put it last."
        )


def _target(bench: Bench, promise: Promise, target: PromiseTarget, place: str) -> None:
    bench.refer(f"{place} › calendar", part="calendars", code=target.calendar, word="calendar")
    if target.when is None:
        return
    if bool(target.when.answer) != bool(target.when.values):
        bench.add(f"{place} › when", "`answer` and `is` go together.", remedy="Give both or neither.")
    elif not target.when.answer and not target.when.priority:
        bench.add(f"{place} › when", "the condition is empty.", remedy="Drop `when`, or name an answer or a priority.")
    elif target.when.answer:
        users = [each for each in bench.pack.services if each.promise == promise.code]
        check_answer(bench, f"{place} › when", services=users, answer=target.when.answer, values=target.when.values)

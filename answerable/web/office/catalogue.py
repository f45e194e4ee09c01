"""The catalogue in force: services with what they ask and promise, calendars, departments, loaded versions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from answerable.catalogue import queries as catalogue
from answerable.catalogue.city import City
from answerable.catalogue.structs import OUTCOME_CODES, PromiseTarget, Service
from answerable.plumbing import clock
from answerable.promises.rules import Kind, Unit
from answerable.routing import packs
from answerable.routing import queries as routing
from answerable.routing.rules import Rule
from answerable.web.office import explanation, ruleset, wording
from answerable.web.office.explanation import Told
from answerable.web.office.story import KINDS, amount_words

HOLIDAY_DAYS = 400
"""Units: days ahead whose holidays are shown."""


@dataclass(frozen=True, slots=True)
class ServiceLine:
    """A service in the list."""

    code: str
    name: str
    icon: str
    questions: int
    promise: str
    places: tuple[str, ...]
    visibility: str


@dataclass(frozen=True, slots=True)
class TargetLine:
    """One target of a promise in words."""

    kind: str
    amount: str
    when: str
    cap: str


@require_GET
def services(request: HttpRequest) -> HttpResponse:
    """Every service by its group, and the versions that were loaded."""
    city = catalogue.active()
    rules = routing.active_rules(city).rules.rules
    groups = [
        (wording.said(group.name), group.icon, [_line(city, each, rules) for each in city.services_of(group.code)])
        for group in city.groups
    ]
    context = {"groups": groups, "count": len(city.services), "versions": catalogue.versions(), "city_pack": city}
    return render(request, "office/catalogue.html", context)


def _line(city: City, service: Service, rules: tuple[Rule, ...]) -> ServiceLine:
    places = dict.fromkeys(
        wording.department_name(city, rule.department) for rule in rules_for(service, rules) if not rule.when.is_always
    )
    fallback = [wording.department_name(city, rule.department) for rule in rules if rule.when.is_always]
    return ServiceLine(
        code=service.code,
        name=wording.said(service.name),
        icon=service.icon,
        questions=len(service.questions),
        promise=wording.said(city.promise(service.promise).text),
        places=tuple(places) or tuple(fallback),
        visibility=str(wording.VISIBILITY[service.visibility]),
    )


def rules_for(service: Service, rules: tuple[Rule, ...]) -> list[Rule]:
    """The rules that do not exclude the service, in order."""
    return [
        rule
        for rule in rules
        if (not rule.when.services or service.code in rule.when.services)
        and (not rule.when.groups or service.group in rule.when.groups)
    ]


@require_GET
def service(request: HttpRequest, code: str) -> HttpResponse:
    """One service: what it asks, when it stops, what is promised, where it goes."""
    city = catalogue.active()
    if not city.has_service(code):
        raise Http404
    found = city.service(code)
    promise = city.promise(found.promise)
    labels = {question.code: wording.said(question.label) for question in found.questions}
    context = {
        "service": found, "group": wording.said(city.group(found.group).name), "promise": promise, "labels": labels,
        "targets": [_target(found, each) for each in promise.targets], "rules": _rules(city, found),
        "visibility": wording.VISIBILITY[found.visibility], "priorities": wording.PRIORITIES,
        "pauses": [str(wording.PAUSES[each]) for each in found.pause_reasons if each in wording.PAUSES],
        "golden": [each for each in packs.golden_of(city) if each.case.service == code],
        "outcomes": [
            (wording.outcome_name(city, each), wording.said(city.outcome_text(code, each))) for each in OUTCOME_CODES
        ],
        "values": {
            question.code: {each.code: wording.said(each.label) for each in question.options}
            for question in found.questions
        },
    }  # fmt: skip
    return render(request, "office/service.html", context)


def _target(service: Service, target: PromiseTarget) -> TargetLine:
    when = _("always")
    if target.when and target.when.priority:
        when = ", ".join(str(wording.PRIORITIES[each]) for each in target.when.priority)
    if target.when and target.when.answer:
        asked = service.question(target.when.answer)
        labels = {each.code: wording.said(each.label) for each in asked.options} if asked else {}
        label = wording.said(asked.label) if asked else target.when.answer
        values = ", ".join(labels.get(value, value) for value in target.when.values)
        when = _("%(question)s %(answer)s") % {"question": label, "answer": values}
    cap = amount_words(target.pause_cap_days, Unit.CALENDAR_DAYS) if target.pause_cap_days else ""
    return TargetLine(str(KINDS[Kind(target.kind)]), amount_words(target.amount, Unit(target.unit)), when, cap)


def _rules(city: City, service: Service) -> list[tuple[str, list[Told], str]]:
    """Rule, its conditions beyond the service itself, and where it leads."""
    return [
        (
            rule.id,
            [
                explanation.tell(city, each)
                for each in ruleset.conditions_of(rule)
                if each.about not in {"service", "group"}
            ],
            wording.desk_name(city, rule.department, rule.queue),
        )
        for rule in rules_for(service, routing.active_rules(city).rules.rules)
    ]


@require_GET
def calendars(request: HttpRequest) -> HttpResponse:
    """Which days the city works, and the holidays ahead."""
    city = catalogue.active()
    today = city.local_day(clock.now())
    shown = [
        (wording.said(each.name), explanation.days_words(city.calendar(each.code).working_weekdays), each.closes,
         _holidays(city, each.code, today=today))
        for each in city.pack.calendars
    ]  # fmt: skip
    return render(request, "office/calendars.html", {"calendars": shown, "today": today})


def _holidays(city: City, code: str, *, today: date) -> list[tuple[date, str]]:
    names = city.calendar(code).holiday_names
    return sorted((day, name) for day, name in names.items() if today <= day < today + timedelta(days=HOLIDAY_DAYS))


@require_GET
def departments(request: HttpRequest) -> HttpResponse:
    """Who does the work, in which queues, by which rules."""
    city = catalogue.active()
    rules = routing.active_rules(city).rules.rules
    shown = [
        (
            each,
            [
                (queue, sum((rule.department, rule.queue) == (each.code, queue.code) for rule in rules))
                for queue in each.queues
            ],
        )
        for each in city.departments
    ]
    return render(request, "office/departments.html", {"departments": shown})

"""Where would this go?  A case by hand, and the rules' answer with every rule they tried."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from answerable.catalogue import places
from answerable.catalogue import queries as catalogue
from answerable.catalogue.areas import AreaHit
from answerable.catalogue.city import City
from answerable.catalogue.places import Choices, Found, Outside
from answerable.catalogue.structs import Service
from answerable.intake import rules as intake
from answerable.kernel.errors import AnswerableError
from answerable.kernel.facts import Json
from answerable.plumbing import clock
from answerable.routing import queries as routing
from answerable.routing.queries import Outcome, Simulation
from answerable.routing.rules import Case
from answerable.staff.rules import Permission, may
from answerable.web.components.rendering import FieldView, question_field
from answerable.web.office import access, explanation, wording
from answerable.web.office.explanation import Told


@dataclass(frozen=True, slots=True)
class Where:
    """The place of the case: its areas, what it is called, and what is unclear about it."""

    areas: Mapping[str, AreaHit]
    label: str = ""
    problem: str = ""
    choices: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class TraceLine:
    """One rule of the trace in words."""

    rule: str
    place: str
    outcome: str
    told: tuple[Told, ...]


@require_GET
def simulator(request: HttpRequest) -> HttpResponse:
    """The form, and below it where the case would go and why."""
    member = access.member_of(request)
    city, sent = catalogue.active(), request.GET
    code = sent.get("service", "")
    service = city.service(code) if city.has_service(code) else None
    at = _instant(sent, city)
    where = _where(city, sent, at=at)
    answers = _answers(request, service)
    simulation = _simulated(city, service, where, answers, sent, at=at)
    steps = _trace(city, simulation) if simulation else []
    context = {
        "service": service, "asked": _questions(service, answers), "where": where, "at": at, "simulation": simulation,
        "near": [each for each in steps if each.outcome != "passed"], "steps": steps,
        "destination": _place(city, simulation), "services": _services(city), "sent": sent,
        "wards": [(hit.key, wording.area_name(hit.name, hit.key)) for hit in _wards(city, at)],
        "ward_word": wording.area_kind_name(city, city.primary_area_kind),
        "priorities": wording.choices(wording.PRIORITIES), "may_publish": may(member.role, Permission.PUBLISH_ROUTES),
        "areas": [
            (wording.area_kind_name(city, kind), wording.area_name(hit.name, hit.key))
            for kind, hit in where.areas.items()
        ],
        "priority": _priority(service, answers, sent), "active": routing.active_rules(city),
    }  # fmt: skip
    return render(request, "office/simulator.html", context)


def _services(city: City) -> list[tuple[str, str]]:
    return sorted(((each.code, wording.said(each.name)) for each in city.services), key=lambda pair: pair[1])


def _wards(city: City, at: datetime) -> Sequence[AreaHit]:
    return city.areas.of_kind(city.primary_area_kind, on=at.date()) if city.primary_area_kind else ()


def _instant(sent: Mapping[str, str], city: City) -> datetime:
    """The local date and time of the case; now where nothing usable was given."""
    now = clock.now().astimezone(city.timezone)
    try:
        day = date.fromisoformat(sent.get("on", ""))
    except ValueError:
        day = now.date()
    try:
        hour = time.fromisoformat(sent.get("time", ""))
    except ValueError:
        hour = now.time()
    return datetime.combine(day, hour.replace(second=0, microsecond=0, tzinfo=None))


def _where(city: City, sent: Mapping[str, str], *, at: datetime) -> Where:
    instant = at.replace(tzinfo=city.timezone)
    if sent.get("place", "").strip():
        return _said_place(city, sent["place"].strip()[:200], at=instant)
    try:
        if sent.get("ward"):
            found = places.from_area(city, city.primary_area_kind, sent["ward"], at=instant)
            return Where(areas=found.place.areas, label=found.place.label)
    except AnswerableError:
        return Where(areas={}, problem=_("There is no such area."))
    return Where(areas={})


def _said_place(city: City, said: str, *, at: datetime) -> Where:
    found = places.resolve(city, said, at=at, language=wording.language())
    if isinstance(found, Found):
        return Where(areas=found.place.areas, label=found.place.label)
    if isinstance(found, Choices):
        first = found.candidates[0]
        return Where(
            areas=first.areas,
            label=first.label,
            problem=_("Several places fit. This is the first of them."),
            choices=[each.label for each in found.candidates[1:]],
        )
    if isinstance(found, Outside):
        return Where(areas={}, problem=_("This place is outside the city."))
    return Where(areas={}, problem=_("This place is not known."))


def _answers(request: HttpRequest, service: Service | None) -> dict[str, list[str]]:
    questions = service.questions if service else ()
    return {each.code: [value for value in request.GET.getlist(f"q_{each.code}") if value] for each in questions}


def _questions(service: Service | None, answers: Mapping[str, list[str]]) -> list[FieldView]:
    """The questions a rule can ask about; free words are none."""
    shown = []
    for question in service.questions if service else ():
        if question.type not in {"text", "long_text", "date"}:
            given = answers.get(question.code, [])
            shown.append(question_field(question, given if question.type == "multi" else "".join(given[:1])))
    return shown


def _priority(service: Service | None, answers: Mapping[str, list[str]], sent: Mapping[str, str]) -> str:
    """The priority chosen by hand, else the one the answers give."""
    chosen = sent.get("priority", "")
    if chosen in wording.PRIORITIES:
        return chosen
    return intake.priority_of(service, _given(answers)) if service else "normal"


def _given(answers: Mapping[str, list[str]]) -> dict[str, Json]:
    return {code: list(values) if len(values) > 1 else values[0] for code, values in answers.items() if values}


def _simulated(
    city: City,
    service: Service | None,
    where: Where,
    answers: Mapping[str, list[str]],
    sent: Mapping[str, str],
    *,
    at: datetime,
) -> Simulation | None:
    if service is None:
        return None
    case = Case(
        service=service.code,
        group=service.group,
        at=at,
        areas={kind: hit.key for kind, hit in where.areas.items()},
        answers=_given(answers),
        priority=_priority(service, answers, sent),
    )
    return routing.simulate(city, case=case)


def _place(city: City, simulation: Simulation | None) -> str:
    if simulation is None:
        return ""
    decision = simulation.decision
    return wording.desk_name(city, decision.department, decision.queue)


def _trace(city: City, simulation: Simulation) -> list[TraceLine]:
    """Every rule in order; those about other services are `passed`."""
    lines = []
    for step in simulation.steps:
        passed = step.outcome is Outcome.FAILED and step.conditions[0].about in {"service", "group"}
        lines.append(
            TraceLine(
                rule=step.rule_id,
                place=wording.desk_name(city, step.department, step.queue),
                outcome="passed" if passed else step.outcome.value,
                told=tuple(explanation.tell(city, each) for each in step.conditions),
            )
        )
    return lines

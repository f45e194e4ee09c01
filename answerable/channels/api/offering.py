"""What can be asked of the city: services with their questions and promises, and its areas; no statement at all."""

from __future__ import annotations

from datetime import date

from answerable.catalogue.city import City
from answerable.catalogue.structs import AnswerCondition, Question, Service, ShowWhen, Stop
from answerable.channels.api.errors import NoSuchPath
from answerable.channels.api.schemas import (
    AreaList,
    AreaTold,
    Condition,
    OptionTold,
    PromiseOffered,
    QuestionTold,
    ServiceLine,
    ServiceList,
    ServiceTold,
    StopTold,
    TargetOffered,
)
from answerable.kernel.languages import in_language


def services(city: City, *, language: str) -> ServiceList:
    """Every service of the city."""
    return ServiceList(language=language, services=[_line(each, city, language=language) for each in city.services])


def service(code: str, city: City, *, language: str) -> ServiceTold:
    """One service whole.  Raises: NoSuchPath."""
    if not city.has_service(code):
        remedy = "GET /api/v1/services lists them."
        raise NoSuchPath(f"There is no service '{code[:64]}'.", field="service_code", value=code[:64], remedy=remedy)
    found = city.service(code)
    return ServiceTold(
        language=language, service=_line(found, city, language=language),
        what_next=in_language(found.what_next, language=language), precision=list(found.precision),
        questions=[_question(each, language=language) for each in found.questions],
        stops=[_stop(each, language=language) for each in found.stops],
        promise=_promise(found, city, language=language),
    )  # fmt: skip


def areas(city: City, *, kind: str, on: date) -> AreaList:
    """The areas in force on that local day, of one kind or of all."""
    kinds = [each for each in city.areas.kinds if kind in ("", each)]
    bounding = city.primary_area_kind
    return AreaList(
        areas=[
            AreaTold(kind=hit.kind, version=hit.version, key=hit.key, name=hit.name, is_boundary=hit.kind == bounding)
            for each in kinds
            for hit in city.areas.of_kind(each, on=on)
        ]
    )


def _line(found: Service, city: City, *, language: str) -> ServiceLine:
    return ServiceLine(
        code=found.code, name=in_language(found.name, language=language),
        description=in_language(found.description, language=language), group=found.group,
        group_name=in_language(city.group(found.group).name, language=language),
        keywords=list(found.keywords.get(language, ())), location=found.location, photos=found.photos,
        anonymous=found.anonymous, visibility=found.visibility,
        promise=in_language(city.promise(found.promise).text, language=language),
    )  # fmt: skip


def _question(each: Question, *, language: str) -> QuestionTold:
    return QuestionTold(
        code=each.code, type=each.type, label=in_language(each.label, language=language),
        hint=in_language(each.hint, language=language) if each.hint else "", required=each.required,
        options=[
            OptionTold(code=option.code, label=in_language(option.label, language=language)) for option in each.options
        ],
        show_when=_condition(each.show_when), min=each.min, max=each.max, max_length=each.max_length,
        public=each.public,
    )  # fmt: skip


def _stop(each: Stop, *, language: str) -> StopTold:
    return StopTold(
        say=in_language(each.say, language=language), action=each.action, when=_condition(each.when), refer=each.refer
    )


def _condition(when: AnswerCondition | ShowWhen | None) -> Condition | None:
    if when is None:
        return None
    question = when.answer if isinstance(when, AnswerCondition) else when.question
    return Condition(question=question, values=list(when.values))


def _promise(found: Service, city: City, *, language: str) -> PromiseOffered:
    promised = city.promise(found.promise)
    return PromiseOffered(
        code=promised.code, text=in_language(promised.text, language=language), source=promised.source,
        targets=[
            TargetOffered(
                kind=each.kind, amount=each.amount, unit=each.unit, calendar=each.calendar,
                answer=(each.when.answer or None) if each.when else None,
                values=list(each.when.values) if each.when else [],
                priority=list(each.when.priority) if each.when else [],
            )
            for each in promised.targets
        ],
    )  # fmt: skip

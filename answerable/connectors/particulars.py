"""What a work order says beside the bare fields: in words, for those who write to people or into files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypedDict

from answerable.catalogue import queries as catalogue
from answerable.catalogue.city import City
from answerable.catalogue.connectorstructs import Connector
from answerable.catalogue.structs import Question
from answerable.connectors import links
from answerable.kernel.facts import Json
from answerable.kernel.languages import in_language
from answerable.requests import queries as requests
from answerable.requests.views import HandoffView, RequestView

_YES_NO: Mapping[str, tuple[str, str]] = {"en": ("yes", "no"), "fr": ("oui", "non")}


class Particulars(TypedDict):
    """The further fields of a work order."""

    number: str
    service_name: str
    words: str
    told: tuple[tuple[str, str], ...]
    postal: str
    areas: dict[str, str]
    priority: str
    logged_at: Any
    due_at: Any
    department: str
    queue: str
    reply_url: str


def particulars_of(found: RequestView, order: HandoffView, *, named: Connector, city: City) -> Particulars:
    """Everything of the request in the department's language; of the place no more than the connector passes on."""
    language = named.language or city.default_language
    shows_place = named.place != "none"
    return Particulars(
        number=f"{found.number}/{order.sequence}",
        service_name=in_language(city.service(found.service_code).name, language=language),
        words=found.description,
        told=tuple(_answers(found, language=language)),
        postal=found.postal if shows_place else "",
        areas=_areas(found.areas) if shows_place else {},
        priority=found.priority,
        logged_at=found.logged_at,
        due_at=found.completion_due,
        department=order.department,
        queue=order.queue,
        reply_url=links.url_of(order.id),
    )


def number_of(found: RequestView, handoff_id: int) -> str:
    """The name of that work order of the request: `26-0000123-4/1`."""
    order = next(each for each in requests.handoffs(found.id) if each.id == handoff_id)
    return f"{found.number}/{order.sequence}"


def _areas(areas: Mapping[str, Json]) -> dict[str, str]:
    return {
        kind: str(area.get("name") or area.get("key") or "") for kind, area in areas.items() if isinstance(area, dict)
    }


def _answers(found: RequestView, *, language: str) -> Iterator[tuple[str, str]]:
    """Questions and answers in words, as the catalogue of that day had them."""
    service = catalogue.version(found.catalogue_version).service(found.service_code)
    for code, answer in found.answers.items():
        question = service.question(code)
        if question is not None and answer not in (None, "", []):
            yield in_language(question.label, language=language), _in_words(question, answer, language=language)


def _in_words(question: Question, answer: Json, *, language: str) -> str:
    if isinstance(answer, bool):
        return _YES_NO.get(language, _YES_NO["en"])[0 if answer else 1]
    names = {each.code: in_language(each.label, language=language) for each in question.options}
    given = answer if isinstance(answer, list) else [answer]
    return ", ".join(names.get(str(each), str(each)) for each in given)

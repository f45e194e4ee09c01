"""What can be asked for, and what must be answered: service list, definitions, discovery; all from the city pack."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from answerable.catalogue.city import City
from answerable.catalogue.errors import UnknownService
from answerable.catalogue.structs import Question, Service
from answerable.channels.open311.records import Record, instant
from answerable.channels.open311.writing import Content, Document
from answerable.kernel.languages import in_language
from answerable.staff.rules import Profile

SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
KEY_SERVICE = {
    "en": "Ask the city for a key; it names your program and what it may do.",
    "fr": "Demandez une clé à la Ville; elle désigne votre programme et ce qu'il peut faire.",
}
_TYPES = {
    "single": "singlevaluelist", "multi": "multivaluelist", "yes_no": "singlevaluelist", "text": "string",
    "long_text": "text", "number": "number", "date": "datetime",
}  # fmt: skip
_YES_NO = {"yes": {"en": "Yes", "fr": "Oui"}, "no": {"en": "No", "fr": "Non"}}
_FIRST_STOP = "stop-"


def offered(city: City, *, profile: Profile) -> tuple[Service, ...]:
    """The services this client may know of: confidential ones only when its profile says so."""
    return tuple(
        each for each in city.services if each.visibility != "confidential" or profile.confidential_services
    )  # fmt: skip


def offered_service(city: City, code: str, *, profile: Profile) -> Service:
    """The service.  Raises: UnknownService, also for one this client may not know of."""
    service = city.service(code)
    if service.visibility == "confidential" and not profile.confidential_services:
        raise UnknownService(f"No service '{code}'.", field="service", value=code, remedy="Choose one of the list.")
    return service


def type_of(service: Service) -> str:
    """How the number comes: at once, by a token, or not at all."""
    return "blackbox" if service.visibility == "confidential" else service.open311


def service_list(city: City, *, language: str, profile: Profile) -> Document:
    """Every service a program may report."""
    return Document("services", [_listed(each, city, language=language) for each in offered(city, profile=profile)])


def _listed(service: Service, city: City, *, language: str) -> Record:
    keywords = [*service.keywords.get(language, ()), *(["private"] if service.visibility != "public" else [])]
    return {
        "service_code": service.code,
        "service_name": in_language(service.name, language=language),
        "description": in_language(service.description, language=language),
        "metadata": bool(service.questions or service.stops),
        "type": type_of(service),
        "keywords": ", ".join(keywords),
        "group": in_language(city.group(service.group).name, language=language),
    }


def definition(service: Service, *, language: str) -> Document:
    """What a report of this service is asked: its stop messages first, for reading, then its questions."""
    stops: list[Content] = [
        _stop(number, in_language(stop.say, language=language)) for number, stop in enumerate(service.stops, start=1)
    ]
    questions = [
        _attribute(question, service, order=order, language=language)
        for order, question in enumerate(service.questions, start=len(stops) + 1)
    ]
    return Document("service_definition", {"service_code": service.code, "attributes": [*stops, *questions]})


def _stop(number: int, said: str) -> Record:
    return {
        "variable": False,
        "code": f"{_FIRST_STOP}{number}",
        "datatype": "text",
        "required": False,
        "datatype_description": None,
        "order": number,
        "description": said,
        "values": [],
    }


def _attribute(question: Question, service: Service, *, order: int, language: str) -> Record:
    is_choice = question.type in {"single", "multi", "yes_no"}
    hint = in_language(question.hint, language=language) if question.hint else None
    return {
        "variable": True,
        "code": question.code,
        "datatype": _TYPES[question.type],
        "required": question.required and question.show_when is None,
        "datatype_description": hint,
        "order": order,
        "description": _asked(question, service, language=language),
        "values": _choices(question, language=language) if is_choice else [],
    }


def _asked(question: Question, service: Service, *, language: str) -> str:
    """The question; one that is asked only after a certain answer says after which."""
    label = in_language(question.label, language=language)
    condition = question.show_when
    earlier = service.question(condition.question) if condition else None
    if condition is None or earlier is None:
        return label
    names = {str(each["key"]): str(each["name"]) for each in _choices(earlier, language=language)}
    said = ", ".join(names.get(value, value) for value in condition.values)
    return f"{label} ({in_language(earlier.label, language=language)} {said})"


def _choices(question: Question, *, language: str) -> Sequence[Record]:
    if question.type == "yes_no":
        return [{"key": key, "name": in_language(text, language=language)} for key, text in _YES_NO.items()]
    return [{"key": each.code, "name": in_language(each.label, language=language)} for each in question.options]


def discovery(city: City, *, base_url: str, changed: datetime | None, language: str) -> Document:
    """Where the two endpoints are, and whose they are.  Source: Open311, "Service Discovery"."""
    contact = city.pack.city.contact
    changeset = instant(changed, city)
    endpoints: list[Content] = [
        {
            "specification": SPECIFICATION,
            "url": f"{base_url}/open311/{path}",
            "changeset": changeset,
            "type": kind,
            "formats": ["text/xml", "application/json"],
        }
        for path, kind in (("v2", "production"), ("test/v2", "test"))
    ]
    box = city.pack.city.bounds
    return Document(
        "discovery",
        {
            "changeset": changeset,
            "contact": ", ".join(filter(None, (contact.email, contact.phone, contact.outside))),
            "key_service": in_language(city.pack.city.open311.key_service or KEY_SERVICE, language=language),
            "endpoints": endpoints,
            "jurisdiction_id": jurisdiction_of(city),
            "service_area": {"west": box.west, "south": box.south, "east": box.east, "north": box.north},
        },
    )


def jurisdiction_of(city: City) -> str:
    """The name this city goes by among Open311 servers."""
    return city.pack.city.open311.jurisdiction_id or city.id

"""From the parameters of a POST to a report, with every fault named by the field it lies in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from answerable.catalogue import places
from answerable.catalogue.city import City
from answerable.catalogue.structs import Question, Service
from answerable.channels.open311.asking import Params, read_instant, read_number
from answerable.channels.open311.errors import BadParameter, Missing, Stopped
from answerable.channels.open311.services import offered_service
from answerable.contacts.rules import ContactDetails
from answerable.intake import actions as intake
from answerable.intake import rules
from answerable.intake.errors import BadReport, OutsideCity, PlaceMissing, TooLong
from answerable.kernel.errors import AnswerableError
from answerable.kernel.facts import Json
from answerable.kernel.languages import in_language
from answerable.kernel.places import Point, Precision
from answerable.staff.rules import Profile

MAX_LINE = 240
"""Units: characters of an address."""

_DATED = re.compile(r"^\d{4}-\d{2}-\d{2}[T ]")


@dataclass(frozen=True, slots=True)
class Telling:
    """What a program told, read and typed; `faults` are those found on the way."""

    service: Service
    description: str
    answers: dict[str, Json]
    point: Point | None
    address: str
    postal: str
    contact: ContactDetails | None
    language: str
    faults: tuple[AnswerableError, ...]


def read_telling(params: Params, *, city: City, language: str, profile: Profile) -> Telling:
    """What was told.  Raises: Missing, UnknownService for the service, without which nothing else can be judged."""
    service = offered_service(city, params.needed("service_code"), profile=profile)
    faults: list[AnswerableError] = []
    return Telling(
        service=service,
        description=params.one("description"),
        answers=_answers(params, service, city=city),
        point=_point(params, faults),
        address=_address(params, faults),
        postal=params.one("zipcode"),
        contact=_contact(params, language=language),
        language=language,
        faults=tuple(faults),
    )


def _point(params: Params, faults: list[AnswerableError]) -> Point | None:
    lat, long = params.one("lat"), params.one("long", "lon", "lng")
    if not lat and not long:
        return None
    try:
        for given, name in ((lat, "lat"), (long, "long")):
            if not given:
                raise Missing(f"{name} required.", field=name, remedy="Send lat and long, or neither.")
        return Point(
            lat=read_number(lat, field="lat", low=-90, high=90), lon=read_number(long, field="long", low=-180, high=180)
        )
    except AnswerableError as fault:
        faults.append(fault)
        return None


def _address(params: Params, faults: list[AnswerableError]) -> str:
    said = params.one("address_string", "address")
    if len(said) > MAX_LINE:
        faults.append(TooLong("The address is too long.", field="address_string", remedy=f"Use {MAX_LINE} characters."))
        return ""
    if not said and params.one("address_id") and not params.one("lat"):
        faults.append(
            BadParameter(
                "Address ids are not used here.", field="address_id", remedy="Send lat, long or address_string."
            )
        )
    return said


def _contact(params: Params, *, language: str) -> ContactDetails | None:
    """Who reports.  News is sent by us only when the program asks for it: most programs bring their own."""
    email = params.one("email")
    contact = ContactDetails(
        name=" ".join(filter(None, (params.one("first_name"), params.one("last_name")))),
        email=email,
        phone=params.one("phone"),
        language=language,
        news_by="email" if email and params.is_true("email_alerts_requested") else "none",
    )
    return None if contact.is_empty else contact


def _answers(params: Params, service: Service, *, city: City) -> dict[str, Json]:
    """The answers by the codes of their questions, whatever case they were sent in; unknown ones are left out."""
    told = {code.lower(): values for code, values in params.attributes().items()}
    found: dict[str, Json] = {}
    for question in service.questions:
        values = told.get(question.code.lower())
        if values:
            found[question.code] = _value(question, values, city=city)
    return found


def _value(question: Question, values: Sequence[str], *, city: City) -> Json:
    if question.type == "multi":
        return [part for value in values for part in _parts(question, value)]
    if question.type == "date":
        return _date(values[0], city=city)
    return values[0] if len(set(values)) == 1 else list(values)


def _parts(question: Question, value: str) -> Sequence[str]:
    """One choice, or several in one value with commas between, as some programs send them."""
    known = {option.code for option in question.options}
    return [value] if value in known else [each.strip() for each in value.split(",") if each.strip()]


def _date(value: str, *, city: City) -> str:
    """The day, also where an instant was sent, as the datatype `datetime` asks for."""
    if not _DATED.match(value):
        return value
    try:
        return city.local_day(read_instant(value, field="attribute", city=city)).isoformat()
    except BadParameter:
        return value


def needs_gazetteer(telling: Telling) -> bool:
    """Whether the place is known by words only, so that looking it up takes the database."""
    return telling.point is None and bool(telling.address)


def place_of(telling: Telling, *, city: City, at: datetime) -> places.Place | None:
    """The place that was told: the pin, else what the words mean.  Raises: OutsideCity; PlaceMissing."""
    if telling.point is not None:
        return _at_pin(telling, telling.point, city=city, at=at)
    if not telling.address:
        return None
    place = _resolved(telling, city=city, at=at)
    return replace(place, postal=place.postal or telling.postal)


def _at_pin(telling: Telling, point: Point, *, city: City, at: datetime) -> places.Place:
    try:
        return intake.place_at(
            city, point, precision=Precision.PIN, label=telling.address, at=at, postal=telling.postal
        )
    except OutsideCity as error:
        raise OutsideCity(error.message, field="lat", value=error.value, remedy=_elsewhere(telling, city)) from error


def _elsewhere(telling: Telling, city: City) -> str:
    """Whom to ask for a place beyond the border, in the city's own words."""
    code = city.pack.city.outside_referral
    if not code:
        return "Ask the municipality in which it lies."
    return in_language(city.referral(code).text, language=telling.language)


def _resolved(telling: Telling, *, city: City, at: datetime) -> places.Place:
    said = telling.address
    found = places.resolve(city, said, at=at, language=telling.language)
    if isinstance(found, places.Found):
        return found.place
    if isinstance(found, places.Outside):
        raise OutsideCity(
            f"'{said}' is not in this city.", field="address_string", value=said, remedy=_elsewhere(telling, city)
        )
    if telling.service.location != "required":
        return places.Place(point=None, precision=Precision.NONE, label=said, said=said, confidence=0.0)
    if isinstance(found, places.Choices):
        named = "; ".join(each.label for each in found.candidates)
        raise PlaceMissing(
            f"'{said}' could be several places.", field="address_string", value=said, remedy=f"Send one of: {named}."
        )
    raise PlaceMissing(
        f"'{said}' is no place we know.", field="address_string", value=said, remedy="Send lat and long."
    )


def prepared(
    telling: Telling, place: places.Place | None, *, city: City, at: datetime, key: str, digest: str,
    photos: Sequence[intake.KeptPhoto] = (), place_faults: Sequence[AnswerableError] = (),
) -> tuple[intake.Report, intake.Prepared]:  # fmt: skip
    """The report, checked, routed and promised.  Raises: BadReport with every fault there is; Stopped."""
    _check_stops(telling)
    report = intake.Report(
        key=key, channel="open311", language=telling.language, service_code=telling.service.code,
        version_id=city.version_id, by="resident", description=telling.description, answers=telling.answers,
        place=place, contact=telling.contact, photos=photos, client_digest=digest,
    )  # fmt: skip
    faults = [*telling.faults, *place_faults]
    try:
        made = intake.prepare(report, at=at)
    except BadReport as bad:
        about_place = any(fault.field in {"lat", "long", "address_string", "address_id"} for fault in faults)
        raise BadReport([*faults, *(p for p in bad.problems if not (about_place and p.field == "place"))]) from bad
    if faults:
        raise BadReport(faults)
    return report, made


def _check_stops(telling: Telling) -> None:
    """Return unless the answers end the form.  Raises: Stopped saying what to do."""
    answers, _ = rules.clean_answers(telling.service, telling.answers)
    step = rules.next_step(telling.service, answers)
    if step.proposal is rules.Proposal.STOP:
        said = " ".join(in_language(stop.say, language=telling.language) for stop in step.stops)
        raise Stopped(said, field=next(stop.when.answer for stop in step.stops if stop.when), value="")

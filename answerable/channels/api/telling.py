"""From the JSON a program sent to a report, with every fault named by the field it lies in."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from answerable.catalogue import places
from answerable.catalogue.city import City
from answerable.channels.api.asking import read_body
from answerable.channels.api.errors import BadBody, Stopped
from answerable.channels.api.schemas import NewRequest
from answerable.contacts.rules import ContactDetails
from answerable.intake import actions as intake
from answerable.intake import rules
from answerable.intake.errors import OutsideCity, PlaceMissing
from answerable.kernel.languages import in_language
from answerable.kernel.places import Point, Precision


def decoded(told: bytes, *, city: City) -> NewRequest:
    """The request to log.  Raises: BadBody naming the field."""
    new = read_body(told, NewRequest)
    if new.language not in city.languages:
        known = " or ".join(city.languages)
        raise BadBody(f"'{new.language}' is no language of this city.", field="language", remedy=f"Use {known}.")
    for given, other, name in ((new.lat, new.lon, "lon"), (new.lon, new.lat, "lat")):
        if given is not None and other is None:
            raise BadBody("A position needs both.", field=name, remedy="Give latitude and longitude, or neither.")
    return new


def check_stops(new: NewRequest, *, city: City) -> None:
    """Return unless the answers end the form.  Raises: Stopped saying what to do; UnknownService."""
    service = city.service(new.service_code)
    answers, _ = rules.clean_answers(service, new.answers)  # type: ignore[arg-type]
    step = rules.next_step(service, answers)
    if step.proposal is rules.Proposal.STOP:
        said = " ".join(in_language(stop.say, language=new.language) for stop in step.stops)
        raise Stopped(said, field=next(stop.when.answer for stop in step.stops if stop.when), value=new.service_code)


def place_of(new: NewRequest, *, city: City, at: datetime) -> places.Place | None:
    """The place that was sent: the pin, else what the words mean.

    Raises: OutsideCity; PlaceMissing when the words mean no place or several.
    """
    if new.lat is not None and new.lon is not None:
        return _at_pin(new, Point(lat=new.lat, lon=new.lon), city=city, at=at)
    if not new.address.strip():
        return None
    place = _resolved(city, new.address, language=new.language, at=at)
    return replace(place, postal=place.postal or new.postal_code)


def _at_pin(new: NewRequest, pin: Point, *, city: City, at: datetime) -> places.Place:
    try:
        return intake.place_at(city, pin, precision=Precision.PIN, label=new.address, at=at, postal=new.postal_code)
    except OutsideCity as error:
        raise OutsideCity(error.message, field="lat", value=error.value, remedy=error.remedy) from error


def _resolved(city: City, said: str, *, language: str, at: datetime) -> places.Place:
    found = places.resolve(city, said, at=at, language=language)
    if isinstance(found, places.Found):
        return found.place
    if isinstance(found, places.Outside):
        raise OutsideCity(
            f"'{said}' is not in this city.", field="address", value=said, remedy="Ask its own municipality."
        )
    if isinstance(found, places.Choices):
        named = "; ".join(each.label for each in found.candidates)
        raise PlaceMissing(
            f"'{said}' could be several places.", field="address", value=said, remedy=f"Send one of: {named}."
        )
    raise PlaceMissing(
        f"'{said}' is no place we know.", field="address", value=said, remedy="Send latitude and longitude."
    )


def report_of(new: NewRequest, place: places.Place | None, *, city: City, key: str, api_key: str) -> intake.Report:
    """What the front door is told."""
    contact = new.contact
    return intake.Report(
        key=key,
        channel="api",
        language=new.language,
        service_code=new.service_code,
        version_id=city.version_id,
        by="resident",
        description=new.description,
        answers=new.answers,  # type: ignore[arg-type]
        place=place,
        contact=ContactDetails(
            name=contact.name, email=contact.email, phone=contact.phone, postal=contact.postal_code,
            language=new.language, news_by=contact.news_by,
        ) if contact else None,
        client_digest=intake.digest_of(api_key),
    )  # fmt: skip

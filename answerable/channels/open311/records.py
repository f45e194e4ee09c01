"""Requests as GeoReport draws them: every field of the standard always, `null` where there is nothing to tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from answerable.catalogue.city import City
from answerable.catalogue.errors import UnknownEntry, UnknownService
from answerable.catalogue.structs import Question
from answerable.channels.open311 import words
from answerable.channels.open311.states import extended_of
from answerable.channels.open311.writing import Content
from answerable.kernel.facts import Json
from answerable.kernel.languages import in_language
from answerable.requests.published import PublishedRow

Record = dict[str, Content]


@dataclass(frozen=True, slots=True)
class Manner:
    """How records are drawn for one client: its language, and its profile's wishes."""

    language: str
    base_url: str
    now: datetime
    expected_datetime: bool = True
    extensions: bool = False


def instant(at: datetime | None, city: City) -> str | None:
    """The instant on the city's clock, with its offset."""
    return at.astimezone(city.timezone).isoformat(timespec="seconds") if at else None


def record_of(row: PublishedRow, city: City, manner: Manner, *, notes: Sequence[Record] = ()) -> Record:
    """One request.  The order of fields is the standard's."""
    shows_place, language = row.shows_place, manner.language
    record: Record = {
        "service_request_id": row.number,
        "status": "open" if row.is_open else "closed",
        "status_notes": status_notes(row, city, language=language),
        "service_name": service_name(city, row.service_code, language=language),
        "service_code": row.service_code,
        "description": row.description or None,
        "agency_responsible": department_name(city, row.department, language=language),
        "service_notice": None,
        "requested_datetime": instant(row.logged_at, city),
        "updated_datetime": instant(row.updated_at, city),
        "expected_datetime": instant(row.completion_due, city),
        "address": (row.address or None) if shows_place else None,
        "address_id": None,
        "zipcode": row.postal or None,
        "lat": row.lat if shows_place else None,
        "long": row.lon if shows_place else None,
        "media_url": picture_url(row.pictures[0], manner) if row.pictures and shows_place else None,
    }
    if not manner.expected_datetime:
        del record["expected_datetime"]
    if manner.extensions:
        record |= _extensions(row, city, manner)
        record["notes"] = list(notes)
    return record


def picture_url(key: str, manner: Manner) -> str:
    """Where a released picture is."""
    return f"{manner.base_url}/open311/media/{key}.jpg"


def status_notes(row: PublishedRow, city: City, *, language: str) -> str:
    """Where it stands, in a sentence: how it ended in the city's own words, else the word of the life cycle."""
    if row.outcome and not row.is_open:
        with suppress(UnknownEntry):
            return in_language(city.outcome_text(row.service_code, row.outcome), language=language)
    return in_language(words.STANDING[row.lifecycle], language=language)


def service_name(city: City, code: str, *, language: str) -> str:
    """The service's name; its code when this version of the catalogue has no such service."""
    try:
        return in_language(city.service(code).name, language=language)
    except UnknownService:
        return code


def department_name(city: City, code: str, *, language: str) -> str:
    """The department's name, or its code."""
    try:
        return in_language(city.department(code).name, language=language)
    except UnknownEntry:
        return code


def _extensions(row: PublishedRow, city: City, manner: Manner) -> Record:
    return {
        "media_urls": [picture_url(key, manner) for key in row.pictures] if row.shows_place else [],
        "attributes": _answers(row, city, language=manner.language),
        "extended_attributes": {
            "detailed_status": extended_of(row.lifecycle, row.outcome),
            "lifecycle": row.lifecycle,
            "outcome": row.outcome or None,
            "outcome_party": (row.outcome_party or None) if row.is_known else None,
            "until": row.until.isoformat() if row.until else None,
            "agency_code": row.department,
            "promise": row.standing(manner.now).value,
            "channel": row.channel,
            "area": (row.area_key or None) if row.shows_place else None,
            "visibility": row.visibility,
            "followers": row.followers,
        },
    }


def _answers(row: PublishedRow, city: City, *, language: str) -> list[Content]:
    """The answers to questions the pack calls public; to those who know the request, all of them."""
    try:
        questions = city.service(row.service_code).questions
    except UnknownService:
        return []
    is_whole = row.is_known or row.visibility == "public"
    return [
        _answer(question, row.answers, language=language)
        for question in questions
        if question.code in row.answers and is_whole and (question.public or row.is_known)
    ]


def _answer(question: Question, answers: Mapping[str, Json], *, language: str) -> Content:
    given = answers[question.code]
    chosen = [str(each) for each in given] if isinstance(given, list) else [str(given)]
    labels = {option.code: in_language(option.label, language=language) for option in question.options}
    return {
        "code": question.code,
        "description": in_language(question.label, language=language),
        "values": [{"key": each, "name": labels.get(each, each)} for each in chosen],
    }

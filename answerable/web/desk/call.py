"""What an operator has filled in so far, and what the city knows to say about it: one look, no writes."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.http import QueryDict
from django.utils.translation import get_language

from answerable.catalogue import queries as catalogue
from answerable.catalogue.city import City
from answerable.catalogue.structs import Question, Referral, Service, Stop
from answerable.contacts import queries as contacts
from answerable.contacts import rules as contact_rules
from answerable.contacts.errors import UnknownContact
from answerable.contacts.queries import ContactView
from answerable.intake import rules
from answerable.kernel.errors import AnswerableError
from answerable.kernel.facts import Json
from answerable.promises import planning
from answerable.promises.planning import Dates
from answerable.requests import queries as requests
from answerable.requests.views import NearbyRow, RequestRow
from answerable.staff.queries import StaffView
from answerable.web.components.measuredtimes import MeasuredTimes, measured_times
from answerable.web.desk import access, spots
from answerable.web.desk.spots import Spot

ANSWER_PREFIX = "q_"
CHANNELS = ("phone", "counter", "email", "sms", "chat", "social")
"""How the people come whom an operator logs for."""

SOMEBODY_NEW = "new"
"""The choice "not one of those we know by this number"."""

MAX_OPEN = 4
"""Open requests shown beside the form; all of them are in the resident's file."""

_KEY = re.compile(r"^[A-Za-z0-9._:-]{8,64}$")
_FIELDS = (
    "key", "phone", "name", "email", "postal", "language", "news_by", "needs", "contact", "channel", "service",
    "service_code", "place", "place_kept", "place_choice", "words", "referral", "follow_on_of",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Call:
    """The form as it was sent; every field is text as typed."""

    key: str = ""
    phone: str = ""
    name: str = ""
    email: str = ""
    postal: str = ""
    language: str = ""
    news_by: str = ""
    needs: str = ""
    contact: str = ""
    channel: str = ""
    service: str = ""
    service_code: str = ""
    place: str = ""
    place_kept: str = ""
    place_choice: str = ""
    words: str = ""
    referral: str = ""
    follow_on_of: str = ""
    answers: Mapping[str, tuple[str, ...]] = ()  # type: ignore[assignment]


def read(sent: QueryDict) -> Call:
    """The call as the form or the address tells it; a fresh one gets its idempotency key."""
    told = {name: str(sent.get(name, "")).replace("\r\n", "\n").strip() for name in _FIELDS}
    answers = {
        name.removeprefix(ANSWER_PREFIX): tuple(value for value in map(str, sent.getlist(name)) if value.strip())
        for name in sent
        if name.startswith(ANSWER_PREFIX)
    }
    call = Call(**told, answers=answers)
    if chosen := str(sent.get("service_choice", "")):
        call = replace(call, service="", service_code=chosen)
    return replace(
        call,
        key=call.key if _KEY.match(call.key) else str(uuid.uuid4()),
        news_by=call.news_by if call.news_by in contact_rules.NEWS_BY else "",
        channel=call.channel if call.channel in CHANNELS else CHANNELS[0],
    )


@dataclass(frozen=True, slots=True)
class Situation:
    """The call and everything the city says about it at this instant."""

    call: Call
    city: City
    now: datetime
    service: Service | None
    other_services: tuple[Service, ...]
    spot: Spot
    given: Mapping[str, Json]
    answers: Mapping[str, Json]
    questions: tuple[Question, ...]
    open_question: Question | None
    stops: tuple[Stop, ...]
    is_stopped: bool
    dates: Dates
    nearby: tuple[NearbyRow, ...]
    known: tuple[ContactView, ...]
    contact: ContactView | None
    open_rows: tuple[RequestRow, ...]

    @property
    def referrals(self) -> Sequence[Referral]:
        """Every other door of the city."""
        return self.city.pack.referrals

    @property
    def suggested_referral(self) -> str:
        """The other door that the answers or the place call for, unless the operator chose one."""
        if self.call.referral:
            return self.call.referral
        ends = next((stop.refer for stop in self.stops if stop.refer and stop.action != "continue"), "")
        return ends or (self.spot.referral.code if self.spot.referral else "")

    @property
    def measured(self) -> MeasuredTimes | None:
        """How long such requests really took, beside the promise."""
        if self.service is None:
            return None
        area = self.spot.place.areas.get(self.city.primary_area_kind) if self.spot.place else None
        return measured_times(
            self.city, service=self.service.code, area=area.key if area else "", due=self.dates.completion_due,
            now=self.now,
        )  # fmt: skip

    @property
    def is_ready(self) -> bool:
        """Whether nothing is left to ask before the request can be logged."""
        if self.service is None or self.is_stopped or self.open_question is not None:
            return False
        return self.spot.place is not None or self.service.location != "required"


def look(call: Call, *, viewer: StaffView, now: datetime) -> Situation:
    """The call in the light of the catalogue, the gazetteer, the promise planner and what is known already."""
    city = catalogue.active()
    language = (get_language() or "en").split("-")[0]
    known, contact = _people(call)
    call = _introduced(call, contact, city=city)
    service, others = _service(city, call, language=language)
    spot = spots.read(city, said=call.place, kept=call.place_kept, choice=call.place_choice, at=now, language=language)
    given = _typed(service, call.answers) if service else {}
    answers, _problems = rules.clean_answers(service, given) if service else ({}, [])
    step = rules.next_step(service, answers) if service else None
    raised = rules.raised_stops(service, answers) if service else ()
    return Situation(
        call=replace(
            call, service=service.name[language] if service else call.service,
            service_code=service.code if service else "", place=spot.said,
            place_kept=spots.sealed(spot.place) if spot.place else "",
        ),
        city=city, now=now, service=service, other_services=others, spot=spot, given=given, answers=answers,
        questions=rules.asked_questions(service, answers) if service else (),
        open_question=next(iter(step.questions), None) if step else None,
        stops=(*raised, *(rules.opening_stops(service) if service else ())),
        is_stopped=bool(step and step.proposal is rules.Proposal.STOP),
        dates=_dates(city, service, answers, now=now), nearby=_nearby(service, spot, now=now),
        known=known, contact=contact, open_rows=_open_rows(contact, viewer=viewer),
    )  # fmt: skip


def _people(call: Call) -> tuple[tuple[ContactView, ...], ContactView | None]:
    """Whom the city knows by this number, and who of them it is as far as that is clear."""
    chosen = _contact(call.contact)
    known = contacts.by_phone(call.phone, limit=5) if call.phone else ()
    if call.contact == SOMEBODY_NEW:
        return known, None
    if chosen is not None and (not known or chosen.id in {each.id for each in known}):
        return known, chosen
    if len(known) != 1:
        return known, None
    said, kept = contact_rules.words_key(call.name), contact_rules.words_key(known[0].name)
    return known, known[0] if not said or said == kept else None


def _contact(contact_id: str) -> ContactView | None:
    try:
        return contacts.by_id(int(contact_id)) if contact_id.isdecimal() and len(contact_id) < 19 else None  # noqa: PLR2004
    except UnknownContact:
        return None


def _introduced(call: Call, contact: ContactView | None, *, city: City) -> Call:
    """Empty fields of the caller filled from the file, so that nothing is asked twice."""
    language = call.language if call.language in city.languages else ""
    if contact is None:
        here = (get_language() or "en").split("-")[0]
        return replace(call, language=language or here, news_by=call.news_by or "none")
    return replace(
        call,
        contact=str(contact.id),
        phone=call.phone or contact.phone,
        name=call.name or contact.name,
        email=call.email or contact.email,
        postal=call.postal or contact.postal,
        needs=call.needs or contact.needs,
        language=language or contact.language,
        news_by=call.news_by or contact.news_by,
    )


def _service(city: City, call: Call, *, language: str) -> tuple[Service | None, tuple[Service, ...]]:
    """The service meant: the one chosen, else the best fit for the words; and what else they could mean."""
    if call.service_code and city.has_service(call.service_code):
        chosen = city.service(call.service_code)
        if not call.service or call.service in chosen.name.values():
            return chosen, ()
    if not call.service:
        return None, ()
    found = tuple(hit.service for hit in city.search_services(call.service, language=language, limit=5))
    return (found[0], found[1:]) if found else (None, ())


def _typed(service: Service, answers: Mapping[str, tuple[str, ...]]) -> dict[str, Json]:
    given: dict[str, Json] = {}
    for question in service.questions:
        values = answers.get(question.code, ())
        if values:
            given[question.code] = list(values) if question.type == "multi" else values[0]
    return given


def _dates(city: City, service: Service | None, answers: Mapping[str, Json], *, now: datetime) -> Dates:
    if service is None:
        return Dates()
    priority = rules.priority_of(service, answers)
    try:
        return planning.dates_of(
            planning.plan(city, service=service, answers=answers, priority=priority, started_at=now)
        )
    except AnswerableError:
        return Dates()


def _nearby(service: Service | None, spot: Spot, *, now: datetime) -> tuple[NearbyRow, ...]:
    point = spot.place.point if spot.place else None
    if service is None or point is None or service.visibility != "public":
        return ()
    since = now - timedelta(days=service.duplicate_days)
    return requests.nearby(
        point, service_codes=[service.code], radius_m=service.duplicate_radius_m, since=since, limit=3
    )


def _open_rows(contact: ContactView | None, *, viewer: StaffView) -> tuple[RequestRow, ...]:
    if contact is None:
        return ()
    rows = access.visible(viewer, requests.of_contact(contact.id, limit=50))
    return tuple(row for row in rows if row.resolved_at is None)[:MAX_OPEN]

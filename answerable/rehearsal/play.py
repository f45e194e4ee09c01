"""The demo's past is played in the order in which it happened, each act at its own instant, timers between them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path

from django.conf import settings
from django.db import transaction

from answerable.catalogue import places
from answerable.catalogue.city import City
from answerable.catalogue.places import Found, Place
from answerable.contacts import actions as contacts
from answerable.contacts import queries as contact_queries
from answerable.contacts.rules import ContactDetails
from answerable.intake import actions as intake
from answerable.kernel.errors import AnswerableError
from answerable.kernel.places import Point, Precision
from answerable.plumbing import clock
from answerable.rehearsal import picture, scenes
from answerable.rehearsal.errors import BrokenScenes
from answerable.rehearsal.past import PastRequest
from answerable.rehearsal.scenes import Person, Scene, Step, Talk
from answerable.requests import actions as requests
from answerable.requests import pictures, survey
from answerable.requests import queries as request_queries
from answerable.requests import rules as request_rules
from answerable.requests.actions import Change
from answerable.requests.proofs import Evidence
from answerable.requests.rules import Lifecycle, LinkKind, Outcome
from answerable.staff import queries as staff

log = logging.getLogger("answerable.rehearsal")

SYSTEM = "system:rehearsal"

Ring = Callable[[], int]
"""Due timers ring once; gives how many did."""

FOUND_THERE = "Crew on site. The work is done and the place left clean."
"""What the demo's crews write down."""

_SHORTLY = timedelta(minutes=1)


@dataclass(frozen=True, order=True, slots=True)
class Act:
    """Something that happens at an instant."""

    at: datetime
    name: str
    do: Callable[[], object] = field(compare=False)


class Stage:
    """Who is there and what was logged so far, while the past is played."""

    def __init__(self, city: City, *, now: datetime, people: Iterable[Person]) -> None:
        self.city = city
        self.now = now
        self.people = {person.id: person for person in people}
        self.ids: dict[str, int] = {}
        self.departments: dict[int, str] = {}
        self.logged = 0
        self._actors = _actors(city)

    def id_of(self, key: str) -> int:
        """The request that became of that row or scene.  Raises: BrokenScenes when it was refused or comes later."""
        if key not in self.ids:
            raise BrokenScenes(f"There is no request '{key}' yet.", field="id", value=key, remedy="Tell it earlier.")
        return self.ids[key]

    def actor(self, who: str, request_id: int) -> str:
        """How the journal names who acted on that request."""
        if who == "department":
            if request_id not in self.departments:
                self.departments[request_id] = request_queries.by_id(request_id).department
            return self._actors.get(self.departments[request_id], SYSTEM)
        return {"operator": self._actors.get("", SYSTEM), "resident": "resident"}.get(who, SYSTEM)

    def details(self, person_id: str) -> ContactDetails | None:
        """How that person can be reached."""
        person = self.people.get(person_id)
        if person is None:
            return None
        return ContactDetails(
            name=person.name, email=person.email, phone=person.phone, address=person.address, postal=person.postal,
            language=person.language, news_by=person.news_by, needs=person.needs,
            privacy_version=self.city.pack.city.privacy.version,
        )  # fmt: skip

    def contact_id(self, person_id: str) -> int | None:
        """The contact of that person, made when the city does not know them yet."""
        details = self.details(person_id)
        if details is None:
            return None
        known = contact_queries.by_words(details.name, limit=1)
        return known[0].id if known else contacts.add(details, by=self.actor("operator", 0)).id

    def today(self) -> datetime:
        """The present on the city's clocks."""
        return self.now.astimezone(self.city.timezone)


def _actors(city: City) -> dict[str, str]:
    """One person of each department that has a demo log-in, and an operator under the empty code."""
    actors: dict[str, str] = {}
    for department in city.departments:
        members = staff.of_department(department.code)
        if members:
            actors[department.code] = f"department:{members[0].id}"
    operators = [member for member in staff.of_department("") if member.role == "operator"]
    return actors | ({"": f"operator:{operators[0].id}"} if operators else {})


def play(acts: Iterable[Act], *, until: datetime, ring: Ring) -> None:
    """Everything that lies before `until` has happened in its order; timers rang at the end of each day.

    One transaction a day: on a slow disk a thousand commits would take longer than a demo may.
    """
    ahead = sorted(act for act in acts if act.at <= until)
    for _, day in groupby(ahead, key=lambda act: act.at.date()):
        happened = list(day)
        with transaction.atomic():
            for act in happened:
                _happen(act)
        with clock.frozen(happened[-1].at):
            while ring():
                pass
    while ring():
        pass


def _happen(act: Act) -> None:
    try:
        with clock.frozen(act.at):
            act.do()
    except AnswerableError as error:
        log.warning("rehearsal.step_refused", extra={"act": act.name, "code": error.code})


# --- rows of the real past -------------------------------------------------------------------------------------------


def acts_of_row(stage: Stage, row: PastRequest) -> list[Act]:
    """The telling and the steps its real counterpart had taken."""
    if not stage.city.has_service(row.service):
        log.warning("rehearsal.no_such_service", extra={"service": row.service, "row": row.id})
        return []
    acts = [Act(row.at, row.id, lambda: _tell(stage, row.id, _row_report(stage, row)))]
    if row.status == "new":
        return acts
    taken = row.at + (row.ended_at - row.at) / 4
    acts.append(Act(taken, f"{row.id}:accept", lambda: _accept(stage, row, taken)))
    if row.status != "in_progress" or row.line % 4:
        acts.append(Act(row.ended_at, f"{row.id}:end", lambda: _end(stage, row)))
    return acts


def _row_report(stage: Stage, row: PastRequest) -> intake.Report:
    by_web = row.line % 3 != 0
    return intake.Report(
        key=f"demo:{stage.city.id}:{row.id}", channel="web" if by_web else "phone", language="en",
        service_code=row.service, by="resident" if by_web else stage.actor("operator", 0),
        description=row.description, version_id=stage.city.version_id, answers={},
        place=_row_place(stage.city, row), contact=stage.details(row.person),
    )  # fmt: skip


def _row_place(city: City, row: PastRequest) -> Place | None:
    if row.point is not None:
        return intake.place_at(city, row.point, precision=Precision.ADDRESS, label=row.place, at=row.at)
    return _by_words(city, row.place or row.postal, ward=row.ward, at=row.at)


def _by_words(city: City, said: str, *, ward: str, at: datetime) -> Place | None:
    """The place the words mean, no more exact than they are, with the ward that was told beside them."""
    told = places.from_area(city, city.primary_area_kind, ward, at=at).place if ward else None
    if not said:
        return told
    found = places.resolve(city, said, at=at)
    place = found.place if isinstance(found, Found) else places.best(city, said, at=at)
    if told is None or city.primary_area_kind in place.areas:
        return place
    if place.precision is Precision.NONE:
        return replace(told, said=said)
    return replace(place, areas={**place.areas, **told.areas})


def _tell(stage: Stage, key: str, report: intake.Report) -> None:
    receipt = intake.receive(report)
    stage.ids[key] = receipt.request_id
    stage.logged += not receipt.is_replay


def _accept(stage: Stage, row: PastRequest, at: datetime) -> None:
    request_id = stage.id_of(row.id)
    requests.accept(request_id, _change(row, "accept", stage.actor("department", request_id), at))


def _end(stage: Stage, row: PastRequest) -> None:
    steps = {
        "completed": request_rules.Step(to=Lifecycle.RESOLVED, outcome=Outcome.COMPLETED),
        "cancelled": request_rules.Step(to=Lifecycle.RESOLVED, outcome=Outcome.NO_PROBLEM_FOUND),
        "scheduled": request_rules.Step(to=Lifecycle.SCHEDULED, until=(row.ended_at + timedelta(days=12)).date()),
        "in_progress": request_rules.Step(to=Lifecycle.IN_PROGRESS),
    }
    request_id = stage.id_of(row.id)
    change = _change(row, "end", stage.actor("department", request_id), row.ended_at)
    step = steps[row.status]
    requests.move(request_id, step, change, evidence=_evidence(stage, row.service, step, change))


def _evidence(stage: Stage, service_code: str, step: request_rules.Step, change: Change) -> Evidence | None:
    """What the crew brings where the service wants proof: a picture, a note of what was found, or both."""
    proof = request_rules.Proof(stage.city.service(service_code).proof)
    if not request_rules.needs_proof(step, proof=proof):
        return None
    if proof is request_rules.Proof.NOTE:
        return Evidence(inspection=FOUND_THERE)
    kept = pictures.keep(picture.mended(), scope=f"demo:{stage.city.id}", folder=Path(settings.MEDIA_ROOT))
    return Evidence(photos=(replace(kept.photo, key=change.key[:64]),), inspection=FOUND_THERE)


def _change(row: PastRequest, what: str, by: str, at: datetime) -> Change:
    return Change(key=f"demo:{row.service}:{row.id}:{what}", by=by, at=at)


# --- invented scenes -------------------------------------------------------------------------------------------------


def acts_of_scene(stage: Stage, scene: Scene) -> list[Act]:
    """The telling and everything that happened to it."""
    zone, today = stage.city.timezone, stage.today().date()
    at = scenes.instant(scene.when, today=today, zone=zone)
    acts = [Act(at, scene.id, lambda: _tell(stage, scene.id, _scene_report(stage, scene, at)))]
    for number, step in enumerate(scene.steps):
        when = max(scenes.instant(step.when, today=today, zone=zone), at + _SHORTLY * (number + 1))
        acts.append(Act(when, f"{scene.id}:{number}", _doing(stage, scene, step, number, when)))
    return acts


def _scene_report(stage: Stage, scene: Scene, at: datetime) -> intake.Report:
    city = stage.city
    place: Place | None = None
    if scene.lat is not None and scene.lon is not None:
        point = Point(lat=scene.lat, lon=scene.lon)
        place = intake.place_at(city, point, precision=Precision.PIN, label=scene.place, at=at)
    elif scene.place or scene.ward:
        place = _by_words(city, scene.place, ward=scene.ward, at=at)
    by_operator = scene.channel in {"phone", "counter"}
    return intake.Report(
        key=f"demo:{city.id}:{scene.id}", channel=scene.channel, language=scene.language,
        service_code=scene.service, by=stage.actor("operator", 0) if by_operator else "resident",
        description=scene.description, version_id=city.version_id, answers=scenes.answers_of(scene), place=place,
        contact=stage.details(scene.person),
    )  # fmt: skip


def act_of_talk(stage: Stage, talk: Talk) -> Act:
    """An enquiry answered on the spot or sent to another door."""
    at = scenes.instant(talk.when, today=stage.today().date(), zone=stage.city.timezone)

    def settle() -> None:
        intake.settle(
            intake.Closing(
                key=f"demo:{stage.city.id}:{talk.id}", channel=talk.channel, language=talk.language,
                outcome=talk.outcome, by=stage.actor("operator", 0), referral=talk.referral, words=talk.words,
                contact_id=stage.contact_id(talk.person),
            )
        )  # fmt: skip

    return Act(at, talk.id, settle)


def _doing(stage: Stage, scene: Scene, step: Step, number: int, at: datetime) -> Callable[[], object]:
    def do() -> None:
        request_id = stage.id_of(scene.id)
        change = Change(key=f"demo:{stage.city.id}:{scene.id}:{number}", by=stage.actor(step.by, request_id), at=at)
        DEEDS[step.do](stage, request_id, step, change)

    return do


def _move(stage: Stage, request_id: int, step: Step, change: Change) -> None:
    taken = request_rules.Step(
        to=Lifecycle(step.to), outcome=Outcome(step.outcome) if step.outcome else None, reason=step.reason,
        until=(change.at + timedelta(days=step.until_days)).date() if step.until_days else None, party=step.party,
    )  # fmt: skip
    evidence = _evidence(stage, request_queries.by_id(request_id).service_code, taken, change)
    requests.move(request_id, taken, change, note=step.words, evidence=evidence)


def _reroute(stage: Stage, request_id: int, step: Step, change: Change) -> None:
    requests.reroute(request_id, change, department=step.department, queue=step.queue, reason=step.reason)
    stage.departments.pop(request_id, None)


def _photo(stage: Stage, request_id: int, _step: Step, change: Change) -> None:
    kept = pictures.keep(picture.pothole(), scope=f"demo:{stage.city.id}", folder=Path(settings.MEDIA_ROOT))
    requests.add_photo(request_id, change, photo=kept.photo, is_public=True)


def _follow(stage: Stage, request_id: int, step: Step, change: Change) -> None:
    person = stage.people.get(step.person)
    language = person.language if person else "en"
    requests.follow(request_id, change, contact_id=stage.contact_id(step.person), language=language)


DEEDS: dict[str, Callable[[Stage, int, Step, Change], object]] = {
    "accept": lambda _, request_id, step, change: requests.accept(request_id, change),
    "move": _move,
    "refuse": lambda _, request_id, step, change: requests.refuse(request_id, change, reason=step.reason),
    "reroute": _reroute,
    "note": lambda _, request_id, step, change: requests.add_note(
        request_id, change, words=step.words, audience="public"
    ),
    "staff_note": lambda _, request_id, step, change: requests.add_note(
        request_id, change, words=step.words, audience="staff"
    ),
    "photo": _photo,
    "follow": _follow,
    "dispute": lambda _, request_id, step, change: requests.dispute(request_id, change, words=step.words),
    "reply": lambda _, request_id, step, change: requests.reply(request_id, change, words=step.words),
    "link": lambda stage, request_id, step, change: requests.link(
        request_id, change, other_id=stage.id_of(step.other), kind=LinkKind(step.kind)
    ),
    "rate": lambda _, request_id, step, change: survey.rate(request_id, change, score=step.score, words=step.words),
    "reclassify": lambda _, request_id, step, change: requests.reclassify(
        request_id, change, service_code=step.service, answers={}
    ),
}
"""What each word of a scene does."""

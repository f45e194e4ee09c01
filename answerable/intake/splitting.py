"""One telling, several departments: parts with numbers and promises of their own, begun in their order; and requests
that follow from another's work.

A part belongs to staff: the resident reads one story under the number they were given.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.db import transaction

from answerable.catalogue import queries as catalogue
from answerable.catalogue.activities import Activity
from answerable.catalogue.areas import AreaHit
from answerable.catalogue.places import Place
from answerable.intake import queries
from answerable.intake.actions import Receipt, receive
from answerable.intake.telling import Report
from answerable.kernel.errors import AnswerableError
from answerable.kernel.facts import Json
from answerable.kernel.places import Precision
from answerable.plumbing import clock
from answerable.requests import actions as requests
from answerable.requests import queries as request_reads
from answerable.requests.changes import Change
from answerable.requests.errors import NotAllowed
from answerable.requests.rules import Lifecycle as L
from answerable.requests.rules import LinkKind, Outcome, Step, is_voided
from answerable.requests.views import RequestRow, RequestView

log = logging.getLogger(__name__)

PARTS: Final = "system:parts"
"""Who begins the next part and ends the whole."""

_NOT_DONE: Final = frozenset(
    {Outcome.CANNOT_BE_DONE, Outcome.NOT_CITY_RESPONSIBILITY, Outcome.CANCELLED_BY_REQUESTER, Outcome.ENTERED_IN_ERROR,
     Outcome.NO_REPLY}
)  # fmt: skip
"""Ends of a part after which the next one is not begun: a person decides."""


@dataclass(frozen=True, slots=True)
class Part:
    """What somebody asks of another department: a service, what is to be done, and where it goes if not by rule."""

    service_code: str
    words: str = ""
    department: str = ""
    queue: str = ""


def split(request_id: int, part: Part, *, key: str, by: str) -> Receipt:
    """The part has a number, a department and a promise of its own, and is tied to the whole; the same key is one part.

    Raises: NotAllowed when the whole is over or is a part itself; BadReport when the service asks what nobody answered.
    """
    whole = request_reads.by_id(request_id)
    if not whole.is_open or parent_of(request_id) is not None:
        raise NotAllowed("A request that is over, or a part itself, has no parts.", field="number", value=whole.number)
    report = _report(whole, part, key=key, by=by, part_of=whole.id)
    return _logged(whole, report, kind=LinkKind.PART_OF)


def follow_on(request_id: int, part: Part, *, key: str, by: str) -> Receipt:
    """A new request that this one's work brought to light; it is the same person's, and they are told of it.

    Raises: BadReport when the service asks what nobody answered.
    """
    first = request_reads.by_id(request_id)
    return _logged(first, _report(first, part, key=key, by=by, part_of=None), kind=LinkKind.FOLLOW_ON_OF)


def _logged(other: RequestView, report: Report, *, kind: LinkKind) -> Receipt:
    with transaction.atomic():
        receipt = receive(report)
        if not receipt.is_replay:
            change = Change.now(key=f"{report.key[:70]}:tie", by=report.by)
            requests.link(receipt.request_id, change, other_id=other.id, kind=kind)
        return receipt


def _report(other: RequestView, part: Part, *, key: str, by: str, part_of: int | None) -> Report:
    asked = {question.code for question in catalogue.active().service(part.service_code).questions}
    return Report(
        key=key, channel="staff", language=other.language, service_code=part.service_code, by=by,
        description=part.words.strip() or other.description,
        answers={code: answer for code, answer in other.answers.items() if code in asked},
        place=_place(other), contact_id=None if part_of else other.contact_id, part_of=part_of,
        routed=(part.department, part.queue) if part.department else None,
    )  # fmt: skip


def _place(other: RequestView) -> Place | None:
    if other.precision == Precision.NONE:
        return None
    return Place(
        point=other.point, precision=Precision(other.precision), label=other.address, said=other.place_said,
        areas={kind: _area(kind, told) for kind, told in other.areas.items()}, postal=other.postal,
        computed_by="other_request",
    )  # fmt: skip


def _area(kind: str, told: Json) -> AreaHit:
    named = told if isinstance(told, dict) else {}
    return AreaHit(
        kind=kind, version=str(named.get("version", "")), key=str(named.get("key", "")), name=str(named.get("name", ""))
    )


# --- what the pack declares -----------------------------------------------------------------------------------------


def parent_of(request_id: int) -> int | None:
    """The whole that the request is a part of."""
    ties = request_reads.links(request_id)
    return next((tie.other_id for tie in ties if tie.outgoing and tie.kind == LinkKind.PART_OF), None)


def parts_of(request_id: int) -> tuple[RequestRow, ...]:
    """The parts of a request, the first first."""
    ties = [tie for tie in request_reads.links(request_id) if not tie.outgoing and tie.kind == LinkKind.PART_OF]
    rows = request_reads.rows_by_ids([tie.other_id for tie in ties])
    return tuple(rows[tie.other_id] for tie in ties if tie.other_id in rows)


def begin_ready(request_id: int) -> None:
    """Every activity of the whole whose forerunners are done has begun; and the whole ends with the last of them."""
    whole = request_reads.by_id(request_id)
    activities = _activities(whole)
    if not activities or not whole.is_open:
        return
    begun = _begun(whole, activities)
    done = {code for code, row in begun.items() if _is_done(row)}
    for activity in activities:
        if activity.code not in begun and set(activity.after) <= done:
            _begin(whole, activity)
    if done == {each.code for each in activities} and not request_reads.open_parts(whole.id):
        _end(whole)


def _activities(whole: RequestView) -> Sequence[Activity]:
    city = catalogue.active()
    return city.service(whole.service_code).activities if city.has_service(whole.service_code) else ()


def _key(whole: RequestView, activity: Activity) -> str:
    return f"part:{whole.number}:{activity.code}"[:80]


def _begun(whole: RequestView, activities: Sequence[Activity]) -> dict[str, RequestRow]:
    """The part of each activity that has one, by its code."""
    found = queries.requests_told_as([_key(whole, each) for each in activities])
    rows = request_reads.rows_by_ids(list(found.values()))
    begun = {each.code: found.get(_key(whole, each)) for each in activities}
    return {code: rows[request_id] for code, request_id in begun.items() if request_id in rows}


def _is_done(row: RequestRow) -> bool:
    return row.lifecycle in {L.RESOLVED, L.CLOSED} and row.outcome not in _NOT_DONE


def _begin(whole: RequestView, activity: Activity) -> None:
    city = catalogue.active()
    part = Part(
        service_code=activity.service or whole.service_code,
        words=f"{activity.name.get(whole.language) or activity.name[city.default_language]}\n\n{whole.description}",
        department=activity.department, queue=activity.queue,
    )  # fmt: skip
    try:
        with transaction.atomic():
            split(whole.id, part, key=_key(whole, activity), by=PARTS)
    except AnswerableError as refusal:
        log.error("parts.not_begun", extra={"request": whole.id, "activity": activity.code, "code": refusal.code})


def _end(whole: RequestView) -> None:
    """The last part was done: the whole is, too; where the service asks for more, a person ends it."""
    change = Change.now(key=f"parts:{whole.id}:{whole.reopened}", by=PARTS)
    try:
        with transaction.atomic():
            requests.move(whole.id, Step(to=L.RESOLVED, outcome=Outcome.COMPLETED), change)
    except AnswerableError as refusal:
        log.info("parts.not_ended", extra={"request": whole.id, "code": refusal.code})


def end_parts(request_id: int, outcome: Outcome, *, reason: str) -> None:
    """The whole is not wanted any more, and nor are its parts."""
    if not is_voided(outcome):
        return
    for row in request_reads.open_parts(request_id):
        change = Change(key=f"parts:{row.id}:{row.reopened}:over", by=PARTS, at=clock.now())
        requests.move(row.id, Step(to=L.RESOLVED, outcome=outcome, reason=reason), change)

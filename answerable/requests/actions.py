"""Every change to a request: one locked row, one transaction, one fact, one idempotency key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import connection, transaction

from answerable.catalogue import queries as catalogue
from answerable.contacts import actions as contacts
from answerable.contacts.rules import ContactDetails, postal_matches
from answerable.kernel.facts import Json
from answerable.kernel.ids import new_token, read_number
from answerable.plumbing import clock, clockwork
from answerable.promises import actions as promises
from answerable.promises import queries as promise_clock
from answerable.requests import events, models, proofs, rules, workorders
from answerable.requests.changes import Change as Change  # noqa: PLC0414 - doors take it from here
from answerable.requests.changes import append as _append
from answerable.requests.changes import changed as _changed
from answerable.requests.changes import kept_note as _kept_note
from answerable.requests.errors import (
    BadLink,
    MissingReason,
    NotAllowed,
    PartsOpen,
    TooLate,
    TooManyTries,
    UnknownRequest,
)
from answerable.requests.proofs import Evidence
from answerable.requests.proofs import Photo as Photo  # noqa: PLC0414 - doors take it from here
from answerable.requests.queries import FAR, as_view, open_parts
from answerable.requests.rules import ClockEffect, Handoff, Lifecycle, LinkKind, Outcome, Shows, Step, Visibility
from answerable.requests.views import RequestView
from answerable.staff import queries as staff
from answerable.staff.errors import UnknownTeam

CLOSE_TIMER = "request.close"
"""Comes due when the time for a dispute is over."""

REPLY_TIMER = "request.no_reply"
"""Comes due when the requester did not answer in time."""

SYSTEM = "system:clockwork"


def move(
    request_id: int, step: Step, change: Change, *, note: str = "", disputed: bool | None = None,
    evidence: Evidence | None = None,
) -> RequestView:  # fmt: skip
    """The request after the step: state, promise clock, hand-off, timers and fact changed together.

    `note` is public: the resident reads it on the timeline.  `evidence` proves work that the step claims.
    Raises: NotAllowed, MissingReason, ProofMissing, UnknownRequest, KeyReused.
    """
    content: dict[str, Json] = {
        "to": step.to, "outcome": step.outcome, "reason": step.reason,
        "until": step.until.isoformat() if step.until else None, "party": step.party, "note": note,
    }  # fmt: skip
    if evidence is not None:
        content |= {"photos": [each.key for each in evidence.photos], "inspection": evidence.inspection}

    def body(row: models.Request) -> None:
        if evidence is not None:
            proofs.keep(row, evidence, by=change.by, at=change.at)
        _take(row, step, change, note, disputed)

    _changed(request_id, change, kind="move", content=content, body=body)
    return as_view(models.Request.objects.get(id=request_id))


def _take(row: models.Request, step: Step, change: Change, note: str, disputed: bool | None) -> None:
    before = Lifecycle(row.lifecycle)
    rules.check_step(before, step, family=row.family)
    proofs.check(row, step, note=note)
    if step.to is Lifecycle.RESOLVED:
        _check_parts(row, step)
    note_id = _kept_note(row.id, note, audience="public", change=change) if note else None
    _turn_clock(row, before, step, change)
    row.lifecycle = step.to
    row.is_open = step.to in rules.OPEN
    row.until = step.until
    row.outcome = step.outcome or ("" if row.is_open else row.outcome)
    row.outcome_party = step.party
    row.resolved_at = _resolved_at(row, before, step, change)
    row.closed_at = change.at if step.to is Lifecycle.CLOSED else None
    reopened = rules.is_reopening(before, step.to)
    row.reopened += reopened
    row.disputed += bool(disputed)
    _set_timers(row, before, step, change)
    workorders.keep_pace(row, before, step.to, by=change.by, at=change.at)
    _append(
        events.RequestMoved(
            row.id, before=before, after=step.to, outcome=step.outcome, reason=step.reason or None,
            until=step.until.isoformat() if step.until else None, party=step.party or None,
            note_id=note_id, reopened=reopened or None, disputed=disputed,
        ),
        change,
    )  # fmt: skip


def _check_parts(row: models.Request, step: Step) -> None:
    """A request ends after its parts, unless nobody wants it any more.  Raises: PartsOpen."""
    left = () if rules.is_voided(step.outcome) else open_parts(row.id)
    if left:
        listed = ", ".join(each.number for each in left)
        raise PartsOpen(f"Still open: {listed}.", field="to", value=listed, remedy="End these parts first.")


def _resolved_at(row: models.Request, before: Lifecycle, step: Step, change: Change) -> datetime | None:
    if step.to is Lifecycle.RESOLVED:
        return change.at
    return row.resolved_at if step.to is Lifecycle.CLOSED and before is Lifecycle.RESOLVED else None


def _turn_clock(row: models.Request, before: Lifecycle, step: Step, change: Change) -> None:
    """The promises follow the step; their new dates are copied on the row so that lists need no other table."""
    service = catalogue.version(row.catalogue_version).service(row.service_code)
    if row.first_action_at is None and rules.is_first_action(before, step.to):
        row.first_action_at = change.at
        promises.meet(row.id, target="first_action", at=change.at, by=change.by)
    effect = rules.clock_effect(before, step.to, on_hold_pauses=service.on_hold_pauses)
    if effect is ClockEffect.PAUSE:
        promises.pause(row.id, reason=step.to, at=change.at, by=change.by)
        row.paused_since = row.paused_since or change.at
    elif effect is ClockEffect.RESUME:
        promises.resume(row.id, at=change.at, by=change.by)
        row.paused_since = None
    elif effect is ClockEffect.STOP:
        _stop_clock(row, before, step, change)
    elif effect is ClockEffect.RESTART:
        _promise_again(row, change)
    copy_promises(row)


_VOIDING = frozenset({Outcome.ENTERED_IN_ERROR, Outcome.CANCELLED_BY_REQUESTER, Outcome.NO_REPLY})


def _stop_clock(row: models.Request, before: Lifecycle, step: Step, change: Change) -> None:
    if row.paused_since is not None:
        promises.resume(row.id, at=change.at, by=change.by)
        row.paused_since = None
    if step.outcome in _VOIDING:
        promises.void(row.id, reason=str(step.outcome), at=change.at, by=change.by)
    else:
        promises.meet(row.id, target="completion", at=change.at, by=change.by)


def _promise_again(row: models.Request, change: Change) -> None:
    """A reopened request gets a new dated promise; the old one stays in the ledger as it ended."""
    city = catalogue.version(row.catalogue_version)
    promises.make_again(
        row.id, city=city, service=city.service(row.service_code), answers=row.answers, priority=row.priority,
        started_at=change.at, reason="reopened", at=change.at, by=change.by, area=row.area_key,
    )  # fmt: skip


def copy_promises(row: models.Request) -> None:
    """The row carries the dates of its current promises."""
    dates = promise_clock.current_dates(row.id)
    row.first_action_due = dates.first_action_due
    row.completion_due = dates.completion_due
    row.completion_at_risk = dates.completion_at_risk
    row.due_sort = dates.completion_due or FAR


def keep_dates(rows: Sequence[models.Request]) -> None:
    """Those rows carry the dates that were copied onto them, in one statement; their callers append the facts."""
    dates = ["completion_due", "completion_at_risk", "due_sort", "updated_at"]
    models.Request.objects.bulk_update(rows, dates, batch_size=500)


def _set_timers(row: models.Request, before: Lifecycle, step: Step, change: Change) -> None:
    subject = f"request:{row.id}"
    if step.to is Lifecycle.RESOLVED:
        clockwork.set_timer(CLOSE_TIMER, subject, due_at=change.at + proofs.dispute_time(row))
    elif before is Lifecycle.RESOLVED:
        clockwork.cancel_timer(CLOSE_TIMER, subject)
    if step.to is Lifecycle.AWAITING_REQUESTER:
        clockwork.set_timer(REPLY_TIMER, subject, due_at=change.at + rules.REPLY_TIME)
    elif before is Lifecycle.AWAITING_REQUESTER:
        clockwork.cancel_timer(REPLY_TIMER, subject)


def accept(request_id: int, change: Change) -> RequestView:
    """The department has taken the work: the hand-off is acknowledged and the request assigned.

    Raises: NotAllowed when it was taken already or is over.
    """

    def body(row: models.Request) -> None:
        if row.handoff != Handoff.SENT or not row.is_open:
            raise NotAllowed("This work order was already answered.", field="handoff", value=row.handoff)
        if row.lifecycle in {Lifecycle.RECEIVED, Lifecycle.TRIAGE}:
            _take(row, Step(to=Lifecycle.ASSIGNED), change, "", None)
        else:
            workorders.mark(row, Handoff.ACKNOWLEDGED, by=change.by, at=change.at)

    _changed(request_id, change, kind="accept", content={}, body=body)
    return as_view(models.Request.objects.get(id=request_id))


def refuse(request_id: int, change: Change, *, reason: str) -> RequestView:
    """The department says "not ours": the refusal is kept and the request goes to triage, its clock running on.

    Raises: NotAllowed; MissingReason.
    """
    rules.need_reason(reason)

    def body(row: models.Request) -> None:
        if not row.is_open:
            raise NotAllowed("This request is over.", field="lifecycle", value=row.lifecycle)
        _send_back(row, change, reason=reason)

    _changed(request_id, change, kind="refuse", content={"reason": reason}, body=body)
    return as_view(models.Request.objects.get(id=request_id))


def _send_back(row: models.Request, change: Change, *, reason: str, reason_code: str | None = None) -> None:
    """The work order is refused; a request still open waits to be checked, its clock running on."""
    workorders.mark(row, Handoff.REFUSED, by=change.by, at=change.at, reason=reason, reason_code=reason_code)
    before = Lifecycle(row.lifecycle)
    if row.is_open and before is not Lifecycle.TRIAGE:
        _turn_clock(row, before, Step(to=Lifecycle.TRIAGE), change)
        row.lifecycle = Lifecycle.TRIAGE
        _append(events.RequestMoved(row.id, before=before, after=Lifecycle.TRIAGE, reason="refused"), change)


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a connector says of a work order: how far it got, the other system's reference, its words for a refusal."""

    handoff_id: int
    state: Handoff
    reference: str = ""
    reason: str = ""


def tell_handoff(request_id: int, change: Change, told: Delivery) -> bool:
    """The work order is where its connector says; gives whether it is still the request's current one.

    An acknowledged order takes the request to its department, a refused one sends it to be checked.  An order that
    another one has followed changes alone.
    """

    def body(row: models.Request) -> Mapping[str, Json]:
        order = models.HandoffRow.objects.get(id=told.handoff_id, request_id=request_id)
        if told.reference:
            workorders.refer(order, told.reference)
        if order.id != workorders.current(row).id:
            workorders.mark_late(order, told.state, at=change.at, reason=told.reason)
            return {"current": False}
        _deliver(row, change, told)
        return {"current": True}

    content: dict[str, Json] = {"handoff": told.handoff_id, "state": told.state, "reference": told.reference}
    return bool(_changed(request_id, change, kind="handoff", content=content, body=body)["current"])


def _deliver(row: models.Request, change: Change, told: Delivery) -> None:
    if told.state is Handoff.REFUSED:
        _send_back(row, change, reason=told.reason, reason_code="refused_by_system")
        return
    if row.handoff != told.state:
        code = "not_delivered" if told.state is Handoff.FAILED else ""
        workorders.mark(row, told.state, by=change.by, at=change.at, reason=told.reason, reason_code=code)
    if told.state is Handoff.ACKNOWLEDGED and row.lifecycle in {Lifecycle.RECEIVED, Lifecycle.TRIAGE}:
        _take(row, Step(to=Lifecycle.ASSIGNED), change, "", None)


def reroute(
    request_id: int, change: Change, *, department: str, queue: str, reason: str, rule: str | None = None
) -> RequestView:
    """The request lies in another queue; elapsed and paused time are kept.  Raises: MissingReason, NotAllowed."""
    rules.need_reason(reason)

    def body(row: models.Request) -> None:
        if not row.is_open:
            raise NotAllowed("This request is over; reopen it first.", field="lifecycle", value=row.lifecycle)
        team = staff.team_of_queue(department, queue)
        fact = events.RequestRerouted(
            row.id, department_before=row.department, queue_before=row.queue, department=department, queue=queue,
            rule=rule, reason=reason, team=team,
        )  # fmt: skip
        row.department, row.queue, row.team_id, row.assignee_id = department, queue, team, None
        _append(fact, change)
        workorders.make_next(row, by=change.by, at=change.at)

    content: dict[str, Json] = {"department": department, "queue": queue, "reason": reason}
    _changed(request_id, change, kind="reroute", content=content, body=body)
    return as_view(models.Request.objects.get(id=request_id))


def reclassify(request_id: int, change: Change, *, service_code: str, answers: Mapping[str, Json]) -> RequestView:
    """The request is another service of the catalogue now in force; elapsed and paused time count on.

    Its priority is what the new service makes of the answers.  It is shown to no more people than the new service
    allows, and one that was hidden stays hidden.

    Raises: catalogue's UnknownService; NotAllowed when the request is over.
    """
    city = catalogue.active()
    service = city.service(service_code)

    def body(row: models.Request) -> None:
        if not row.is_open:
            raise NotAllowed("This request is over; reopen it first.", field="lifecycle", value=row.lifecycle)
        fact = events.RequestReclassified(
            row.id, service_before=row.service_code, service=service_code, version=city.version_id
        )
        row.service_code, row.service_group, row.family = service.code, service.group, service.family
        row.catalogue_version, row.answers = city.version_id, dict(answers)
        row.priority = service.priority_given(row.answers)
        _append(fact, change)
        _show_to(row, rules.stricter(Visibility(row.visibility), Visibility(service.visibility)), change)
        promises.remake(
            row.id, city=city, service=service, answers=row.answers, priority=row.priority,
            reason="reclassified", at=change.at, by=change.by, area=row.area_key,
        )  # fmt: skip
        copy_promises(row)

    content: dict[str, Json] = {"service": service_code, "answers": dict(answers)}
    _changed(request_id, change, kind="reclassify", content=content, body=body)
    return as_view(models.Request.objects.get(id=request_id))


def add_note(request_id: int, change: Change, *, words: str, audience: str) -> int:
    """The id of the kept note.  `audience` is `public` (the resident reads it), `staff` or `inspection`."""
    rules.need_words(words)

    def body(row: models.Request) -> Mapping[str, Json]:
        return {"note": proofs.add_note(row, words, audience=audience, by=change.by, at=change.at)}

    answer = _changed(request_id, change, kind="note", content={"words": words, "audience": audience}, body=body)
    return int(str(answer["note"]))


def add_photo(request_id: int, change: Change, *, photo: Photo, is_public: bool, shows: Shows | None = None) -> int:
    """The id of the kept picture; unless said otherwise, what the owner of the work sends shows the work."""

    def body(row: models.Request) -> Mapping[str, Json]:
        shown = shows or proofs.shown_by(change.by)
        return {"photo": proofs.add_photo(row, photo, is_public=is_public, shows=shown, by=change.by, at=change.at)}

    answer = _changed(request_id, change, kind="photo", content={"photo": photo.key}, body=body)
    return int(str(answer["photo"]))


def follow(request_id: int, change: Change, *, contact_id: int | None, language: str) -> str:
    """The secret of this follower's own link: "me too" instead of a second report."""

    def body(row: models.Request) -> Mapping[str, Json]:
        if not rules.is_listed_publicly(Visibility(row.visibility)):
            raise UnknownRequest("There is no such request.", field="id", value=str(request_id))
        token = new_token()
        models.Follower.objects.create(
            request_id=row.id, key=change.key, token=token, contact_id=contact_id, language=language, at=change.at
        )
        row.followers += 1
        _append(events.RequestFollowed(row.id, followers=row.followers), change)
        return {"token": token}

    return str(_changed(request_id, change, kind="follow", content={"language": language}, body=body)["token"])


def dispute(request_id: int, change: Change, *, words: str, reason: str = rules.DISPUTED) -> RequestView:
    """The resident says "not fixed": the same number is open again, with a new dated promise.

    Raises: TooLate when the time for a dispute is over; BadChoice.
    """
    rules.check_dispute_reason(reason)
    row = models.Request.objects.filter(id=request_id).first()
    if row is None:
        raise UnknownRequest("There is no such request.", field="id", value=str(request_id))
    if models.Command.objects.filter(key=change.key).exists():
        return as_view(row)
    if not proofs.may_dispute(as_view(row), now=change.at):
        raise TooLate(
            "The time to dispute this request is over.",
            field="number",
            value=row.number,
            remedy="Report the problem again.",
        )
    return move(request_id, Step(to=Lifecycle.TRIAGE, reason=reason), change, note=words, disputed=True)


def reply(request_id: int, change: Change, *, words: str) -> RequestView:
    """The requester answered the city's question: the words are kept, the clock runs again.

    Raises: NotAllowed when nothing was asked.
    """
    rules.need_words(words)
    return move(request_id, Step(to=Lifecycle.ASSIGNED, reason=rules.REPLIED), change, note=words)


def link(request_id: int, change: Change, *, other_id: int, kind: LinkKind) -> None:
    """The two requests are tied.  Raises: BadLink for a tie to itself, a ring, or a second original."""

    def body(row: models.Request) -> None:
        other = _linkable(row, other_id=other_id, kind=kind)
        models.Link.objects.create(request_id=row.id, other_id=other.id, kind=kind, by=change.by, at=change.at)
        _append(events.RequestLinked(row.id, kind=kind, other=other.number, other_id=other.id), change)

    with transaction.atomic():
        # Both ends, in one order: two ties made at once in opposite directions must see each other.
        list(models.Request.objects.select_for_update().filter(id__in=[request_id, other_id]).order_by("id"))
        _changed(request_id, change, kind="link", content={"other": other_id, "kind": kind}, body=body)


def _linkable(row: models.Request, *, other_id: int, kind: LinkKind) -> models.Request:
    other = models.Request.objects.filter(id=other_id).first()
    if other is None:
        raise UnknownRequest("There is no such request.", field="other", value=str(other_id))
    if other.id == row.id:
        raise BadLink("A request cannot be tied to itself.", field="other", value=other.number)
    ties = models.Link.objects.filter(kind=kind)
    if kind is LinkKind.DUPLICATE_OF and ties.filter(request_id=row.id).exists():
        raise BadLink(
            f"{row.number} is already a duplicate.", field="other", value=other.number, remedy="Undo that tie first."
        )
    seen: set[int] = {row.id}
    ahead: int | None = other.id
    while ahead is not None:
        if ahead in seen:
            raise BadLink(
                "This tie would close a ring.", field="other", value=other.number, remedy="Tie it to the first of them."
            )
        seen.add(ahead)
        ahead = ties.filter(request_id=ahead).values_list("other_id", flat=True).first()
    return other


def unlink(request_id: int, change: Change, *, link_id: int) -> None:
    """The tie is undone; both requests go on as they are."""

    def body(row: models.Request) -> None:
        tie = models.Link.objects.filter(id=link_id, request_id=row.id).first()
        if tie is None:
            raise BadLink("There is no such tie.", field="link", value=str(link_id))
        other = models.Request.objects.get(id=tie.other_id)
        _append(events.RequestUnlinked(row.id, kind=tie.kind, other=other.number, other_id=other.id), change)
        tie.delete()

    _changed(request_id, change, kind="unlink", content={"link": link_id}, body=body)


def _show_to(row: models.Request, visibility: Visibility, change: Change) -> None:
    if visibility != row.visibility:
        _append(events.VisibilityChanged(row.id, before=row.visibility, after=visibility), change)
        row.visibility = visibility


def change_visibility(request_id: int, change: Change, *, visibility: Visibility) -> RequestView:
    """Who may read the request changed."""

    told = {"visibility": visibility}
    _changed(request_id, change, kind="visibility", content=told, body=lambda row: _show_to(row, visibility, change))
    return as_view(models.Request.objects.get(id=request_id))


def give_contact(request_id: int, change: Change, *, details: ContactDetails) -> int:
    """The id of the new contact of a request that was reported without one; its news go there.

    Raises: NotAllowed when it has a contact; MissingReason when nothing was given; what contacts refuse.
    """

    def body(row: models.Request) -> Mapping[str, Json]:
        if row.contact_id is not None:
            raise NotAllowed("This request has a contact: correct that one.", value=row.number)
        if details.is_empty:
            raise MissingReason("Nothing was given.", field="name", remedy="Write a name, a telephone or an email.")
        row.contact_id = contacts.add(details, by=change.by).id
        row.wishes_contact = details.news_by != "none"
        _append(events.ContactGiven(row.id, contact=row.contact_id), change)
        return {"contact": row.contact_id}

    return int(str(_changed(request_id, change, kind="contact", content=asdict(details), body=body)["contact"]))


def assign(request_id: int, change: Change, *, assignee_id: int | None) -> RequestView:
    """A person has it in hand, or nobody; its team stays."""
    _changed(
        request_id, change, kind="assign", content={"assignee": assignee_id},
        body=lambda row: _give(row, change, team_id=row.team_id, assignee_id=assignee_id),
    )  # fmt: skip
    return as_view(models.Request.objects.get(id=request_id))


def assign_team(request_id: int, change: Change, *, team_id: int | None, assignee_id: int | None = None) -> RequestView:
    """A team of its department has it in hand, and a person if one is named; or nobody.

    Raises: staff's UnknownTeam for a team of another department or a dissolved one.
    """

    def body(row: models.Request) -> None:
        if team_id is not None and team_id not in {each.id for each in staff.teams(department=row.department)}:
            raise UnknownTeam("This team is not of the department.", field="team", value=str(team_id))
        _give(row, change, team_id=team_id, assignee_id=assignee_id)

    content: dict[str, Json] = {"team": team_id, "assignee": assignee_id}
    _changed(request_id, change, kind="assign_team", content=content, body=body)
    return as_view(models.Request.objects.get(id=request_id))


def _give(row: models.Request, change: Change, *, team_id: int | None, assignee_id: int | None) -> None:
    fact = events.RequestAssigned(
        row.id, team_before=row.team_id, assignee_before=row.assignee_id, team=team_id, assignee=assignee_id
    )
    row.team_id, row.assignee_id = team_id, assignee_id
    _append(fact, change)


def set_photo_public(request_id: int, change: Change, *, photo_id: int) -> None:
    """Staff looked at the picture and released it for everyone who may see the request."""

    def body(row: models.Request) -> None:
        models.Photo.objects.filter(id=photo_id, request_id=row.id).update(is_public=True)
        _append(events.PhotoAdded(row.id, photo_id=photo_id), change)

    _changed(request_id, change, kind="photo_public", content={"photo": photo_id}, body=body)


def refresh_dates(request_ids: list[int]) -> None:
    """Those requests carry the dates their promises now have, after a pause ran into its cap, and say that they run."""
    with transaction.atomic():
        for row in models.Request.objects.select_for_update().filter(id__in=request_ids).order_by("id"):
            copy_promises(row)
            row.paused_since = row.paused_since if promise_clock.is_paused(row.id) else None
            row.save()


def close_when_undisputed(request_ids: list[int], *, at: datetime) -> None:
    """Those still resolved are closed: nobody disputed in time.  Called by the clockwork in its transaction."""
    for request_id in sorted(request_ids):
        state = models.Request.objects.filter(id=request_id).values_list("lifecycle", "reopened").first()
        if state and state[0] == Lifecycle.RESOLVED:
            change = Change(key=f"close:{request_id}:{state[1]}", by=SYSTEM, at=at)
            move(request_id, Step(to=Lifecycle.CLOSED), change)


def resolve_without_reply(request_ids: list[int], *, at: datetime) -> None:
    """Those still waiting for the requester are resolved as such.  Called by the clockwork in its transaction."""
    for request_id in sorted(request_ids):
        row = models.Request.objects.filter(id=request_id).first()
        if row is not None and row.lifecycle == Lifecycle.AWAITING_REQUESTER:
            change = Change(key=f"no-reply:{request_id}:{row.updated_at.isoformat()}", by=SYSTEM, at=at)
            move(request_id, Step(to=Lifecycle.RESOLVED, outcome=Outcome.NO_REPLY), change)


def opened_by_postal(spoken: str, *, postal: str) -> RequestView:
    """The request with that number, when the postal code is its own and it is no secret.

    A number that does not exist, a secret one and a wrong code look the same, and all count as tries.
    Raises: BadNumber, MistypedNumber; TooManyTries; UnknownRequest.
    """
    number = str(read_number(spoken))
    now = clock.now()
    earlier = models.Tries.objects.filter(number=number, since__gt=now - rules.TRIES_TIME).first()
    if earlier is not None and earlier.count >= rules.MOST_TRIES:
        raise TooManyTries(
            "Too many wrong tries.", field="postal", value=number, remedy="Wait an hour, or use the link."
        )
    row = models.Request.objects.filter(number=number).first()
    if (
        row is not None
        and rules.is_listed_publicly(Visibility(row.visibility))
        and postal_matches(postal, kept=row.postal)
    ):
        return as_view(row)
    with connection.cursor() as cursor:
        cursor.execute(_COUNT_TRY_SQL, {"number": number, "now": now, "over": now - rules.TRIES_TIME})
    models.Tries.objects.filter(since__lte=now - 2 * rules.TRIES_TIME).delete()
    raise UnknownRequest("Number and postal code do not belong together.", field="number", value=number)


_COUNT_TRY_SQL = """
INSERT INTO requests_tries AS kept (number, since, count) VALUES (%(number)s, %(now)s, 1)
    ON CONFLICT (number) DO UPDATE SET
       count = CASE WHEN kept.since <= %(over)s THEN 1 ELSE kept.count + 1 END,
       since = CASE WHEN kept.since <= %(over)s THEN %(now)s ELSE kept.since END
"""

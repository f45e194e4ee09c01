"""Updates sent by programs: a department's moves the work, the reporter's speaks for the requester, others add a note.

Runs on a thread, in the rooms' own transactions; each write carries a key, so that sending twice is harmless.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from answerable.catalogue import queries as catalogue
from answerable.channels.doors import Client
from answerable.channels.open311 import actions
from answerable.channels.open311.asking import Params, read_instant
from answerable.channels.open311.errors import BadParameter, Missing, NotYours
from answerable.channels.open311.states import Wished, wished_by
from answerable.intake import queries as intake
from answerable.intake.actions import KeptPhoto
from answerable.intake.errors import ClientRefused
from answerable.intake.rules import word_problems
from answerable.journal import queries as journal
from answerable.kernel.errors import AnswerableError
from answerable.requests import actions as requests
from answerable.requests import queries
from answerable.requests.actions import Change
from answerable.requests.errors import TooLate, UnknownRequest
from answerable.requests.proofs import Photo, may_dispute
from answerable.requests.rules import (
    OPEN,
    Lifecycle,
    Outcome,
    Step,
    Visibility,
    check_step,
    is_listed_publicly,
)  # fmt: skip
from answerable.requests.views import RequestView
from answerable.staff.rules import Role, may_move_request

RESIDENT = "resident"
ALL_DEPARTMENTS = "*"


@dataclass(frozen=True, slots=True)
class Update:
    """An update as it was told."""

    number: str
    status: str
    wished: Wished
    words: str
    outcome: Outcome | None
    until: date | None
    party: str
    reason: str
    language: str


def read_update(params: Params, *, language: str) -> Update:
    """The update.  Raises: Missing; BadParameter; intake's TooLong."""
    number = params.needed("service_request_id")
    status = params.one("status")
    wished = wished_by(status) if status else Wished()
    if wished is None:
        raise BadParameter(f"'{status[:40]}' is no status.", field="status", remedy="See docs/handbook/open311.md.")
    words = params.one("description")
    for problem in word_problems(words):
        raise problem
    told = {code.lower(): values[0] for code, values in params.attributes().items() if values}
    return Update(
        number=number, status=status, wished=wished, words=words, outcome=_outcome(told.get("outcome", "")),
        until=_until(told.get("until") or params.one("expected_datetime")), party=told.get("party", "")[:120],
        reason=told.get("reason", ""), language=language,
    )  # fmt: skip


def _outcome(told: str) -> Outcome | None:
    try:
        return Outcome(told) if told else None
    except ValueError as error:
        known = ", ".join(Outcome)
        raise BadParameter(f"'{told[:40]}' is no outcome.", field="outcome", remedy=f"Use one of: {known}.") from error


def _until(told: str) -> date | None:
    if not told:
        return None
    city = catalogue.cached()
    return city.local_day(read_instant(told, field="until", city=city))


@dataclass(frozen=True, slots=True)
class Hand:
    """Who writes, under which key, when."""

    client: Client
    key: str
    at: datetime

    def change(self, by: str, *, part: str = "") -> Change:
        """A change by that hand."""
        return Change(key=f"{self.key}{part}", by=by, at=self.at)

    @property
    def worker(self) -> str:
        """How the journal names a department's program."""
        return f"department:program-{self.client.id}"


def check_may_send(client: Client) -> None:
    """Return when the key may send updates at all.  Raises: ClientRefused."""
    if not (client.may("updates:write") or client.may("requests:write")):
        raise ClientRefused(
            "This API key may not do that.", field="api_key",
            remedy="Ask the city for a key with 'requests:write' or 'updates:write'.",
        )  # fmt: skip


def rehearse(update: Update, hand: Hand) -> None:
    """Return when the update could be taken; nothing is written.  Raises: what `take` raises."""
    request, role = _found(update, hand)
    if role == "worker" and update.wished.to is not None:
        check_step(request.lifecycle, _step(update, request, update.wished), family=request.family)


def take(update: Update, hand: Hand, *, photos: tuple[KeptPhoto, ...], addresses: tuple[str, ...]) -> str:
    """The id of the update, as the list of updates will show it; sent again it is the same one.

    Raises: UnknownRequest; NotYours; BadParameter; what the requests room refuses.
    """
    request, role = _found(update, hand)
    with transaction.atomic():
        if role == "worker":
            _work(update, request, hand)
        elif role == "reporter":
            _speak(update, request, hand)
        else:
            _remark(update, request, hand)
        by = hand.worker if role == "worker" else RESIDENT
        for photo in photos:
            kept = Photo(photo.key, photo.file, photo.width, photo.height, photo.size_bytes)
            change = hand.change(by, part=f"-{photo.key[:12]}")
            requests.add_photo(request.id, change, photo=kept, is_public=False)
        if addresses:
            actions.want_pictures(request.id, addresses, at=hand.at)
    return _told_as(request.id, queries.done_at(hand.key))


def _found(update: Update, hand: Hand) -> tuple[RequestView, str]:
    """The request, and what this program is to it.  Raises: UnknownRequest, also for one it may not know of."""
    request, client = _request(update.number), hand.client
    department = client.profile.department
    if client.may("updates:write") and (
        department == ALL_DEPARTMENTS
        or may_move_request(Role.DEPARTMENT, own_department=department, department=request.department)
    ):
        return request, "worker"
    is_known = request.visibility is not Visibility.CONFIDENTIAL
    if is_known and client.may("requests:write") and intake.was_told_by(request.id, client_id=client.id):
        return request, "reporter"
    if not is_listed_publicly(request.visibility):
        raise _unknown(update.number)
    if not client.may("requests:write"):
        raise NotYours(
            "This work belongs to another department.", field="service_request_id", value=request.number,
            remedy="Ask the city for the profile of that department.",
        )  # fmt: skip
    return request, "other"


def _request(number: str) -> RequestView:
    try:
        return queries.by_number(number)
    except AnswerableError as error:
        raise _unknown(number) from error


def _unknown(number: str) -> UnknownRequest:
    return UnknownRequest("There is no such public request.", field="service_request_id", value=number[:40])


def _work(update: Update, request: RequestView, hand: Hand) -> None:
    """The department's program: the status moves the request, the words are for the resident."""
    wished, change = update.wished, hand.change(hand.worker)
    if wished.sends_back:
        requests.refuse(request.id, change, reason=update.words or update.reason)
        return
    step = _step(update, request, wished) if wished.to is not None else None
    if step is not None and _is_news(request, step, hand):
        requests.move(request.id, step, change, note=update.words)
    elif update.words:
        requests.add_note(request.id, change, words=update.words, audience="public")
    elif step is None and not update.status:
        raise Missing("status or description required.", field="status", remedy="Say what is new.")


def _is_news(request: RequestView, step: Step, hand: Hand) -> bool:
    """Whether the step leads anywhere, or was taken under this key before."""
    if queries.done_at(hand.key) is not None:
        return True
    if step.to is Lifecycle.RESOLVED and not request.is_open:
        return False
    return request.lifecycle is not step.to


def _step(update: Update, request: RequestView, wished: Wished) -> Step:
    """The step that is asked for.  Work planned without a date is with the department, no more."""
    to = wished.to
    assert to is not None
    reason = update.reason or update.words
    if to is Lifecycle.SCHEDULED and update.until is None:
        to = Lifecycle.ASSIGNED
    if wished.to is Lifecycle.RESOLVED:
        outcome = update.outcome or wished.outcome
        if outcome is None:
            raise Missing("attribute[outcome] required.", field="outcome", remedy="Say how it ended.")
        party = update.party or (update.words[:120] if outcome is Outcome.NOT_CITY_RESPONSIBILITY else "")
        return Step(to=to, outcome=outcome, reason=reason[:400], until=update.until, party=party)
    return Step(to=to, reason=reason[:400], until=update.until, party=update.party)


def _speak(update: Update, request: RequestView, hand: Hand) -> None:
    """The program that reported: it speaks for the requester, who may add words, answer, or say "not fixed"."""
    if not update.words:
        raise Missing("description required.", field="description", remedy="Say what is new.")
    change = hand.change(RESIDENT)
    if update.status.lower() in {"open", "reopen"} and not request.is_open:
        if not may_dispute(request, now=hand.at):
            raise TooLate("The time to dispute it is over.", field="status", remedy="Report the problem again.")
        requests.dispute(request.id, change, words=update.words)
    elif request.lifecycle is Lifecycle.AWAITING_REQUESTER:
        requests.reply(request.id, change, words=update.words)
    else:
        requests.add_note(request.id, change, words=update.words, audience="public")


def _remark(update: Update, request: RequestView, hand: Hand) -> None:
    """Any other program: its words are for staff, because strangers' words are shown to nobody; it counts as one more
    who waits for this.
    """
    if not update.words:
        raise Missing("description required.", field="description", remedy="Say what is new.")
    requests.add_note(request.id, hand.change(RESIDENT), words=update.words, audience="staff")
    if request.lifecycle in OPEN:
        change = hand.change(RESIDENT, part="-f")
        requests.follow(request.id, change, contact_id=None, language=update.language)


def _told_as(request_id: int, at: datetime | None) -> str:
    """The id under which the change made at that instant is listed; of the last one where nothing changed."""
    facts = journal.timeline(f"request:{request_id}", limit=100)
    listed = [fact for fact in facts if fact.kind in {"request.moved", "request.noted"}]
    made = [fact for fact in listed if fact.at == at]
    return str((made or listed or facts)[-1].id)

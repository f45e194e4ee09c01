"""What departments and contractors say on the page their link opens: without an account, for one work order only.

An answer is a message like any other system's, kept with the rest; but one that cannot be followed is told to the
person at once instead of waiting for staff.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from django.db import transaction

from answerable.catalogue import queries as catalogue
from answerable.catalogue.connectorstructs import MailConnector
from answerable.connectors import inbox, links, models
from answerable.connectors.errors import LinkExpired, LinkOver, LinkTooSoon, NotTaken
from answerable.connectors.links import LinkView
from answerable.connectors.orders import tell_order
from answerable.connectors.particulars import number_of
from answerable.connectors.ports import Update
from answerable.connectors.rules import Kind, Ledger, Verdict
from answerable.plumbing import clock
from answerable.requests import queries as requests
from answerable.requests.errors import MissingReason
from answerable.requests.rules import Outcome, check_seen

AGAIN_AFTER: Final = timedelta(minutes=10)
"""How soon the page may have another link sent."""


class Say(StrEnum):
    """What can be said of a work order."""

    ACCEPT = "accept"
    REFUSE = "refuse"
    SCHEDULE = "schedule"
    START = "start"
    ASK = "ask"
    NOTE = "note"
    DONE = "done"


_WORDS: Final[Mapping[Say, str]] = {
    Say.ACCEPT: "acknowledged", Say.REFUSE: "refused", Say.SCHEDULE: "scheduled", Say.START: "in_progress",
    Say.ASK: "asked", Say.NOTE: "",
}  # fmt: skip

OUTCOMES: Final[Mapping[Outcome, str]] = {
    Outcome.COMPLETED: "completed", Outcome.TEMPORARY_REPAIR: "temporary_repair",
    Outcome.NO_PROBLEM_FOUND: "no_problem_found", Outcome.WITHIN_STANDARD: "within_standard",
    Outcome.ENFORCEMENT_STARTED: "enforcement_started", Outcome.INFORMATION_GIVEN: "information_given",
}  # fmt: skip
"""How work may have ended, and the word of `rules.WORDS` that says so."""

_NEED_WORDS: Final = frozenset({Say.REFUSE, Say.ASK, Say.NOTE})


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer: what is said, and everything said about it.  `seen` is the request as the person saw it."""

    say: Say
    words: str = ""
    on: date | None = None
    outcome: Outcome | None = None
    party: str = ""
    reference: str = ""
    photos: tuple[bytes, ...] = ()
    seen: str = ""


# --- links ----------------------------------------------------------------------------------------------------------


def issue(handoff_id: int, *, request_id: int, connector: str, by: str) -> None:
    """A work order that goes out by mail has a link; issuing the first again changes nothing."""
    named = catalogue.active().connectors.get(connector)
    if isinstance(named, MailConnector):
        _made(handoff_id, 1, request_id=request_id, named=named, by=by)


def _made(handoff_id: int, number: int, *, request_id: int, named: MailConnector, by: str) -> models.ReplyLink:
    now = clock.now()
    row, _ = models.ReplyLink.objects.get_or_create(
        handoff_id=handoff_id, issue=number,
        defaults={
            "request_id": request_id, "connector": named.code, "made_at": now, "made_by": by,
            "language": named.language or catalogue.active().default_language,
            "expires_at": now + timedelta(days=named.link_days),
        },
    )  # fmt: skip
    return row


def renew(link: LinkView, *, by: str) -> None:
    """Another link takes this one's place and is sent to the department's own address, never elsewhere.

    Raises: LinkOver; LinkTooSoon.
    """
    with transaction.atomic():
        line = models.Delivery.objects.select_for_update().get(id=link.delivery_id)
        latest = links.latest(link.handoff_id)
        named = catalogue.active().connectors.get(link.connector)
        if latest is None or not latest.is_theirs or not isinstance(named, MailConnector):
            raise LinkOver("The work order is over.", field="link", value=str(link.issue))
        now = clock.now()
        if latest.issue > 1 and now - latest.made_at < AGAIN_AFTER:
            raise LinkTooSoon("A link was sent just now.", field="link", remedy="Look into the mail first.")
        made = _made(link.handoff_id, latest.issue + 1, request_id=link.request_id, named=named, by=by)
        models.Delivery.objects.get_or_create(
            key=f"{line.handoff_id}/link/{made.issue}",
            defaults={
                "kind": Kind.TELL, "handoff_id": line.handoff_id, "request_id": line.request_id,
                "connector": line.connector, "state": Ledger.DUE, "due_at": now, "made_at": now, "word": "link",
                "sequence": models.Delivery.objects.filter(request_id=line.request_id).count() + 1,
            },
        )  # fmt: skip
        _use(link, key=f"renew/{made.id}", what="renew", party="")


def note_opened(link: LinkView, *, at: datetime) -> None:
    """That the page was opened is kept once an hour; mail programs open links too, so it proves nothing more."""
    _use(link, key=f"open/{link.id}/{at:%Y%m%d%H}", what="open", party="")


def _use(link: LinkView, *, key: str, what: str, party: str) -> None:
    models.ReplyUse.objects.get_or_create(
        key=key,
        defaults={
            "link_id": link.id, "handoff_id": link.handoff_id, "what": what, "party": party[:120], "at": clock.now(),
        },
    )  # fmt: skip


# --- answers --------------------------------------------------------------------------------------------------------


def answer(link: LinkView, reply: Reply, *, key: str) -> None:
    """The request followed what the department says; the same key again changes nothing.

    Raises: LinkExpired; LinkOver; MissingReason; MovedMeanwhile; NotTaken, its `value` the code of what was in the way.
    """
    _check_complete(reply)
    with transaction.atomic():
        row = models.Delivery.objects.select_for_update().get(id=link.delivery_id)
        if models.ReplyUse.objects.filter(key=f"say/{key}").exists():
            return
        check(links.by_id(link.id), now=clock.now())
        found = requests.by_id(link.request_id)
        check_seen(reply.seen, lifecycle=found.lifecycle, department=found.department, queue=found.queue)
        _take_on(row, reply, number=number_of(found, row.handoff_id))
        _hear(row, reply, event=key)
        _use(link, key=f"say/{key}", what=reply.say, party=reply.party)


def check(link: LinkView | None, *, now: datetime) -> None:
    """Returns while the link opens its work order.  Raises: LinkOver; LinkExpired."""
    if link is None or not link.is_theirs:
        raise LinkOver("The work order is over.", field="link")
    if now >= link.expires_at or not link.is_last:
        raise LinkExpired("The link has expired.", field="link", value=str(link.issue), remedy="Ask for a new one.")


def _check_complete(reply: Reply) -> None:
    missing = (
        "words" if reply.say in _NEED_WORDS and not reply.words.strip()
        else "on" if reply.say is Say.SCHEDULE and reply.on is None
        else "outcome" if reply.say is Say.DONE and reply.outcome not in OUTCOMES
        else ""
    )  # fmt: skip
    if missing:
        raise MissingReason(f"'{reply.say}' needs {missing}.", field=missing, remedy="Fill it in and send again.")


def _take_on(row: models.Delivery, reply: Reply, *, number: str) -> None:
    """Whoever answers has the work order; from now on it is confirmed, unless it is sent back at once."""
    row.reference = reply.reference[:120] or row.reference or number
    if row.state != Ledger.ACKNOWLEDGED and reply.say is not Say.REFUSE:
        row.state, row.worker, row.doubtful = Ledger.ACKNOWLEDGED, None, False
        tell_order(row)
    row.save()


def _hear(row: models.Delivery, reply: Reply, *, event: str) -> None:
    """The answer goes the way of every message; what it cannot do undoes everything.  Raises: NotTaken."""
    word = OUTCOMES[reply.outcome] if reply.say is Say.DONE and reply.outcome else _WORDS[reply.say]
    told = Update(
        reference=row.reference, word=word, words=reply.words, told_at=clock.now(), expected_on=reply.on, event=event,
        photos=reply.photos, party=reply.party,
    )  # fmt: skip
    verdict = inbox.apply(row.connector, told)
    heard = models.Heard.objects.filter(connector=row.connector, event=event).last()
    problem = heard.problem if heard else ""
    if verdict not in {Verdict.APPLIED, Verdict.REPEATED} or problem:
        raise NotTaken(f"'{reply.say}' is not possible now.", field=reply.say, value=problem or verdict)

"""What a person does about a message in the tray, or about a disagreement: one click, once, written down.

Nothing here opens or ends a request by itself; every remedy was chosen by somebody, and is refused where it does not
fit.
"""

from __future__ import annotations

from datetime import date, timedelta

from django.db import transaction

from answerable.catalogue import queries as catalogue
from answerable.connectors import actions, drifting, inbox, models, rules
from answerable.connectors.comparison import (
    QUIET_AFTER_ACCEPTING,
    QUIET_AFTER_WORD,
    REMEDIES,
    Drift,
    Remedy,
)
from answerable.connectors.errors import AlreadyLinked, NotWithThem, UnfitRemedy
from answerable.connectors.events import NewsWaiting, WordLearned
from answerable.connectors.orders import tell_order
from answerable.connectors.rules import Kind, Ledger, Verdict
from answerable.journal import actions as journal
from answerable.plumbing import clock
from answerable.requests import queries as request_reads
from answerable.requests import workorders
from answerable.requests.changes import Change
from answerable.requests.rules import need_reason

_UNSURE = (Ledger.DUE, Ledger.DELIVERED, Ledger.DEAD, Ledger.REFUSED)
"""Work orders of which nobody knows a reference yet, and nobody sends just now."""


# --- disagreements --------------------------------------------------------------------------------------------------


def settle_drift(drift_id: int, remedy: Remedy, *, by: str, why: str = "", number: str = "") -> None:
    """The disagreement is settled that way.  A second click finds it settled.

    Raises: UnfitRemedy; MissingReason; NotWithThem; AlreadyLinked; what the requests room refuses.
    """
    with transaction.atomic():
        row = models.DriftRow.objects.select_for_update().filter(id=drift_id).first()
        if row is None or row.settled_at is not None or remedy not in REMEDIES[Drift(row.kind)]:
            raise UnfitRemedy(
                "This does not help here, or it was settled meanwhile.", field="remedy", value=remedy,
                remedy="Look at the list again.",
            )  # fmt: skip
        if remedy is Remedy.ACCEPT:
            need_reason(why)
        elif remedy is Remedy.LINK:
            link(row.connector, row.reference, number=number or _number_of(row))
        else:
            _act(row, remedy, by=by)
        quiet = _quiet(row, remedy)
        drifting.settle(row.id, remedy=remedy, by=by, why=why[:500], quiet_until=clock.now() + quiet if quiet else None)


def _quiet(row: models.DriftRow, remedy: Remedy) -> timedelta | None:
    if remedy in {Remedy.ASK, Remedy.TELL}:
        return QUIET_AFTER_WORD
    if remedy is not Remedy.ACCEPT:
        return None
    named = catalogue.active().connectors.get(row.connector)
    return timedelta(days=named.silent_days) if row.kind == Drift.SILENT and named else QUIET_AFTER_ACCEPTING


def _number_of(row: models.DriftRow) -> str:
    return request_reads.by_id(row.request_id).number if row.request_id is not None else ""


def _act(row: models.DriftRow, remedy: Remedy, *, by: str) -> None:
    order = models.Delivery.objects.select_for_update().get(id=row.delivery_id or 0)
    if remedy is Remedy.APPLY:
        _follow_theirs(row, order, by=by)
    elif remedy is Remedy.SEND_AGAIN:
        _send_again(row, order, by=by)
    else:
        over = "moved" if row.our_state == "moved" else "closed"
        words = {Remedy.ASK: "ask", Remedy.TELL: over if row.kind == Drift.OPEN_THERE else "open"}
        actions.tell_of_order(order.id, about=f"drift/{row.id}", word=words[remedy])


def _follow_theirs(row: models.DriftRow, order: models.Delivery, *, by: str) -> None:
    """Our request stands where theirs does; what was done is written down as a message that was followed."""
    if order.ended_at is not None and row.kind == Drift.OPEN_THERE and row.our_state == "moved":
        raise NotWithThem(
            "Another department has this request now.", field="drift", value=str(row.id),
            remedy="Tell them that it is over for them.",
        )  # fmt: skip
    now = clock.now()
    heard = models.Heard.objects.create(
        connector=row.connector, key=rules.key_of("drift", row.id), delivery_id=order.id, request_id=order.request_id,
        verdict=Verdict.APPLIED, reference=row.reference, word=row.their_word, words=row.their_words,
        expected_on=row.expected_on, told_at=row.told_at, at=now, heard_at=now, read_at=now, read_by=by,
        remedy=Remedy.APPLY,
    )  # fmt: skip
    if row.their_word:
        inbox.choose(order, inbox.meaning_of(row.connector, row.their_word), heard)
    order.remote_word, order.remote_at = row.their_word or order.remote_word, row.told_at or order.remote_at
    order.save()


def _send_again(row: models.DriftRow, order: models.Delivery, *, by: str) -> None:
    """They have nothing under their own number: a fresh work order goes there, the lost one is followed no more."""
    order.state, order.ended_at, order.reason = Ledger.WITHDRAWN, clock.now(), "lost_there"
    order.save()
    workorders.send_again(order.request_id, Change.now(key=rules.key_of("send-again", row.id), by=by))


def link(connector: str, reference: str, *, number: str) -> models.Delivery:
    """The reference stands for that request's current work order, which is acknowledged thereby.

    Raises: UnknownRequest, BadNumber, MistypedNumber; NotWithThem; AlreadyLinked.
    """
    found = request_reads.by_number(number)
    order = request_reads.handoffs(found.id)[-1]
    row = models.Delivery.objects.select_for_update().filter(handoff_id=order.id, kind=Kind.FILE).first()
    if row is None or row.connector != connector or row.ended_at is not None:
        raise NotWithThem(
            f"The work of {found.number} is not with '{connector}' now.", field="number", value=found.number,
            remedy="Hand it over to that department first, or choose another request.",
        )  # fmt: skip
    taken = models.Delivery.objects.filter(connector=connector, reference=reference, kind=Kind.FILE)
    if row.reference not in {"", reference} or row.state not in _UNSURE or taken.exclude(id=row.id).exists():
        raise AlreadyLinked(
            f"{found.number} has their number {row.reference or '?'}.", field="number", value=found.number,
            remedy="Ask them to merge the two, then leave this one as it is.",
        )  # fmt: skip
    row.state, row.reference, row.reason, row.attempt_id, row.doubtful = Ledger.ACKNOWLEDGED, reference, "", None, False
    row.save()
    tell_order(row)
    return row


# --- messages in the tray -------------------------------------------------------------------------------------------


def _waiting(heard_id: int) -> models.Heard:
    heard = models.Heard.objects.select_for_update().filter(id=heard_id, read_at__isnull=True).first()
    if heard is None:
        raise UnfitRemedy(
            "Somebody looked after this message meanwhile.", field="message", value=str(heard_id),
            remedy="Look at the tray again.",
        )  # fmt: skip
    return heard


def _settle(heard: models.Heard, *, remedy: str, by: str, why: str = "") -> None:
    heard.read_at, heard.read_by, heard.remedy, heard.why = clock.now(), by, remedy, why[:500]
    heard.save()
    fact = NewsWaiting(
        heard.id, connector=heard.connector, verdict=heard.verdict, request_id=heard.request_id, remedy=remedy
    )
    journal.append(fact, by=by, at=heard.read_at)


def apply_as(heard_id: int, meaning: str, *, by: str, expected_on: date | None = None, from_now_on: bool) -> None:
    """The request follows the message as this person reads it; with `from_now_on` every later one with that word, too.

    Raises: UnfitRemedy; NotWithThem; what the requests room refuses of the step.
    """
    with transaction.atomic():
        heard = _waiting(heard_id)
        row = models.Delivery.objects.select_for_update().filter(id=heard.delivery_id or 0).first()
        if row is None or row.ended_at is not None:
            raise NotWithThem(
                "This message names no work that is with them now.", field="message", value=str(heard_id),
                remedy="Tie it to a request first, or let it rest with a reason.",
            )  # fmt: skip
        if from_now_on and heard.word:
            learn(heard.connector, heard.word, meaning=meaning, by=by)
        heard.expected_on = expected_on or heard.expected_on
        inbox.choose(row, rules.meaning_of(heard.word, own={heard.word: meaning}), heard)
        _settle(heard, remedy=Remedy.APPLY, by=by)
        drifting.end_of_order(row.id)


def attach(heard_id: int, *, number: str, by: str) -> Verdict:
    """The reference nobody knew stands for that request, and the message is judged anew; gives the new verdict.

    Every other message with that reference that waits is judged with it, oldest first.
    """
    with transaction.atomic():
        heard = _waiting(heard_id)
        row = _linked(heard, number=number)
        others = models.Heard.objects.select_for_update().filter(
            connector=heard.connector, reference=heard.reference, verdict=Verdict.UNKNOWN_REFERENCE,
            read_at__isnull=True,
        )  # fmt: skip
        for each in others.order_by("id"):
            verdict = inbox.judge_again(row, each)
            if each.read_at is not None:
                _settle(each, remedy="attach", by=by)
            if each.id == heard.id:
                mine = verdict
        return mine


def _linked(heard: models.Heard, *, number: str) -> models.Delivery:
    """The order of a request that has this very reference already, else it gets it."""
    known = models.Delivery.objects.select_for_update().filter(
        connector=heard.connector, reference=heard.reference, kind=Kind.FILE
    )  # fmt: skip
    found = request_reads.by_number(number)
    return known.filter(request_id=found.id).order_by("-id").first() or link(
        heard.connector, heard.reference, number=number
    )


def dismiss(heard_id: int, *, why: str, by: str) -> None:
    """The message stays without effect, for the reason given.  Raises: MissingReason; UnfitRemedy."""
    need_reason(why)
    with transaction.atomic():
        _settle(_waiting(heard_id), remedy="dismiss", by=by, why=why)


def learn(connector: str, word: str, *, meaning: str, by: str) -> None:
    """From now on the word means that, whatever the city pack says."""
    with transaction.atomic():
        row, _ = models.Meaning.objects.update_or_create(
            connector=connector, word=word, defaults={"meaning": meaning, "by": by, "at": clock.now()}
        )
        journal.append(WordLearned(row.id, connector=connector, word=word, meaning=meaning), by=by, at=row.at)


def unlearn(meaning_id: int, *, by: str) -> None:
    """The word means again what the city pack, or everybody, says."""
    with transaction.atomic():
        row = models.Meaning.objects.select_for_update().filter(id=meaning_id).first()
        if row is not None:
            row.delete()
            journal.append(WordLearned(meaning_id, connector=row.connector, word=row.word), by=by, at=clock.now())

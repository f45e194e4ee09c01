"""The ledger of everything sent outside: claimed with a lease, sent outside any transaction, recorded.

A try that was cut off leaves its row `sending` with a lease that runs out; whoever claims it then knows that its fate
is unknown (`was_doubtful`) and looks before sending again.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from answerable.connectors import models, rules
from answerable.connectors.errors import NotRetryable, UnknownDelivery
from answerable.connectors.inbox import apply, mark_read
from answerable.connectors.orders import LONGEST_WORDS, tell_order
from answerable.connectors.ports import Away, Delivered, Pending, Refused
from answerable.connectors.rules import Kind, Ledger
from answerable.connectors.views import Claimed
from answerable.plumbing import clock
from answerable.requests import actions as requests
from answerable.requests import queries as request_reads
from answerable.requests.actions import Change
from answerable.requests.rules import Handoff

__all__ = [
    "apply", "beat", "begin_poll", "claim", "drop", "end_poll", "forget_old_attempts", "keep_problems", "mark_read",
    "put_off", "queue_news", "queue_order", "record", "retry", "settle", "withdraw_orders",
]  # fmt: skip

log = logging.getLogger(__name__)

ATTEMPT_LIFE = timedelta(days=90)
POLL_LIFE = timedelta(days=7)
"""How long attempts are kept: those of a delivery, and those that only asked for news."""


def _locked(delivery_id: int) -> models.Delivery:
    row = models.Delivery.objects.select_for_update().filter(id=delivery_id).first()
    if row is None:
        raise UnknownDelivery("There is no such hand-off.", field="delivery", value=str(delivery_id))
    return row


# --- what is to be sent ---------------------------------------------------------------------------------------------


def queue_order(request_id: int, *, handoff_id: int) -> None:
    """The work order is due at its connector; queueing it again changes nothing."""
    order = next((each for each in request_reads.handoffs(request_id) if each.id == handoff_id), None)
    if order is None:
        return
    now = clock.now()
    models.Delivery.objects.get_or_create(
        key=f"{handoff_id}/file",
        defaults={
            "kind": Kind.FILE, "handoff_id": handoff_id, "request_id": request_id, "connector": order.connector,
            "state": Ledger.DUE, "due_at": now, "made_at": now,
        },
    )  # fmt: skip


def queue_news(request_id: int, *, about: str, word: str, note_id: int | None) -> None:
    """The connector that has the request's work is told, once for each `about`; nobody is told of work never sent."""
    row = models.Delivery.objects.filter(request_id=request_id, kind=Kind.FILE, ended_at__isnull=True).last()
    if row is not None and row.state in {Ledger.SENDING, Ledger.DELIVERED, Ledger.ACKNOWLEDGED}:
        _queue_news(row, about=about, word=word, note_id=note_id)


def _queue_news(row: models.Delivery, *, about: str, word: str, note_id: int | None) -> None:
    now = clock.now()
    models.Delivery.objects.get_or_create(
        key=f"{row.handoff_id}/{about}",
        defaults={
            "kind": Kind.TELL, "handoff_id": row.handoff_id, "request_id": row.request_id, "connector": row.connector,
            "state": Ledger.DUE, "due_at": now, "made_at": now, "word": word, "note_id": note_id,
        },
    )  # fmt: skip


def withdraw_orders(request_id: int, *, before_handoff: int | None, word: str) -> None:
    """Earlier work orders of the request are followed no more; systems that have one are told, others never get it.

    With `before_handoff` only those that a later work order has taken the place of.
    """
    with transaction.atomic():
        rows = models.Delivery.objects.select_for_update().filter(
            request_id=request_id, kind=Kind.FILE, ended_at__isnull=True
        )
        if before_handoff is not None:
            rows = rows.filter(handoff_id__lt=before_handoff)
        for row in rows.order_by("id"):
            if row.state in {Ledger.DUE, Ledger.DEAD, Ledger.REFUSED}:
                row.state = Ledger.WITHDRAWN
            elif word and rules.meaning_of(row.remote_word, own={}).stage != "resolved":
                _queue_news(row, about=word, word=word, note_id=None)
            row.ended_at = clock.now()
            row.save()


# --- claim, send, record --------------------------------------------------------------------------------------------


def claim(connector: str, *, timeout_seconds: float) -> Claimed | None:
    """The next thing due at that connector, its attempt written down before anything is sent; None when nothing is."""
    now = clock.now()
    with transaction.atomic():
        row = (
            models.Delivery.objects.select_for_update(skip_locked=True)
            .filter(connector=connector, state__in=(Ledger.DUE, Ledger.SENDING), due_at__lte=now)
            .order_by("due_at", "id")
            .first()
        )
        if row is None:
            return None
        was_doubtful = row.doubtful
        attempt = models.Attempt.objects.create(
            delivery_id=row.id, connector=connector, verb=row.kind, key=row.key, timeout_seconds=timeout_seconds,
            started_at=now, outcome="running",
        )  # fmt: skip
        row.state, row.due_at, row.doubtful = Ledger.SENDING, now + rules.LEASE, True
        row.tries += 1
        row.attempt_id = attempt.id
        row.first_tried_at = row.first_tried_at or now
        row.save()
        return Claimed(
            id=row.id, attempt_id=attempt.id, kind=Kind(row.kind), request_id=row.request_id,
            handoff_id=row.handoff_id, connector=connector, word=row.word, note_id=row.note_id, key=row.key,
            was_doubtful=was_doubtful, first_tried_at=row.first_tried_at,
        )  # fmt: skip


def record(claimed: Claimed, result: Delivered | Pending | Refused) -> None:
    """What the other system answered is kept, and the request's work order says so.

    An answer that comes after the lease ended still counts when nobody else got one.
    """
    with transaction.atomic():
        row = _locked(claimed.id)
        _end_attempt(claimed.attempt_id, outcome=_outcome(result), status_code=result.status_code)
        if row.attempt_id != claimed.attempt_id and row.state != Ledger.SENDING:
            _compare(row, result)
            return
        row.doubtful = False
        if isinstance(result, Refused):
            row.state, row.reason = Ledger.REFUSED, result.reason[:LONGEST_WORDS]
        elif isinstance(result, Pending):
            row.state, row.token, row.reason = Ledger.DELIVERED, result.token, ""
        else:
            row.state, row.reference, row.reason = Ledger.ACKNOWLEDGED, result.reference, ""
        row.save()
        if row.kind == Kind.FILE:
            tell_order(row)
    log.info("connector.recorded", extra={"delivery": claimed.id, "outcome": _outcome(result)})


def _outcome(result: Delivered | Pending | Refused) -> str:
    return {Delivered: "delivered", Pending: "pending", Refused: "refused"}[type(result)]


def _compare(row: models.Delivery, result: Delivered | Pending | Refused) -> None:
    """Two tries were answered: the same reference is one filing, another one is somebody's to look at."""
    if isinstance(result, Delivered) and row.reference and row.reference != result.reference:
        row.reason = f"{row.reference} / {result.reference}"
        row.save()
        log.error("connector.filed_twice", extra={"delivery": row.id})


def settle(delivery_id: int, result: Delivered | Refused) -> None:
    """An order that waited for its reference has it, or was refused after all."""
    with transaction.atomic():
        row = _locked(delivery_id)
        if row.state != Ledger.DELIVERED:
            return
        if isinstance(result, Refused):
            row.state, row.reason = Ledger.REFUSED, result.reason[:LONGEST_WORDS]
        else:
            row.state, row.reference = Ledger.ACKNOWLEDGED, result.reference
        row.save()
        tell_order(row)


def put_off(claimed: Claimed, away: Away) -> None:
    """The try failed: it is tried again after a growing pause, and after too many a person must decide."""
    with transaction.atomic():
        row = _locked(claimed.id)
        outcome = "unknown" if away.may_have_it else "away"
        _end_attempt(claimed.attempt_id, outcome=outcome, status_code=away.status_code, error=away.reason)
        if row.attempt_id != claimed.attempt_id:
            return
        row.doubtful = away.may_have_it or claimed.was_doubtful
        row.reason = away.reason[:LONGEST_WORDS]
        row.state = Ledger.DUE if row.tries < rules.MOST_TRIES else Ledger.DEAD
        row.due_at = clock.now() + rules.pause_after(row.tries, chance=random.random())  # noqa: S311 - spreads load
        row.save()
        if row.state == Ledger.DEAD and row.kind == Kind.FILE:
            tell_order(row)
    log.warning("connector.put_off", extra={"delivery": claimed.id, "outcome": outcome})


def drop(claimed: Claimed, *, reason: str) -> None:
    """Nobody wants it sent any more, or the other system takes no such thing; it was not sent."""
    with transaction.atomic():
        row = _locked(claimed.id)
        _end_attempt(claimed.attempt_id, outcome="dropped")
        if row.attempt_id == claimed.attempt_id:
            row.state, row.reason, row.ended_at = Ledger.WITHDRAWN, reason, clock.now()
            row.save()


def _end_attempt(attempt_id: int, *, outcome: str, status_code: int | None = None, error: str = "") -> None:
    models.Attempt.objects.filter(id=attempt_id).update(
        ended_at=clock.now(), outcome=outcome, status_code=status_code, error=error[:LONGEST_WORDS]
    )


def retry(delivery_id: int, *, by: str, key: str) -> None:
    """It is due now, its tries counted anew.  Raises: UnknownDelivery; NotRetryable."""
    with transaction.atomic():
        row = _locked(delivery_id)
        if row.state == Ledger.DUE:
            row.due_at = clock.now()
            row.save()
            return
        if row.state not in {Ledger.DEAD, Ledger.REFUSED} or row.ended_at is not None:
            raise NotRetryable(
                f"This hand-off is '{row.state}'.", field="delivery", value=str(delivery_id),
                remedy="Look at the request: it may be with another department by now.",
            )  # fmt: skip
        row.state, row.due_at, row.tries, row.reason = Ledger.DUE, clock.now(), 0, ""
        row.save()
        if row.kind == Kind.FILE:
            told = requests.Delivery(handoff_id=row.handoff_id, state=Handoff.QUEUED)
            requests.tell_handoff(row.request_id, Change.now(key=key, by=by), told)


# --- how connectors do ----------------------------------------------------------------------------------------------


def beat(connector: str) -> None:
    """The connector's worker is alive."""
    models.Pulse.objects.update_or_create(connector=connector, defaults={"beat_at": clock.now()})


def begin_poll(connector: str, *, every_seconds: int) -> bool:
    """Whether it is time to ask for news, and nobody else does; the next time is set."""
    now = clock.now()
    models.Pulse.objects.get_or_create(connector=connector)
    with transaction.atomic():
        row = models.Pulse.objects.select_for_update(skip_locked=True).filter(connector=connector).first()
        if row is None or (row.poll_at is not None and row.poll_at > now):
            return False
        row.poll_at = now + timedelta(seconds=every_seconds)
        row.save()
        return True


def end_poll(
    connector: str, *, started_at: datetime, timeout_seconds: float, asked: Sequence[int], away: Away | None
) -> None:
    """The round is written down; one that failed asks the same again next time."""
    now = clock.now()
    models.Attempt.objects.create(
        connector=connector, verb="follow", key="", timeout_seconds=timeout_seconds, started_at=started_at,
        ended_at=now, outcome="away" if away else "answered", status_code=away.status_code if away else None,
        error=away.reason[:LONGEST_WORDS] if away else "",
    )  # fmt: skip
    if away is None:
        models.Delivery.objects.filter(id__in=list(asked)).update(followed_at=now)
        models.Pulse.objects.filter(connector=connector).update(
            answered_at=now, failure="", failures=0, read_to=started_at
        )
    else:
        row = models.Pulse.objects.get(connector=connector)
        row.failed_at, row.failure, row.failures = now, away.reason[:LONGEST_WORDS], row.failures + 1
        row.save()


def keep_problems(connector: str, problems: Sequence[str]) -> None:
    """What of the mapping the other system does not know is shown until it fits."""
    models.Pulse.objects.update_or_create(
        connector=connector, defaults={"problems": list(problems)[:100], "checked_at": clock.now()}
    )


def forget_old_attempts() -> None:
    """Attempts older than their life are gone; what became of each delivery stays."""
    now = clock.now()
    models.Attempt.objects.filter(started_at__lt=now - ATTEMPT_LIFE).delete()
    models.Attempt.objects.filter(delivery_id__isnull=True, started_at__lt=now - POLL_LIFE).delete()

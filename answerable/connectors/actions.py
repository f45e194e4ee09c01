"""What is queued for other systems, and what a person decides of it; `sending` is the way out, `inbox` the way in."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from answerable.connectors import models, replies, rules
from answerable.connectors.errors import NotRetryable
from answerable.connectors.inbox import apply
from answerable.connectors.orders import LONGEST_WORDS, by
from answerable.connectors.ports import Away, Parcel
from answerable.connectors.rules import Kind, Ledger
from answerable.connectors.sending import locked, reset_line
from answerable.plumbing import clock
from answerable.requests import actions as requests
from answerable.requests import queries as request_reads
from answerable.requests.actions import Change
from answerable.requests.rules import Handoff

__all__ = [
    "apply", "beat", "begin_poll", "end_poll", "forget_old_attempts", "keep_problems", "queue_news",
    "queue_order", "reset_line", "retry", "retry_all", "tell_of_order", "withdraw_orders",
]  # fmt: skip

log = logging.getLogger(__name__)

ATTEMPT_LIFE = timedelta(days=90)
POLL_LIFE = timedelta(days=7)
"""How long attempts are kept: those of a delivery, and those that only asked for news."""


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
            "state": Ledger.DUE, "due_at": now, "made_at": now, "sequence": _next_sequence(request_id),
        },
    )  # fmt: skip
    replies.issue(handoff_id, request_id=request_id, connector=order.connector, by=by(order.connector))


def _next_sequence(request_id: int) -> int:
    """The place of one more message among those of its request."""
    return models.Delivery.objects.filter(request_id=request_id).count() + 1


def queue_news(request_id: int, *, about: str, word: str, note_id: int | None) -> None:
    """The connector that has the request's work, or is to get it, is told once for each `about`.

    News of a work order that has not arrived wait for it.
    """
    row = models.Delivery.objects.filter(request_id=request_id, kind=Kind.FILE, ended_at__isnull=True).last()
    if row is not None and row.state not in {Ledger.REFUSED, Ledger.WITHDRAWN}:
        _queue_news(row, about=about, word=word, note_id=note_id)


def tell_of_order(delivery_id: int, *, about: str, word: str) -> None:
    """Who has that work order is told, also when it is followed no more, once for each `about`."""
    _queue_news(models.Delivery.objects.get(id=delivery_id), about=about, word=word, note_id=None)


def _queue_news(row: models.Delivery, *, about: str, word: str, note_id: int | None) -> None:
    now = clock.now()
    models.Delivery.objects.get_or_create(
        key=f"{row.handoff_id}/{about}",
        defaults={
            "kind": Kind.TELL, "handoff_id": row.handoff_id, "request_id": row.request_id, "connector": row.connector,
            "state": Ledger.DUE, "due_at": now, "made_at": now, "word": word, "note_id": note_id,
            "sequence": _next_sequence(row.request_id),
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


# --- what a person decides -------------------------------------------------------------------------------------------


def retry(delivery_id: int, *, by: str, key: str) -> None:
    """It is due now, its tries counted anew.  Raises: UnknownDelivery; NotRetryable."""
    with transaction.atomic():
        row = locked(delivery_id)
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
        row.resent_at = row.due_at
        row.save()
        if row.kind == Kind.FILE:
            told = requests.Delivery(handoff_id=row.handoff_id, state=Handoff.QUEUED)
            requests.tell_handoff(row.request_id, Change.now(key=key, by=by), told)


def note_parcel(connector: str, parcel: Parcel) -> None:
    """The parcel was taken: everything in it is applied."""
    models.Parcel.objects.get_or_create(
        connector=connector, key=parcel.key,
        defaults={"name": parcel.name[:200], "messages": len(parcel.told), "at": clock.now()},
    )  # fmt: skip


def retry_all(connector: str, *, by: str, key: str, limit: int = 200) -> int:
    """What was given up at that connector is due now, up to so many; gives how many."""
    given_up = models.Delivery.objects.filter(connector=connector, state=Ledger.DEAD, ended_at__isnull=True)
    ids = list(given_up.order_by("id").values_list("id", flat=True)[:limit])
    sent_again = 0
    for delivery_id in ids:
        with contextlib.suppress(NotRetryable):
            retry(delivery_id, by=by, key=f"{key}:{delivery_id}")
            sent_again += 1
    return sent_again


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

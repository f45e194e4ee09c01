"""The ledger of everything sent outside: claimed, sent outside any transaction, recorded; and the lines' own state.

A try that was cut off leaves its row `sending` under the number of a worker that is no more; whoever claims it then
knows that its fate is unknown (`was_doubtful`) and looks before sending again.  A line that does not answer is taken
for down: one probe every few seconds instead of every order, and the moment one is answered all that wait are due.
"""

from __future__ import annotations

import logging
import random
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL

from answerable.connectors import models, rules
from answerable.connectors.errors import UnknownDelivery
from answerable.connectors.orders import LONGEST_WORDS, tell_order
from answerable.connectors.ports import Away, Delivered, Pending, Refused
from answerable.connectors.rules import Kind, Ledger
from answerable.connectors.views import Claimed
from answerable.plumbing import clock
from answerable.plumbing.presence import ALIVE_SQL, worker_number

log = logging.getLogger(__name__)

Result = Delivered | Pending | Refused

MOST_GIVEN_UP: Final = 200
"""Units: orders given up in one transaction."""

_UNDER_WAY: Final = (Ledger.DUE, Ledger.SENDING)
_HOLDS_UP: Final = (*_UNDER_WAY, Ledger.DELIVERED, Ledger.DEAD)
"""States of a work order in which news of it must wait."""

_IS_KNOWN: Final = Q(state=Ledger.DELIVERED) & ~Q(reference="")
"""A work order that waits to be confirmed, but may be spoken of already."""


def locked(delivery_id: int) -> models.Delivery:
    """The row, locked until the transaction ends.  Raises: UnknownDelivery."""
    row = models.Delivery.objects.select_for_update().filter(id=delivery_id).first()
    if row is None:
        raise UnknownDelivery("There is no such hand-off.", field="delivery", value=str(delivery_id))
    return row


# --- claim ----------------------------------------------------------------------------------------------------------


@transaction.atomic
def free_the_dead() -> int:
    """What dead workers had claimed, and what outlived its lease, is due again; gives how many rows that were."""
    now = clock.now()
    alive = RawSQL(ALIVE_SQL, [])  # noqa: S611 - a constant
    orphaned = Q(worker__isnull=False) & ~Q(worker__in=alive)
    rows = models.Delivery.objects.filter(Q(due_at__lte=now) | orphaned, state=Ledger.SENDING)
    freed = models.Delivery.objects.filter(id__in=rows.select_for_update(skip_locked=True).values("id")).update(
        state=Ledger.DUE, due_at=now, worker=None
    )
    if freed:
        log.warning("connector.freed", extra={"rows": freed})
    return freed


def claim(connector: str, *, limit: int, timeout_seconds: float) -> tuple[Claimed, ...]:
    """The next things due at that connector, their attempts written down before anything is sent.

    Of one request only the first that has not arrived is given.  From a line that is down only a probe is given, and
    only when it is time for one.
    """
    pulse = models.Pulse.objects.filter(connector=connector).first()
    is_down = pulse is not None and pulse.open_since is not None
    if limit < 1 or (is_down and not _may_probe(connector)):
        return ()
    number, now = worker_number(), clock.now()
    with transaction.atomic():
        rows = list(_to_send(connector, now=None if is_down else now)[: 1 if is_down else limit])
        attempts = models.Attempt.objects.bulk_create([_attempt(row, timeout_seconds, now) for row in rows])
        given = [
            _claimed(row, attempt.id, number, now=now, is_probe=is_down)
            for row, attempt in zip(rows, attempts, strict=True)
        ]
        models.Delivery.objects.bulk_update(
            rows, ["state", "due_at", "doubtful", "tries", "attempt_id", "first_tried_at", "worker"]
        )
    return tuple(given)


def _may_probe(connector: str) -> bool:
    """Whether it is time to try the line, and nobody else does."""
    now = clock.now()
    taken = models.Pulse.objects.filter(connector=connector, open_since__isnull=False, probe_at__lte=now)
    return taken.update(probe_at=now + rules.PROBE_EVERY) == 1


def _to_send(connector: str, *, now: datetime | None) -> QuerySet[models.Delivery]:
    """What is due, or without `now` whatever waits, oldest first; what an earlier message holds up is left out."""
    earlier = models.Delivery.objects.filter(
        Q(state__in=_UNDER_WAY) | Q(kind=Kind.FILE, state__in=_HOLDS_UP, ended_at__isnull=True) & ~_IS_KNOWN,
        request_id=OuterRef("request_id"), connector=OuterRef("connector"), id__lt=OuterRef("id"),
    )  # fmt: skip
    rows = models.Delivery.objects.select_for_update(skip_locked=True, of=("self",)).filter(
        ~Exists(earlier), connector=connector, state=Ledger.DUE
    )
    return (rows if now is None else rows.filter(due_at__lte=now)).order_by("due_at", "id")


def _attempt(row: models.Delivery, timeout_seconds: float, now: datetime) -> models.Attempt:
    return models.Attempt(
        delivery_id=row.id, connector=row.connector, verb=row.kind, key=row.key, timeout_seconds=timeout_seconds,
        started_at=now, outcome="running",
    )  # fmt: skip


def _claimed(row: models.Delivery, attempt_id: int, worker: int, *, now: datetime, is_probe: bool) -> Claimed:
    """The row is ours; a probe is no try of the order, so that a line long down wears none out."""
    was_doubtful = row.doubtful
    row.state, row.due_at, row.doubtful, row.worker = Ledger.SENDING, now + rules.LEASE, True, worker
    row.tries += 0 if is_probe else 1
    row.attempt_id = attempt_id
    row.first_tried_at = row.first_tried_at or now
    return Claimed(
        id=row.id, attempt_id=attempt_id, kind=Kind(row.kind), request_id=row.request_id, handoff_id=row.handoff_id,
        connector=row.connector, word=row.word, note_id=row.note_id, key=row.key, was_doubtful=was_doubtful,
        first_tried_at=row.first_tried_at, sequence=row.sequence, is_probe=is_probe,
    )  # fmt: skip


# --- record ---------------------------------------------------------------------------------------------------------


def record(claimed: Claimed, result: Result) -> None:
    """What the other system answered is kept, and the request's work order says so.

    An answer that comes after the row was taken over still counts when nobody else got one.
    """
    with transaction.atomic():
        row = locked(claimed.id)
        _end_attempt(claimed.attempt_id, outcome=_outcome(result), status_code=result.status_code)
        if row.state not in {*_UNDER_WAY, Ledger.DEAD}:
            _compare(row, result)
        else:
            _take(row, result)
            if row.kind == Kind.FILE:
                tell_order(row)
    heard_from(claimed.connector)
    log.info("connector.recorded", extra={"delivery": claimed.id, "outcome": _outcome(result)})


def _outcome(result: Result) -> str:
    return {Delivered: "delivered", Pending: "pending", Refused: "refused"}[type(result)]


def _take(row: models.Delivery, result: Result) -> None:
    row.doubtful, row.worker = False, None
    if isinstance(result, Refused):
        row.state, row.reason = Ledger.REFUSED, result.reason[:LONGEST_WORDS]
    elif isinstance(result, Pending):
        row.state, row.token, row.reason = Ledger.DELIVERED, result.token, ""
        row.reference = result.reference
    else:
        row.state, row.reference, row.reason = Ledger.ACKNOWLEDGED, result.reference, ""
    row.save()


def _compare(row: models.Delivery, result: Result) -> None:
    """Two tries were answered: the same reference is one filing, another one is somebody's to look at."""
    if isinstance(result, Delivered) and row.reference and row.reference != result.reference:
        row.reason = f"{row.reference} / {result.reference}"
        row.save()
        log.error("connector.filed_twice", extra={"delivery": row.id})


def settle(delivery_id: int, result: Delivered | Refused) -> None:
    """An order that waited for its reference has it, or was refused after all."""
    with transaction.atomic():
        row = locked(delivery_id)
        if row.state != Ledger.DELIVERED:
            return
        if isinstance(result, Refused):
            row.state, row.reason = Ledger.REFUSED, result.reason[:LONGEST_WORDS]
        else:
            row.state, row.reference = Ledger.ACKNOWLEDGED, result.reference or row.reference
        row.save()
        tell_order(row)


def put_off(claimed: Claimed, away: Away, *, is_theirs: bool = True) -> None:
    """The try failed: it is tried again after a growing pause, and after too many a person must decide.

    With `is_theirs` the other system gave no sensible answer, which counts towards taking its line for down.
    """
    outcome = "unknown" if away.may_have_it else "away"
    with transaction.atomic():
        row = locked(claimed.id)
        _end_attempt(claimed.attempt_id, outcome=outcome, status_code=away.status_code, error=away.reason)
        if row.attempt_id == claimed.attempt_id and row.state in _UNDER_WAY:
            _wait(row, claimed, away)
    if is_theirs:
        missed(claimed.connector, away.reason)
    log.warning("connector.put_off", extra={"delivery": claimed.id, "outcome": outcome})


def _wait(row: models.Delivery, claimed: Claimed, away: Away) -> None:
    """After a probe the row goes to the back, so that one order that is never answered does not keep the line down."""
    row.doubtful = away.may_have_it or claimed.was_doubtful
    row.reason, row.worker = away.reason[:LONGEST_WORDS], None
    row.state = Ledger.DUE if row.tries < rules.MOST_TRIES else Ledger.DEAD
    pause = rules.LONGEST_PAUSE if claimed.is_probe else rules.pause_after(row.tries, chance=random.random())  # noqa: S311 - spreads load
    row.due_at = clock.now() + pause
    row.save()
    if row.state == Ledger.DEAD and row.kind == Kind.FILE:
        tell_order(row)


def drop(claimed: Claimed, *, reason: str) -> None:
    """Nobody wants it sent any more, or the other system takes no such thing; it was not sent."""
    with transaction.atomic():
        row = locked(claimed.id)
        _end_attempt(claimed.attempt_id, outcome="dropped")
        if row.attempt_id == claimed.attempt_id and row.state in _UNDER_WAY:
            row.state, row.reason, row.ended_at, row.worker = Ledger.WITHDRAWN, reason, clock.now(), None
            row.save()


def _end_attempt(attempt_id: int, *, outcome: str, status_code: int | None = None, error: str = "") -> None:
    models.Attempt.objects.filter(id=attempt_id).update(
        ended_at=clock.now(), outcome=outcome, status_code=status_code, error=error[:LONGEST_WORDS]
    )


# --- the line -------------------------------------------------------------------------------------------------------


def heard_from(connector: str) -> None:
    """The line is up; when it was taken for down, everything that waits is due now."""
    was_bad = Q(misses__gt=0) | Q(open_since__isnull=False)
    pulse = models.Pulse.objects.filter(was_bad, connector=connector).first()
    if pulse is None:
        return
    was_down = pulse.open_since is not None
    models.Pulse.objects.filter(connector=connector).update(misses=0, open_since=None, probe_at=None)
    if was_down:
        _all_due(connector)
        log.warning("connector.line_up", extra={"connector": connector})


def reset_line(connector: str) -> None:
    """The line is taken for up again, whatever it did before, and everything that waits is due now."""
    models.Pulse.objects.filter(connector=connector).update(misses=0, open_since=None, probe_at=None)
    _all_due(connector)
    log.warning("connector.line_reset", extra={"connector": connector})


@transaction.atomic
def _all_due(connector: str) -> None:
    now = clock.now()
    waiting = models.Delivery.objects.filter(connector=connector, state=Ledger.DUE, due_at__gt=now)
    models.Delivery.objects.filter(
        id__in=waiting.order_by("id").select_for_update(skip_locked=True).values("id")
    ).update(due_at=now)


def missed(connector: str, reason: str) -> None:
    """A try got no answer; after some in a row the line is taken for down, and only probes go out."""
    now = clock.now()
    models.Pulse.objects.get_or_create(connector=connector)
    models.Pulse.objects.filter(connector=connector).update(
        misses=F("misses") + 1, failed_at=now, failure=reason[:LONGEST_WORDS]
    )
    opened = models.Pulse.objects.filter(
        connector=connector, misses__gte=rules.MOST_MISSES, open_since__isnull=True
    ).update(open_since=now, probe_at=now + rules.PROBE_EVERY)
    if opened:
        log.error("connector.line_down", extra={"connector": connector})


def give_up_old(connector: str) -> int:
    """Orders that waited too long for a line that is down are given to a person; gives how many."""
    before = clock.now() - rules.GIVE_UP_AFTER
    if not models.Pulse.objects.filter(connector=connector, open_since__isnull=False).exists():
        return 0
    with transaction.atomic():
        rows = list(
            models.Delivery.objects.select_for_update(skip_locked=True)
            .filter(Q(resent_at__isnull=True) | Q(resent_at__lt=before), connector=connector, state=Ledger.DUE,
                    made_at__lt=before)
            .order_by("id")[:MOST_GIVEN_UP]
        )  # fmt: skip
        for row in rows:
            row.state = Ledger.DEAD
            row.save()
            if row.kind == Kind.FILE:
                tell_order(row)
    return len(rows)

"""The rows of what disagrees: kept when found, ended when gone, and the request's hand-off axis with them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from answerable.connectors import models, rules
from answerable.connectors.comparison import UNSETTLING, Drift, Remedy
from answerable.connectors.events import Drifted
from answerable.connectors.orders import LONGEST_WORDS
from answerable.journal import actions as journal
from answerable.plumbing import clock
from answerable.requests import workorders
from answerable.requests.changes import Change

COMPARER = "system:reconciliation"


@dataclass(frozen=True, slots=True)
class Finding:
    """One disagreement, as a comparison found it."""

    kind: Drift
    reference: str
    delivery_id: int | None = None
    request_id: int | None = None
    our_state: str = ""
    their_word: str = ""
    their_words: str = ""
    told_at: datetime | None = None
    expected_on: date | None = None
    missing: Sequence[int] = ()


def keep(connector: str, finding: Finding) -> bool:
    """Whether the disagreement is new: one known is seen again, one that was accepted or is being asked about rests."""
    now = clock.now()
    with transaction.atomic():
        rows = models.DriftRow.objects.filter(connector=connector, reference=finding.reference, kind=finding.kind)
        last = rows.select_for_update().order_by("-id").first()
        if last is not None and last.settled_at is None:
            last.seen_at, last.their_word, last.our_state = now, finding.their_word, finding.our_state
            last.save()
            return False
        if last is not None and _rests(last, finding, now):
            return False
        row = models.DriftRow.objects.create(
            connector=connector, kind=finding.kind, delivery_id=finding.delivery_id, request_id=finding.request_id,
            reference=finding.reference, our_state=finding.our_state, their_word=finding.their_word,
            their_words=finding.their_words[:LONGEST_WORDS], told_at=finding.told_at, expected_on=finding.expected_on,
            missing=list(finding.missing), found_at=now, seen_at=now,
        )  # fmt: skip
        fact = Drifted(row.id, connector=connector, drift=row.kind, request_id=row.request_id)
        journal.append(fact, by=COMPARER, at=now)
        _show(row, agrees=False)
        return True


def _rests(last: models.DriftRow, finding: Finding, now: datetime) -> bool:
    is_same = (last.their_word, last.our_state) == (finding.their_word, finding.our_state)
    return is_same and last.quiet_until is not None and now < last.quiet_until


def end_others(connector: str, still: Collection[tuple[str, str]]) -> int:
    """How many disagreements are gone: open ones that the latest comparison did not find again."""
    gone = 0
    for row in models.DriftRow.objects.filter(connector=connector, settled_at__isnull=True).order_by("id"):
        if (row.kind, row.reference) not in still:
            with transaction.atomic():
                gone += settle(row.id, remedy=Remedy.GONE, by=COMPARER)
    return gone


def end_of_order(delivery_id: int) -> None:
    """News of the order were applied: what disagreed about it is settled, or the next comparison finds it again."""
    for row in models.DriftRow.objects.filter(delivery_id=delivery_id, settled_at__isnull=True).order_by("id"):
        settle(row.id, remedy=Remedy.GONE, by=COMPARER)


def settle(drift_id: int, *, remedy: Remedy, by: str, why: str = "", quiet_until: datetime | None = None) -> bool:
    """Whether the disagreement was still open; it is settled now.  Called inside a transaction."""
    row = models.DriftRow.objects.select_for_update().filter(id=drift_id, settled_at__isnull=True).first()
    if row is None:
        return False
    row.settled_at, row.settled_by, row.remedy, row.why = clock.now(), by, remedy, why
    row.quiet_until = quiet_until
    row.save()
    fact = Drifted(row.id, connector=row.connector, drift=row.kind, request_id=row.request_id, remedy=remedy)
    journal.append(fact, by=by, at=row.settled_at)
    _show(row, agrees=True)
    return True


def _show(row: models.DriftRow, *, agrees: bool) -> None:
    """The request's work order says whether the two sides agree, once nothing else disagrees about it."""
    if row.kind not in UNSETTLING or row.delivery_id is None:
        return
    order = models.Delivery.objects.get(id=row.delivery_id)
    others = models.DriftRow.objects.filter(
        delivery_id=order.id, kind__in=list(UNSETTLING), settled_at__isnull=True
    ).exclude(id=row.id)
    if agrees and others.exists():
        return
    change = Change.now(key=rules.key_of("drift", row.id, agrees), by=COMPARER)
    workorders.compare_handoff(order.request_id, change, handoff_id=order.handoff_id, agrees=agrees)

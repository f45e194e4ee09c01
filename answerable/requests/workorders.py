"""The rows of the hand-off ledger, as `requests.actions` writes them inside its own transactions, and what happens to a
work order without a step of its request.

A work order goes to one department. Where the department's entry in the city pack names a connector for the service,
the order waits (`queued`) until that connector has delivered it; everybody else finds it in the office's pages at once.
"""

from __future__ import annotations

from datetime import datetime

from answerable.catalogue import queries as catalogue
from answerable.catalogue.city import OFFICE
from answerable.journal import actions as journal
from answerable.requests import events, models, rules
from answerable.requests.changes import Change, changed
from answerable.requests.errors import NotAllowed
from answerable.requests.rules import Handoff, Lifecycle

_OWNERS = ("department:", "connector:")
"""How the names of those begin who own the work: what they do proves that the work order arrived."""


def is_owner(by: str) -> bool:
    """Whether the owner of the work acted, in our pages or through its own system."""
    return by.startswith(_OWNERS)


def is_connector(by: str) -> bool:
    """Whether news came through a connector."""
    return by.startswith("connector:")


def current(row: models.Request) -> models.HandoffRow:
    """The request's last work order: the one that counts."""
    return models.HandoffRow.objects.filter(request_id=row.id).order_by("-sequence")[0]


def keep_pace(row: models.Request, before: Lifecycle, to: Lifecycle, *, by: str, at: datetime) -> None:
    """The work order follows the step: an owner that acts has acknowledged; one that resolves reports done."""
    if to is Lifecycle.RESOLVED:
        if row.handoff == Handoff.SENT and is_owner(by):
            mark(row, Handoff.ACKNOWLEDGED, by=by, at=at)
        if row.handoff in {Handoff.ACKNOWLEDGED, Handoff.OUT_OF_SYNC}:
            mark(row, Handoff.DONE_REPORTED, by=by, at=at)
    elif rules.is_reopening(before, to):
        if is_connector(by):
            mark(row, Handoff.ACKNOWLEDGED, by=by, at=at)
        else:
            make_next(row, by=by, at=at)
    elif row.handoff == Handoff.SENT and (rules.is_working(to) or is_owner(by)):
        mark(row, Handoff.ACKNOWLEDGED, by=by, at=at)


def mark(
    row: models.Request, state: Handoff, *, by: str, at: datetime, reason: str = "", reason_code: str | None = None
) -> None:
    """The current work order is in that state, and the journal says so; `reason_code` is what the journal carries."""
    order = current(row)
    _stamp(order, state, at=at)
    order.reason = reason
    order.save()
    row.handoff = state
    _tell(row, order, by=by, at=at, reason=(reason if reason_code is None else reason_code) or None)


def refer(order: models.HandoffRow, reference: str) -> None:
    """The work order carries the other system's reference."""
    order.reference = reference
    order.save()


def mark_late(order: models.HandoffRow, state: Handoff, *, at: datetime, reason: str) -> None:
    """A work order that another one has followed is in that state; the request itself stays as it is."""
    _stamp(order, state, at=at)
    order.reason = reason
    order.save()


def _stamp(order: models.HandoffRow, state: Handoff, *, at: datetime) -> None:
    order.state = state
    if state in {Handoff.SENT, Handoff.ACKNOWLEDGED}:
        order.sent_at = order.sent_at or at
        order.ended_at = None
    if state is Handoff.ACKNOWLEDGED:
        order.acknowledged_at = order.acknowledged_at or at
    if state in {Handoff.DONE_REPORTED, Handoff.REFUSED}:
        order.ended_at = order.ended_at or at


def agreed(order: models.HandoffRow) -> Handoff:
    """Where the work order stood before it and the other system disagreed, as its dates tell."""
    if order.ended_at is not None:
        return Handoff.DONE_REPORTED
    return Handoff.ACKNOWLEDGED if order.acknowledged_at else Handoff.SENT if order.sent_at else Handoff.QUEUED


def make_next(row: models.Request, *, by: str, at: datetime) -> None:
    """The request has a fresh work order for the department and queue it now lies in."""
    sequence = current(row).sequence + 1
    connector = catalogue.active().connector_for(row.department, service=row.service_code, channel=row.channel)
    is_ours = connector == OFFICE
    row.handoff = Handoff.SENT if is_ours else Handoff.QUEUED
    made = models.HandoffRow.objects.create(
        request_id=row.id, sequence=sequence, department=row.department, queue=row.queue, connector=connector,
        state=row.handoff, key=f"{row.number}/{sequence}", made_at=at, sent_at=at if is_ours else None, reason="",
        reference="",
    )  # fmt: skip
    _tell(row, made, by=by, at=at, reason=None)


def _tell(row: models.Request, order: models.HandoffRow, *, by: str, at: datetime, reason: str | None) -> None:
    fact = events.RequestHandedOff(
        row.id, handoff_id=order.id, department=order.department, queue=order.queue, state=order.state, reason=reason
    )
    journal.append(fact, by=by, at=at)


def compare_handoff(request_id: int, change: Change, *, handoff_id: int, agrees: bool) -> None:
    """The current work order is `out_of_sync` while it and the other system disagree, and back where it stood after."""

    def body(row: models.Request) -> None:
        order = current(row)
        if order.id == handoff_id and agrees == (row.handoff == Handoff.OUT_OF_SYNC):
            state = agreed(order) if agrees else Handoff.OUT_OF_SYNC
            mark(
                row, state, by=change.by, at=change.at, reason=order.reason,
                reason_code="in_sync" if agrees else "out_of_sync",
            )  # fmt: skip

    changed(request_id, change, kind="compare", content={"handoff": handoff_id, "agrees": agrees}, body=body)


def send_again(request_id: int, change: Change) -> None:
    """The request has a fresh work order for the department it lies in, because the last one was lost there.

    Raises: NotAllowed when the request is over.
    """

    def body(row: models.Request) -> None:
        if not row.is_open:
            raise NotAllowed("This request is over; reopen it first.", field="lifecycle", value=row.lifecycle)
        make_next(row, by=change.by, at=change.at)

    changed(request_id, change, kind="send_again", content={}, body=body)

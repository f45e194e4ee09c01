"""What people decide about a request's promise: to pause its clock, to let it run again, to promise a new date."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time

from django.db import transaction

from answerable.catalogue import queries as catalogue
from answerable.catalogue.city import City
from answerable.kernel.facts import Json
from answerable.promises import actions as promises
from answerable.promises import queries as promise_clock
from answerable.promises.planning import Dates
from answerable.promises.queries import dates_of
from answerable.promises.rules import instant_of
from answerable.requests import models, rules
from answerable.requests.actions import copy_promises, keep_dates
from answerable.requests.changes import Change, changed
from answerable.requests.errors import BadChoice, NotAllowed
from answerable.requests.queries import FAR
from answerable.requests.rules import Lifecycle

NEW_DATE_REASONS: tuple[str, ...] = ("weather", "season", "permit", "parts", "locates", "other_party", "workload")
"""Why a new date may be promised; their words are those of every reason."""

END_OF_DAY = time(23, 59)


def pause_reasons(city: City, service_code: str) -> tuple[str, ...]:
    """Why the clock of such a request may be stopped by hand; waiting for the requester stops it by the question."""
    service = city.service(service_code) if city.has_service(service_code) else None
    return tuple(each for each in (service.pause_reasons if service else ()) if each != Lifecycle.AWAITING_REQUESTER)


def pause_clock(request_id: int, change: Change, *, reason: str) -> None:
    """The request's promise clock stands still for that reason, up to its cap; its state stays as it is.

    Raises: MissingReason; BadChoice for a reason the service does not allow; NotAllowed when it is over, stands still
    already or is broken: a pause mends no broken promise.
    """
    rules.need_reason(reason)

    def body(row: models.Request) -> None:
        _need_open(row)
        allowed = pause_reasons(catalogue.version(row.catalogue_version), row.service_code)
        if reason not in allowed:
            raise BadChoice(
                f"This service does not pause for '{reason}'.", field="reason", value=reason,
                remedy=f"Use one of: {', '.join(allowed) or 'none'}.",
            )  # fmt: skip
        if row.paused_since is not None:
            raise NotAllowed("The clock stands still already.", field="clock", value="paused")
        promises.pause(row.id, reason=reason, at=change.at, by=change.by)
        if not promise_clock.is_paused(row.id):
            raise NotAllowed("The promise is broken; promise a new date.", field="clock", value="breached")
        row.paused_since = change.at

    changed(request_id, change, kind="pause_clock", content={"reason": reason}, body=body)


def resume_clock(request_id: int, change: Change) -> None:
    """The request's promise clock runs again; its dates move by the paused time that counts.

    Raises: NotAllowed when it runs, or when the request's state is what stops it: take it up again instead.
    """

    def body(row: models.Request) -> None:
        _need_open(row)
        if row.paused_since is None:
            raise NotAllowed("The clock is running.", field="clock", value="running")
        service = catalogue.version(row.catalogue_version).service(row.service_code)
        if rules.is_paused_by_state(Lifecycle(row.lifecycle), on_hold_pauses=service.on_hold_pauses):
            raise NotAllowed("Its state stops the clock; take it up again.", field="lifecycle", value=row.lifecycle)
        promises.resume(row.id, at=change.at, by=change.by)
        row.paused_since = None
        copy_promises(row)

    changed(request_id, change, kind="resume_clock", content={}, body=body)


def promise_anew(request_id: int, change: Change, *, due: datetime, reason: str) -> None:
    """The resident is told a new date for the end; the first one stays on record.

    Raises: MissingReason; BadChoice for an unknown reason; NotAllowed when nothing is promised any more; BadRepromise
    when the date is over.
    """
    need_new_date_reason(reason)

    def body(row: models.Request) -> None:
        _need_open(row)
        if not promise_clock.is_promised(row.id):
            raise NotAllowed("Nothing is promised.", field="clock", value="none")
        promises.repromise(row.id, target="completion", due=due, reason=reason, at=change.at, by=change.by)
        copy_promises(row)

    content: dict[str, Json] = {"due": due.isoformat(), "reason": reason}
    changed(request_id, change, kind="promise_anew", content=content, body=body)


def need_new_date_reason(reason: str) -> None:
    """Return when a new date may be promised for that reason.  Raises: MissingReason, BadChoice."""
    rules.need_reason(reason)
    if reason not in NEW_DATE_REASONS:
        raise BadChoice(f"'{reason}' is no reason for a new date.", field="reason", value=reason)


def promise_many_anew(
    dues: Mapping[int, datetime], *, reason: str, surge: int, by: str, at: datetime
) -> frozenset[int]:
    """Those of the requests that are still open and promised have their new dates; gives them.

    One transaction; rows are locked in one order.  The surge is the idempotency key: its caller marks who had a turn.
    """
    with transaction.atomic():
        rows = {
            row.id: row
            for row in models.Request.objects.select_for_update().filter(id__in=list(dues), is_open=True).order_by("id")
        }
        told = promises.repromise_many(
            {request_id: dues[request_id] for request_id in rows}, reason=reason, surge=surge, by=by, at=at
        )
        clocks = promise_clock.current_clocks(sorted(told))
        changed_rows = [_with_dates(rows[request_id], dates_of(clocks[request_id]), at=at) for request_id in told]
        keep_dates(changed_rows)
    return told


def _with_dates(row: models.Request, dates: Dates, *, at: datetime) -> models.Request:
    row.completion_due, row.completion_at_risk = dates.completion_due, dates.completion_at_risk
    row.due_sort = dates.completion_due or FAR
    row.updated_at = max(at, row.updated_at)
    return row


def end_of(day: date, city: City) -> datetime:
    """The instant at which a promise of that day is broken: the end of the local day."""
    return instant_of(datetime.combine(day, END_OF_DAY), zone=city.timezone)


def _need_open(row: models.Request) -> None:
    if not row.is_open:
        raise NotAllowed("This request is over.", field="lifecycle", value=row.lifecycle)

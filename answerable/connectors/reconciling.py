"""The nightly comparison with another system, both ways: what disagrees becomes a row, and nothing else changes.

The other system is asked outside any transaction; every finding is written in one of its own.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from itertools import islice

from django.db import transaction

from answerable.catalogue import queries as catalogue
from answerable.connectors import comparison, drifting, models, queries, rules
from answerable.connectors.comparison import Drift, Ours, Theirs
from answerable.connectors.drifting import Finding
from answerable.connectors.events import Reconciled
from answerable.connectors.inbox import meaning_of
from answerable.connectors.ports import Away, Connector, Held, Listing, Update
from answerable.journal import actions as journal
from answerable.plumbing import clock

log = logging.getLogger(__name__)

NIGHTLY_AT = time(2, 30)
"""Local time from which the night's comparison is due."""

BROKEN_OFF_AFTER = timedelta(hours=2)
"""A comparison that runs longer was cut off; it begins anew."""

LOOKED_BACK = timedelta(days=60)
"""How long orders that are over are compared, too: they may still be open there."""

SLACK = timedelta(days=1)
BATCH = 200
"""Units: orders compared, or asked for, together."""

MOST_FINDINGS = 1000
"""Units: findings kept of one comparison; more are one fault, not a thousand."""


# --- when -----------------------------------------------------------------------------------------------------------


def ask(connector: str, *, by: str) -> int:
    """A comparison is due now; one that waits or runs already is the answer."""
    with transaction.atomic():
        waiting = models.Reconciliation.objects.filter(connector=connector, ended_at__isnull=True).first()
        if waiting is None:
            waiting = models.Reconciliation.objects.create(connector=connector, by=by, asked_at=clock.now())
        return int(waiting.id)


def ask_nightly() -> None:
    """Every connector is compared once a night, however many processes ask for it."""
    now = clock.now()
    zone = catalogue.active().timezone
    local = now.astimezone(zone)
    if local.time() < NIGHTLY_AT:
        return
    for code in catalogue.active().connectors:
        models.Reconciliation.objects.get_or_create(
            connector=code, night=local.date(), defaults={"by": "system:clockwork", "asked_at": now}
        )


def begin(run_id: int | None = None) -> tuple[int, str] | None:
    """The next comparison that is due, or that one, for us alone, and its connector; None when nothing is due."""
    now = clock.now()
    with transaction.atomic():
        rows = models.Reconciliation.objects.select_for_update(skip_locked=True).filter(ended_at__isnull=True)
        rows = rows.filter(id=run_id) if run_id is not None else rows
        row = next((each for each in rows.order_by("id")[:50] if _is_free(each, now)), None)
        if row is None:
            return None
        row.started_at = now
        row.save()
        return int(row.id), str(row.connector)


def _is_free(row: models.Reconciliation, now: datetime) -> bool:
    return row.started_at is None or now - row.started_at > BROKEN_OFF_AFTER


# --- what -----------------------------------------------------------------------------------------------------------


_Tally = Counter[str]
"""How many orders were `compared`, are `held` there as listed, and are `unknown` to them."""


def reconcile(run_id: int, connector: str, adapter: Connector) -> None:
    """The comparison is written down with what it found; one that failed says why and changes nothing."""
    tally: _Tally = Counter()
    try:
        listed = _listed(connector, adapter)
        tally["held"] = len(listed or ())
        findings = list(islice(_findings(connector, adapter, listed, tally), MOST_FINDINGS))
    except Away as away:
        _end(run_id, failure=away.reason[:500])
        return
    if comparison.is_implausible(compared=tally["compared"], unknown=tally["unknown"]):
        _end(run_id, failure="most_unknown", compared=tally["compared"], held=tally["held"])
        return
    fresh = sum(drifting.keep(connector, each) for each in findings)
    gone = drifting.end_others(connector, {(each.kind, each.reference) for each in findings})
    _end(
        run_id, was_listed=listed is not None, compared=tally["compared"], held=tally["held"], found=len(findings),
        fresh=fresh, gone=gone,
    )  # fmt: skip


def give_up(run_id: int, *, failure: str) -> None:
    """Nothing could be compared, and why."""
    _end(run_id, failure=failure)


def _end(run_id: int, **told: object) -> None:
    with transaction.atomic():
        row = models.Reconciliation.objects.select_for_update().get(id=run_id)
        for name, value in told.items():
            setattr(row, name, value)
        row.ended_at = clock.now()
        row.save()
        fact = Reconciled(
            row.id, connector=row.connector, compared=row.compared, found=row.found, fresh=row.fresh, gone=row.gone
        )
        journal.append(fact, by=row.by, at=row.ended_at)
    log.info(
        "connector.reconciled", extra={"connector": row.connector, "found": row.found, "failed": bool(row.failure)}
    )


def _listed(connector: str, adapter: Connector) -> Mapping[str, Held] | None:
    """What the other system holds, by reference; None where it cannot list."""
    if not isinstance(adapter, Listing):
        return None
    since = queries.oldest_order(connector, ended_after=clock.now() - LOOKED_BACK) or clock.now()
    return {each.reference: each for each in adapter.inventory(since=since - SLACK) if each.reference}


def _findings(
    connector: str, adapter: Connector, listed: Mapping[str, Held] | None, tally: _Tally
) -> Iterator[Finding]:
    named = catalogue.active().connectors[connector]
    silent_after = timedelta(days=named.silent_days)
    today = catalogue.active().local_day(clock.now())
    for orders in queries.orders_to_compare(connector, ended_after=clock.now() - LOOKED_BACK, size=BATCH):
        theirs = _as_last_heard(orders) if _never_answers(adapter) else _theirs(adapter, orders, listed or {})
        for ours in orders:
            held = theirs.get(ours.reference)
            tally["compared"] += 1
            tally["unknown"] += held is None and ours.is_open
            if found := _finding(connector, ours, held, silent_after=silent_after, today=today):
                yield found
    yield from _unknown_to_us(connector, (listed or {}).values())
    for delivery in queries.never_numbered(connector, before=clock.now() - silent_after):
        yield Finding(
            kind=Drift.SILENT, reference=delivery.token, delivery_id=delivery.id, request_id=delivery.request_id
        )


def _never_answers(adapter: Connector) -> bool:
    """Whether nobody is there to be asked: such a connector only brings what it is told, as people by mail do."""
    return bool(getattr(adapter, "never_answers", False))


def _as_last_heard(orders: Sequence[Ours]) -> Mapping[str, Held]:
    """Of those who cannot be asked their last word counts; what can still be found is silence and what never came."""
    return {each.reference: Held(each.reference, each.remote_word) for each in orders}


def _theirs(adapter: Connector, orders: Sequence[Ours], listed: Mapping[str, Held]) -> Mapping[str, Held]:
    """How they have those orders: as they listed them, else as they say when asked for each that we wait for."""
    missing = [each.reference for each in orders if each.reference not in listed]
    told = dict(listed)
    for update in adapter.follow(missing, since=None) if missing else ():
        told[update.reference] = _latest(told.get(update.reference), update)
    return told


def _latest(earlier: Held | None, update: Update) -> Held:
    if earlier is not None and not update.word:
        return earlier
    return Held(
        update.reference, update.word, words=update.words, told_at=update.told_at, expected_on=update.expected_on
    )


def _finding(connector: str, ours: Ours, held: Held | None, *, silent_after: timedelta, today: date) -> Finding | None:
    word = rules.plain_word(held.word) if held else ""
    theirs = Theirs(ours.reference, word, meaning_of(connector, word), held.expected_on) if held else None
    kind = comparison.drift_of(ours, theirs, now=clock.now(), silent_after=silent_after, today=today)
    if kind is None:
        return None
    return Finding(
        kind=kind, reference=ours.reference, delivery_id=ours.delivery_id, request_id=ours.request_id,
        our_state=ours.state if ours.is_wanted else "moved", their_word=word, their_words=held.words if held else "",
        told_at=held.told_at if held else None, expected_on=held.expected_on if held else None,
        missing=comparison.missing(ours.sequences) if kind is Drift.OUT_OF_ORDER else (),
    )  # fmt: skip


def _unknown_to_us(connector: str, listed: Iterable[Held]) -> Iterator[Finding]:
    """What they hold as ours and no order of ours has as its reference."""
    city = catalogue.active().pack.city.short_name
    claimed = {each.reference: each for each in listed if each.is_ours or comparison.marked(each.text, city=city)}
    for reference in queries.unknown_references(connector, list(claimed)):
        held = claimed[reference]
        mark = comparison.marked(held.text, city=city)
        yield Finding(
            kind=Drift.UNKNOWN_TO_US, reference=reference, request_id=queries.request_named(mark[0]) if mark else None,
            their_word=rules.plain_word(held.word), their_words=held.words, told_at=held.told_at,
        )  # fmt: skip

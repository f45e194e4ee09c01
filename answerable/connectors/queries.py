"""Reads of the connectors room."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Count, Min, Q, QuerySet

from answerable.catalogue import queries as catalogue
from answerable.catalogue.connectorstructs import Connector
from answerable.connectors import links, models, rules
from answerable.connectors.comparison import Ours
from answerable.connectors.particulars import number_of, particulars_of
from answerable.connectors.ports import News, Requester, WorkOrder
from answerable.connectors.rules import Kind, Ledger
from answerable.connectors.views import (
    Ailing,
    AttemptView,
    Claimed,
    DeliveryView,
    DriftView,
    HeardView,
    MeaningView,
    PulseView,
    ReconciliationView,
    Tally,
)
from answerable.contacts import queries as contacts
from answerable.kernel.languages import in_language
from answerable.requests import queries as requests
from answerable.requests.rules import OPEN
from answerable.requests.views import HandoffView, RequestView

MAX_FOLLOWED = 50
"""Units: references asked for in one round."""

MAX_PHOTOS = 5

MOST_PARCELS = 2000
"""Units: parcels remembered of a connector, so that what is brought again is known without reading it."""

_TOLD_AS = {"closed": "closed", "moved": "closed", "link": "link", "open": "open"}
"""What other systems are told, by the word our ledger has for it; else where the work stands there."""


def order_of(claimed: Claimed) -> WorkOrder | None:
    """What is to be done, as it stands now; None when nobody wants it done there any more."""
    found = requests.by_id(claimed.request_id)
    orders = requests.handoffs(claimed.request_id)
    order = orders[-1]
    city = catalogue.active()
    connector = city.connectors.get(claimed.connector)
    if connector is None or order.id != claimed.handoff_id or found.lifecycle not in OPEN:
        return None
    mark = f"{city.pack.city.short_name} 311: {found.number}/{order.sequence}"
    return WorkOrder(
        key=f"{city.id}-{found.number}-{order.sequence}",
        mark=mark,
        service_code=found.service_code,
        description=_description(found, orders, mark=mark),
        answers=found.answers,
        point=found.point if connector.place == "point" else None,
        address="" if connector.place == "none" else found.address or found.place_said,
        requester=_requester(found) if connector.contact else None,
        photos=_photos(found.id) if connector.photos else (),
        first_tried_at=claimed.first_tried_at,
        sequence=claimed.sequence,
        **particulars_of(found, order, named=connector, city=city),
    )


def _description(found: RequestView, orders: Sequence[HandoffView], *, mark: str) -> str:
    """The resident's words, then our reference, and theirs of an earlier order for the same request."""
    earlier = [each.reference for each in orders[:-1] if each.reference and each.connector == orders[-1].connector]
    return "\n\n".join(filter(None, (found.description, f"[{mark}]", f"[{earlier[-1]}]" if earlier else "")))


def _requester(found: RequestView) -> Requester | None:
    if found.contact_id is None:
        return None
    contact = contacts.by_id(found.contact_id)
    return Requester(name=contact.name, email=contact.email, phone=contact.phone)


def _photos(request_id: int) -> tuple[Path, ...]:
    kept = requests.photos(request_id, limit=MAX_PHOTOS)
    return tuple(path for each in kept if (path := Path(settings.MEDIA_ROOT) / each.file).is_file())


def news_of(claimed: Claimed) -> News | None:
    """What is to be told of a work order; None while the other system has given it no reference."""
    row = models.Delivery.objects.filter(handoff_id=claimed.handoff_id, kind=Kind.FILE).first()
    if row is None or not row.reference:
        return None
    city = catalogue.active()
    found = requests.by_id(claimed.request_id)
    notes = [note.words for note in requests.notes(claimed.request_id) if note.id == claimed.note_id]
    words = notes[0] if notes else ""
    if claimed.word == "closed" and found.outcome and not words:
        words = in_language(city.outcome_text(found.service_code, found.outcome), language=city.default_language)
    if claimed.word == "moved":
        name = in_language(city.department(found.department).name, language=city.default_language)
        words = f"[{found.number}] → {name}"
    if claimed.word in rules.SAID:
        words = f"[{found.number}] {in_language(rules.SAID[claimed.word], language=city.default_language)}"
    return News(
        key=f"{city.id}-{found.number}-{claimed.id}", reference=row.reference,
        word=_TOLD_AS.get(claimed.word) or row.remote_word or "open",
        words=words or f"[{found.number}]", at=claimed.first_tried_at, token=row.token,
        service_code=found.service_code, number=number_of(found, row.handoff_id),
        reply_url=links.url_of(row.handoff_id),
        sequence=claimed.sequence,
    )  # fmt: skip


def waiting_for(connector: str, token: str) -> int | None:
    """The delivery that waits for its reference under that token."""
    rows = models.Delivery.objects.filter(connector=connector, token=token, kind=Kind.FILE, state=Ledger.DELIVERED)
    return rows.exclude(token="").values_list("id", flat=True).last()


def taken_parcels(connector: str) -> frozenset[str]:
    """The keys of the parcels taken last."""
    rows = models.Parcel.objects.filter(connector=connector).order_by("-id")
    return frozenset(rows.values_list("key", flat=True)[:MOST_PARCELS])


def to_follow(connector: str) -> Mapping[str, int]:
    """References to ask about and their deliveries, those asked longest ago first."""
    rows = (
        models.Delivery.objects.filter(
            connector=connector, kind=Kind.FILE, state=Ledger.ACKNOWLEDGED, ended_at__isnull=True
        )
        .exclude(reference="")
        .order_by("followed_at", "id")
        .values_list("reference", "id")[:MAX_FOLLOWED]
    )
    return dict(rows)


def to_settle(connector: str) -> Mapping[str, int]:
    """Tokens that wait for a reference, and their deliveries."""
    rows = (
        models.Delivery.objects.filter(
            connector=connector, kind=Kind.FILE, state=Ledger.DELIVERED, ended_at__isnull=True
        )
        .exclude(token="")
        .order_by("followed_at", "id")
        .values_list("token", "id")[:MAX_FOLLOWED]
    )
    return dict(rows)


def pulse(connector: str) -> PulseView:
    """How the connector does; nothing yet when it never moved."""
    row = models.Pulse.objects.filter(connector=connector).first() or models.Pulse(connector=connector)
    return PulseView(**_fields(row, PulseView))


def deliveries(
    connector: str, *, state: str = "", before: int | None = None, limit: int = 50
) -> tuple[DeliveryView, ...]:
    """The connector's ledger, newest first; narrowed to a state, and to those before an id."""
    rows = models.Delivery.objects.filter(connector=connector)
    rows = rows.filter(state=state) if state else rows
    rows = rows.filter(id__lt=before) if before is not None else rows
    return tuple(DeliveryView(**_fields(row, DeliveryView)) for row in rows.order_by("-id")[: min(limit, 200)])


def delivery(delivery_id: int) -> DeliveryView | None:
    """One line of the ledger."""
    row = models.Delivery.objects.filter(id=delivery_id).first()
    return DeliveryView(**_fields(row, DeliveryView)) if row else None


def of_request(request_id: int, *, limit: int = 50) -> tuple[DeliveryView, ...]:
    """What was sent, or is to be sent, about one request, first to last."""
    rows = models.Delivery.objects.filter(request_id=request_id).order_by("id")[:limit]
    return tuple(DeliveryView(**_fields(row, DeliveryView)) for row in rows)


def attempts(delivery_id: int, *, limit: int = 100) -> tuple[AttemptView, ...]:
    """The tries of one delivery, newest first."""
    rows = models.Attempt.objects.filter(delivery_id=delivery_id).order_by("-id")[:limit]
    return tuple(AttemptView(**_fields(row, AttemptView)) for row in rows)


def tray(
    *, connector: str = "", verdict: str = "", before: int | None = None, limit: int = 50
) -> tuple[HeardView, ...]:
    """Messages that wait for a person, newest first; of one connector, or of one kind."""
    rows = models.Heard.objects.filter(read_at__isnull=True)
    rows = rows.filter(connector=connector) if connector else rows
    rows = rows.filter(verdict=verdict) if verdict else rows
    rows = rows.filter(id__lt=before) if before is not None else rows
    return tuple(HeardView(**_fields(row, HeardView)) for row in rows.order_by("-id")[: min(limit, 200)])


def tallies() -> Mapping[str, Tally]:
    """The ledger counted, by connector."""
    counted: dict[str, dict[str, int]] = {}
    oldest: dict[str, datetime] = {}
    rows = models.Delivery.objects.values("connector", "state").annotate(number=Count("id"), since=Min("made_at"))
    for row in rows.order_by("connector", "state"):
        counted.setdefault(row["connector"], {})[row["state"]] = row["number"]
        if row["state"] in {Ledger.DUE, Ledger.SENDING}:
            oldest[row["connector"]] = min(row["since"], oldest.get(row["connector"], row["since"]))
    return {code: Tally(states=states, oldest_due=oldest.get(code)) for code, states in counted.items()}


def ailing(*, now: datetime, late_seconds: int) -> tuple[Ailing, ...]:
    """Connectors that are not well: whose line is down, whose worker rests, whose work waits too long."""
    counted = tallies()
    found = []
    for code in connectors():
        seen, tally = pulse(code), counted.get(code, Tally(states={}, oldest_due=None))
        waits = (now - tally.oldest_due).total_seconds() if tally.oldest_due else 0.0
        if seen.open_since is not None:
            found.append(Ailing(code, f"down since {seen.open_since:%Y-%m-%d %H:%M} UTC"))
        elif waits > late_seconds:
            found.append(Ailing(code, f"the oldest message waits for {waits:.0f} s"))
        elif tally.states and (seen.beat_at is None or (now - seen.beat_at).total_seconds() > late_seconds):
            found.append(Ailing(code, "its worker does not move"))
        if given_up := tally.states.get(Ledger.DEAD, 0):
            found.append(Ailing(code, f"{given_up} given up: send them again or elsewhere"))
    return tuple(found)


def connectors() -> Mapping[str, Connector]:
    """The connectors the city pack names now."""
    return catalogue.active().connectors


# --- comparing ------------------------------------------------------------------------------------------------------


def _comparable(connector: str, *, ended_after: datetime) -> QuerySet[models.Delivery]:
    rows = models.Delivery.objects.filter(connector=connector, kind=Kind.FILE, state=Ledger.ACKNOWLEDGED)
    return rows.exclude(reference="").filter(Q(ended_at__isnull=True) | Q(ended_at__gte=ended_after))


def oldest_order(connector: str, *, ended_after: datetime) -> datetime | None:
    """When the oldest order that is compared was made; None while there are none."""
    row = _comparable(connector, ended_after=ended_after).order_by("made_at").first()
    return row.made_at if row else None


def orders_to_compare(connector: str, *, ended_after: datetime, size: int) -> Iterator[Sequence[Ours]]:
    """The orders the other system has acknowledged and that run, or ended lately; so many at a time."""
    after = 0
    while True:
        rows = list(_comparable(connector, ended_after=ended_after).filter(id__gt=after).order_by("id")[:size])
        if not rows:
            return
        yield _ours(rows)
        after = rows[-1].id


def _ours(rows: Sequence[models.Delivery]) -> list[Ours]:
    stands = requests.stands([row.request_id for row in rows])
    numbers: dict[int, list[int]] = {}
    heard: dict[int, datetime] = {}
    told = models.Heard.objects.filter(delivery_id__in=[row.id for row in rows])
    for delivery_id, sequence, at in told.values_list("delivery_id", "sequence", "at"):
        if delivery_id is None:
            continue
        heard[delivery_id] = max(at, heard.get(delivery_id, at))
        if sequence is not None:
            numbers.setdefault(delivery_id, []).append(sequence)
    telling = set(
        models.Delivery.objects.filter(
            handoff_id__in=[row.handoff_id for row in rows], kind=Kind.TELL, state__in=(Ledger.DUE, Ledger.SENDING)
        ).values_list("handoff_id", flat=True)
    )
    return [
        Ours(
            delivery_id=row.id, request_id=row.request_id, reference=row.reference, is_wanted=row.ended_at is None,
            state=stands[row.request_id][0], until=stands[row.request_id][1], remote_word=row.remote_word,
            last_sign_at=max(filter(None, (row.made_at, row.first_tried_at, heard.get(row.id)))),
            sequences=tuple(numbers.get(row.id, ())), is_telling=row.handoff_id in telling,
        )
        for row in rows if row.request_id in stands
    ]  # fmt: skip


def never_numbered(connector: str, *, before: datetime, limit: int = 200) -> tuple[DeliveryView, ...]:
    """Orders that were taken before then and never got their number."""
    rows = models.Delivery.objects.filter(
        connector=connector, kind=Kind.FILE, state=Ledger.DELIVERED, ended_at__isnull=True, made_at__lte=before
    ).exclude(token="")
    return tuple(DeliveryView(**_fields(row, DeliveryView)) for row in rows.order_by("id")[:limit])


def unknown_references(connector: str, references: Sequence[str]) -> list[str]:
    """Those that no order of ours has."""
    known: set[str] = set()
    for start in range(0, len(references), 500):
        rows = models.Delivery.objects.filter(connector=connector, reference__in=references[start : start + 500])
        known |= set(rows.values_list("reference", flat=True))
    return [each for each in references if each not in known]


def request_named(number: str) -> int | None:
    """The request of that number, if there is one."""
    found = requests.rows_by_numbers([number])
    return found[0].id if found else None


def drifts(*, connector: str = "", kind: str = "", before: int | None = None, limit: int = 50) -> tuple[DriftView, ...]:
    """What disagrees and nobody has settled, newest first."""
    rows = models.DriftRow.objects.filter(settled_at__isnull=True)
    rows = rows.filter(connector=connector) if connector else rows
    rows = rows.filter(kind=kind) if kind else rows
    rows = rows.filter(id__lt=before) if before is not None else rows
    return tuple(DriftView(**_fields(row, DriftView)) for row in rows.order_by("-id")[: min(limit, 200)])


def drift(drift_id: int) -> DriftView | None:
    """One disagreement, settled or not."""
    row = models.DriftRow.objects.filter(id=drift_id).first()
    return DriftView(**_fields(row, DriftView)) if row else None


def settled_drifts(*, limit: int = 20) -> tuple[DriftView, ...]:
    """What was settled last, by people and by itself."""
    rows = models.DriftRow.objects.filter(settled_at__isnull=False).order_by("-settled_at")[:limit]
    return tuple(DriftView(**_fields(row, DriftView)) for row in rows)


def drift_counts() -> Mapping[str, Mapping[str, int]]:
    """How much disagrees, by connector and kind."""
    counted: dict[str, dict[str, int]] = {}
    rows = models.DriftRow.objects.filter(settled_at__isnull=True).values("connector", "kind")
    for row in rows.annotate(number=Count("id")).order_by("connector", "kind"):
        counted.setdefault(row["connector"], {})[row["kind"]] = row["number"]
    return counted


def last_reconciliation(connector: str) -> ReconciliationView | None:
    """The connector's latest comparison, under way or done."""
    row = models.Reconciliation.objects.filter(connector=connector).order_by("-id").first()
    return ReconciliationView(**_fields(row, ReconciliationView)) if row else None


def heard(heard_id: int) -> HeardView | None:
    """One message from another system."""
    row = models.Heard.objects.filter(id=heard_id).first()
    return HeardView(**_fields(row, HeardView)) if row else None


def tray_counts() -> Mapping[str, int]:
    """How many messages wait for a person, by connector."""
    rows = models.Heard.objects.filter(read_at__isnull=True).values("connector").annotate(number=Count("id"))
    return {row["connector"]: row["number"] for row in rows.order_by("connector")}


def meanings() -> tuple[MeaningView, ...]:
    """What words mean from now on, as said in the office."""
    rows = models.Meaning.objects.order_by("connector", "word")[:200]
    return tuple(MeaningView(**_fields(row, MeaningView)) for row in rows)


def _fields(row: Any, view: type[Any]) -> dict[str, Any]:
    return {field.name: getattr(row, field.name) for field in dataclasses.fields(view)}

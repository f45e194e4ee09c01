"""The writes of the front door: one telling becomes one enquiry, and at most one request, in one statement."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
from django.conf import settings
from django.db import connection

from answerable.catalogue import places
from answerable.catalogue import queries as catalogue
from answerable.catalogue.city import City
from answerable.catalogue.places import Place
from answerable.catalogue.structs import Service
from answerable.contacts import rules as contact_rules
from answerable.contacts.rules import ContactDetails
from answerable.intake import columns, models, rules
from answerable.intake.errors import BadReport, ClientRefused, KeyReused, OutsideCity
from answerable.intake.telling import KeptPhoto, Report
from answerable.kernel.errors import AnswerableError
from answerable.kernel.facts import Json
from answerable.kernel.places import Point, Precision
from answerable.plumbing import clock
from answerable.promises import measured, planning
from answerable.requests import queries as requests
from answerable.routing import queries as routing
from answerable.routing.rules import Case

__all__ = [
    "Closing",
    "DraftPhotoView",
    "DraftView",
    "KeptPhoto",
    "Prepared",
    "Receipt",
    "Report",
    "add_draft_photo",
    "digest_of",
    "draft",
    "draft_photos",
    "drop_draft_photo",
    "fill_draft",
    "forget_expired_drafts",
    "open_draft",
    "place_at",
    "prepare",
    "receipt_of",
    "receive",
    "settle",
    "told_once_together",
    "told_together",
]

DRAFT_LIFE = timedelta(days=1)
"""How long a half-filled report is kept."""

RECEIVE_SQL = (
    "SELECT enquiry_id, request_id, request_number, follow_token, due, replayed, same, refused"
    " FROM intake_receive(%s, %s, %s, %s::jsonb, %s::jsonb, %s::jsonb, %s::jsonb, %s::jsonb, %s::jsonb, %s, %s, %s)"
)
"""The one statement behind every door; `Prepared.values` are its parameters."""

RECEIVE_ONCE_SQL = RECEIVE_SQL.replace(
    "intake_receive(%s,",
    "intake_receive(CASE WHEN EXISTS (SELECT FROM intake_enquiry WHERE key = %s AND at > %s) THEN %s ELSE %s END,",
)
"""The same for programs that send no key: told under an earlier key not long ago, it is that telling.

Its parameters are the earlier key, the instant from which it counts, the earlier key again, and `Prepared.values`.
"""


RECEIVE_MANY_SQL = """
SELECT r.enquiry_id, r.request_id, r.request_number, r.follow_token, r.due, r.replayed, r.same, r.refused
  FROM jsonb_array_elements(%s::jsonb) WITH ORDINALITY AS told (v, place),
       LATERAL intake_receive(v->>0, v->>1, v->>2, nullif(v->3, 'null'), nullif(v->4, 'null'), nullif(v->5, 'null'),
                              nullif(v->6, 'null'), nullif(v->7, 'null'), nullif(v->8, 'null'), (v->>9)::integer,
                              v->>10, (v->>11)::timestamptz) AS r
 ORDER BY told.place
"""
"""The same for several reports at once, told by `told_together`; a row for each in that order."""

RECEIVE_ONCE_MANY_SQL = (
    RECEIVE_MANY_SQL.replace("v->>0", "CASE WHEN EXISTS (SELECT FROM intake_enquiry e WHERE e.key = v->>12"
                             " AND e.at > (v->>13)::timestamptz) THEN v->>12 ELSE v->>0 END")
)  # fmt: skip
"""The same for RECEIVE_ONCE_SQL, told by `told_once_together`."""

_JSON_VALUES = range(3, 9)
"""Which of `Prepared.values` are JSON already."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the teller gets: the number, the secret of the follow link, the promised instant."""

    enquiry_id: int
    request_id: int
    number: str
    token: str
    due: datetime | None
    is_replay: bool


@dataclass(frozen=True, slots=True)
class Prepared:
    """A checked report, ready to be stored: the statement's parameters, and what would be promised."""

    values: tuple[Any, ...]
    department: str
    queue: str
    dates: planning.Dates


def receive(report: Report) -> Receipt:
    """One enquiry and one request, durable when this returns; the same key again gives the same receipt.

    Raises: BadReport naming every faulty field; KeyReused; BadKey; ClientRefused.
    """
    prepared = prepare(report, at=clock.now())
    with connection.cursor() as cursor:
        cursor.execute(RECEIVE_SQL, prepared.values)
        return receipt_of(cursor.fetchone(), key=report.key)


def told_together(reports: Sequence[Sequence[Any]]) -> str:
    """Several `Prepared.values` as the parameter of RECEIVE_MANY_SQL."""
    told = [
        [
            msgspec.Raw(value.encode()) if place in _JSON_VALUES and value is not None else value
            for place, value in enumerate(values)
        ]
        for values in reports
    ]
    return msgspec.json.encode(told).decode()


def told_once_together(reports: Sequence[Sequence[Any]]) -> str:
    """Several parameters of RECEIVE_ONCE_SQL as the parameter of RECEIVE_ONCE_MANY_SQL."""
    return told_together([(*values[3:], values[0], values[1]) for values in reports])


def receipt_of(row: Sequence[Any], *, key: str) -> Receipt:
    """The statement's answer as a receipt.  Raises: ClientRefused; KeyReused."""
    enquiry_id, request_id, number, token, due, replayed, same, refused = row
    if refused:
        raise ClientRefused(
            "This API key may not log requests.",
            field="api_key",
            remedy="Ask the city for a key with 'requests:write'.",
        )
    if not same:
        raise KeyReused(
            f"The key '{key}' was used for a different report.", field="key", value=key, remedy="Make a fresh key."
        )
    return Receipt(
        enquiry_id=enquiry_id, request_id=request_id, number=number, token=token, due=due, is_replay=replayed
    )


def prepare(report: Report, *, at: datetime) -> Prepared:
    """The report checked, routed and promised, without touching the database's tables of requests.

    Raises: BadReport; BadKey.
    """
    rules.checked_key(report.key)
    city = catalogue.active() if report.version_id is None else catalogue.version(report.version_id)
    service = city.offered(report.service_code)
    answers, problems = rules.clean_answers(service, report.answers)
    problems += _other_problems(service, report)
    if problems:
        raise BadReport(problems)
    priority = rules.priority_of(service, answers)
    case = Case(
        service=service.code,
        group=service.group,
        areas={kind: area.key for kind, area in report.place.areas.items()} if report.place else {},
        answers=answers,
        at=at.astimezone(city.timezone).replace(tzinfo=None),
        priority=priority,
    )
    decision = routing.decide(city, case=case)
    if report.routed is not None:
        decision = replace(decision, rule_id="chosen", department=report.routed[0], queue=report.routed[1])
    planned = planning.plan(
        city, service=service, answers=answers, priority=priority, started_at=at, experience=measured.experience(),
        area=_area_of(report, city),
    )  # fmt: skip
    dates = planning.dates_of(planned)
    decided = columns.Decided(
        city=city, service=service, answers=answers, priority=priority, decision=decision, dates=dates, at=at
    )
    values = (
        report.key,
        columns.fingerprint(report),
        report.client_digest,
        _dump(columns.of_enquiry(report)),
        _dump(columns.of_contact(report)),
        _dump(columns.of_request(report, decided)),
        _dump([each.as_json() for each in planned]),
        _dump(columns.of_fact(report, decided)),
        _dump([columns.of_photo(photo) for photo in report.photos]) if report.photos else None,
        at.astimezone(city.timezone).year,
        report.by,
        at,
    )
    return Prepared(values=values, department=decision.department, queue=decision.queue, dates=dates)


def _area_of(report: Report, city: City) -> str:
    area = report.place.areas.get(city.primary_area_kind) if report.place else None
    return area.key if area else ""


def place_at(city: City, point: Point, *, precision: Precision, label: str, at: datetime, postal: str = "") -> Place:
    """The place of a known point, without asking the gazetteer.  Raises: OutsideCity."""
    areas = places.locate(city, point, at=at)
    if city.primary_area_kind not in areas and not places.is_inside(city, point, at=at):
        raise OutsideCity(
            f"({point.lat}, {point.lon}) is not in this city.", field="place", value=f"{point.lat},{point.lon}",
            remedy="Ask the municipality in which it lies.",
        )  # fmt: skip
    return Place(
        point=point, precision=precision, label=label, said=label, areas=areas, postal=postal, computed_by="point"
    )


def _dump(content: object) -> str | None:
    return None if content is None else msgspec.json.encode(content).decode()


def _other_problems(service: Service, report: Report) -> list[AnswerableError]:
    place, contact = report.place, report.contact
    problems = rules.place_problems(
        service,
        precision=place.precision if place else Precision.NONE,
        has_point=bool(place and place.point),
        has_area=bool(place and place.areas),
    )
    problems += rules.word_problems(report.description)
    reachable = (
        report.contact_id is not None
        or report.part_of is not None
        or bool(contact and (contact.email or contact.phone))
    )
    problems += rules.contact_problems(service, is_reachable=reachable)
    if contact is not None:
        problems += _contact_problems(contact)
    return problems


def _contact_problems(contact: ContactDetails) -> list[AnswerableError]:
    problems = contact_rules.length_problems(contact)
    for check, value in ((contact_rules.email_key, contact.email), (contact_rules.phone_key, contact.phone)):
        try:
            check(value)
        except AnswerableError as problem:
            problems.append(problem)
    return problems


def digest_of(api_key: str) -> str:
    """How an API key is kept and compared.  Source: the key has 128 random bits, so a bare SHA-256 is enough."""
    return hashlib.sha256(api_key.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Closing:
    """How an enquiry ended without a request: answered on the spot, or sent to another door."""

    key: str
    channel: str
    language: str
    outcome: str
    by: str
    referral: str = ""
    words: str = ""
    contact_id: int | None = None


def settle(closing: Closing) -> int:
    """The id of an enquiry that needed no request; the same key again gives the same id.  Raises: BadKey."""
    rules.checked_key(closing.key)
    enquiry = {
        "channel": closing.channel, "language": closing.language, "outcome": closing.outcome,
        "referral": closing.referral, "words": closing.words, "contact_id": closing.contact_id,
    }  # fmt: skip
    told = rules.fingerprint({key: value for key, value in enquiry.items() if key != "language"})
    at = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(
            RECEIVE_SQL,
            (closing.key, told, None, _dump(enquiry), None, None, None, None, None, at.year, closing.by, at),
        )
        return int(cursor.fetchone()[0])


# Drafts: a report between two pages, so that nothing needs a script or an account.


@dataclass(frozen=True, slots=True)
class DraftView:
    """A half-filled report; its id is the key of what it becomes."""

    id: str
    language: str
    service_code: str
    version_id: int
    filled: Mapping[str, Json]


def open_draft(*, service_code: str, language: str) -> DraftView:
    """A new draft under the catalogue version now in force."""
    city = catalogue.active()
    city.offered(service_code)
    now = clock.now()
    row = models.Draft.objects.create(
        language=language, service_code=service_code, catalogue_version=city.version_id, filled={},
        created_at=now, expires_at=now + DRAFT_LIFE,
    )  # fmt: skip
    return _draft_view(row)


def draft(draft_id: str) -> DraftView | None:
    """The draft, or None when it never was or has expired."""
    try:
        key = uuid.UUID(draft_id)
    except ValueError:
        return None
    row = models.Draft.objects.filter(id=key, expires_at__gt=clock.now()).first()
    return _draft_view(row) if row else None


def _draft_view(row: models.Draft) -> DraftView:
    return DraftView(
        id=str(row.id),
        language=row.language,
        service_code=row.service_code,
        version_id=row.catalogue_version,
        filled=row.filled,
    )


def fill_draft(the_draft: DraftView, filled: Mapping[str, Json]) -> DraftView:
    """The draft with those fields replaced, and a day more to live."""
    merged = {**the_draft.filled, **filled}
    models.Draft.objects.filter(id=the_draft.id).update(filled=merged, expires_at=clock.now() + DRAFT_LIFE)
    return replace(the_draft, filled=merged)


def add_draft_photo(
    the_draft: DraftView, photo: KeptPhoto, *, taken_lat: float | None, taken_lon: float | None
) -> None:
    """The picture waits with the draft; the same picture twice is one."""
    models.DraftPhoto.objects.get_or_create(
        key=photo.key,
        defaults={
            "draft_id": the_draft.id, "file": photo.file, "width": photo.width, "height": photo.height,
            "size_bytes": photo.size_bytes, "taken_lat": taken_lat, "taken_lon": taken_lon, "at": clock.now(),
        },
    )  # fmt: skip


def drop_draft_photo(the_draft: DraftView, *, key: str) -> None:
    """The picture is no longer part of the draft, nor kept."""
    dropped = models.DraftPhoto.objects.filter(draft_id=the_draft.id, key=key)
    files = list(dropped.values_list("file", flat=True))
    dropped.delete()
    _forget_files(files)


@dataclass(frozen=True, slots=True)
class DraftPhotoView:
    """A waiting picture, and where its camera said it was."""

    photo: KeptPhoto
    taken_lat: float | None
    taken_lon: float | None


def draft_photos(the_draft: DraftView) -> tuple[DraftPhotoView, ...]:
    """The pictures waiting with the draft."""
    rows = models.DraftPhoto.objects.filter(draft_id=the_draft.id).order_by("id")[:10]
    return tuple(
        DraftPhotoView(
            photo=KeptPhoto(key=row.key, file=row.file, width=row.width, height=row.height, size_bytes=row.size_bytes),
            taken_lat=row.taken_lat,
            taken_lon=row.taken_lon,
        )
        for row in rows
    )


def forget_expired_drafts() -> int:
    """How many old drafts were deleted, with their pictures that no request shows."""
    gone = list(models.Draft.objects.filter(expires_at__lte=clock.now()).values_list("id", flat=True)[:1000])
    left = models.DraftPhoto.objects.filter(draft_id__in=gone)
    files = list(left.values_list("file", flat=True))
    left.delete()
    _forget_files(files)
    return models.Draft.objects.filter(id__in=gone).delete()[0]


def _forget_files(files: Sequence[str]) -> None:
    """The files are gone from the media folder, but for those that a request shows."""
    for file in set(files) - requests.files_in_use(files):
        (Path(settings.MEDIA_ROOT) / file).unlink(missing_ok=True)

"""Requests of the city's past, thousands at a time: rows, numbers and histories by COPY, in the caller's transaction.

What many rows share (service, route, areas, state) is a `PastKind`, written out once; a `PastRequest` is the rest.
Nothing is promised here: a due date is only what the source itself had stated.
"""

from __future__ import annotations

import base64
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Final, NamedTuple

import msgspec
from django.db import connection
from h3.api import basic_int as h3

from answerable.journal import bulk as journal
from answerable.journal.bulk import Happened, escaped, jsonb_text
from answerable.kernel.facts import Json
from answerable.kernel.ids import SERIAL_DIGITS, number_text
from answerable.plumbing import clock
from answerable.requests.events import RequestImported, RequestMoved
from answerable.requests.queries import FAR
from answerable.requests.rules import OPEN, Handoff, Lifecycle

_HIGHEST_SERIAL: Final = 10**SERIAL_DIGITS - 1
_IDS_SQL: Final = "SELECT nextval('requests_request_id_seq') FROM generate_series(1, %s)"
_SERIALS_SQL: Final = """
INSERT INTO requests_past_serial (year, used)
SELECT year, count FROM unnest(%s::int[], %s::int[]) AS given (year, count) ORDER BY year
ON CONFLICT (year) DO UPDATE SET used = requests_past_serial.used + excluded.used
RETURNING year, used
"""
_OWN: Final = (
    "id", "number", "token", "logged_at", "updated_at", "completion_due", "due_sort", "resolved_at", "closed_at",
    "description", "place_said", "address", "postal", "lat", "lon", "h3_7", "h3_9", "h3_10",
)  # fmt: skip
_SHARED: Final = (
    "catalogue_version", "service_code", "service_group", "family", "channel", "language", "lifecycle", "is_open",
    "visibility", "handoff", "priority", "department", "queue", "assignee_id", "route", "answers", "contact_id",
    "wishes_contact", "precision", "areas", "area_key", "first_action_due", "first_action_at", "completion_at_risk",
    "paused_since", "outcome", "outcome_party", "until", "reopened", "followers", "photos",
)  # fmt: skip
_ROWS_COPY: Final = f"COPY requests_request ({', '.join(_OWN + _SHARED)}) FROM STDIN"
_WORK_COPY: Final = (
    "COPY requests_handoff (request_id, sequence, department, queue, connector, state, key, made_at, sent_at, reason)"
    " FROM STDIN"
)
_NULL: Final = "\\N"
_NUMBER: Final = "\u0001"
"""Stands for the number in the body of a fact until there is one."""


@dataclass(frozen=True)
class PastKind:
    """What many requests of the past have in common.

    `in_work` says that an open one enters the office's queues with a work order; one that does not stays as its source
    left it, and no list of open work shows it.
    """

    catalogue_version: int
    service: str
    group: str
    family: str
    channel: str
    language: str
    lifecycle: Lifecycle
    outcome: str
    in_work: bool
    visibility: str
    priority: str
    department: str
    queue: str
    rule: str
    route: Json
    answers: Json
    precision: str
    areas: Json
    area_key: str
    source: str

    @cached_property
    def columns(self) -> str:
        """The shared columns as COPY reads them."""
        values = (
            str(self.catalogue_version), self.service, self.group, self.family, self.channel, self.language,
            self.lifecycle.value, "t" if self.in_work else "f", self.visibility, self.handoff.value, self.priority,
            self.department, self.queue, _NULL, _json(self.route), _json(self.answers), _NULL, "f", self.precision,
            _json(self.areas), self.area_key, _NULL, _NULL, _NULL, _NULL, self.outcome, "", _NULL, "0", "0", "0",
        )  # fmt: skip
        return "\t".join(value if value == _NULL else escaped(value) for value in values)

    @property
    def handoff(self) -> Handoff:
        """How far the work order is: with our office, with another system, or done."""
        if self.in_work:
            return Handoff.SENT
        return Handoff.ACKNOWLEDGED if self.lifecycle in OPEN else Handoff.DONE_REPORTED

    @cached_property
    def imported_body(self) -> tuple[str, str]:
        """The body of `request.imported`, before and after its number."""
        fact = RequestImported(
            0, number=_NUMBER, service=self.service, version=self.catalogue_version, channel=self.channel,
            department=self.department, queue=self.queue, rule=self.rule, lifecycle=self.lifecycle,
            visibility=self.visibility, source=self.source, in_work=self.in_work,
        )  # fmt: skip
        before, after = jsonb_text(fact.body()).split("\\u0001")
        return before, after

    @cached_property
    def ended_body(self) -> str:
        """The body of the step that ended it."""
        fact = RequestMoved(0, before=Lifecycle.RECEIVED, after=self.lifecycle, outcome=self.outcome or None)
        return jsonb_text(fact.body())


class PastRequest(NamedTuple):
    """One request of the past.  Units: `year` is the city's local year it was made in."""

    kind: PastKind
    year: int
    logged_at: datetime
    updated_at: datetime
    ended_at: datetime | None = None
    due_at: datetime | None = None
    description: str = ""
    place_said: str = ""
    address: str = ""
    postal: str = ""
    lat: float | None = None
    lon: float | None = None


def log_past(rows: Sequence[PastRequest], *, by: str) -> list[int]:
    """The requests exist with numbers of their years and their histories; gives their ids in the order of `rows`.

    Raises: OutsideTransaction.
    """
    if not rows:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_IDS_SQL, [len(rows)])
        ids = [row[0] for row in cursor.fetchall()]
        numbers = _numbers(rows)
        with cursor.copy(_ROWS_COPY) as copy:
            copy.write("".join(_row_lines(rows, ids=ids, numbers=numbers)).encode())
        work = _work_lines(rows, ids=ids, numbers=numbers)
        if work:
            with cursor.copy(_WORK_COPY) as copy:
                copy.write("".join(work).encode())
    histories = [
        (f"request:{request_id}", _history(row, number))
        for row, request_id, number in zip(rows, ids, numbers, strict=True)
    ]
    journal.begin_histories(histories, by=by)
    return ids


def _numbers(rows: Sequence[PastRequest]) -> list[str]:
    """A number for each row: of its own year, from the top downwards, where no live number is given out."""
    counts = Counter(row.year for row in rows)
    with connection.cursor() as cursor:
        cursor.execute(_SERIALS_SQL, [list(counts), list(counts.values())])
        left = {year: _HIGHEST_SERIAL - used + counts[year] for year, used in cursor.fetchall()}
    numbers = []
    for row in rows:
        numbers.append(number_text(row.year % 100, left[row.year]))
        left[row.year] -= 1
    return numbers


def _row_lines(rows: Sequence[PastRequest], *, ids: Sequence[int], numbers: Sequence[str]) -> list[str]:
    far = FAR.isoformat()
    lines = []
    for row, request_id, number, token in zip(rows, ids, numbers, _tokens(len(rows)), strict=True):
        logged = row.logged_at.isoformat()
        updated = logged if row.updated_at is row.logged_at else row.updated_at.isoformat()
        ended = row.ended_at.isoformat() if row.ended_at else _NULL
        closed = ended if row.kind.lifecycle is Lifecycle.CLOSED else _NULL
        due, due_sort = (_NULL, far) if row.due_at is None else (row.due_at.isoformat(),) * 2
        words = f"{escaped(row.description)}\t{escaped(row.place_said)}\t{escaped(row.address)}"
        lines.append(
            f"{request_id}\t{number}\t{token}\t{logged}\t{updated}\t{due}\t{due_sort}\t{ended}\t{closed}\t{words}\t"
            f"{row.postal}\t{_spot(row)}\t{row.kind.columns}\n"
        )
    return lines


def _spot(row: PastRequest) -> str:
    if row.lat is None or row.lon is None:
        return "\\N\t\\N\t\\N\t\\N\t\\N"
    cell = h3.latlng_to_cell
    lat, lon = row.lat, row.lon
    return f"{lat!r}\t{lon!r}\t{cell(lat, lon, 7)}\t{cell(lat, lon, 9)}\t{cell(lat, lon, 10)}"


def _work_lines(rows: Sequence[PastRequest], *, ids: Sequence[int], numbers: Sequence[str]) -> list[str]:
    now = clock.now().isoformat()
    return [
        f"{request_id}\t1\t{row.kind.department}\t{row.kind.queue}\toffice\tsent\t{number}/1\t{now}\t{now}\t\n"
        for row, request_id, number in zip(rows, ids, numbers, strict=True)
        if row.kind.in_work
    ]


def _history(row: PastRequest, number: str) -> tuple[Happened, ...]:
    before, after = row.kind.imported_body
    imported = Happened(RequestImported.KIND, row.logged_at, f"{before}{number}{after}")
    if row.ended_at is None or row.kind.lifecycle in OPEN:
        return (imported,)
    return imported, Happened(RequestMoved.KIND, row.ended_at, row.kind.ended_body)


def _tokens(count: int) -> list[str]:
    """Secrets with 128 random bits each; those of one second begin alike, so that their index grows at one place."""
    second = f"{int(clock.now().timestamp()):08x}"[-6:]
    secret = os.urandom(16 * count)
    cut = range(0, 16 * count, 16)
    return [second + base64.urlsafe_b64encode(secret[at : at + 16])[:22].decode() for at in cut]


def _json(value: Json) -> str:
    return msgspec.json.encode(value).decode()

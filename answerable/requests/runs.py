"""Many requests changed together: the run, its requests, and what became of each.

A run is resumed where it stopped; each request is changed in a transaction of its own, under a key of its own, so that
a part done twice is done once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from answerable.kernel.facts import Json
from answerable.plumbing import clock
from answerable.requests import models
from answerable.requests.errors import UnknownRequest

MOST = 5000
"""Units: requests of one run."""

_LINES_SQL = """
INSERT INTO requests_runline (run_id, request_id, state, code, field)
SELECT %s, id, 'due', '', '' FROM unnest(%s::bigint[]) WITH ORDINALITY AS given (id, place) ORDER BY place
"""


@dataclass(frozen=True, slots=True)
class RunView:
    """How far a run is."""

    id: int
    by: str
    act: str
    sent: Mapping[str, str]
    total: int
    done: int
    failed: int
    made_at: datetime
    ended_at: datetime | None

    @property
    def left(self) -> int:
        """How many requests are still to be changed."""
        return self.total - self.done - self.failed


@dataclass(frozen=True, slots=True)
class LineView:
    """One request of a run, and the code and field of the refusal if it was refused."""

    id: int
    request_id: int
    state: str
    code: str
    field: str


def begin(*, key: str, by: str, act: str, sent: Mapping[str, str], ids: Sequence[int]) -> int:
    """The id of the run; the same key again is the same run."""
    chosen = list(dict.fromkeys(ids))[:MOST]
    kept: dict[str, Json] = dict(sent)
    with transaction.atomic():
        row, is_new = models.Run.objects.get_or_create(
            key=key, defaults={"by": by, "act": act, "sent": kept, "total": len(chosen), "made_at": clock.now()}
        )
        if is_new:
            with connection.cursor() as cursor:
                cursor.execute(_LINES_SQL, [row.id, chosen])
    return int(row.id)


def note(results: Iterable[tuple[int, str, str, str]]) -> None:
    """What became of each line: its id, state, and the code and field of a refusal."""
    for line_id, state, code, field in results:
        models.RunLine.objects.filter(id=line_id, state="due").update(state=state, code=code[:64], field=field[:64])


def end(run_id: int) -> None:
    """Every request of the run was tried; its words are no longer needed."""
    models.Run.objects.filter(id=run_id, ended_at__isnull=True).update(ended_at=clock.now(), sent={})


def run(run_id: int) -> RunView:
    """How far the run is.  Raises: UnknownRequest."""
    row = models.Run.objects.filter(id=run_id).first()
    if row is None:
        raise UnknownRequest("There is no such run.", field="run", value=str(run_id))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FILTER (WHERE state = 'done'), count(*) FILTER (WHERE state = 'failed')"
            " FROM requests_runline WHERE run_id = %s",
            [run_id],
        )
        done, failed = cursor.fetchone()
    return RunView(
        id=row.id, by=row.by, act=row.act, sent=row.sent, total=row.total, done=done, failed=failed,
        made_at=row.made_at, ended_at=row.ended_at,
    )  # fmt: skip


def lines(run_id: int, *, state: str, limit: int = 200) -> tuple[LineView, ...]:
    """The lines of the run in that state, first to last."""
    rows = models.RunLine.objects.filter(run_id=run_id, state=state).order_by("id")[:limit]
    return tuple(LineView(row.id, row.request_id, row.state, row.code, row.field) for row in rows)


def refusals(run_id: int) -> tuple[tuple[str, str, int], ...]:
    """Why requests were refused, and how many for each reason."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT code, field, count(*) FROM requests_runline WHERE run_id = %s AND state = 'failed'"
            " GROUP BY code, field ORDER BY 3 DESC, 1, 2 LIMIT 20",
            [run_id],
        )
        return tuple((code, field, count) for code, field, count in cursor.fetchall())

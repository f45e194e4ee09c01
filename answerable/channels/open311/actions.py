"""What the Open311 door writes itself, beside what intake and requests write for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import connection

from answerable.channels.open311 import models
from answerable.intake.actions import RECEIVE_ONCE_SQL

KEEP_TRIALS: Final = timedelta(days=1)
"""How long a telling to the test endpoint can be read back."""

RECEIVE_WITH_SQL: Final = f"""
WITH told AS ({RECEIVE_ONCE_SQL}), pictures AS (
    INSERT INTO open311_picture (request_id, url, state, tries, next_at, reason, made_at, ended_at)
    SELECT told.request_id, url, 'waiting', 0, %s, '', %s, NULL FROM told, unnest(%s::text[]) AS url
     WHERE NOT told.replayed AND told.request_id IS NOT NULL
), kept AS (
    INSERT INTO open311_token (token, request_id, at)
    SELECT given, told.request_id, %s FROM told, unnest(%s::text[]) AS given
     WHERE NOT told.replayed AND told.request_id IS NOT NULL
    RETURNING token
)
SELECT told.*, coalesce((SELECT token FROM open311_token t WHERE t.request_id = told.request_id),
                        (SELECT token FROM kept)) FROM told
"""  # noqa: S608 constant words
"""A telling with pictures to fetch or a token to give: all of it, or nothing, in one statement."""

TRY_SQL: Final = """
INSERT INTO open311_trial (key, number, client_id, told, at) VALUES (%s, %s, %s, %s::jsonb, %s)
    ON CONFLICT (key) DO UPDATE SET key = excluded.key
RETURNING number
"""
"""A telling to the test endpoint is kept; the same one again gives the same number."""

MOST_TRIES: Final = 5
"""How often a picture is asked for, over about two hours."""

FIRST_PAUSE: Final = timedelta(seconds=7)
LEASE: Final = timedelta(minutes=5)

_CLAIM_SQL: Final = """
UPDATE open311_picture SET tries = tries + 1, next_at = %(until)s
 WHERE id IN (SELECT id FROM open311_picture WHERE state = 'waiting' AND next_at <= %(now)s
               ORDER BY next_at, id LIMIT 4 FOR UPDATE SKIP LOCKED)
RETURNING id, request_id, url, tries
"""


def want_pictures(request_id: int, addresses: Sequence[str], *, at: datetime) -> None:
    """Pictures that came with an update are to be fetched; each address once a request."""
    for address in addresses:
        models.RemotePicture.objects.get_or_create(
            request_id=request_id, url=address,
            defaults={"state": "waiting", "tries": 0, "next_at": at, "reason": "", "made_at": at, "ended_at": None},
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wanted:
    """A picture to fetch."""

    id: int
    request_id: int
    url: str
    tries: int


def claim_pictures(*, now: datetime) -> tuple[Wanted, ...]:
    """Pictures that are due; whoever claimed them and dies loses them again after a while."""
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM_SQL, {"now": now, "until": now + LEASE})
        return tuple(Wanted(*row) for row in cursor.fetchall())


def note_try(wanted: Wanted, *, reason: str, is_last: bool, at: datetime) -> None:
    """It did not come: it is tried again after a growing pause, or not any more."""
    is_over = is_last or wanted.tries >= MOST_TRIES
    models.RemotePicture.objects.filter(id=wanted.id).update(
        state="failed" if is_over else "waiting", reason=reason[:60], next_at=at + FIRST_PAUSE * 4**wanted.tries,
        ended_at=at if is_over else None,
    )  # fmt: skip


def note_kept(wanted: Wanted, *, at: datetime) -> None:
    """It is with its request now."""
    models.RemotePicture.objects.filter(id=wanted.id).update(state="kept", reason="", ended_at=at)


def forget_old_trials(*, now: datetime) -> int:
    """Tellings to the test endpoint older than a day go; gives how many."""
    return models.Trial.objects.filter(at__lt=now - KEEP_TRIALS).delete()[0]

"""What the Open311 door writes itself, beside what intake and requests write for it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

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


def forget_old_trials(*, now: datetime) -> int:
    """Tellings to the test endpoint older than a day go; gives how many."""
    return models.Trial.objects.filter(at__lt=now - KEEP_TRIALS).delete()[0]

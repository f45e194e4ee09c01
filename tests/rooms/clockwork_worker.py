"""A process that rings timers until somebody kills it: for the crash test of the clockwork.

Run with the address of a database.  Each effect is a row that nothing keeps from being written twice.
"""

from __future__ import annotations

import random
import sys
import threading
import time
from collections.abc import Sequence
from urllib.parse import parse_qsl, unquote, urlsplit

import django
from django.conf import settings
from django.db import connection

from answerable.plumbing.clockwork import Clockwork, DueTimer


def configure(url: str) -> None:
    """Django speaks to that database and knows nothing else."""
    parts = urlsplit(url)
    given = dict(parse_qsl(parts.query))
    settings.configure(
        USE_TZ=True,
        INSTALLED_APPS=["answerable.plumbing"],
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": parts.path.lstrip("/"),
                "USER": unquote(parts.username or ""),
                "PASSWORD": unquote(parts.password or ""),
                "HOST": given.get("host", parts.hostname),
                "PORT": given.get("port", parts.port or ""),
            }
        },
    )
    django.setup()


def effect(timers: Sequence[DueTimer]) -> None:
    """One row a timer, dawdling before and after, so that a kill finds us in the middle."""
    time.sleep(random.random() * 0.05)
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO clockwork_effect (timer_id, subject) VALUES (%s, %s)",
            [(timer.id, timer.subject) for timer in timers],
        )
    time.sleep(random.random() * 0.05)


if __name__ == "__main__":
    configure(sys.argv[1])
    connection.ensure_connection()
    print("ringing", flush=True)
    Clockwork({"egg": effect}).run(stop=threading.Event(), pause_seconds=0.01)

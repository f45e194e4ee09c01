"""Knowing at once that a worker died: its database session holds an advisory lock for as long as it lives.

What a worker has claimed bears its number.  A killed process loses its session and with it the lock, so anybody may
take its rows over the same second, instead of waiting until a lease runs out.  A lease stays the last net: for a
worker that hangs with its session open, or a pooler that keeps sessions of the dead.

Source: PostgreSQL manual, "Advisory Locks" and the view `pg_locks`.
"""

from __future__ import annotations

import contextlib
import secrets
import threading
from typing import Any, Final

from django.db import DatabaseError, connection

_CLASS: Final = 311_004
"""The first half of the lock's name: ours among the advisory locks of a database."""

ALIVE_SQL: Final = f"""
SELECT objid::bigint FROM pg_locks
 WHERE locktype = 'advisory' AND classid = {_CLASS} AND objsubid = 2 AND granted
   AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""  # noqa: S608 - a constant
"""The numbers of all workers whose sessions live.  Use it inside the statement that reads the claims: a number seen in
a claim was locked before the claim was committed, so one missing here belongs to a worker that died."""


class _Held(threading.local):
    """The number of this thread's session, and the session that it belongs to."""

    session: Any = None
    number: int = 0


_held = _Held()


def worker_number() -> int:
    """This thread's number as a worker; all see that it lives until its database session ends.

    A session that was lost and opened anew gets another number: what the first had claimed is free.
    Raises: DatabaseError when the database is away.
    """
    connection.ensure_connection()
    if _held.session is not connection.connection or _held.number == 0:
        _held.number = _locked_number()
        _held.session = connection.connection
    return _held.number


def leave() -> None:
    """This thread is no worker any more: a pooled session that goes back must not keep its claims."""
    number, _held.number, _held.session = _held.number, 0, None
    if number and connection.connection is not None:
        with contextlib.suppress(DatabaseError), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [_CLASS, number])


def _locked_number() -> int:
    """A number nobody else holds, its lock taken by this session."""
    with connection.cursor() as cursor:
        while True:
            number = secrets.randbelow(2**31 - 1) + 1
            cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [_CLASS, number])
            row = cursor.fetchone()
            if row is not None and row[0]:
                return number

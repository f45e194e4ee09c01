"""Looks at an installation and says, for each failing line, what to do.

Rooms that can judge themselves (followers, journal, city pack) are asked by the hall, which adds their checks.
"""

from __future__ import annotations

import os
import shutil
import stat
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg

from answerable.plumbing import stamps
from answerable.plumbing.launcher import OLDEST_MAJOR
from answerable.plumbing.tasks import browser_path

LATE_SECONDS = 60
_SKEW_SECONDS = 1.0
_ROOM_MB = 1000
_CONNECTIONS = 60

_OLDEST_TRANSACTION = """
SELECT coalesce(max(extract(epoch FROM now() - xact_start)), 0)
  FROM pg_stat_activity
 WHERE backend_type = 'client backend'
"""
_OVERDUE = "SELECT count(*) FROM plumbing_timer WHERE due_at < now() - interval '1 minute'"
_DURABLE = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the report.  `advice` marks a line that may fail without the installation being in danger."""

    name: str
    passed: bool
    finding: str
    remedy: str = ""
    advice: bool = False


def report(checks: Iterable[Check]) -> int:
    """Prints every line, with the remedy below each failing one; 1 when something must be done, else 0."""
    must = 0
    for check in checks:
        mark = "ok  " if check.passed else "note" if check.advice else "FAIL"
        print(f"{mark}  {check.name:<12} {check.finding}")
        if not check.passed:
            must += not check.advice
            print(f"      {'':<12} → {check.remedy}")
    print("something must be done" if must else "all is well")
    return 1 if must else 0


def checks(*, var: Path, url: str, city_folder: Path) -> Iterator[Check]:
    """What can be told without the rooms: folder, disk, database, its clock and settings, timers, browser."""
    yield _folder(var)
    yield _disk(var)
    try:
        with psycopg.connect(url, connect_timeout=5, autocommit=True) as session:
            for look in _LOOKS:
                yield look(session)
        yield _prepared(url, city_folder=city_folder)
    except psycopg.OperationalError as error:
        yield Check(
            "database", passed=False, finding=" ".join(str(error).split()), remedy="Start it, or correct DATABASE_URL."
        )
    yield _browser()


def tables_exist(url: str) -> bool:
    """Whether the database was ever prepared."""
    try:
        return bool(stamps.of_database(url))
    except psycopg.OperationalError:
        return False


def _folder(var: Path) -> Check:
    open_to_others = [
        file.name
        for file in (var / "secret-key", var / "postgres" / "password", var / "demo-logins")
        if file.exists() and stat.S_IMODE(file.stat().st_mode) & 0o077
    ]
    writable = os.access(var, os.W_OK)
    return Check(
        "folder",
        passed=writable and not open_to_others,
        finding=f"{var} cannot be written"
        if not writable
        else f"others may read {', '.join(open_to_others)}"
        if open_to_others
        else f"{var}",
        remedy="Set ANSWERABLE_VAR to a folder you own." if not writable else f"'chmod 600' on each in {var}.",
    )


def _disk(var: Path) -> Check:
    free = shutil.disk_usage(var).free // 1_000_000
    return Check(
        "disk",
        passed=free >= _ROOM_MB,
        finding=f"{free} MB free",
        remedy=f"Free at least {_ROOM_MB} MB on the disk of {var}.",
    )


def _version(session: psycopg.Connection) -> Check:
    version = session.info.server_version
    return Check(
        "database",
        passed=version >= OLDEST_MAJOR * 10_000,
        finding=f"PostgreSQL {version // 10_000}.{version % 10_000} answers",
        remedy=f"Upgrade it to PostgreSQL {OLDEST_MAJOR} or newer.",
    )


def _durability(session: psycopg.Connection) -> Check:
    loose = [name for name, value in _DURABLE.items() if _one(session, f"SHOW {name}") != value]
    return Check(
        "durability",
        passed=not loose,
        finding=f"{', '.join(loose)} is not on" if loose else "commits are on disk before they are answered",
        remedy=f"Set {', '.join(f'{name} = on' for name in loose)} on the database server and restart it.",
    )


def _clock(session: psycopg.Connection) -> Check:
    before = time.time()
    server = float(_one(session, "SELECT extract(epoch FROM clock_timestamp())"))
    skew = server - (before + time.time()) / 2
    return Check(
        "clock",
        passed=abs(skew) < _SKEW_SECONDS,
        finding=f"{abs(skew) * 1000:.0f} ms between this machine's and the database's",
        remedy="Let both machines set their clocks by the network (on Debian: 'apt install chrony').",
    )


def _connections(session: psycopg.Connection) -> Check:
    limit = int(_one(session, "SHOW max_connections"))
    return Check(
        "connections",
        passed=limit >= _CONNECTIONS,
        finding=f"{limit} allowed",
        remedy=f"Set max_connections to {_CONNECTIONS} or more there, or lower ANSWERABLE_DATABASE_POOL.",
        advice=True,
    )


def _long_transactions(session: psycopg.Connection) -> Check:
    """Followers read only below the oldest open transaction."""
    seconds = float(_one(session, _OLDEST_TRANSACTION))
    return Check(
        "transactions",
        passed=seconds < LATE_SECONDS,
        finding=f"the oldest open one is {seconds:.0f} s old",
        remedy="End it: notices and live pages wait for it (pg_stat_activity shows who holds it open).",
    )


def _timers(session: psycopg.Connection) -> Check:
    if not _one(session, "SELECT to_regclass('plumbing_timer') IS NOT NULL"):
        return Check("timers", passed=True, finding="none yet")
    late = int(_one(session, _OVERDUE))
    return Check(
        "timers",
        passed=late == 0,
        finding=f"{late} are overdue" if late else "none is overdue",
        remedy="Start the clockwork: './311 up', or 'python -m answerable.cli follow'; its log names failing ones.",
    )


def _prepared(url: str, *, city_folder: Path) -> Check:
    stale = sorted(stamps.wanted(city_folder=city_folder, demo=False).stale_in_database(url))
    return Check(
        "prepared",
        passed=not stale,
        finding=f"behind the code: {', '.join(stale)}" if stale else "tables and city pack are those of the code",
        remedy="Start './311 up' once, or run 'python -m answerable.cli prepare'.",
    )


def _browser() -> Check:
    path = browser_path()
    return Check(
        "browser",
        passed=path is not None,
        finding=path or "no Chromium; only the tests need one",
        remedy="On Debian: 'apt-get install --no-install-recommends chromium'.",
        advice=True,
    )


def _one(session: psycopg.Connection, question: str) -> str:
    row = session.execute(question.encode()).fetchone()
    return str(row[0]) if row and row[0] is not False else ""


_LOOKS: tuple[Callable[[psycopg.Connection], Check], ...] = (
    _version,
    _durability,
    _clock,
    _connections,
    _long_transactions,
    _timers,
)

"""`./311 up`: the whole product on one machine, from nothing to a served page, until it is asked to stop."""

from __future__ import annotations

import errno
import fcntl
import http.client
import os
import shutil
import socket
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from answerable.kernel.errors import AnswerableError
from answerable.plumbing import stamps
from answerable.plumbing.launcher import OLDEST_MAJOR, Cluster, refusal_of
from answerable.plumbing.serving import listener
from answerable.plumbing.supervisor import Database, Program, Supervisor

_ROOM_MB = 300
_PATIENCE_SECONDS = 120
_FALLS_TOLERATED = 2
_DYING_SECONDS = 1.5
_SERVER_ERRORS = 500
_THRIFTY = {"MALLOC_ARENA_MAX": "2", "MALLOC_TRIM_THRESHOLD_": "131072"}
"""glibc keeps a heap for each thread otherwise: 22 MB more in a web process, measured."""


class CannotStart(AnswerableError):
    """The product cannot start here: the message says why in one line, with the remedy."""

    code = "up.refused"


@dataclass(frozen=True, slots=True)
class Plan:
    """What `up` was asked for."""

    var: Path
    host: str
    port: int
    database_url: str
    city_folder: Path
    web_processes: int
    demo: bool


def run(plan: Plan) -> int:
    """Serves until a signal asks to stop; then everything ends in order.  Returns the exit code.

    Raises: CannotStart, CannotLaunch.
    """
    started = time.monotonic()
    supervisor = Supervisor()
    with only_one(plan.var), _opened(plan) as door:
        _refuse_full_disk(plan.var)
        supervisor.listen_to_signals()
        try:
            url = _database(plan, supervisor)
            stale = stamps.wanted(city_folder=plan.city_folder, demo=plan.demo).stale(url=url, var=plan.var)
            if not _prepare(plan, supervisor, url=url, stale=stale):
                return 130 if supervisor.stopping else 1
            served = _serve(plan, supervisor, url=url, door=door)
            if served:
                supervisor.say("up", f"ready after {time.monotonic() - started:.1f} s")
                _print_addresses(plan, supervisor)
                _follow(plan, supervisor, url=url, stale=stale)
                supervisor.run()
            return 0 if served or supervisor.stopping else 1
        finally:
            supervisor.say("up", "stopping")
            supervisor.stop()
            supervisor.say("up", "stopped; the data is kept")


# --- refusals -----------------------------------------------------------------------------------------------------


@contextmanager
def only_one(var: Path) -> Iterator[None]:
    """Nobody else starts or restores this installation while inside.  Raises: CannotStart."""
    try:
        var.mkdir(parents=True, exist_ok=True)
        lock = (var / "up.lock").open("a+")
    except OSError as error:
        raise refusal_of(error, folder=var) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            raise CannotStart(
                f"Answerable already runs over '{var}' (process {lock.read().strip() or 'unknown'}).",
                remedy="Stop that one first, or set ANSWERABLE_VAR to another folder and give '--port'.",
            ) from error
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


@contextmanager
def _opened(plan: Plan) -> Iterator[socket.socket]:
    try:
        door = _listening(plan)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            remedy = f"Stop the program that uses it, or take another: './311 up --port {plan.port + 1}'."
            raise CannotStart(f"Port {plan.port} is in use.", value=str(plan.port), remedy=remedy) from error
        remedy = "Give another '--port' (above 1023) or '--host'."
        words = f"'{plan.host}' port {plan.port} cannot be opened: {error.strerror}."
        raise CannotStart(words, value=str(plan.port), remedy=remedy) from error
    with door:
        yield door


def _listening(plan: Plan) -> socket.socket:
    """A supervisor killed a moment ago may have children that still hold the port: they are waited for, a little."""
    deadline = time.monotonic() + _DYING_SECONDS
    while True:
        try:
            return listener(host=plan.host, port=plan.port)
        except OSError as error:
            if error.errno != errno.EADDRINUSE or time.monotonic() > deadline:
                raise
        time.sleep(0.05)


def _refuse_full_disk(var: Path) -> None:
    free = shutil.disk_usage(var).free // 1_000_000
    if free < _ROOM_MB:
        raise CannotStart(
            f"Only {free} MB are free on the disk of '{var}'.",
            value=str(free),
            remedy=f"Free at least {_ROOM_MB} MB, or set ANSWERABLE_VAR to a folder on another disk.",
        )


def check_server(url: str) -> None:
    """The server named in DATABASE_URL answers and is new enough.  Raises: CannotStart."""
    try:
        with psycopg.connect(url, connect_timeout=5) as connection:
            version = connection.info.server_version
    except psycopg.OperationalError as error:
        words = " ".join(str(error).split())
        remedy = "Correct DATABASE_URL, start that server, or leave DATABASE_URL away to use the embedded one."
        raise CannotStart(f"The database named in DATABASE_URL does not answer: {words}.", remedy=remedy) from error
    if version < OLDEST_MAJOR * 10_000:
        raise CannotStart(
            f"The database named in DATABASE_URL is PostgreSQL {version // 10_000}.",
            value=str(version),
            remedy=f"PostgreSQL {OLDEST_MAJOR} or newer is needed: upgrade it, or leave DATABASE_URL away.",
        )


# --- steps --------------------------------------------------------------------------------------------------------


def _database(plan: Plan, supervisor: Supervisor) -> str:
    if plan.database_url:
        check_server(plan.database_url)
        return plan.database_url
    cluster = Cluster(plan.var / "postgres")
    if cluster.create():
        supervisor.say("database", f"made a new PostgreSQL {cluster.binaries.major} database in {cluster.folder}")
    cluster.start()
    supervisor.add(Database(cluster), stop_seconds=30, started=True)
    return cluster.url()


def _prepare(plan: Plan, supervisor: Supervisor, *, url: str, stale: frozenset[str]) -> bool:
    if not stale - stamps.LATER - stamps.LAST:
        return not supervisor.stopping
    code = supervisor.run_once(_program("setup", _words("prepare", plan), plan, url=url))
    if code:
        supervisor.say("up", "the preparation failed; the lines above say why")
    return code == 0 and not supervisor.stopping


def _words(verb: str, plan: Plan) -> tuple[str, ...]:
    return (verb,) if plan.demo else (verb, "--empty")


def _serve(plan: Plan, supervisor: Supervisor, *, url: str, door: socket.socket) -> bool:
    words = ("web", "--descriptor", str(door.fileno()), "--processes", str(plan.web_processes))
    supervisor.add(_program("web", words, plan, url=url, descriptors=(door.fileno(),)))
    deadline = time.monotonic() + _PATIENCE_SECONDS
    served = False

    def settled() -> bool:
        nonlocal served
        served = _answers(plan)
        return served or time.monotonic() > deadline or supervisor.falls() > _FALLS_TOLERATED

    supervisor.run(until=settled)
    if not served and not supervisor.stopping:
        supervisor.say("up", "no page could be served; the lines above say why, './311 doctor' looks closer")
    return served


def _follow(plan: Plan, supervisor: Supervisor, *, url: str, stale: frozenset[str]) -> None:
    """The follow process runs; after the demo's past was played, because yesterday's timers must not ring today."""
    if stale & stamps.LATER:
        supervisor.say("up", "the demo city is given its staff and its past; log-ins follow")
        supervisor.run_once(_program("setup", ("prepare", "--later"), plan, url=url))
    if not supervisor.stopping:
        supervisor.add(_program("follow", ("follow",), plan, url=url))
    if stale & stamps.LAST and not supervisor.stopping:
        supervisor.say("up", "years of real requests are imported in the background; everything works meanwhile")
        supervisor.run_once(_program("history", ("prepare", "--last"), plan, url=url))


def _program(name: str, words: tuple[str, ...], plan: Plan, *, url: str, descriptors: tuple[int, ...] = ()) -> Program:
    environment: Mapping[str, str] = {
        "ANSWERABLE_BASE_URL": f"http://localhost:{plan.port}",
        **_THRIFTY,
        **os.environ,
        "DATABASE_URL": url,
        "ANSWERABLE_VAR": str(plan.var),
        "PYTHONUNBUFFERED": "1",
    }
    return Program(
        name=name,
        command=(sys.executable, "-P", "-m", "answerable.cli", *words),
        environment=environment,
        descriptors=descriptors,
    )


def _answers(plan: Plan) -> bool:
    host = plan.host if plan.host not in {"0.0.0.0", "::", ""} else "127.0.0.1"  # noqa: S104 - compared, not bound
    connection = http.client.HTTPConnection(host, plan.port, timeout=1)
    try:
        connection.request("GET", "/", headers={"Host": f"localhost:{plan.port}"})
        return connection.getresponse().status < _SERVER_ERRORS
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _print_addresses(plan: Plan, supervisor: Supervisor) -> None:
    base = f"http://localhost:{plan.port}"
    lines = [
        f"Portal       {base}/",
        f"Operators    {base}/en/desk/",
        f"Departments  {base}/en/office/",
        *logins(plan.var).splitlines(),
        "Ctrl-C stops everything; the data stays.",
    ]
    for line in lines:
        supervisor.say("up", line)


def keep_logins(var: Path, *, words: str) -> None:
    """The demo log-ins are printed at every start from now on."""
    with os.fdopen(os.open(var / "demo-logins", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(words)


def logins(var: Path) -> str:
    """The demo log-ins as they are printed; nothing in an installation without the demo."""
    kept = var / "demo-logins"
    return kept.read_text(encoding="utf-8") if kept.exists() else ""

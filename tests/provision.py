"""Throw-away database servers for a test run, loaded as an early pytest plugin (`-p tests.provision`).

Settings are read when Django is first imported, so the addresses are fixed before that: here.  A server starts when
the first test needs it, and ends with the run, also when the run is killed.  Tables are made once in a run, in a
template folder; every worker of pytest-xdist has a server of its own over a copy of it, because an open transaction
anywhere in a server holds back the journal's followers everywhere in it.

ANSWERABLE_TEST_DATABASE_URL names another server to use instead (without xdist); its role must be allowed to make
databases.
"""

from __future__ import annotations

import atexit
import fcntl
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

from answerable.plumbing.bootstrap import keep_bytecode
from answerable.plumbing.launcher import Cluster

_FOLDER = "ANSWERABLE_TEST_FOLDER"
_OUTSIDE = "ANSWERABLE_TEST_DATABASE_URL"
_RUN = "ANSWERABLE_TEST_RUN"
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")
_ANY_PORT = 5432  # the servers listen on sockets only, where the port is no more than a file's name


def folder() -> Path:
    """The folder of this run: shared by all its workers, gone afterwards."""
    return Path(os.environ[_FOLDER])


def database_url(name: str) -> str:
    """The address of one database on this worker's server."""
    parts = urlsplit(os.environ["DATABASE_URL"])
    return urlunsplit(parts._replace(path=f"/{name}"))


def worker_database() -> str:
    """The name of the database Django uses in this worker."""
    return own_name(WORKER)


def own_name(purpose: str) -> str:
    """A database name no other run on the same server uses."""
    return f"answerable_{os.environ[_RUN]}_{purpose}"


@contextmanager
def clone(name: str) -> Iterator[str]:
    """A fresh, migrated database of that name while inside; gives its address."""
    server = running_server()
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {own_name('template')} STRATEGY wal_log")
    try:
        yield database_url(name)
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@contextmanager
def empty_database(name: str) -> Iterator[str]:
    """A database without tables while inside; gives its address."""
    server = running_server()
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    try:
        yield database_url(name)
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def running_server() -> str:
    """This worker's server answers afterwards; gives the address of a database to make others from."""
    if outside := os.environ.get(_OUTSIDE):
        with _one_at_a_time():
            _make_once("template-made", lambda: _make_template(outside))
        return outside
    if not _ready(WORKER).exists():
        with _one_at_a_time():
            _make_once("template-made", _make_template_folder)
        shutil.copytree(_place("template"), _place(WORKER), symlinks=True, copy_function=shutil.copy)
        _start_keeper()
    return database_url("postgres")


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    with (folder() / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _make_once(marker: str, make: Callable[[], None]) -> None:
    if not (folder() / marker).exists():
        make()
        (folder() / marker).touch()


def _make_template_folder() -> None:
    cluster = _cluster("template")
    cluster.start()
    try:
        _make_template(cluster.url("postgres"))
    finally:
        cluster.stop()


def _make_template(server: str) -> None:
    """The database every other is copied from, migrated once in the run."""
    name = own_name("template")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name}")
        connection.execute(f"CREATE DATABASE {name}")
    migrate(urlunsplit(urlsplit(server)._replace(path=f"/{name}")))


def migrate(url: str) -> None:
    """The tables of the product exist in that database afterwards."""
    command = [sys.executable, "-m", "django", "migrate", "--skip-checks", "--verbosity=0"]
    environment = os.environ | {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "answerable.settings"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"The test database cannot be migrated:\n{done.stderr}")


def _place(worker: str) -> Path:
    return folder() / worker


def _ready(worker: str) -> Path:
    return folder() / f"{worker}.ready"


def _cluster(worker: str) -> Cluster:
    return Cluster(_place(worker), throwaway=True, memory_mb=64, port=_ANY_PORT)


def _start_keeper() -> None:
    """A server's keeper is a process of its own: it outlives a worker that dies, and ends with the run."""
    with (folder() / "keeper.log").open("ab") as log:
        keeper = subprocess.Popen(
            [sys.executable, "-m", "tests.provision", WORKER, os.environ[_RUN].split("_")[0]],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    while not _ready(WORKER).exists():
        if keeper.poll() is not None:
            raise RuntimeError((folder() / "keeper.log").read_text())
        time.sleep(0.02)


def _keep(worker: str, *, while_pid: int) -> None:
    cluster = _cluster(worker)
    cluster.start()
    _ready(worker).touch()
    while not (folder() / "end").exists() and _alive(while_pid):
        time.sleep(0.1)
    cluster.throw_away()
    _ready(worker).unlink(missing_ok=True)
    if not _alive(while_pid):
        shutil.rmtree(folder(), ignore_errors=True)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


# --- the run's beginning and end ------------------------------------------------------------------------------------


def _begin_run() -> None:
    place = Path(tempfile.mkdtemp(prefix="answerable-test-"))
    os.environ[_FOLDER] = str(place)
    os.environ[_RUN] = f"{os.getpid()}_{secrets.token_hex(2)}"
    os.environ["PYTHONPATH"] = str(Path(__file__).resolve().parents[1])
    os.environ["ANSWERABLE_SECRET_KEY"] = "a-secret-of-the-tests-only"
    keep_bytecode(place / "bytecode")
    _cluster("template").make_folders()
    atexit.register(_end_run)


def _fix_addresses() -> None:
    """Known before the server runs, because the password is chosen when the run begins."""
    os.environ["ANSWERABLE_VAR"] = str(folder() / f"var-{WORKER}")
    (folder() / f"var-{WORKER}").mkdir(exist_ok=True)
    address = os.environ.get(_OUTSIDE) or _cluster("template").url().replace("/template/", f"/{WORKER}/")
    os.environ["DATABASE_URL"] = address
    os.environ["DATABASE_URL"] = database_url(worker_database())


def _end_run() -> None:
    """The process that began the run ends its servers and removes its folder, however the run went."""
    if _OUTSIDE in os.environ:
        with psycopg.connect(os.environ[_OUTSIDE], autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {own_name('template')}")
    (folder() / "end").touch()
    deadline = time.monotonic() + 10
    while list(folder().glob("*.ready")) and time.monotonic() < deadline:
        time.sleep(0.02)
    shutil.rmtree(folder(), ignore_errors=True)


if __name__ != "__main__":
    if _FOLDER not in os.environ:
        _begin_run()
    _fix_addresses()
else:
    _keep(sys.argv[1], while_pid=int(sys.argv[2]))

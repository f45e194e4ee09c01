"""One throw-away database server for a whole test run, loaded as an early pytest plugin (`-p tests.provision`).

Settings are read when Django is first imported, so the address is fixed before that: here.  The server itself starts
when the first test needs it, is shared by all workers of pytest-xdist, and ends with the run, also when the run is
killed.  ANSWERABLE_TEST_DATABASE_URL names another server to use instead; its role must be allowed to make databases.
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
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

from answerable.plumbing.launcher import Cluster, free_port

_FOLDER = "ANSWERABLE_TEST_FOLDER"
_OUTSIDE = "ANSWERABLE_TEST_DATABASE_URL"
_WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")


def folder() -> Path:
    """The folder of this run: shared by all its workers, gone afterwards."""
    return Path(os.environ[_FOLDER])


def database_url(name: str) -> str:
    """The address of one database on the run's server."""
    parts = urlsplit(os.environ["DATABASE_URL"])
    return urlunsplit(parts._replace(path=f"/{name}"))


def own_name(purpose: str) -> str:
    """A database name no other run on the same server uses."""
    return f"answerable_{os.environ['ANSWERABLE_TEST_RUN']}_{purpose}"


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Only one worker of the run is inside at any moment."""
    with (folder() / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def clone(name: str) -> Iterator[str]:
    """A fresh, migrated database of that name while inside; gives its address."""
    server = running_server()
    with one_at_a_time():
        template = _template(server)
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY wal_log")
    try:
        yield database_url(name)
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _template(server: str) -> str:
    """The database every other is copied from: migrated once in the run."""
    name = own_name("template")
    marker = folder() / "template-made"
    if not marker.exists():
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name}")
            connection.execute(f"CREATE DATABASE {name}")
        migrate(database_url(name))
        marker.touch()
    return name


def migrate(url: str) -> None:
    """The tables of the product exist in that database afterwards."""
    command = [
        sys.executable,
        "-m",
        "django",
        "migrate",
        "--skip-checks",
        "--verbosity=0",
        "--settings=answerable.settings",
    ]
    done = subprocess.run(command, env={**os.environ, "DATABASE_URL": url}, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"The test database cannot be migrated:\n{done.stderr}")


def running_server() -> str:
    """The run's server answers afterwards; returns the address of a database to make others from."""
    if outside := os.environ.get(_OUTSIDE):
        return outside
    with one_at_a_time():
        ready = folder() / "ready"
        if not ready.exists():
            _start_keeper(ready)
    return database_url("postgres")


def _start_keeper(ready: Path) -> None:
    """The server's keeper is a process of its own, so that no worker's end takes the server from the others."""
    with (folder() / "keeper.log").open("wb") as log:
        keeper = subprocess.Popen(
            [sys.executable, "-m", "tests.provision", str(folder()), os.environ["ANSWERABLE_TEST_RUN"].split("_")[0]],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    while not ready.exists():
        if keeper.poll() is not None:
            raise RuntimeError((folder() / "keeper.log").read_text())
        time.sleep(0.02)


def _cluster(place: Path) -> Cluster:
    return Cluster(place / "pg", throwaway=True, memory_mb=128, port=int((place / "port").read_text()))


def _fix_environment() -> None:
    """DATABASE_URL is known before the server runs, because the password and the port are chosen here."""
    place = Path(tempfile.mkdtemp(prefix="answerable-test-"))
    os.environ[_FOLDER] = str(place)
    os.environ["ANSWERABLE_TEST_RUN"] = f"{os.getpid()}_{secrets.token_hex(2)}"
    os.environ["ANSWERABLE_VAR"] = str(place / "var")
    os.environ["ANSWERABLE_SECRET_KEY"] = "a-secret-of-the-tests-only"
    if outside := os.environ.get(_OUTSIDE):
        os.environ["DATABASE_URL"] = outside
        return
    (place / "port").write_text(str(free_port()))
    cluster = _cluster(place)
    cluster.make_folders()
    os.environ["DATABASE_URL"] = cluster.url()


def _end_run() -> None:
    """The process that began the run ends its server and removes its folder, however the run went."""
    if _OUTSIDE in os.environ:
        _drop_template()
    else:
        _end_keeper()
    shutil.rmtree(folder(), ignore_errors=True)


def _drop_template() -> None:
    with psycopg.connect(os.environ[_OUTSIDE], autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {own_name('template')}")


def _end_keeper() -> None:
    (folder() / "end").touch()
    deadline = time.monotonic() + 10
    while (folder() / "ready").exists() and time.monotonic() < deadline:
        time.sleep(0.02)


def _keep(place: Path, *, while_pid: int) -> None:
    cluster = _cluster(place)
    cluster.start()
    (place / "ready").touch()
    while not (place / "end").exists() and _alive(while_pid):
        time.sleep(0.1)
    cluster.stop()
    (place / "ready").unlink()
    if not _alive(while_pid):
        shutil.rmtree(place, ignore_errors=True)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


if __name__ != "__main__":
    if _FOLDER not in os.environ:
        _fix_environment()
        atexit.register(_end_run)
    os.environ["DATABASE_URL"] = database_url(own_name(_WORKER))
else:
    _keep(Path(sys.argv[1]), while_pid=int(sys.argv[2]))

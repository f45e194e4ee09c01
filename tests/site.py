"""The real product as processes of its own, for browsers and for tests that kill."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from answerable.plumbing.launcher import Cluster, free_port
from tests import provision
from tests.patience import PATIENCE_SECONDS


@dataclass(frozen=True, slots=True)
class Site:
    """Where a running site answers, what it writes to, and what it said."""

    url: str
    database_url: str
    var: Path
    log: Path

    def said(self) -> str:
        """Everything its processes wrote so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")


@contextmanager
def running_site(
    name: str, *, demo: bool = True, port: int = 0, settings: Mapping[str, str] | None = None
) -> Iterator[Site]:
    """A prepared site over a fresh database of that name, with the demo's log-ins but not its past, while inside.

    `port` where others must know it before; `settings` are environment variables of its own.
    """
    var = provision.folder() / f"var-{name}"
    var.mkdir()
    with provision.clone(name) as database_url, (var / "site.log").open("wb") as log:
        port = port or free_port()
        site = Site(url=f"http://127.0.0.1:{port}", database_url=database_url, var=var, log=var / "site.log")
        environment = _environment(site, port=port) | dict(settings or {})
        for words in (("prepare", "--empty"), *([("seed-demo", "--only-staff")] if demo else [])):
            prepared = subprocess.run(_command(*words), env=environment, stdout=log, stderr=log, check=False)
            assert prepared.returncode == 0, site.said()
        running = [
            subprocess.Popen(_command(verb), env=environment, stdout=log, stderr=log) for verb in ("web", "follow")
        ]
        try:
            _wait_until_served(site, running)
            yield site
        finally:
            for process in running:
                process.terminate()
            for process in running:
                process.wait(PATIENCE_SECONDS)


@dataclass(slots=True)
class Product:
    """`./311 up` as a process of its own, over its own folder, embedded database included."""

    var: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Product:
        """Nothing runs yet."""
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing runs any more, however the test went."""
        if self.process:
            self.stop()

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def database_url(self) -> str:
        """Its embedded database, while it runs."""
        cluster = Cluster(self.var / "postgres")
        assert cluster.adopt_running()
        return cluster.url()

    def said(self) -> str:
        """Everything it printed since its last start."""
        return (self.var / "up.log").read_text(encoding="utf-8", errors="replace")

    def start(self, *words: str) -> float:
        """It serves pages afterwards; gives the seconds that took."""
        begun = time.monotonic()
        with (self.var / "up.log").open("wb") as log:
            command = _command("up", "--port", str(self.port), *words)
            self.process = subprocess.Popen(
                command, env=self._environment(), stdout=log, stderr=log, start_new_session=True
            )
        while "ready after" not in self.said():
            assert self.process.poll() is None, self.said()
            assert time.monotonic() - begun < 2 * PATIENCE_SECONDS, self.said()
            time.sleep(0.05)
        return time.monotonic() - begun

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        """The process group gets the signal, as from a terminal; gives the exit code."""
        assert self.process is not None
        if self.process.poll() is None:
            os.killpg(self.process.pid, number)
        return self.process.wait(PATIENCE_SECONDS)

    def run(self, verb: str, *words: str) -> subprocess.CompletedProcess[str]:
        """One management verb over the same installation."""
        return subprocess.run(
            _command(verb, *words), env=self._environment(), capture_output=True, text=True, check=False
        )

    def _environment(self) -> dict[str, str]:
        ours = {
            name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "ANSWERABLE_SECRET_KEY"}
        }
        return ours | {"ANSWERABLE_VAR": str(self.var), "PYTHONUNBUFFERED": "1"}


def _environment(site: Site, *, port: int) -> dict[str, str]:
    return {
        **os.environ,
        "DATABASE_URL": site.database_url,
        "ANSWERABLE_VAR": str(site.var),
        "ANSWERABLE_PORT": str(port),
        "ANSWERABLE_BASE_URL": site.url,
        "PYTHONUNBUFFERED": "1",
    }


def _command(*words: str) -> list[str]:
    return [sys.executable, "-m", "answerable.cli", *words]


def _wait_until_served(site: Site, running: list[subprocess.Popen[bytes]]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline and all(process.poll() is None for process in running):
        try:
            if httpx.get(f"{site.url}/", timeout=PATIENCE_SECONDS).status_code < 500:
                return
        except httpx.HTTPError:
            time.sleep(0.1)
    raise AssertionError(f"no page was served:\n{site.said()}")

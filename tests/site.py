"""The real product as processes of its own, for browsers and for tests that kill."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from answerable.plumbing.launcher import free_port
from tests import provision

_PATIENCE_SECONDS = 90


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
def running_site(name: str, *, demo: bool = True) -> Iterator[Site]:
    """A prepared site over a fresh database of that name, served while inside."""
    var = provision.folder() / f"var-{name}"
    var.mkdir()
    with provision.clone(name) as database_url, (var / "site.log").open("wb") as log:
        port = free_port()
        site = Site(url=f"http://127.0.0.1:{port}", database_url=database_url, var=var, log=var / "site.log")
        environment = _environment(site, port=port)
        prepared = subprocess.run(
            _command("prepare", *([] if demo else ["--empty"])), env=environment, stdout=log, stderr=log, check=False
        )
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
                process.wait(20)


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
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline and all(process.poll() is None for process in running):
        try:
            if httpx.get(f"{site.url}/", timeout=5).status_code < 500:
                return
        except httpx.HTTPError:
            time.sleep(0.1)
    raise AssertionError(f"no page was served:\n{site.said()}")

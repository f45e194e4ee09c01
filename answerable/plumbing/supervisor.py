"""Keeps a handful of programs running: starts them in order, restarts the fallen, stops them in reverse order.

One thread and one loop.  Every program's lines appear with its name in front.  Children have sessions of their own,
so that Ctrl-C in a terminal reaches only us and we decide the order; on Linux they end when we are killed.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol, TextIO

from answerable.plumbing.launcher import CannotLaunch, Cluster
from answerable.plumbing.unprivileged import tied_to_parent

_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 10.0
_STEADY_SECONDS = 30.0
_TICK = 0.1
_LARGEST_LOG = 10_000_000


class Service(Protocol):
    """What the supervisor needs of anything it keeps alive."""

    name: str

    def begin(self) -> None:
        """On its way afterwards."""

    def exit_code(self) -> int | None:
        """How it ended; None while it runs."""

    def ask_to_stop(self) -> None:
        """Knows that it should end."""

    def end_now(self) -> None:
        """Gone afterwards, whatever it was doing."""

    def lines(self) -> Iterator[str]:
        """What it said since the last time."""

    def watch(self, selector: selectors.BaseSelector) -> None:
        """Wakes the selector when it says something, where that is possible."""


@dataclass(slots=True)
class Program:
    """An operating system process with its output on a pipe."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    descriptors: tuple[int, ...] = ()
    process: subprocess.Popen[bytes] | None = None
    rest: bytes = b""

    def begin(self) -> None:
        """The process runs."""
        self.process = subprocess.Popen(
            self.command,
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=self.descriptors,
            start_new_session=True,
            preexec_fn=partial(tied_to_parent, os.getpid()),  # noqa: PLW1509 - the supervisor has one thread
        )
        assert self.process.stdout is not None
        os.set_blocking(self.process.stdout.fileno(), False)

    def exit_code(self) -> int | None:
        """None while it runs."""
        return self.process.poll() if self.process else 0

    def ask_to_stop(self) -> None:
        """SIGTERM, once."""
        if self.process and self.process.poll() is None:
            self.process.terminate()

    def end_now(self) -> None:
        """SIGKILL to the process and whatever it started."""
        if self.process:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def lines(self) -> Iterator[str]:
        """Whole lines only; the rest waits for its end."""
        if not self.process or not self.process.stdout:
            return
        while chunk := self.process.stdout.read(65536):
            self.rest += chunk
        *whole, self.rest = self.rest.split(b"\n")
        yield from (line.decode(errors="replace") for line in whole)

    def watch(self, selector: selectors.BaseSelector) -> None:
        """Its pipe wakes the selector."""
        if self.process and self.process.stdout and not self.process.stdout.closed:
            selector.register(self.process.stdout, selectors.EVENT_READ)


class Database:
    """The embedded database server, as a service."""

    name = "database"

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.told = 0

    def begin(self) -> None:
        """Starting, on the port its clients know."""
        self.told = 0
        self.cluster.begin()

    def exit_code(self) -> int | None:
        """None while it runs."""
        return self.cluster.process.poll() if self.cluster.process else 0

    def ask_to_stop(self) -> None:
        """Sessions are ended, data is written down."""
        if self.cluster.process and self.cluster.process.poll() is None:
            self.cluster.process.send_signal(signal.SIGINT)

    def end_now(self) -> None:
        """Gone; it recovers by itself at the next start."""
        self.cluster.stop(seconds=2)

    def lines(self) -> Iterator[str]:
        """What the server complained about; its file tells the rest, and is kept small."""
        with contextlib.suppress(FileNotFoundError), self.cluster.log.open("rb") as file:
            file.seek(self.told)
            text = file.read()
            self.told += len(text)
            if self.told > _LARGEST_LOG:
                os.truncate(self.cluster.log, 0)
                self.told = 0
            for line in text.decode(errors="replace").splitlines():
                if line.startswith(("ERROR:", "FATAL:", "PANIC:", "WARNING:", "DETAIL:")):
                    yield line

    def watch(self, selector: selectors.BaseSelector) -> None:
        """A file wakes nobody: it is read at every turn."""


@dataclass(slots=True)
class _Kept:
    service: Service
    stop_seconds: float
    began: float = 0.0
    pause: float = _FIRST_PAUSE
    again_at: float | None = None
    falls: int = 0


class Supervisor:
    """The programs of one installation, from their start to a clean end."""

    def __init__(self, *, stream: TextIO | None = None) -> None:
        self.kept: list[_Kept] = []
        self.stream = stream or sys.stdout
        self.stopping = False
        self._wake, self._alarm = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)

    def listen_to_signals(self) -> None:
        """SIGINT, SIGTERM and SIGHUP ask for a clean end from now on."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: self.stop_soon())
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._alarm, warn_on_full_buffer=False)

    def stop_soon(self) -> None:
        """The loop ends at its next turn."""
        self.stopping = True

    def add(self, service: Service, *, stop_seconds: float = 5.0, started: bool = False) -> None:
        """The service runs and is kept running; services stop in reverse order of their adding."""
        kept = _Kept(service, stop_seconds=stop_seconds, began=time.monotonic())
        self.kept.append(kept)
        if not started:
            service.begin()

    def run(self, *, until: Callable[[], bool] = lambda: False) -> None:
        """Watches until asked to stop, or until the condition holds, which is asked at every turn."""
        while not self.stopping and not until():
            self.turn()

    def run_once(self, service: Service) -> int:
        """Runs one program to its end, or ends it when we are asked to stop; returns its exit code."""
        service.begin()
        while (code := service.exit_code()) is None:
            self.turn(beside=service)
            if self.stopping:
                service.ask_to_stop()
        self._print_lines(service)
        return code

    def turn(self, *, beside: Service | None = None) -> None:
        """Waits a moment, then prints what was said and mends what fell."""
        self._wait(beside)
        if beside:
            self._print_lines(beside)
        for kept in self.kept:
            self._print_lines(kept.service)
            if not self.stopping:
                self._mend(kept)

    def stop(self) -> None:
        """Every service is gone afterwards, the last added first; one that dawdles is ended."""
        self.stopping = True
        for group in self._in_stopping_order():
            for kept in group:
                kept.service.ask_to_stop()
            deadline = time.monotonic() + max(kept.stop_seconds for kept in group)
            while any(kept.service.exit_code() is None for kept in group) and time.monotonic() < deadline:
                self.turn()
            for kept in group:
                if kept.service.exit_code() is None:
                    self.say(kept.service.name, f"did not stop within {kept.stop_seconds:.0f} s and is ended")
                    kept.service.end_now()
                self._print_lines(kept.service)

    def falls(self) -> int:
        """How often services had to be started anew."""
        return sum(kept.falls for kept in self.kept)

    def say(self, name: str, words: str) -> None:
        """One readable line with a name in front."""
        with contextlib.suppress(BrokenPipeError, ValueError):
            print(f"{name:<9} | {words}", file=self.stream, flush=True)

    def _in_stopping_order(self) -> list[list[_Kept]]:
        """Services of one kind (`web 1`, `web 2`) stop together."""
        groups: dict[str, list[_Kept]] = {}
        for kept in self.kept:
            groups.setdefault(kept.service.name.split()[0], []).append(kept)
        return list(groups.values())[::-1]

    def _wait(self, beside: Service | None) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._wake, selectors.EVENT_READ)
            for service in [kept.service for kept in self.kept] + ([beside] if beside else []):
                if service.exit_code() is None:
                    service.watch(selector)
            selector.select(_TICK)
        with contextlib.suppress(BlockingIOError):
            while os.read(self._wake, 1024):
                pass

    def _mend(self, kept: _Kept) -> None:
        now, code = time.monotonic(), kept.service.exit_code()
        if code is None:
            return
        if kept.again_at is None:
            kept.pause = _FIRST_PAUSE if now - kept.began > _STEADY_SECONDS else min(kept.pause * 2, _LONGEST_PAUSE)
            kept.again_at = now + kept.pause
            kept.falls += 1
            self.say(kept.service.name, f"ended ({_in_words(code)}); starting it again in {kept.pause:.1f} s")
        elif now >= kept.again_at:
            kept.again_at, kept.began = None, now
            self._begin_again(kept.service)

    def _begin_again(self, service: Service) -> None:
        try:
            service.begin()
        except (OSError, CannotLaunch) as error:
            self.say(service.name, f"cannot start: {error}")

    def _print_lines(self, service: Service) -> None:
        for line in service.lines():
            self.say(service.name, line)


def _in_words(code: int) -> str:
    return f"exit code {code}" if code >= 0 else signal.Signals(-code).name

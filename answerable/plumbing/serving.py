"""Web processes: uvicorn over a socket that the supervisor opened and all of them share.

One parent imports the product and forks the others, which share its memory; what falls is forked anew at once.
A process that is killed leaves waiting connections in the shared socket, where its neighbours take them.
"""

from __future__ import annotations

import gc
import os
import signal
import socket
import time
from collections.abc import Callable
from typing import Any

import uvicorn

from answerable.plumbing.unprivileged import tied_to_parent

_GRACE_SECONDS = 2
_KEEP_ALIVE_SECONDS = 75
_BREATH_SECONDS, _LONGEST_BREATH_SECONDS = 0.1, 2.0
_YOUNG_SECONDS = 5
_FALLS_TOLERATED = 3
_SIGNALS = {signal.SIGTERM, signal.SIGINT, signal.SIGCHLD}


def serve(load: Callable[[], Any], *, descriptor: int, processes: int = 1) -> int:
    """So many processes answer with what `load` gives, until this one is asked to stop; streams end after a moment.

    Returns the exit code: 1 when the processes fall before any has lived, so that our own parent takes over.
    """
    loaded = load()
    if processes == 1:
        _answer(loaded, descriptor=descriptor)
        return 0
    gc.collect()
    gc.freeze()
    signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    family = _Family(lambda: _fork(loaded, descriptor=descriptor), size=processes)
    while signal.sigwait(_SIGNALS) == signal.SIGCHLD:
        if not family.renewed():
            break
    family.end()
    return 0 if family.proven else 1


class _Family:
    """Forked processes that are replaced when they fall; when they fall young, after a longer breath each time."""

    def __init__(self, fork: Callable[[], int], *, size: int) -> None:
        self.fork = fork
        self.born = {fork(): time.monotonic() for _ in range(size)}
        self.breath = _BREATH_SECONDS
        self.proven = False
        self.falls = 0

    def renewed(self) -> bool:
        """The fallen are replaced; False when too many fell before any had lived."""
        fallen = [child for child in self.born if os.waitpid(child, os.WNOHANG)[0]]
        now = time.monotonic()
        self.proven = self.proven or any(now - born > _YOUNG_SECONDS for born in self.born.values())
        for child in fallen:
            young = now - self.born.pop(child) < _YOUNG_SECONDS
            self.falls += 1
            self.breath = min(self.breath * 2, _LONGEST_BREATH_SECONDS) if young else _BREATH_SECONDS
        if not self.proven and self.falls > _FALLS_TOLERATED:
            return False
        if fallen:
            time.sleep(self.breath)
        self.born |= {self.fork(): time.monotonic() for _ in fallen}
        return True

    def end(self) -> None:
        """All have ended."""
        for child in self.born:
            os.kill(child, signal.SIGTERM)
        for child in self.born:
            os.waitpid(child, 0)


def listener(*, host: str, port: int) -> socket.socket:
    """A listening socket that children may inherit.  Raises: OSError as the machine gives it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    opened = socket.socket(family, socket.SOCK_STREAM)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    opened.bind((host, port))
    opened.listen(2048)
    opened.set_inheritable(True)
    return opened


def _fork(application: Any, *, descriptor: int) -> int:
    parent = os.getpid()
    child = os.fork()
    if child:
        return child
    tied_to_parent(parent)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
    code = 1
    try:
        _answer(application, descriptor=descriptor)
        code = 0
    finally:
        os._exit(code)


def _answer(application: Any, *, descriptor: int) -> None:
    config = uvicorn.Config(
        application,
        lifespan="on",
        log_config=None,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=_GRACE_SECONDS,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        server_header=False,
    )
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=descriptor)])

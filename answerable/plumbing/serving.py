"""One web process: uvicorn over a socket that the supervisor opened and all web processes share.

A process that is killed leaves waiting connections in the shared socket, where its neighbours take them.
"""

from __future__ import annotations

import socket

import uvicorn

_GRACE_SECONDS = 2
_KEEP_ALIVE_SECONDS = 75


def serve(application: str, *, descriptor: int) -> None:
    """Answers until asked to stop; open event streams are ended after a moment of grace."""
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
    with socket.socket(fileno=descriptor) as listener:
        uvicorn.Server(config).run(sockets=[listener])


def listener(*, host: str, port: int) -> socket.socket:
    """A listening socket that children may inherit.  Raises: OSError as the machine gives it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    opened = socket.socket(family, socket.SOCK_STREAM)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    opened.bind((host, port))
    opened.listen(2048)
    opened.set_inheritable(True)
    return opened

"""The Open311 door on a real socket, for clients that know nothing of Python: `with served(door, port)`."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn

_PATIENCE_SECONDS = 30


@contextmanager
def served(door: Any, *, port: int) -> Iterator[str]:
    """The door answers on that port of this machine while inside; gives its address."""
    config = uvicorn.Config(door, host="127.0.0.1", port=port, lifespan="off", log_level="warning", loop="asyncio")
    server = uvicorn.Server(config)
    ready = threading.Event()

    async def run() -> None:
        await door.open()
        try:
            serving = asyncio.create_task(server.serve())
            while not server.started and not serving.done():
                await asyncio.sleep(0.01)
            ready.set()
            await serving
        finally:
            await door.close()

    thread = threading.Thread(target=asyncio.run, args=(run(),), daemon=True)
    thread.start()
    assert ready.wait(_PATIENCE_SECONDS), "the door was not served"
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(_PATIENCE_SECONDS)

"""How long tests wait for what must come: longer than any machine takes, because nothing is judged by it."""

from __future__ import annotations

import time
from collections.abc import Callable

PATIENCE_SECONDS = 120.0


def wait_for(
    claim: Callable[[], object],
    *,
    pause_seconds: float = 0.01,
    said: Callable[[], str] = lambda: "it does not come true",
) -> None:
    """Returns once the claim is true; what is said then goes into the failure."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not claim():
        assert time.monotonic() < deadline, said()
        time.sleep(pause_seconds)

"""A process that rings the timers of promises until somebody kills it: for the crash test.

Run with the address of a database and the instant it takes for the present.
"""

from __future__ import annotations

import os
import random
import sys
import threading
import time
from collections.abc import Sequence
from datetime import datetime

SMALL_BATCH = 20
"""So that there are many transactions to be killed in."""


def run(at: datetime) -> None:
    """Rings, dawdling before and after each effect, so that a kill finds us in the middle."""
    import django

    django.setup()
    from answerable.plumbing import clock, clockwork
    from answerable.plumbing.clockwork import Clockwork, DueTimer, Handler
    from answerable.promises import followers

    def dawdling(handler: Handler) -> Handler:
        def handle(timers: Sequence[DueTimer]) -> None:
            time.sleep(random.random() * 0.05)
            handler(timers)
            time.sleep(random.random() * 0.05)

        return handle

    clockwork.BATCH = SMALL_BATCH
    print("ringing", flush=True)
    handlers = {"promise.at_risk": dawdling(followers.on_at_risk), "promise.breach": dawdling(followers.on_breach)}
    with clock.frozen(at):
        Clockwork(handlers).run(stop=threading.Event(), pause_seconds=0.01)


if __name__ == "__main__":
    os.environ |= {"DATABASE_URL": sys.argv[1], "DJANGO_SETTINGS_MODULE": "answerable.settings"}
    run(datetime.fromisoformat(sys.argv[2]))

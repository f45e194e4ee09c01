"""Who follows whom, what rings when, and how a demo city comes to be: the only place that knows every room."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence
from datetime import timedelta

from django.db import DatabaseError, connection

from answerable.channels.api.app import Api
from answerable.intake import actions as intake
from answerable.journal import actions as journal
from answerable.kernel.facts import Json
from answerable.plumbing import clock
from answerable.plumbing.clockwork import Clockwork, DueTimer, set_timer
from answerable.promises import followers as promise_followers
from answerable.requests import actions as requests
from answerable.requests import queries as request_queries
from answerable.settings import ANSWERABLE
from answerable.web.live.app import LiveApp

log = logging.getLogger("answerable.wiring")

HOUSEKEEPING_TIMER = "plumbing.housekeeping"
HOUSEKEEPING_EVERY = timedelta(hours=1)


def _ids(timers: Sequence[DueTimer]) -> list[int]:
    return [int(timer.subject.split(":")[1]) for timer in timers]


def _close(timers: Sequence[DueTimer]) -> None:
    requests.close_when_undisputed(_ids(timers), at=clock.now())


def _no_reply(timers: Sequence[DueTimer]) -> None:
    requests.resolve_without_reply(_ids(timers), at=clock.now())


def _keep_house(timers: Sequence[DueTimer]) -> None:
    """Old drafts go, next month's partition comes, and the timer is set anew."""
    now = clock.now()
    forgotten = intake.forget_expired_drafts()
    journal.ensure_partitions(now)
    log.info("wiring.house_kept", extra={"drafts_forgotten": forgotten})
    for timer in timers:
        next_timer(timer.subject, after=HOUSEKEEPING_EVERY)


def next_timer(subject: str, *, after: timedelta) -> None:
    """Housekeeping rings again later; under another subject, because the ringing one is about to be deleted."""
    other = "house:b" if subject == "house:a" else "house:a"
    set_timer(HOUSEKEEPING_TIMER, other, due_at=clock.now() + after)


def clockwork() -> Clockwork:
    """Every kind of timer and what it does."""
    return Clockwork(
        {
            "promise.at_risk": promise_followers.on_at_risk,
            "promise.breach": promise_followers.on_breach,
            requests.CLOSE_TIMER: _close,
            requests.REPLY_TIMER: _no_reply,
            HOUSEKEEPING_TIMER: _keep_house,
        }
    )


def run_clockwork(stop: threading.Event) -> None:
    """Timers ring until `stop` is set; a database that is away is waited for."""
    while not stop.is_set():
        try:
            set_timer(HOUSEKEEPING_TIMER, "house:a", due_at=clock.now() + timedelta(seconds=5))
            break
        except DatabaseError:
            connection.close()
            stop.wait(1.0)
    clockwork().run(stop=stop)


def api_app() -> Api:
    """The JSON door of this process."""
    return Api(conninfo=ANSWERABLE.database_url, base_url=ANSWERABLE.base_url, pool_size=ANSWERABLE.database_pool)


def live_app() -> LiveApp:
    """The event streams of this process."""
    raise NotImplementedError


def request_states(ids: Sequence[int]) -> Mapping[int, Mapping[str, Json]]:
    """What open pages show of those requests; nothing personal."""
    now = clock.now()
    return {
        row.id: {
            "number": row.number,
            "state": row.lifecycle,
            "handoff": row.handoff,
            "department": row.department,
            "promise": row.standing(now),
            "updated": row.updated_at.isoformat(),
            "followers": row.followers,
        }
        for row in request_queries.rows_by_ids(ids).values()
    }

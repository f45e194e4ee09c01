"""What the connectors room does in the follow process: reads the journal, sends what is due, asks for news."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from django.db import DatabaseError, connection

from answerable.catalogue.connectorstructs import Connector as Named
from answerable.connectors import actions, queries
from answerable.connectors.ports import Away, Connector, Delivered, Pending, Refused
from answerable.connectors.rules import Kind
from answerable.connectors.views import Claimed
from answerable.journal.followers import Follower, run_follower
from answerable.journal.records import RecordedFact
from answerable.plumbing import clock
from answerable.requests.rules import Lifecycle

log = logging.getLogger(__name__)

CHECK_EVERY = timedelta(hours=1)
"""How often a connector's mapping is compared with what the other system offers."""

BEAT_EVERY = timedelta(seconds=10)

Done = TypeVar("Done")
Make = Callable[[Named], Connector]
"""Makes the adapter of a connector that the city pack names."""


# --- what the journal says ------------------------------------------------------------------------------------------


def on_fact(fact: RecordedFact) -> None:
    """What happened to a request is queued for the connector that has its work, or shall get it."""
    request_id = int(fact.subject.partition(":")[2])
    if fact.kind == "request.handed_off":
        handoff_id = int(str(fact.body["handoff_id"]))
        actions.withdraw_orders(request_id, before_handoff=handoff_id, word="moved")
        if fact.body["state"] == "queued":
            actions.queue_order(request_id, handoff_id=handoff_id)
    elif not fact.by.startswith("connector:"):
        _on_our_news(fact, request_id)
    if fact.kind == "request.moved" and fact.body["after"] == Lifecycle.CLOSED:
        actions.withdraw_orders(request_id, before_handoff=None, word="")


def _on_our_news(fact: RecordedFact, request_id: int) -> None:
    """What we did ourselves, and the resident wrote, is told to the system that has the work."""
    note = fact.body.get("note_id")
    note_id = note if isinstance(note, int) else None
    if fact.kind == "request.moved" and fact.body["after"] == Lifecycle.RESOLVED:
        actions.queue_news(request_id, about=f"news/{fact.id}", word="closed", note_id=note_id)
    elif note_id is not None and fact.body.get("audience", "public") == "public":
        actions.queue_news(request_id, about=f"news/{fact.id}", word="note", note_id=note_id)


FOLLOWER = Follower("connectors", frozenset({"request.handed_off", "request.moved", "request.noted"}), on_fact)
"""Reads what happened to requests."""


# --- one connector --------------------------------------------------------------------------------------------------


def send_due(code: str, adapter: Connector, *, limit: int = 20) -> int:
    """What is due at the connector was tried once; gives how many tries that were."""
    for number in range(limit):
        claimed = actions.claim(code, timeout_seconds=adapter.timeout_seconds)
        if claimed is None:
            return number
        _send(claimed, adapter)
    return limit


def _send(claimed: Claimed, adapter: Connector) -> None:
    """No transaction is open here: the other system may take its time."""
    try:
        if claimed.kind is Kind.TELL:
            _tell(claimed, adapter)
        elif (order := queries.order_of(claimed)) is None:
            actions.drop(claimed, reason="no_longer_wanted")
        else:
            found = adapter.find(order) if claimed.was_doubtful else None
            actions.record(claimed, found or adapter.deliver(order))
    except Away as away:
        actions.put_off(claimed, away)
    except DatabaseError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever is wrong with one order, the others go on
        log.error(
            "connector.failed", extra={"delivery": claimed.id, "error": type(error).__name__, "where": _where(error)}
        )
        actions.put_off(claimed, Away(type(error).__name__, may_have_it=True))


def _tell(claimed: Claimed, adapter: Connector) -> None:
    news = queries.news_of(claimed)
    if news is None:
        raise Away("The work order has no reference yet.", may_have_it=False)
    if adapter.tell(news):
        actions.record(claimed, Delivered(news.reference))
    else:
        actions.drop(claimed, reason="takes_no_news")


def ask_for_news(code: str, adapter: Connector, *, every_seconds: int) -> bool:
    """Whether the connector was asked how its work stands; what it said was applied."""
    if not actions.begin_poll(code, every_seconds=every_seconds):
        return False
    started_at = clock.now()
    asked = queries.to_follow(code)
    since = queries.pulse(code).read_to
    failed: Away | None = None
    try:
        for token, delivery_id in queries.to_settle(code).items():
            _settle(delivery_id, adapter.settle(token))
        for update in adapter.follow(tuple(asked), since=since) if asked else ():
            actions.apply(code, update)
    except Away as away:
        failed = away
    actions.end_poll(
        code, started_at=started_at, timeout_seconds=adapter.timeout_seconds, asked=tuple(asked.values()), away=failed
    )
    return True


def _settle(delivery_id: int, result: Delivered | Pending | Refused) -> None:
    if not isinstance(result, Pending):
        actions.settle(delivery_id, result)


@dataclass(slots=True)
class Line:
    """The line to one other system: its adapter, and when it was last looked after."""

    named: Named
    adapter: Connector
    beat_at: datetime | None = None
    checked_at: datetime | None = None

    def work(self) -> bool:
        """Whether anything was sent or asked."""
        code, now = self.named.code, clock.now()
        if self.beat_at is None or now - self.beat_at >= BEAT_EVERY:
            actions.beat(code)
            self.beat_at = now
        if self.checked_at is None or now - self.checked_at >= CHECK_EVERY:
            self._check(now)
        sent = send_due(code, self.adapter)
        return ask_for_news(code, self.adapter, every_seconds=self.named.poll_seconds) or bool(sent)

    def _check(self, now: datetime) -> None:
        self.checked_at = now
        try:
            actions.keep_problems(self.named.code, self.adapter.problems())
        except Away as away:
            log.warning("connector.away", extra={"connector": self.named.code, "status": away.status_code})


# --- the process ----------------------------------------------------------------------------------------------------


def run(stop: threading.Event, *, make: Make, pause_seconds: float = 0.25) -> None:
    """The journal is read and every connector served, each by a thread of its own, until `stop` is set."""
    threads: dict[str, threading.Thread] = {}
    while not stop.is_set():
        moved = _careful(lambda: _look_around(threads, stop, make, pause_seconds))
        if not moved:
            stop.wait(pause_seconds)
    for thread in threads.values():
        thread.join(5)


def _look_around(threads: dict[str, threading.Thread], stop: threading.Event, make: Make, pause_seconds: float) -> bool:
    for code in queries.connectors():
        if code not in threads or not threads[code].is_alive():
            threads[code] = threading.Thread(
                target=_serve, args=(code, stop, make, pause_seconds), name=f"connector-{code}", daemon=True
            )
            threads[code].start()
    return bool(run_follower(FOLLOWER))


def _serve(code: str, stop: threading.Event, make: Make, pause_seconds: float) -> None:
    """One connector is looked after until it is gone from the city pack."""
    line: Line | None = None
    while not stop.is_set():
        named = _careful(lambda: queries.connectors().get(code))
        if named is None:
            break
        if line is None or line.named != named:
            line = Line(named=named, adapter=make(named))
        if not _careful(line.work):
            stop.wait(pause_seconds)
    connection.close()


def _careful(act: Callable[[], Done]) -> Done | None:
    """What the act gave; a lost database or a fault in it is written down, and the thread lives on."""
    try:
        return act()
    except DatabaseError as error:
        log.warning("connectors.database_lost", extra={"error": type(error).__name__})
        connection.close()
    except Exception as error:  # noqa: BLE001 - the edge of the thread: one bad order must not stop the others
        log.error("connectors.failed", extra={"error": type(error).__name__, "where": _where(error)})
    return None


def _where(error: Exception) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}" if trace else "?"

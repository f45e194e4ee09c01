"""The senders of the follow process: each line to another system has a keeper and several workers.

The keeper alone speaks with the database: it claims, hands out, and records.  The workers alone wait for the other
system, with no transaction open and no row held but by a claim.  So one slow answer holds up nobody else's, and a
process that is killed leaves nothing behind but claims of a worker that is no more.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, TypeVar

from django.db import DatabaseError, InterfaceError, OperationalError, connection

from answerable.catalogue.connectorstructs import Connector as Named
from answerable.connectors import actions, queries, sending
from answerable.connectors.followers import FOLLOWER
from answerable.connectors.ports import (
    Away,
    Connector,
    Delivered,
    Dropping,
    News,
    Parcel,
    Pending,
    Refused,
    Settled,
    Update,
    WorkOrder,
)
from answerable.connectors.rules import Kind
from answerable.connectors.sending import Result
from answerable.connectors.views import Claimed
from answerable.journal.followers import run_follower
from answerable.plumbing import clock
from answerable.plumbing.presence import leave

log = logging.getLogger(__name__)

CHECK_EVERY: Final = timedelta(hours=1)
"""How often a connector's mapping is compared with what the other system offers, and orders too old are given up."""

BEAT_EVERY: Final = timedelta(seconds=10)

LOOK_EVERY: Final = timedelta(seconds=1)
"""How often it is looked whether it is time to ask for news."""

READ_AT_ONCE: Final = 50
"""Units: facts read in one transaction: few, so that the first of a rush leave while the last are read."""

FREE_EVERY: Final = timedelta(seconds=1)
"""How often the claims of dead workers are looked for."""

END_SECONDS: Final = 4.0
"""How long a line that is to end waits for the answers under way."""

Done = TypeVar("Done")
Make = Callable[[Named], Connector]
"""Makes the adapter of a connector that the city pack names."""


# --- one thing to send ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Job:
    """Something claimed, with all that is needed to send it."""

    claimed: Claimed
    content: WorkOrder | News


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a job: a result, no answer, or a fault of ours; neither when the system takes no news."""

    result: Result | None = None
    away: Away | None = None
    is_theirs: bool = True


def prepared(claims: Iterable[Claimed]) -> list[Job]:
    """The claims with their content, read from the database; what nobody wants any more is dropped."""
    return [job for job in map(_prepared, claims) if job is not None]


def _prepared(claimed: Claimed) -> Job | None:
    try:
        content = queries.news_of(claimed) if claimed.kind is Kind.TELL else queries.order_of(claimed)
    except DatabaseError:
        raise
    except Exception as error:  # noqa: BLE001 - an order that cannot be written waits, and the others go on
        log.error("connector.failed", extra={"delivery": claimed.id, "where": _where(error)})
        sending.put_off(claimed, Away(type(error).__name__, may_have_it=False), is_theirs=False)
        return None
    if content is None:
        sending.drop(claimed, reason="no_longer_wanted")
        return None
    return Job(claimed, content)


def sent(job: Job, adapter: Connector) -> Outcome:
    """What the other system made of the job; the database is not touched."""
    try:
        if isinstance(job.content, News):
            return Outcome(Delivered(job.content.reference)) if adapter.tell(job.content) else Outcome()
        found = adapter.find(job.content) if job.claimed.was_doubtful else None
        return Outcome(found or adapter.deliver(job.content))
    except Away as away:
        return Outcome(away=away)
    except Exception as error:  # noqa: BLE001 - whatever is wrong with one order, the others go on
        log.error(
            "connector.failed",
            extra={"delivery": job.claimed.id, "error": type(error).__name__, "where": _where(error)},
        )
        return Outcome(away=Away(type(error).__name__, may_have_it=True), is_theirs=False)


def recorded(job: Job, outcome: Outcome) -> None:
    """The ledger says what came of the job."""
    if outcome.away is not None:
        sending.put_off(job.claimed, outcome.away, is_theirs=outcome.is_theirs)
    elif outcome.result is not None:
        sending.record(job.claimed, outcome.result)
    else:
        sending.drop(job.claimed, reason="takes_no_news")


def send_due(code: str, adapter: Connector, *, limit: int = 20) -> int:
    """What is due at the connector was tried once, one after the other; gives how many tries that were."""
    sending.free_the_dead()
    for number in range(limit):
        claims = sending.claim(code, limit=1, timeout_seconds=adapter.timeout_seconds)
        if not claims:
            return number
        for job in prepared(claims):
            recorded(job, sent(job, adapter))
    return limit


# --- news -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Round:
    """What one round of asking for news is about."""

    code: str
    references: dict[str, int]
    tokens: dict[str, int]
    taken: frozenset[str]
    since: datetime | None
    started_at: datetime


@dataclass(frozen=True, slots=True)
class Heard:
    """What a round brought: orders that have their number now, and news; `away` when it broke off."""

    settled: Sequence[tuple[int, Delivered | Refused]] = ()
    updates: Sequence[Update] = ()
    parcels: Sequence[Parcel] = ()
    away: Away | None = None


def begun_round(code: str, *, every_seconds: int) -> Round | None:
    """What to ask now; None when it is not yet time, or somebody else asks."""
    if not actions.begin_poll(code, every_seconds=every_seconds):
        return None
    references, tokens = dict(queries.to_follow(code)), dict(queries.to_settle(code))
    taken = queries.taken_parcels(code)
    return Round(code, references, tokens, taken, queries.pulse(code).read_to, clock.now())


def listened(asked: Round, adapter: Connector) -> Heard:
    """What the other system says of the work; the database is not touched."""
    settled: list[tuple[int, Delivered | Refused]] = []
    updates: list[Update] = []
    parcels: list[Parcel] = []
    try:
        parcels.extend(adapter.unasked(asked.taken) if isinstance(adapter, Dropping) else ())
        for token, delivery_id in asked.tokens.items():
            result = adapter.settle(token)
            if not isinstance(result, Pending):
                settled.append((delivery_id, result))
        updates.extend(adapter.follow(tuple(asked.references), since=asked.since) if asked.references else ())
    except Away as away:
        return Heard(settled, updates, parcels, away)
    return Heard(settled, updates, parcels)


def end_round(asked: Round, heard: Heard, *, timeout_seconds: float) -> None:
    """What was heard is applied, and the round is written down."""
    for parcel in heard.parcels:
        for told in parcel.told:
            _hear(asked.code, told)
        actions.note_parcel(asked.code, parcel)
    for delivery_id, result in heard.settled:
        sending.settle(delivery_id, result)
    for update in heard.updates:
        actions.apply(asked.code, update)
    actions.end_poll(
        asked.code, started_at=asked.started_at, timeout_seconds=timeout_seconds,
        asked=tuple(asked.references.values()), away=heard.away,
    )  # fmt: skip


def _hear(code: str, told: Settled | Update) -> None:
    if isinstance(told, Update):
        actions.apply(code, told)
    elif (delivery_id := queries.waiting_for(code, told.token)) is not None:
        sending.settle(delivery_id, told.result)


def ask_for_news(code: str, adapter: Connector, *, every_seconds: int) -> bool:
    """Whether the connector was asked how its work stands; what it said was applied."""
    asked = begun_round(code, every_seconds=every_seconds)
    if asked is None:
        return False
    end_round(asked, listened(asked, adapter), timeout_seconds=adapter.timeout_seconds)
    return True


# --- one line -------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Workers:
    """Threads that wait for another system; what they bring back is recorded by the line's keeper.

    They are daemons: a process that ends does not wait for an answer that may take its time.
    """

    name: str
    wake: threading.Event
    under_way: int = 0
    _wanted: queue.SimpleQueue[Callable[[], Callable[[], None]] | None] = field(default_factory=queue.SimpleQueue)
    _brought: queue.SimpleQueue[Callable[[], None]] = field(default_factory=queue.SimpleQueue)
    _threads: list[threading.Thread] = field(default_factory=list)

    def give(self, act: Callable[[], Callable[[], None]]) -> None:
        """Some worker acts; what it gives back is to be called by the keeper."""
        self.under_way += 1
        self._wanted.put(act)
        if len(self._threads) < self.under_way:
            thread = threading.Thread(target=self._work, name=self.name, daemon=True)
            self._threads.append(thread)
            thread.start()

    def _work(self) -> None:
        while (act := self._wanted.get()) is not None:
            self._brought.put(_careful(act) or _nothing)
            self.wake.set()
        connection.close()

    def brought(self) -> list[Callable[[], None]]:
        """What was brought back since."""
        found = []
        while not self._brought.empty():
            found.append(self._brought.get())
        self.under_way -= len(found)
        return found

    def end(self) -> None:
        """Each worker goes home when it is done with what it has."""
        for _ in self._threads:
            self._wanted.put(None)


def _nothing() -> None:
    return None


@dataclass(slots=True)
class Line:
    """The line to one other system: its adapter, its workers, and when it was last looked after."""

    named: Named
    adapter: Connector
    workers: Workers
    jobs: set[int] = field(default_factory=set)
    is_asking: bool = False
    looked_at: datetime | None = None
    beat_at: datetime | None = None
    checked_at: datetime | None = None
    to_record: list[Callable[[], None]] = field(default_factory=list)

    def work(self) -> bool:
        """Whether anything was sent, recorded or asked."""
        code, now = self.named.code, clock.now()
        if self.beat_at is None or now - self.beat_at >= BEAT_EVERY:
            actions.beat(code)
            self.beat_at = now
        if self.checked_at is None or now - self.checked_at >= CHECK_EVERY:
            self.checked_at = now
            sending.give_up_old(code)
            self._give(self._check)
        has_recorded = self.record()
        return any((self._send(code), self._ask(code), has_recorded))

    def record(self) -> bool:
        """Whether there was something to write down; what a lost database kept from it comes first."""
        self.to_record += self.workers.brought()
        had = bool(self.to_record)
        while self.to_record:
            try:
                self.to_record[0]()
            except (OperationalError, InterfaceError):
                raise
            except Exception as error:  # noqa: BLE001 - what cannot be written down is tried again after its lease
                log.error("connector.failed", extra={"connector": self.named.code, "where": _where(error)})
            del self.to_record[0]
        return had

    def _give(self, act: Callable[[Connector], Callable[[], None]]) -> None:
        adapter = self.adapter
        self.workers.give(lambda: act(adapter))

    def _send(self, code: str) -> bool:
        free = self.named.workers - len(self.jobs)
        jobs = prepared(sending.claim(code, limit=free, timeout_seconds=self.adapter.timeout_seconds))
        for job in jobs:
            self._start(job)
        return bool(jobs)

    def _start(self, job: Job) -> None:
        self.jobs.add(job.claimed.id)

        def act(adapter: Connector) -> Callable[[], None]:
            outcome = sent(job, adapter)
            return lambda: self._sent(job, outcome)

        self._give(act)

    def _sent(self, job: Job, outcome: Outcome) -> None:
        self.jobs.discard(job.claimed.id)
        recorded(job, outcome)

    def _ask(self, code: str) -> bool:
        now = clock.now()
        if self.is_asking or (self.looked_at is not None and now - self.looked_at < LOOK_EVERY):
            return False
        self.looked_at = now
        asked = begun_round(code, every_seconds=self.named.poll_seconds)
        if asked is None:
            return False
        self.is_asking = True
        self._give(lambda adapter: self._listen(asked, adapter))
        return True

    def _listen(self, asked: Round, adapter: Connector) -> Callable[[], None]:
        try:
            heard = listened(asked, adapter)
        except Exception as error:  # noqa: BLE001 - an adapter that cannot read an answer must not end the asking
            log.error("connector.failed", extra={"connector": asked.code, "where": _where(error)})
            heard = Heard(away=Away(type(error).__name__, may_have_it=False))
        return lambda: self._heard(asked, heard, adapter)

    def _heard(self, asked: Round, heard: Heard, adapter: Connector) -> None:
        self.is_asking = False
        end_round(asked, heard, timeout_seconds=adapter.timeout_seconds)

    def _check(self, adapter: Connector) -> Callable[[], None]:
        try:
            problems = adapter.problems()
        except Away as away:
            log.warning("connector.away", extra={"connector": self.named.code, "status": away.status_code})
            return _nothing
        return lambda: actions.keep_problems(self.named.code, problems)

    def end(self) -> None:
        """The answers under way are waited for a little and recorded; the claims of others become free."""
        until = clock.now() + timedelta(seconds=END_SECONDS)
        while self.workers.under_way and clock.now() < until:
            self.workers.wake.wait(0.1)
            self.workers.wake.clear()
            self.record()
        self.workers.end()


# --- the process ----------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Hall:
    """All lines of this process: their keepers' threads, and how each is woken."""

    stop: threading.Event
    make: Make
    pause_seconds: float
    keepers: dict[str, threading.Thread] = field(default_factory=dict)
    wakes: dict[str, threading.Event] = field(default_factory=dict)
    freed_at: datetime | None = None

    def look_around(self) -> bool:
        """Whether facts were read; every connector of the pack has a keeper, and the dead hold nothing."""
        for code in queries.connectors():
            if code not in self.keepers or not self.keepers[code].is_alive():
                self.wakes[code] = threading.Event()
                self.keepers[code] = threading.Thread(
                    target=self.keep, args=(code, self.wakes[code]), name=f"connector-{code}", daemon=True
                )
                self.keepers[code].start()
        now = clock.now()
        if self.freed_at is None or now - self.freed_at >= FREE_EVERY:
            self.freed_at = now
            if sending.free_the_dead():
                self.wake_all()
        moved = bool(run_follower(FOLLOWER, limit=READ_AT_ONCE))
        if moved:
            self.wake_all()
        return moved

    def wake_all(self) -> None:
        """Every keeper looks at once."""
        for wake in self.wakes.values():
            wake.set()

    def keep(self, code: str, wake: threading.Event) -> None:
        """One line is looked after until it is gone from the city pack."""
        line: Line | None = None
        while not self.stop.is_set():
            named = _careful(lambda: queries.connectors().get(code))
            if named is None:
                break
            if line is None:
                line = Line(named=named, adapter=self.make(named), workers=Workers(f"connector-{code}", wake))
            elif line.named != named:
                line.named, line.adapter = named, self.make(named)
            wake.clear()
            if not _careful(line.work):
                wake.wait(self.pause_seconds)
        if line is not None:
            _careful(line.end)
        leave()
        connection.close()


def run(stop: threading.Event, *, make: Make, pause_seconds: float = 0.25) -> None:
    """The journal is read and every connector served, each by threads of its own, until `stop` is set."""
    hall = Hall(stop, make, pause_seconds)
    while not stop.is_set():
        if not _careful(hall.look_around):
            stop.wait(pause_seconds)
    hall.wake_all()
    for keeper in hall.keepers.values():
        keeper.join(END_SECONDS + 1)


def _careful(act: Callable[[], Done]) -> Done | None:
    """What the act gave; a lost database or a fault in it is written down, and the thread lives on."""
    try:
        return act()
    except DatabaseError as error:
        log.warning("connectors.database_lost", extra={"error": type(error).__name__})
        leave()
        connection.close()
    except Exception as error:  # noqa: BLE001 - the edge of the thread: one bad order must not stop the others
        log.error("connectors.failed", extra={"error": type(error).__name__, "where": _where(error)})
    return None


def _where(error: Exception) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}" if trace else "?"

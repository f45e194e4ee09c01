"""What doors for programs share: the database without Django's layers, who calls, and how often they may.

A door is a small ASGI program (channels/api, channels/open311).  Each process has one `Store` and one `Clients`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import psycopg
from django.db import connection
from psycopg import AsyncConnection
from psycopg.rows import tuple_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from answerable.channels.errors import TooManyCalls
from answerable.intake.actions import digest_of
from answerable.intake.errors import ClientRefused
from answerable.plumbing import clock
from answerable.staff.actions import NOTE_CALLS_SQL
from answerable.staff.queries import CLIENT_SQL
from answerable.staff.rules import Profile, profile_of

log = logging.getLogger("answerable.doors")

Result = TypeVar("Result")
Session = AsyncConnection[tuple[Any, ...]]

CLIENT_CACHE_SECONDS = 30.0
"""Units: seconds a process trusts what it read about a client; a revoked key opens nothing after that."""

LANES = 2
"""How many gathered statements a process has under way at once."""

MOST = 32
"""How many calls one gathered statement carries at most."""

FAULTY = (psycopg.DataError, psycopg.IntegrityError, psycopg.InternalError, psycopg.ProgrammingError)
"""How it looks when a statement cannot be done because of what one call told."""

METER_SECONDS = 1.0
"""Units: seconds between two looks at how often each client called at all processes together."""

MINUTE = 60
MAX_ADDRESSES = 50_000
"""How many callers without a key are counted a minute; beyond that they share one count."""


class Store:
    """Pooled, prepared connections; one statement a call."""

    def __init__(
        self, conninfo: str, *, pool_size: int, patience_seconds: float = 10.0, application_name: str = "answerable api"
    ) -> None:
        self._pool = AsyncConnectionPool(
            conninfo,
            min_size=1,
            max_size=pool_size,
            timeout=patience_seconds,
            open=False,
            kwargs={
                "autocommit": True,
                "prepare_threshold": 0,
                "application_name": application_name,
                "row_factory": tuple_row,
            },
        )

    async def open(self) -> None:
        """The pool starts to fill; a database that is away does not stop the process."""
        await self._pool.open()

    async def close(self) -> None:
        """Nothing is left open."""
        await self._pool.close()

    async def fetch_one(self, statement: str, values: Sequence[Any]) -> tuple[Any, ...] | None:
        """The first row, or nothing; sent once more when the connection was dead (see `_twice`)."""

        async def act(session: Session) -> tuple[Any, ...] | None:
            return await (await session.execute(statement.encode(), values)).fetchone()

        return await self._twice(act)

    async def fetch_all(self, statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        """Every row; sent once more when the connection was dead (see `_twice`)."""

        async def act(session: Session) -> list[tuple[Any, ...]]:
            return await (await session.execute(statement.encode(), values)).fetchall()

        return await self._twice(act)

    async def _twice(self, act: Callable[[Session], Awaitable[Result]]) -> Result:
        """After a restart of the database every idle connection is dead, which only shows when it is used.

        So a statement must be a read, or carry the key that makes it harmless to send it twice.
        """
        try:
            async with self._pool.connection() as session:
                return await act(session)
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            if isinstance(error, PoolTimeout):
                raise
            log.info("doors.sent_again", extra={"error": type(error).__name__})
        await self._pool.check()
        async with self._pool.connection() as session:
            return await act(session)


class Gathered:
    """Calls of one keyed write that arrive while others are under way travel together: one statement, one commit.

    Nobody waits for company: a call that finds a free lane leaves at once and alone.  Under load a statement carries
    many calls, so that its fixed cost and the commit's are shared.  One call that cannot be stored fails alone: the
    others are sent again singly, which their keys make harmless.
    """

    def __init__(
        self, store: Store, *, alone: str, together: str, tell: Callable[[Sequence[Sequence[Any]]], str],
        lanes: int = LANES, most: int = MOST,
    ) -> None:  # fmt: skip
        self._store, self._alone, self._together, self._tell = store, alone, together, tell
        self._free, self._most = lanes, most
        self._waiting: deque[tuple[Sequence[Any], asyncio.Future[tuple[Any, ...]]]] = deque()
        self._sending: set[asyncio.Task[None]] = set()

    async def fetch_one(self, values: Sequence[Any]) -> tuple[Any, ...]:
        """The call's own row.  Raises: what the database says to this call."""
        answer: asyncio.Future[tuple[Any, ...]] = asyncio.get_running_loop().create_future()
        self._waiting.append((values, answer))
        self._leave()
        return await answer

    def _leave(self) -> None:
        while self._free and self._waiting:
            calls = [self._waiting.popleft() for _ in range(min(self._most, len(self._waiting)))]
            self._free -= 1
            task = asyncio.create_task(self._send(calls))
            self._sending.add(task)
            task.add_done_callback(self._arrived)

    def _arrived(self, task: asyncio.Task[None]) -> None:
        self._sending.discard(task)
        self._free += 1
        self._leave()

    async def _send(self, calls: Sequence[tuple[Sequence[Any], asyncio.Future[tuple[Any, ...]]]]) -> None:
        if len(calls) > 1:
            try:
                rows = await self._store.fetch_all(self._together, [self._tell([values for values, _ in calls])])
            except (
                psycopg.DataError,
                psycopg.IntegrityError,
                psycopg.InternalError,
                psycopg.ProgrammingError,
            ) as error:
                log.info("doors.sent_singly", extra={"error": type(error).__name__})
            except Exception as error:  # noqa: BLE001 the edge of a task: every caller hears it
                for _, answer in calls:
                    _settle(answer, error)
                return
            else:
                for (_, answer), row in zip(calls, rows, strict=True):
                    _settle(answer, row)
                return
        for values, answer in calls:
            try:
                (row,) = await self._store.fetch_all(self._alone, values)
            except Exception as error:  # noqa: BLE001 the edge of a task: this caller hears it
                _settle(answer, error)
            else:
                _settle(answer, row)


def _settle(answer: asyncio.Future[tuple[Any, ...]], told: tuple[Any, ...] | Exception) -> None:
    """The caller hears it, unless they hung up."""
    if answer.done():
        return
    if isinstance(told, Exception):
        answer.set_exception(told)
    else:
        answer.set_result(told)


async def apart(act: Callable[..., Result], *given: Any, **named: Any) -> Result:
    """What `act` gives, on a thread whose connection goes back afterwards: one that broke must not be met again."""

    def run() -> Result:
        try:
            return act(*given, **named)
        finally:
            connection.close()

    return await asyncio.to_thread(run)


@dataclass(frozen=True, slots=True)
class Client:
    """Who calls: a program with a key, or id 0 for anybody."""

    id: int
    name: str
    scopes: frozenset[str]
    rate_per_minute: int
    profile: Profile

    def may(self, scope: str) -> bool:
        """Whether the key carries the scope."""
        return scope in self.scopes


NOBODY = Client(id=0, name="", scopes=frozenset(), rate_per_minute=0, profile=Profile())


class _Count:
    """Calls in one minute: what every process said so far, and what this one has not said yet."""

    __slots__ = ("elsewhere", "minute", "unsaid")

    def __init__(self, minute: int) -> None:
        self.minute, self.elsewhere, self.unsaid = minute, 0, 0


class Clients:
    """Whose key it is, what it may, and whether it called too often; remembered, so that a call costs no statement.

    Limits count whole minutes.  Processes tell each other their counts once a second, so a client that speeds may
    get through for that long.  Callers without a key are counted by address, in each process, and never written down.
    """

    def __init__(self, store: Store, *, anonymous_per_minute: int = 0) -> None:
        self._store = store
        self._anonymous_per_minute = anonymous_per_minute
        self._kept: dict[str, tuple[float, Client]] = {}
        self._counts: dict[int, _Count] = {}
        self._addresses: dict[str, int] = {}
        self._addresses_minute = 0
        self._telling: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Counts are told from now on."""
        self._telling = asyncio.create_task(self._keep_telling())

    async def close(self) -> None:
        """What was counted is told a last time."""
        if self._telling:
            self._telling.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._telling
        await self._tell()

    async def check(self, api_key: str, *, scope: str | None, address: str = "") -> Client:
        """Who calls.  Raises: ClientRefused; TooManyCalls with the seconds to wait as its value.

        Without a scope the call is open to anybody, and a key only raises the limit and brings the profile.
        """
        if scope is None and not api_key:
            self._count_address(address)
            return NOBODY
        client = await self._client(api_key)
        if client is None or (scope is not None and not client.may(scope)):
            self._count_address(address)
            remedy = f"Ask the city for a key with '{scope}'." if scope else "Leave the key out or ask for one."
            raise ClientRefused("This API key may not do that.", field="api_key", remedy=remedy)
        self._count(client)
        return client

    async def _client(self, api_key: str) -> Client | None:
        digest, now = digest_of(api_key), time.monotonic()
        kept = self._kept.get(digest)
        if kept is not None and kept[0] > now:
            return kept[1]
        row = await self._store.fetch_one(CLIENT_SQL, [digest])
        if row is None:  # strangers' keys must not fill the memory
            self._kept.pop(digest, None)
            return None
        client = Client(
            id=row[0], name=row[1], scopes=frozenset(row[2]), rate_per_minute=row[3], profile=profile_of(row[4])
        )
        self._kept[digest] = (now + CLIENT_CACHE_SECONDS, client)
        return client

    def _count(self, client: Client) -> None:
        now = int(clock.now().timestamp())
        minute = now // MINUTE
        count = self._counts.get(client.id)
        if count is None or count.minute != minute:
            count = self._counts[client.id] = _Count(minute)
        if client.rate_per_minute and count.elsewhere + count.unsaid >= client.rate_per_minute:
            raise _too_many(client.rate_per_minute, now=now, field="api_key")
        count.unsaid += 1

    def _count_address(self, address: str) -> None:
        now = int(clock.now().timestamp())
        minute = now // MINUTE
        if minute != self._addresses_minute:
            self._addresses, self._addresses_minute = {}, minute
        if len(self._addresses) >= MAX_ADDRESSES and address not in self._addresses:
            address = ""
        calls = self._addresses.get(address, 0)
        if self._anonymous_per_minute and calls >= self._anonymous_per_minute:
            raise _too_many(self._anonymous_per_minute, now=now, field="address")
        self._addresses[address] = calls + 1

    async def _keep_telling(self) -> None:
        while True:
            await asyncio.sleep(METER_SECONDS)
            try:
                await self._tell()
            except Exception:  # noqa: BLE001 the edge of a task: record and go on
                log.warning("doors.calls_not_counted")

    async def _tell(self) -> None:
        """This process's counts are added to everybody's, in one statement, and everybody's come back.

        Sent twice by a dying connection, a minute may count double: that errs on the side of the limit.
        """
        told = {client: (count.minute, count.unsaid) for client, count in self._counts.items() if count.unsaid}
        if not told:
            return
        values = [list(told), [minute for minute, _ in told.values()], [calls for _, calls in told.values()]]
        for client, (_, calls) in told.items():
            self._counts[client].unsaid -= calls
        for client, minute, calls in await self._store.fetch_all(NOTE_CALLS_SQL, values):
            count = self._counts.get(client)
            if count is not None and count.minute == minute:
                count.elsewhere = calls


def _too_many(limit: int, *, now: int, field: str) -> TooManyCalls:
    seconds = MINUTE - now % MINUTE
    return TooManyCalls(
        f"More than {limit} calls in a minute.",
        field=field, value=str(seconds), remedy=f"Call again in {seconds} seconds.",
    )  # fmt: skip


def address_of(scope: MutableMapping[str, Any]) -> str:
    """The caller's address, as the server that took the connection tells it."""
    client = scope.get("client")
    return str(client[0]) if client else ""

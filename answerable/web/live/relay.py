"""The relay of one process: it reads the journal as it grows and hands frames to the hub.

It polls, because a notice inside the writers' transactions would slow every writer down; a poll that finds nothing
costs one index probe.  docs/decisions/0003-journal-order.md says why it misses nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Final, Protocol

import psycopg

from answerable.journal.queries import BATCH, HORIZON_SQL, READ_AFTER_SQL, position_parameters, recorded
from answerable.journal.records import BEGINNING, Position, RecordedFact
from answerable.plumbing import clock
from answerable.web.live.hub import Announcement, Frame, Hub

log = logging.getLogger(__name__)

REMEMBERED_FACTS: Final = 1000
"""Facts read again when the process starts, for streams that come back from another or an earlier one."""

IDLE_SECONDS: Final = 0.5
"""Between two polls while nobody listens."""

PATIENCE_SECONDS: Final = 15.0
"""With a database that does not answer a poll."""

LONGEST_PAUSE_SECONDS: Final = 2.0
"""Between two tries to reach the database."""

_START_SQL: Final = f"""
SELECT oxid::text::bigint, id, recorded_at
  FROM journal_fact
 ORDER BY oxid DESC, id DESC
OFFSET {REMEMBERED_FACTS} LIMIT 1
"""  # noqa: S608 - no word of it comes from outside


class Announce(Protocol):
    """Turns facts into announcements, with as few queries as possible: one for the batch.

    Wiring supplies it.  A fact nobody may hear of gets no announcement; one that different people may hear
    differently gets several, each for its own topics.
    """

    async def __call__(
        self, connection: psycopg.AsyncConnection, facts: Sequence[RecordedFact], /
    ) -> Sequence[Announcement]:
        """The announcements, in the order of the facts."""


async def by_subject(connection: psycopg.AsyncConnection, facts: Sequence[RecordedFact]) -> Sequence[Announcement]:
    """The least that can be said: each subject's listeners learn that it changed."""
    return [
        Announcement(fact, frozenset({fact.subject}), {"subject": fact.subject, "kind": fact.kind}) for fact in facts
    ]


class Relay:
    """Reads on from where it stands until it is cancelled; a lost database is waited for, and nothing is missed."""

    def __init__(self, *, database_url: str, hub: Hub, announce: Announce, poll_seconds: float) -> None:
        self._database_url = database_url
        self._hub = hub
        self._announce = announce
        self._poll_seconds = poll_seconds
        self._place: Position | None = None
        self._arrived = 0.0

    async def run(self) -> None:
        """Relays until the task is cancelled."""
        pause = 0.05
        while True:
            try:
                async with await self._connect() as connection:
                    await self._begin(connection)
                    log.info("relay.connected", extra={"position": str(self._place)})
                    pause = 0.05
                    await self._relay(connection)
            except (psycopg.Error, OSError) as error:
                log.warning("relay.database_lost", extra={"error": type(error).__name__, "pause_seconds": pause})
            except Exception:
                log.exception("relay.failed")
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    async def _connect(self) -> psycopg.AsyncConnection:
        return await psycopg.AsyncConnection.connect(
            self._database_url,
            autocommit=True,
            application_name="answerable live",
            connect_timeout=5,
            keepalives_idle=10,
            keepalives_interval=5,
            keepalives_count=3,
        )

    async def _begin(self, connection: psycopg.AsyncConnection) -> None:
        """Stand where we stood; at the first start, or in a journal with other transaction ids, stand anew."""
        told = await (await connection.execute(HORIZON_SQL)).fetchone()
        if self._place is not None and told is not None and self._place.oxid <= told[0]:
            return
        row = await (await connection.execute(_START_SQL)).fetchone()
        self._place = Position(*row) if row else BEGINNING
        self._arrived = self._place.recorded_at.timestamp()
        self._hub.restart(self._place, arrived=self._arrived)

    async def _relay(self, connection: psycopg.AsyncConnection) -> None:
        while True:
            async with asyncio.timeout(PATIENCE_SECONDS):
                caught_up = await self._read_on(connection)
            if caught_up and len(self._hub):
                await asyncio.sleep(self._poll_seconds)
            elif caught_up:
                await self._hub.until_wanted(seconds=max(self._poll_seconds, IDLE_SECONDS))

    async def _read_on(self, connection: psycopg.AsyncConnection) -> bool:
        """The next facts are published; gives whether there are no more for now."""
        assert self._place is not None
        live = self._hub.position is not None
        cursor = await connection.execute(READ_AFTER_SQL, position_parameters(self._place))
        facts = [recorded(row) for row in await cursor.fetchall()]
        if facts:
            frames = await self._frames(connection, facts, live=live)
            self._place = facts[-1].position
            self._hub.publish(frames)
        caught_up = len(facts) < BATCH
        if live or caught_up:
            self._hub.position = self._place
        return caught_up

    async def _frames(
        self, connection: psycopg.AsyncConnection, facts: Sequence[RecordedFact], *, live: bool
    ) -> list[Frame]:
        told = await self._told(connection, facts)
        frames = []
        for each in told:
            arrived = clock.now() if live else each.fact.recorded_at
            self._arrived = max(self._arrived, arrived.timestamp())
            frames.append(Frame.of(each, arrived=self._arrived))
        return frames

    async def _told(self, connection: psycopg.AsyncConnection, facts: Sequence[RecordedFact]) -> Sequence[Announcement]:
        """The announcements; only the least is said when the room above cannot say more."""
        try:
            return await self._announce(connection, facts)
        except psycopg.OperationalError:
            raise
        except Exception:
            log.exception("relay.announce_failed", extra={"facts": len(facts), "first": facts[0].id})
            return await by_subject(connection, facts)

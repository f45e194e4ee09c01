"""The database is killed while pages are open: every change that was acknowledged reaches them."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import psycopg
import pytest

from answerable.journal.records import RecordedFact
from answerable.plumbing.launcher import Cluster
from answerable.web.live.app import LiveApp
from answerable.web.live.hub import Announcement
from tests.journeys.test_live import Server, Stream
from tests.patience import PATIENCE_SECONDS

LAST_WORD = 10**9
SQL = Path(__file__).resolve().parents[2] / "answerable/journal/sql"


async def numbers_to_staff(
    _connection: psycopg.AsyncConnection, facts: Sequence[RecordedFact]
) -> Sequence[Announcement]:
    """Staff hears each fact's number."""
    return [Announcement(fact, frozenset({"staff"}), {"n": fact.body["n"]}) for fact in facts]


class Writer(threading.Thread):
    """Appends numbered facts until stopped; knows which were acknowledged."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self.url, self.acknowledged, self.number, self.stop = url, [], 0, threading.Event()

    def run(self) -> None:
        """Write on, through every loss of the database."""
        while not self.stop.is_set():
            try:
                with psycopg.connect(self.url, autocommit=True, connect_timeout=10) as mine:
                    self.write_on(mine)
                    self.append(mine, LAST_WORD)
            except psycopg.Error:
                time.sleep(0.05)

    def write_on(self, mine: psycopg.Connection) -> None:
        """Until stopped or cut off."""
        while not self.stop.is_set():
            self.number += 1
            self.append(mine, self.number)
            time.sleep(0.01)

    def append(self, mine: psycopg.Connection, number: int) -> None:
        """One fact, acknowledged when this returns."""
        mine.execute(
            "SELECT journal_append('lamp.noted', %s, 'system:test', now(), jsonb_build_object('n', %s::int))",
            [f"lamp:{number}", number],
        )
        self.acknowledged.append(number)


@pytest.mark.crash
def test_open_pages_hear_of_every_acknowledged_change_although_the_database_is_killed(tmp_path: Path) -> None:
    cluster = Cluster(tmp_path / "pg", memory_mb=64)
    cluster.start()
    try:
        with psycopg.connect(cluster.url(), autocommit=True) as owner:
            for name in ("journal_tables_1.sql", "journal_functions_1.sql"):
                owner.execute((SQL / name).read_text(encoding="utf-8"))
        heard = hear_through_two_kills(cluster)
    finally:
        cluster.stop()

    acknowledged, told, reloads = heard
    assert len(acknowledged) > 50
    assert reloads == 0
    assert set(acknowledged) <= set(told)
    assert told == sorted(told)


def hear_through_two_kills(cluster: Cluster) -> tuple[list[int], list[int], int]:
    """The numbers acknowledged to a writer, the numbers one stream heard, and how often it was told to reload."""
    app = LiveApp(database_url=cluster.url(), announce=numbers_to_staff, poll_seconds=0.02)
    writer, events = Writer(cluster.url()), []
    with Server(app) as server, server.stream("staff") as stream:
        stream.until("ready")
        listener = threading.Thread(target=listen, args=(stream, events), daemon=True)
        listener.start()
        writer.start()
        for _ in range(2):
            time.sleep(0.6)
            kill_and_start(cluster)
        time.sleep(0.6)
        writer.stop.set()
        listener.join(PATIENCE_SECONDS)
    told = [number for number in events if number is not None]
    return writer.acknowledged, told, events.count(None)


def listen(stream: Stream, events: list[int | None]) -> None:
    """Notes each number heard, and None for each request to reload, up to the last word."""
    while LAST_WORD not in events:
        name, data = stream.next()
        events.append(data["n"] if name == "changed" else None)


def kill_and_start(cluster: Cluster) -> None:
    """The whole database dies at once and comes back.  The server must not outlive the thread that starts it."""
    os.kill(cluster.process.pid, signal.SIGKILL)
    cluster.process.wait()
    cluster.start()

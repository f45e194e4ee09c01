"""How fast an open page learns of a change: commit → frame read, with many streams and many changes a second.

    DATABASE_URL=postgresql://… python benchmarks/live_fanout.py [--streams 1000] [--rate 10] [--seconds 20]

The server (uvicorn, one process), the writer and the readers are processes of their own on this machine.  Each change
is one committed journal_append.  Two cases are run: every stream hears every change, which is the worst a desk or wall
can do (streams × rate frames a second); and each stream hears one request in a hundred, as follow pages do.
Times are from just after COMMIT returned in the writer to the frame's last byte parsed in the reader; the clock is
the machine's CLOCK_MONOTONIC, which its processes share.  At most two minutes, whatever it is asked for.

Without DATABASE_URL it launches the embedded PostgreSQL in a temporary folder, durable as in production.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import platform
import re
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import psutil
import psycopg
import uvicorn
import uvloop
from django.conf import settings

from answerable.journal.records import RecordedFact
from answerable.plumbing.launcher import Cluster, free_port
from answerable.web.live.app import LiveApp
from answerable.web.live.hub import Announcement
from answerable.web.live.tickets import mint

ROOT = Path(__file__).resolve().parent.parent
LONGEST_SECONDS = 60.0
REQUESTS = 100
READERS = 2
SENT = re.compile(rb'"sent":(\d+)')


def configure() -> None:
    """Django's signing has a key; nothing else of Django is used."""
    if not settings.configured:
        settings.configure(SECRET_KEY="benchmark", USE_TZ=True, DATABASES={})


async def announce(connection: psycopg.AsyncConnection, facts: Sequence[RecordedFact]) -> list[Announcement]:
    """What a requests room would supply: one query a batch, a staff payload and a public one."""
    await (await connection.execute("SELECT %s::bigint[]", [[fact.id for fact in facts]])).fetchall()
    told = []
    for fact in facts:
        common = {"subject": fact.subject, "kind": fact.kind, "sent": fact.body.get("n")}
        told.append(Announcement(fact, frozenset({fact.subject}), common))
        told.append(Announcement(fact, frozenset({"staff"}), common | {"by": fact.by}))
    return told


def serve(url: str, port: int) -> None:
    """One live process."""
    configure()
    app = LiveApp(database_url=url, announce=announce)
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="error", access_log=False, timeout_graceful_shutdown=2)


class OneStream(asyncio.Protocol):
    """One stream, read with as little work as can be: notes (number of the change, when it was read)."""

    def __init__(self, token: str, ready: asyncio.Semaphore) -> None:
        self.token, self.ready, self.heard, self.rest = token, ready, list[tuple[int, float]](), b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the stream."""
        transport.write(f"GET /live/?ticket={self.token} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())

    def data_received(self, data: bytes) -> None:
        """Whole events only; the rest waits for more."""
        whole, _, self.rest = (self.rest + data).rpartition(b"\n\n")
        if b"event: ready" in whole:
            self.ready.release()
        now = time.monotonic()
        self.heard += [(int(number), now) for number in SENT.findall(whole)]


async def read_many(port: int, tokens: list[str], pipe: Any) -> None:
    """A process's share of the streams; says when all are open, and what they heard when asked."""
    ready, streams, loop = asyncio.Semaphore(0), [], asyncio.get_running_loop()
    for token in tokens:
        streams.append(await loop.create_connection(lambda t=token: OneStream(t, ready), "127.0.0.1", port))
    for _ in tokens:
        await asyncio.wait_for(ready.acquire(), 60)
    pipe.send("open")
    while not pipe.poll():
        await asyncio.sleep(0.05)
    pipe.recv()
    for transport, _ in streams:
        transport.abort()
    pipe.send([stream.heard for _, stream in streams])


def reader_process(port: int, tokens: list[str], pipe: Any) -> None:
    """The entry of a reading process."""
    uvloop.run(read_many(port, tokens, pipe))


def write(url: str, *, rate: float, seconds: float, first: int) -> dict[int, float]:
    """Changes at an even pace, numbered from `first`; gives for each number when its commit had returned."""
    committed: dict[int, float] = {}
    with psycopg.connect(url, autocommit=True) as connection:
        start, number = time.monotonic(), first
        while (due := start + (number - first) / rate) < start + seconds:
            time.sleep(max(0.0, due - time.monotonic()))
            body = json.dumps({"n": number})
            connection.execute(
                "SELECT journal_append('request.moved', %s, 'operator:1', now(), %s::jsonb)",
                [f"request:{number % REQUESTS}", body],
            )
            committed[number] = time.monotonic()
            number += 1
    return committed


def one_case(
    url: str, port: int, *, topics: list[str], rate: float, seconds: float, first: int
) -> tuple[list[float], int]:
    """The delay of each frame in seconds, and how many frames should have come."""
    tokens = [mint([topic], life=timedelta(hours=1)) for topic in topics]
    pipes, readers = [], []
    for index in range(READERS):
        ours, theirs = multiprocessing.Pipe()
        process = multiprocessing.Process(
            target=reader_process, args=(port, tokens[index::READERS], theirs), daemon=True
        )
        process.start()
        pipes.append(ours)
        readers.append(process)
    for pipe in pipes:
        assert pipe.recv() == "open"
    committed = write(url, rate=rate, seconds=seconds, first=first)
    time.sleep(1.5)
    delays: list[float] = []
    for pipe in pipes:
        pipe.send("stop")
        for its in pipe.recv():
            delays += [at - committed[number] for number, at in its if number in committed]
    for process in readers:
        process.join(10)
    listened = [topic.removeprefix("request:") for topic in topics]
    wanted = sum(
        len(committed) if topic == "staff" else sum(1 for n in committed if n % REQUESTS == int(topic))
        for topic in listened
    )
    return delays, wanted


@contextmanager
def database() -> Iterator[str]:
    """The address of a database with a journal: a schema of its own in the one named, else a server of its own."""
    if url := os.environ.get("DATABASE_URL"):
        separator = "&" if "?" in url else "?"
        with psycopg.connect(url, autocommit=True) as owner:
            owner.execute("CREATE SCHEMA live_benchmark")
            try:
                inside = f"{url}{separator}options=-csearch_path%3Dlive_benchmark"
                install(inside)
                yield inside
            finally:
                owner.execute("DROP SCHEMA live_benchmark CASCADE")
        return
    with tempfile.TemporaryDirectory(prefix="answerable-live-") as folder:
        cluster = Cluster(Path(folder) / "pg", port=free_port())
        cluster.start()
        try:
            install(cluster.url())
            yield cluster.url()
        finally:
            cluster.stop()


def install(url: str) -> None:
    """The journal's tables and functions."""
    with psycopg.connect(url, autocommit=True) as connection:
        for name in ("journal_tables_1.sql", "journal_functions_1.sql"):
            connection.execute((ROOT / "answerable/journal/sql" / name).read_text(encoding="utf-8"))
        connection.execute("SELECT journal_ensure_partitions(now(), 1)")


def percentile(values: list[float], share: float) -> float:
    """The value below which this share of the sorted values lies."""
    return values[min(len(values) - 1, int(len(values) * share))]


def main() -> None:
    """Run both cases and print a table."""
    configure()
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--streams", type=int, default=1000)
    parser.add_argument("--rate", type=float, default=10.0, help="changes a second")
    parser.add_argument("--seconds", type=float, default=20.0, help="of writing, for each case")
    asked = parser.parse_args()
    seconds, port = min(asked.seconds, LONGEST_SECONDS), free_port()
    cases = {
        "all hear all": ["staff"] * asked.streams,
        "one in a hundred": [f"request:{n % REQUESTS}" for n in range(asked.streams)],
    }
    with database() as url:
        server = multiprocessing.Process(target=serve, args=(url, port), daemon=True)
        server.start()
        measured = psutil.Process(server.pid)
        time.sleep(2)
        print(
            f"{asked.streams} streams, {asked.rate:g} changes/s for {seconds:g} s; {platform.machine()}, "
            f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, Python {platform.python_version()}"
        )
        print(f"{'case':<18}{'frames':>9}{'missing':>9}{'p50 ms':>8}{'p99 ms':>8}{'max ms':>8}{'CPU %':>7}{'MiB':>6}")
        for index, (name, topics) in enumerate(cases.items()):
            before, began = sum(measured.cpu_times()[:2]), time.monotonic()
            delays, wanted = one_case(
                url, port, topics=topics, rate=asked.rate, seconds=seconds, first=index * 1_000_000
            )
            share = (sum(measured.cpu_times()[:2]) - before) / (time.monotonic() - began)
            delays.sort()
            figures = [percentile(delays, at) * 1000 for at in (0.5, 0.99, 1.0)]
            print(
                f"{name:<18}{len(delays):>9}{wanted - len(delays):>9}"
                + "".join(f"{ms:>8.1f}" for ms in figures)
                + f"{share * 100:>7.0f}{measured.memory_info().rss / 2**20:>6.0f}",
                flush=True,
            )
        server.terminate()
        server.join(10)


if __name__ == "__main__":
    multiprocessing.set_start_method("spawn")
    main()

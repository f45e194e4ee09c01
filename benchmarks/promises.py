"""Whether every promise that falls due is announced in time, and once: 100,000 of them within one minute.

    python benchmarks/promises.py [--promises 100000] [--spread 60] [--processes 1]

One durable embedded PostgreSQL and the follow process as `./311 up` starts it.  The requests are copies of one real
request of the Toronto pack, each with a history of its own and a completion promise that is at risk; their department
has a ladder, so that each breach also makes an escalation.  They fall due evenly over `--spread` seconds; then all in
the same instant, which no city has, but which shows what there is to spare.  Announced means: the fact is in the
journal, for every page, follower and message to read.  Lateness is from the due instant to the fact's `recorded_at`.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import psutil
import psycopg

from answerable.plumbing.launcher import Cluster, free_port

LEAD_SECONDS = 6
"""Units: seconds between arming the timers and the first of them."""

LONGEST_SECONDS = 240

LOG_ONE = """
import django; django.setup()
from answerable.catalogue import queries as catalogue
from answerable.intake import actions as intake
from answerable.kernel.places import Point, Precision
from answerable.plumbing import clock
city = catalogue.active()
point = Point(lat=43.6532, lon=-79.3832)
place = intake.place_at(city, point, precision=Precision.PIN, label="Queen Street", at=clock.now())
service = next(each for each in city.services if each.location == "required" and each.anonymous
               and not any(q.required for q in each.questions) and city.ladder("transportation"))
receipt = intake.receive(intake.Report(key="bench-0001", channel="web", language="en", service_code=service.code,
                                       by="resident", description="A benchmark", answers={}, place=place))
print(receipt.request_id)
"""

COPIES = """
INSERT INTO requests_request (id, number, token, department, {same})
SELECT n, 'b' || n, 'b' || n, 'transportation', {same} FROM requests_request, generate_series(%(low)s, %(high)s) n
 WHERE id = %(one)s;
INSERT INTO promises_promise (id, request_id, target, round, state, due_at, at_risk_at, first_due_at, version,
                              {promised})
SELECT n, n, 'completion', 1, 'at_risk', 'infinity', now(), 'infinity', 1, {promised}
  FROM promises_promise, generate_series(%(low)s, %(high)s) n
 WHERE request_id = %(one)s AND target = 'completion';
SELECT journal_append_many('resident', array_agg('request.logged'::text), array_agg('request:' || n), array_agg(now()),
                           array_agg('{{"number": "b"}}'::jsonb)) FROM generate_series(%(low)s, %(high)s) n
"""
ARM = """
UPDATE promises_promise p SET due_at = %(first)s::timestamptz + (p.id - %(low)s) * %(step)s * interval '1 second'
 WHERE p.id BETWEEN %(low)s AND %(high)s;
INSERT INTO plumbing_timer (kind, subject, due_at, body)
SELECT 'promise.breach', 'promise:' || id, due_at, '{}' FROM promises_promise WHERE id BETWEEN %(low)s AND %(high)s
"""
LATENESS = """
SELECT count(*), count(DISTINCT subject), coalesce(max(extract(epoch FROM recorded_at - at)), 0),
       coalesce(percentile_cont(0.99) WITHIN GROUP (ORDER BY extract(epoch FROM recorded_at - at)), 0),
       coalesce(percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM recorded_at - at)), 0)
  FROM journal_fact WHERE kind = 'promise.breached' AND substr(subject, 9)::bigint BETWEEN %(low)s AND %(high)s
"""
ESCALATED = """
SELECT count(*), count(DISTINCT subject) FROM journal_fact
 WHERE kind = 'promise.escalated' AND substr(subject, 9)::bigint BETWEEN %(low)s AND %(high)s
"""


@dataclass(frozen=True)
class Result:
    """One case.  Units: promises, seconds."""

    told: int
    distinct: int
    escalated: int
    climbed: int
    worst: float
    p99: float
    p50: float
    database_cpu: float
    follow_cpu: float

    def __str__(self) -> str:
        once = "each once" if self.told == self.distinct and self.escalated == self.climbed else "SOME TWICE"
        database, follow = (cpu / max(1, self.told) * 1e6 for cpu in (self.database_cpu, self.follow_cpu))
        return (
            f"{self.told:,} announced and {self.escalated:,} escalated, {once}; late by p50 {self.p50:.2f} s, "
            f"p99 {self.p99:.2f} s, at most {self.worst:.2f} s; CPU {database:.0f} µs of the database and "
            f"{follow:.0f} of the follow process each"
        )


@contextmanager
def city(processes: int) -> Iterator[tuple[str, list[psutil.Process]]]:
    """A prepared city with its follow processes, without demo requests."""
    with tempfile.TemporaryDirectory(prefix="answerable-bench-") as folder:
        cluster = Cluster(Path(folder) / "pg", port=free_port())
        cluster.start()
        environment = os.environ | {
            "DATABASE_URL": cluster.url(), "ANSWERABLE_VAR": folder, "PYTHONPATH": str(ROOT),
            "ANSWERABLE_SECRET_KEY": "benchmark", "DJANGO_SETTINGS_MODULE": "answerable.settings",
        }  # fmt: skip
        log = (Path(folder) / "follow.log").open("wb")
        children: list[subprocess.Popen[bytes]] = []
        try:
            command = [sys.executable, "-m", "answerable.cli"]
            for each in ([*command, "prepare", "--empty"], [sys.executable, "-c", LOG_ONE]):
                subprocess.run(each, env=environment, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
            children = [
                subprocess.Popen([*command, "follow"], env=environment, cwd=ROOT, stderr=log, stdout=log)
                for _ in range(processes)
            ]
            assert cluster.process is not None
            watched = [psutil.Process(cluster.process.pid), *(psutil.Process(child.pid) for child in children)]
            yield cluster.url(), watched
        finally:
            for child in children:
                child.send_signal(signal.SIGTERM)
            for child in children:
                child.wait(20)
            cluster.stop()
            log.close()


def columns(connection: psycopg.Connection[Any], table: str, *, without: set[str]) -> str:
    """The table's columns but those, as a list for SQL."""
    rows = connection.execute("SELECT column_name FROM information_schema.columns WHERE table_name = %s", [table])
    return ", ".join(name for (name,) in rows.fetchall() if name not in without)


def sow(url: str, *, low: int, high: int) -> None:
    """The requests of one case exist, with their promises and histories."""
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT min(id) FROM requests_request").fetchone()
        assert row is not None
        same = columns(connection, "requests_request", without={"id", "number", "token", "department"})
        promised = columns(
            connection, "promises_promise",
            without={"id", "request_id", "target", "round", "state", "due_at", "at_risk_at", "first_due_at", "version"},
        )  # fmt: skip
        for start in range(low, high + 1, 20_000):
            some = {"low": start, "high": min(high, start + 19_999), "one": row[0]}
            for statement in COPIES.format(same=same, promised=promised).split(";\n"):
                connection.execute(statement.encode(), some)
            connection.commit()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE requests_request, promises_promise, journal_head, plumbing_timer")


def fall_due(url: str, watched: list[psutil.Process], *, low: int, high: int, spread: float) -> Result:
    """They fall due; gives how it went once all are told, or once it has taken too long."""
    count = high - low + 1
    with psycopg.connect(url, autocommit=True) as connection:
        arming = time.monotonic()
        lead = LEAD_SECONDS + count / 10_000
        row = connection.execute("SELECT now() + %s * interval '1 second'", [lead]).fetchone()
        assert row is not None
        values = {"low": low, "high": high, "first": row[0], "step": spread / count}
        with connection.transaction():
            for statement in ARM.split(";\n"):
                connection.execute(statement.encode(), values)
        print(f"  armed in {time.monotonic() - arming:.1f} s", flush=True)
        before = [cpu_of([each]) for each in watched]
        until = time.monotonic() + lead + spread + LONGEST_SECONDS
        while time.monotonic() < until:
            time.sleep(2)
            left = connection.execute(
                "SELECT count(*) FROM plumbing_timer WHERE kind = 'promise.breach' AND due_at < 'infinity'"
            ).fetchone()
            if left == (0,):
                break
        told, distinct, worst, p99, p50 = connection.execute(LATENESS.encode(), values).fetchone() or (0,) * 5
        escalated, climbed = connection.execute(ESCALATED.encode(), values).fetchone() or (0, 0)
        used = [cpu_of([each]) - cpu for each, cpu in zip(watched, before, strict=True)]
        return Result(told, distinct, escalated, climbed, float(worst), float(p99), float(p50), used[0], sum(used[1:]))


def cpu_of(watched: list[psutil.Process]) -> float:
    """CPU seconds of these processes and everything they started."""
    total = 0.0
    for process in watched:
        for each in [process, *process.children(recursive=True)]:
            try:
                times = each.cpu_times()
                total += times.user + times.system
            except psutil.NoSuchProcess:
                continue
    return total


def main() -> int:
    """Prints a line for each case; 1 when one was announced twice, not at all, or later than ten seconds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--promises", type=int, default=100_000)
    parser.add_argument("--spread", type=float, default=60.0)
    parser.add_argument("--processes", type=int, default=1)
    given = parser.parse_args()
    failed = False
    with city(given.processes) as (url, watched):
        for place, spread in enumerate((given.spread, 0.0)):
            low = 10_000_000 * (place + 1)
            high = low + given.promises - 1
            sow(url, low=low, high=high)
            result = fall_due(url, watched, low=low, high=high, spread=spread)
            print(f"{'within ' + format(spread, '.0f') + ' s' if spread else 'in one instant'}: {result}", flush=True)
            failed |= result.told != given.promises or result.distinct != given.promises
            failed |= bool(spread) and result.worst > 10
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())

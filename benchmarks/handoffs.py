"""Whether hand-offs hold when departments are slow, broken or down and our senders are killed every second.

    python benchmarks/handoffs.py [--requests 10000] [--down 600] [--slow 10] [--senders 8] [--small]

One durable embedded PostgreSQL, five make-believe departments in processes of their own: two healthy, one that takes
`--slow` seconds for each answer, one that fails 20 % of its calls (half of them after it kept the order), one that does
not answer for the first `--down` seconds.  Requests for each in turn are logged during the first 60 % of that time.
`--senders` processes send; every second one of them is killed with SIGKILL and another one started.  Wanted: all
acknowledged within 60 s after the last department is back, none lost, none kept twice there, and from logging to
acknowledgement at most 2 s at p99 for the healthy departments, all the time.  `--small`: a twentieth of it.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import psycopg

from answerable.plumbing.launcher import Cluster, free_port
from tests.builders.packs import a_service, said, write_pack

HABITS = {"one": {}, "two": {}, "slow": {"slow": 10.0}, "failing": {"fail": 0.2}, "down": {"down": 600.0}}
KEY = "benchmark-key"
WORKERS = {"slow": 48, "down": 8, "failing": 8, "one": 8, "two": 8}
PATIENCE_SECONDS = 300
TWO_SECONDS = 2.0
SIXTY_SECONDS = 60.0

ACKNOWLEDGED = "SELECT count(*) FROM connectors_delivery WHERE kind = 'file' AND state = 'acknowledged'"
LATENCY = """
SELECT r.department, count(*), percentile_cont(0.5) WITHIN GROUP (ORDER BY took),
       percentile_cont(0.99) WITHIN GROUP (ORDER BY took), max(took), extract(epoch FROM max(acknowledged_at))
  FROM (SELECT logged.subject, acknowledged.recorded_at AS acknowledged_at,
               extract(epoch FROM acknowledged.recorded_at - logged.recorded_at) AS took
          FROM journal_fact logged JOIN journal_fact acknowledged USING (subject)
         WHERE logged.kind = 'request.logged' AND acknowledged.kind = 'request.handed_off'
           AND acknowledged.body->>'state' = 'acknowledged') t
  JOIN requests_request r ON 'request:' || r.id = t.subject
 GROUP BY 1 ORDER BY 1
"""
TRIES = """
SELECT count(*), count(*) FILTER (WHERE outcome = 'running'), count(*) FILTER (WHERE outcome IN ('away', 'unknown'))
  FROM connectors_attempt WHERE verb = 'file'
"""

LOG_MANY = """
import sys, time
import django; django.setup()
from answerable.catalogue import queries as catalogue
from answerable.intake import actions as intake
from answerable.kernel.places import Point, Precision
from answerable.plumbing import clock
number, seconds = int(sys.argv[1]), float(sys.argv[2])
city = catalogue.active()
place = intake.place_at(city, Point(lat=44.05, lon=-79.02), precision=Precision.PIN, label="12 Mill Lane",
                        at=clock.now())
codes = [each.code for each in city.services]
began = time.monotonic()
for each in range(number):
    time.sleep(max(0.0, began + each * seconds / number - time.monotonic()))
    intake.receive(intake.Report(key=f"bench-{each:08d}", channel="web", language="en", by="resident", answers={},
                                 service_code=codes[each % len(codes)], description=f"Number {each}", place=place))
print(time.monotonic() - began)
"""

SEND = """
import os, random, signal, sys, threading, time
import django; django.setup()
from django.db import connection
from answerable import wiring
from answerable.catalogue import queries as catalogue
from answerable.connectors import senders

catalogue.active()  # read once, so that a new sender begins at once
connection.close_pool()  # its threads do not live on in a child

def child():
    random.seed(os.getpid())
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    senders.run(stop, make=wiring.connector_of)
    os._exit(0)

def start():
    pid = os.fork()
    if pid == 0:
        child()
    return pid

children = [start() for _ in range(int(sys.argv[1]))]
print("sending", flush=True)
ending = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: ending.set())
killed = 0
while not ending.wait(1.0):
    victim = random.randrange(len(children))
    os.kill(children[victim], signal.SIGKILL)
    os.waitpid(children[victim], 0)
    children[victim] = start()
    killed += 1
for pid in children:
    os.kill(pid, signal.SIGKILL)
print(killed, flush=True)
"""


def pack(folder: Path, addresses: Mapping[str, str]) -> Path:
    """A small city whose departments work in those systems."""
    departments = [
        {
            "code": code, "name": said(code.title()), "queues": [{"code": "all", "name": said("All")}],
            "connector": {
                "kind": "rest", "code": code, "endpoint": addresses[code], "services": {code: code},
                "workers": WORKERS[code], "poll_seconds": 3600,
            },
        }
        for code in HABITS
    ]  # fmt: skip
    services = [a_service(code, name=said(code.title()), question=[]) for code in HABITS]
    routes = [
        {"id": code, "department": code, "queue": "all", "when": {"service": [code]}} for code in HABITS
    ]  # fmt: skip
    routes.append({"id": "rest", "department": "one", "queue": "all"})
    return write_pack(folder, departments=departments, services=services, routes=routes, golden=[])


@contextmanager
def departments(given: argparse.Namespace, folder: Path) -> Iterator[dict[str, str]]:
    """Five departments that listen, and their addresses."""
    wishes = {"slow": ("--slow", given.slow), "failing": ("--fail", 0.2), "down": ("--down", given.down)}
    running, addresses = [], {}
    for code in HABITS:
        port = free_port()
        command = [sys.executable, "-m", "answerable.cli", "rehearse-department", "--port", str(port), "--key", KEY]
        command += [str(each) for each in wishes.get(code, ())]
        environment = os.environ | {"PYTHONPATH": str(ROOT), "ANSWERABLE_VAR": str(folder)}
        running.append(subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL))
        addresses[code] = f"http://127.0.0.1:{port}"
    try:
        yield addresses
    finally:
        for each in running:
            each.kill()
            each.wait()


def kept(addresses: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """What each department counts."""
    found = {}
    for code, address in addresses.items():
        with urlopen(f"{address}/rehearsal/", timeout=30) as answer:
            found[code] = json.loads(answer.read())
    return found


def run(given: argparse.Namespace) -> int:
    """The whole of it; 1 when a figure is missed."""
    with tempfile.TemporaryDirectory(prefix="answerable-bench-") as name, departments(given, Path(name)) as addresses:
        folder = Path(name)
        began = time.monotonic()
        cluster = Cluster(folder / "pg", port=free_port())
        cluster.start()
        environment = os.environ | {
            "DATABASE_URL": cluster.url(), "ANSWERABLE_VAR": name, "PYTHONPATH": str(ROOT),
            "ANSWERABLE_SECRET_KEY": "benchmark", "DJANGO_SETTINGS_MODULE": "answerable.settings",
            "ANSWERABLE_CITY": str(pack(folder / "city", addresses)),
            "ANSWERABLE_CONNECTOR_KEYS": " ".join(f"{code}={KEY}" for code in HABITS),
        }  # fmt: skip
        try:
            command = [sys.executable, "-m", "answerable.cli", "prepare", "--empty"]
            subprocess.run(command, env=environment, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
            return story(given, cluster.url(), environment, addresses, began=began, log=folder / "senders.log")
        finally:
            cluster.stop()


def story(
    given: argparse.Namespace, url: str, environment: dict[str, str], addresses: Mapping[str, str], *, began: float,
    log: Path,
) -> int:  # fmt: skip
    """Requests are logged while senders work and die; then everything is counted."""
    with log.open("wb") as errors:
        sending = subprocess.Popen(
            [sys.executable, "-c", SEND, str(given.senders)], env=environment, cwd=ROOT, stdout=subprocess.PIPE,
            stderr=errors, text=True, start_new_session=True,
        )  # fmt: skip
        try:
            assert sending.stdout is not None
            sending.stdout.readline()
            seconds = max(5.0, 0.6 * given.down)
            subprocess.run(
                [sys.executable, "-c", LOG_MANY, str(given.requests), str(seconds)], env=environment, cwd=ROOT,
                check=True, stdout=subprocess.DEVNULL,
            )  # fmt: skip
            print(f"{given.requests:,} requests logged in {time.monotonic() - began:.0f} s from the start", flush=True)
            waited = arrived(url, given, back_at=began + given.down)
        finally:
            sending.send_signal(signal.SIGTERM)
            killed = (sending.stdout.read() if sending.stdout else "").strip()
            sending.wait()
    return judged(url, given, kept(addresses), waited=waited, killed=killed)


def arrived(url: str, given: argparse.Namespace, *, back_at: float) -> float:
    """Seconds from the return of the last department until everything is acknowledged."""
    with psycopg.connect(url, autocommit=True) as session:
        while time.monotonic() < back_at + PATIENCE_SECONDS:
            row = session.execute(ACKNOWLEDGED).fetchone()
            if row is not None and row[0] == given.requests:
                break
            time.sleep(0.25)
    return time.monotonic() - back_at


def judged(
    url: str, given: argparse.Namespace, counted: dict[str, dict[str, Any]], *, waited: float, killed: str
) -> int:
    """Says every figure; 1 when one is missed."""
    with psycopg.connect(url, autocommit=True) as session:
        row = session.execute(ACKNOWLEDGED).fetchone()
        done = row[0] if row else 0
        tries, cut_off, away = session.execute(TRIES).fetchone() or (0, 0, 0)
        latencies = session.execute(LATENCY).fetchall()
        states = session.execute(
            "SELECT connector, kind, state, count(*) FROM connectors_delivery GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
        ).fetchall()
    orders, keys = (sum(each[name] for each in counted.values()) for name in ("orders", "keys"))
    repeats = sum(each["repeats"] for each in counted.values())
    print(f"{killed} senders killed; {tries:,} tries, {cut_off:,} cut off, {away:,} without an answer")
    print(f"{repeats:,} repeated orders recognised there, {sum(each['dropped_answers'] for each in counted.values()):,}"
          " answers dropped after filing")  # fmt: skip
    print(f"acknowledged {done:,} of {given.requests:,}, the last {waited:.1f} s after the last department was back")
    print(f"lost {given.requests - keys}, kept twice {orders - keys}")
    worst = 0.0
    for code, number, half, most, longest, _ in latencies:
        print(
            f"  {code:<8} {number:>6,} logging to acknowledged: p50 {half:.2f} s, p99 {most:.2f} s, max {longest:.2f} s"
        )
        worst = max(worst, float(most)) if code in {"one", "two"} else worst
    if done != given.requests:
        print(f"  left: {[each for each in states if each[2] != 'acknowledged']}")
    is_met = (
        done == given.requests == keys == orders and waited <= SIXTY_SECONDS and worst <= TWO_SECONDS
    )  # fmt: skip
    print("every figure is met" if is_met else "A FIGURE IS MISSED")
    return 0 if is_met else 1


def main() -> int:
    """Reads the command line and runs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--down", type=float, default=600.0, help="seconds one department does not answer")
    parser.add_argument("--slow", type=float, default=10.0, help="seconds one department takes for each answer")
    parser.add_argument("--senders", type=int, default=8)
    parser.add_argument("--small", action="store_true", help="500 requests, down for 40 s, slow by 3 s")
    given = parser.parse_args()
    if given.small:
        given.requests, given.down, given.slow = 500, 40.0, 3.0
    random.seed(311)
    return run(given)


if __name__ == "__main__":
    sys.exit(main())

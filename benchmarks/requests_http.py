"""What logging, reading and listing requests cost over HTTP, beside a bare durable insert on the same server.

    python benchmarks/requests_http.py [--seconds 6] [--rounds 3] [--clients 32] [--rows 1000000]

One durable embedded PostgreSQL, two web processes as `./311 up` starts them, and a load generator, all on this machine.
Logging and pgbench's insert are run in turn, so that the ratio holds when the machine's speed drifts.  CPU is that of
the web processes and of every PostgreSQL process together.  Each step is bounded in time.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import psutil
import psycopg

from answerable.plumbing.launcher import Cluster, free_port

KEY = "ans_benchmark_key"
PGBENCH_TABLE = """
CREATE TABLE IF NOT EXISTS bench_insert (id bigserial PRIMARY KEY, a int, b int, c text, d text, e timestamptz,
  f float8, g float8, h text, i jsonb);
CREATE INDEX IF NOT EXISTS bench_insert_a ON bench_insert (a, e);
CREATE INDEX IF NOT EXISTS bench_insert_b ON bench_insert (b);
"""
PGBENCH_SCRIPT = """\\set a random(1, 1000)
INSERT INTO bench_insert (a, b, c, d, e, f, g, h, i)
VALUES (:a, :a, 'pothole', 'roads', now(), 43.6, -79.3, 'Mill Lane', '{"size": "big"}');
"""


@dataclass(frozen=True)
class Site:
    """A running server."""

    url: str
    port: int
    web: tuple[psutil.Process, ...]
    database: psutil.Process
    binaries: Path


@dataclass(frozen=True)
class Run:
    """What one run of the load measured.  Units: requests, seconds, milliseconds, CPU milliseconds a request."""

    count: int
    seconds: float
    p50: float
    p99: float
    web_ms: float
    database_ms: float

    @property
    def rate(self) -> float:
        return self.count / self.seconds

    def __str__(self) -> str:
        return (
            f"{self.rate:8.0f}/s   p50 {self.p50:6.1f} ms   p99 {self.p99:6.1f} ms   "
            f"CPU {self.web_ms:5.2f} web + {self.database_ms:5.2f} database ms"
        )


@contextmanager
def site(processes: int) -> Iterator[Site]:
    """A prepared city behind web processes, without demo requests."""
    with tempfile.TemporaryDirectory(prefix="answerable-bench-") as folder:
        cluster = Cluster(Path(folder) / "pg", port=free_port())
        cluster.start()
        environment = os.environ | {
            "DATABASE_URL": cluster.url(), "ANSWERABLE_VAR": folder, "PYTHONPATH": str(ROOT),
            "ANSWERABLE_SECRET_KEY": "benchmark", "PYTHONUNBUFFERED": "1", "ANSWERABLE_ANONYMOUS_PER_MINUTE": "0",
        }  # fmt: skip
        children: list[subprocess.Popen[bytes]] = []
        log = (Path(folder) / "web.log").open("wb")
        listener = socket.create_server(("127.0.0.1", 0), backlog=2048)
        listener.set_inheritable(True)
        try:
            command = [sys.executable, "-m", "answerable.cli"]
            subprocess.run(
                [*command, "prepare", "--empty"], env=environment, check=True, cwd=ROOT, stdout=subprocess.DEVNULL
            )
            _add_client(cluster.url())
            children = [
                subprocess.Popen([*command, "web", "--descriptor", str(listener.fileno())], env=environment, cwd=ROOT,
                                 pass_fds=[listener.fileno()], stderr=log)
                for _ in range(processes)
            ]  # fmt: skip
            port = listener.getsockname()[1]
            _wait(port)
            pids = tuple(psutil.Process(child.pid) for child in children)
            assert cluster.process is not None
            pid_file = (cluster.data / "postmaster.pid").read_text().split("\n")[0]
            yield Site(
                cluster.url(),
                port,
                pids,
                psutil.Process(_database_pid(cluster, int(pid_file))),
                cluster.binaries.folder,
            )
        finally:
            for child in children:
                child.send_signal(signal.SIGTERM)
            for child in children:
                child.wait(10)
            listener.close()
            cluster.stop()


def _database_pid(cluster: Cluster, noted: int) -> int:
    """The server's process as seen from here; inside a user namespace its own number is the same."""
    assert cluster.process is not None
    return noted if psutil.pid_exists(noted) else cluster.process.pid


def _add_client(url: str) -> None:
    import hashlib

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO staff_apiclient (name, key_digest, scopes, is_active, created_at, rate_per_minute)"
            " VALUES ('bench', %s, %s, true, now(), 0)",
            [hashlib.sha256(KEY.encode()).hexdigest(), json.dumps(["requests:write", "office:read"])],
        )
        connection.execute(PGBENCH_TABLE)


def _wait(port: int) -> None:
    for _ in range(300):
        with socket.socket() as probe:
            probe.settimeout(2)
            try:
                probe.connect(("127.0.0.1", port))
                probe.sendall(
                    b"GET /api/v1/requests/26-0000001-2 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                )
                if probe.recv(16).startswith(b"HTTP/1.1"):
                    return
            except OSError:
                pass
        time.sleep(0.1)
    raise SystemExit("the web process did not answer; see its log")


# --- load -----------------------------------------------------------------------------------------------------------


def _cpu(processes: Sequence[psutil.Process]) -> float:
    """CPU seconds of the processes and their children so far."""
    total = 0.0
    for process in processes:
        for each in [process, *process.children(recursive=True)]:
            try:
                times = each.cpu_times()
            except psutil.NoSuchProcess:
                continue
            total += times.user + times.system
    return total


def load(site_: Site, make: Callable[[int], bytes], *, clients: int, seconds: float, wanted: Sequence[int]) -> Run:
    """Keep-alive clients in one process, each sending the next request when its last was answered."""
    import selectors

    selector = selectors.DefaultSelector()
    number = 0
    took: list[float] = []
    bad: dict[int, int] = {}
    sent: dict[socket.socket, float] = {}
    waiting: dict[socket.socket, bytes] = {}
    for _ in range(clients):
        opened = socket.create_connection(("127.0.0.1", site_.port))
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        selector.register(opened, selectors.EVENT_READ)
        waiting[opened] = b""
    before = _cpu(site_.web), _cpu([site_.database])
    began = time.perf_counter()
    for opened in waiting:
        opened.sendall(make(number))
        sent[opened] = time.perf_counter()
        number += 1
    ends = began + seconds
    while sent:
        for key, _ in selector.select(1.0):
            opened = key.fileobj
            assert isinstance(opened, socket.socket)
            waiting[opened] += opened.recv(65536)
            status = _whole(waiting[opened])
            if status is None:
                continue
            now = time.perf_counter()
            took.append(now - sent.pop(opened))
            waiting[opened] = b""
            if status not in wanted:
                bad[status] = bad.get(status, 0) + 1
            if now < ends:
                opened.sendall(make(number))
                sent[opened] = time.perf_counter()
                number += 1
    elapsed = time.perf_counter() - began
    after = _cpu(site_.web), _cpu([site_.database])
    for opened in waiting:
        opened.close()
    if bad:
        raise SystemExit(f"unexpected answers: {bad}")
    took.sort()
    count = len(took)
    return Run(
        count, elapsed, took[count // 2] * 1000, took[min(count - 1, int(count * 0.99))] * 1000,
        (after[0] - before[0]) / count * 1000, (after[1] - before[1]) / count * 1000,
    )  # fmt: skip


_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)


def _whole(received: bytes) -> int | None:
    """The status once the answer is complete."""
    head, separator, body = received.partition(b"\r\n\r\n")
    if not separator:
        return None
    length = _LENGTH.search(head)
    if length is None or len(body) < int(length.group(1)):
        return None
    return int(head[9:12])


def logging_request(run: str, texts: Sequence[tuple[str, float, float, str]]) -> Callable[[int], bytes]:
    """A real request text at its real place, under a key of its own."""

    def make(number: int) -> bytes:
        service, lat, lon, words = texts[number % len(texts)]
        body = json.dumps({"service_code": service, "lat": lat, "lon": lon, "description": words}).encode()
        return (
            f"POST /api/v1/requests HTTP/1.1\r\nHost: localhost\r\nX-Api-Key: {KEY}\r\n"
            f"Idempotency-Key: {run}-{number:08d}\r\nContent-Length: {len(body)}\r\n\r\n"
        ).encode() + body

    return make


def real_texts() -> list[tuple[str, float, float, str]]:
    """The past of the default city pack."""
    import csv

    with (ROOT / "cities/toronto/demo/requests.csv").open(encoding="utf-8", newline="") as file:
        return [
            (row["service"], float(row["lat"]), float(row["lon"]), row["description"]) for row in csv.DictReader(file)
        ]


def pgbench(site_: Site, *, clients: int, seconds: float) -> float:
    """Durable inserts a second: one row of ten columns with two secondary indexes a commit."""
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(PGBENCH_SCRIPT)
        script.flush()
        done = subprocess.run(
            [str(site_.binaries / "pgbench"), "-n", "-M", "prepared", "-c", str(clients), "-j", "2",
             "-T", str(int(seconds)),
             "-f", script.name, site_.url],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
    found = re.search(r"tps = ([\d.]+)", done.stdout)
    assert found is not None
    return float(found.group(1))


def fill(site_: Site, *, rows: int) -> None:
    """Copies of the logged requests up to that many, four in five ended, spread over two years."""
    with psycopg.connect(site_.url, autocommit=True) as connection:
        connection.execute("SET synchronous_commit = off")
        names = [
            row[0]
            for row in connection.execute(
                "SELECT column_name FROM information_schema.columns"
                " WHERE table_name = 'requests_request' ORDER BY ordinal_position"
            )
        ]
        made = {
            "id": "nextval(pg_get_serial_sequence('requests_request', 'id'))",
            "number": "'99-' || lpad(g.n::text, 7, '0') || '-0'",
            "token": "md5(g.n::text)",
            "is_open": "g.n % 5 = 0",
            "lifecycle": "CASE WHEN g.n % 5 = 0 THEN 'assigned' ELSE 'closed' END",
            "logged_at": "r.logged_at - g.n * interval '63 seconds'",
            "due_sort": "r.due_sort - g.n * interval '63 seconds'",
            "completion_due": "r.due_sort - g.n * interval '63 seconds'",
            "contact_id": "NULL",
        }
        columns = ", ".join(made.get(name, f"r.{name}") for name in names)
        indexes = connection.execute(
            "SELECT indexname, indexdef FROM pg_indexes"
            " WHERE tablename = 'requests_request' AND position('UNIQUE' IN indexdef) = 0"
        ).fetchall()
        for name, _ in indexes:
            connection.execute(f'DROP INDEX "{name}"')
        connection.execute("CREATE TEMP TABLE sample AS SELECT * FROM requests_request LIMIT 1000")
        connection.execute("ALTER TABLE sample ADD COLUMN k serial")
        connection.execute(
            f"INSERT INTO requests_request ({', '.join(names)}) SELECT {columns}"
            f" FROM generate_series(1, {rows:d}) AS g(n)"
            " JOIN sample r ON r.k = 1 + mod(g.n, 1000)"
        )
        for _, definition in indexes:
            connection.execute(definition)
        connection.execute("ANALYZE requests_request")


def listing(departments: Sequence[str]) -> Callable[[int], bytes]:
    """The office list: filtered by department or promise, sorted by due date or newest, 20 lines."""
    queries = [f"department={code}&sort={sort}" for code in departments for sort in ("due", "newest")]
    queries += ["sort=due", "sort=newest", "state=all&sort=newest", "promise=breached&sort=due"]

    def make(number: int) -> bytes:
        query = queries[number % len(queries)]
        path = f"/api/v1/office/requests?limit=20&{query}"
        return f"GET {path} HTTP/1.1\r\nHost: localhost\r\nX-Api-Key: {KEY}\r\n\r\n".encode()

    return make


def reading(numbers: Sequence[str]) -> Callable[[int], bytes]:
    """One request by its number."""
    picked = random.Random(311).choices(numbers, k=5000)

    def make(number: int) -> bytes:
        return f"GET /api/v1/requests/{picked[number % len(picked)]} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()

    return make


def main() -> None:
    """Print every figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=6.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--processes", type=int, default=2)
    given = parser.parse_args()
    seconds, clients = min(given.seconds, 30.0), min(given.clients, 200)
    with site(given.processes) as running:
        texts = real_texts()
        load(running, logging_request("warm", texts), clients=clients, seconds=2, wanted=(201,))
        pgbench(running, clients=clients, seconds=2)
        for round_ in range(min(given.rounds, 10)):
            logged = load(
                running, logging_request(f"run{round_}", texts), clients=clients, seconds=seconds, wanted=(201,)
            )
            floor = pgbench(running, clients=clients, seconds=seconds)
            print(f"log     {logged}   pgbench {floor:7.0f}/s   ratio {logged.rate / floor:6.1%}", flush=True)
        with psycopg.connect(running.url) as connection:
            numbers = [row[0] for row in connection.execute("SELECT number FROM requests_request LIMIT 5000")]
            departments = [row[0] for row in connection.execute("SELECT DISTINCT department FROM requests_request")]
        for _ in range(min(given.rounds, 10)):
            print(
                f"read    {load(running, reading(numbers), clients=clients, seconds=seconds, wanted=(200,))}",
                flush=True,
            )
        began = time.perf_counter()
        fill(running, rows=given.rows)
        print(f"filled  {given.rows} rows in {time.perf_counter() - began:.0f} s", flush=True)
        for _ in range(min(given.rounds, 10)):
            print(
                f"list    {load(running, listing(departments), clients=clients, seconds=seconds, wanted=(200,))}",
                flush=True,
            )


if __name__ == "__main__":
    main()

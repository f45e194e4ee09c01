"""What importing a city's past costs: rows a second and peak memory, beside a bare COPY on the same server.

    python benchmarks/imports.py [--rows 200000]

First the 305,611 real rows of the Toronto pack, then `--rows` generated ones (benchmarks/history.py), each into a fresh
durable embedded PostgreSQL with every index of the live tables: validation, routing, history, untouched rows.  The bare
COPY writes 100,000 of the same request rows into a table without an index or a constraint, right after.  Memory is the
importing process's peak, the database's not counted.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

import history
import psycopg

from answerable.plumbing.launcher import Cluster, free_port

REAL = ROOT / "cities/toronto/history/forestry-2014-2023.parquet"
COPIED_ROWS = 100_000


@dataclass(frozen=True)
class Measured:
    """One file.  Units: rows, seconds, megabytes, microseconds."""

    rows: int
    imported: int
    refused: int
    seconds: float
    again_seconds: float
    peak_mb: float
    cpu_us: float
    copy_rate: float
    database_mb: float

    @property
    def rate(self) -> float:
        return self.rows / self.seconds

    def __str__(self) -> str:
        return (
            f"{self.rows:>9,} rows: {self.rate:7,.0f}/s in {self.seconds:.1f} s, {self.imported:,} imported, "
            f"{self.refused:,} refused; peak {self.peak_mb:.0f} MB, "
            f"{self.cpu_us:.0f} µs of its CPU a row; {self.rate / self.copy_rate:.0%} of bare COPY "
            f"({self.copy_rate:,.0f}/s); again, all known: {self.rows / self.again_seconds:,.0f}/s; "
            f"database {self.database_mb:,.0f} MB"
        )


def measured(file: Path) -> Measured:
    """The file imported twice into a fresh installation."""
    with tempfile.TemporaryDirectory(prefix="answerable-bench-") as folder:
        cluster = Cluster(Path(folder) / "pg", port=free_port())
        cluster.start()
        try:
            environment = os.environ | {
                "DATABASE_URL": cluster.url(), "ANSWERABLE_VAR": folder, "PYTHONPATH": str(ROOT),
                "ANSWERABLE_SECRET_KEY": "benchmark", "PYTHONUNBUFFERED": "1",
            }  # fmt: skip
            command = [sys.executable, "-m", "answerable.cli"]
            subprocess.run(
                [*command, "prepare", "--empty"], env=environment, check=True, cwd=ROOT, stdout=subprocess.DEVNULL
            )
            first, usage = _import(file, folder=Path(folder), environment=environment)
            again, _ = _import(file, folder=Path(folder), environment=environment)
            copy_rate, database_mb = _bare_copy(cluster.url())
            return Measured(
                first["rows"], first["imported"], first["refused"], first["seconds"], again["seconds"],
                usage.ru_maxrss / 1024, (usage.ru_utime + usage.ru_stime) / first["rows"] * 1e6,
                copy_rate, database_mb,
            )  # fmt: skip
        finally:
            cluster.stop()


def _import(file: Path, *, folder: Path, environment: dict[str, str]) -> tuple[dict[str, Any], Any]:
    """The report of `./311 import`, and what its process used."""
    report = folder / "report.json"
    command = [sys.executable, "-m", "answerable.cli", "import", str(file), "--report", str(report)]
    child = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    assert status == 0, "the import failed"
    return json.loads(report.read_text(encoding="utf-8")), usage


def _bare_copy(url: str) -> tuple[float, float]:
    """Rows a second of a bare COPY of imported request rows, and the size of the database before it."""
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute("SELECT pg_database_size(current_database()) / 1e6").fetchone()
        with (
            connection.cursor() as cursor,
            cursor.copy(f"COPY (SELECT * FROM requests_request LIMIT {COPIED_ROWS}) TO STDOUT") as copy,
        ):
            lines = b"".join(bytes(piece) for piece in copy)
        connection.execute("CREATE TABLE bench_bare (LIKE requests_request)")
        best = 0.0
        for _ in range(3):
            connection.execute("TRUNCATE bench_bare")
            started = time.monotonic()
            with connection.cursor() as cursor, cursor.copy("COPY bench_bare FROM STDIN") as copy:
                copy.write(lines)
            best = max(best, lines.count(b"\n") / (time.monotonic() - started))
    assert row is not None
    return best, float(row[0])


def main() -> int:
    """Prints a line for each file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=200_000, help="generated rows; 5000000 needs 20 GB of disk")
    given = parser.parse_args()
    print(f"real      {measured(REAL)}", flush=True)
    with tempfile.TemporaryDirectory(prefix="answerable-bench-") as folder:
        file = Path(folder) / "history.parquet"
        history.write(file, rows=given.rows)
        print(f"generated {measured(file)}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())

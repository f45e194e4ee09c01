"""How fast open data is built and how much memory that takes, beside a bare COPY of the same table.

    DATABASE_URL=postgresql://… python benchmarks/opendata.py [--rows 100000] [--years 4]

Fills `requests_request` with that many rows (unless `--filled`), spread over the services, wards and days of the
default city pack: half of them of public services, half private, some confidential.  Then, in turn:
`COPY requests_request TO STDOUT`, read by this process; and one whole build, in a process of its own as the product
makes it: read, blurred, counted, written in six formats, checked, published.  The build's peak memory is the largest
resident set the kernel saw (`ru_maxrss`); the database's own memory is not part of it.

Without DATABASE_URL it launches the embedded PostgreSQL in a temporary folder, durable as in production.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import psycopg

from answerable.plumbing.launcher import Cluster

PLACES = 20_000
"""Units: points the made-up requests share."""

MADE = {
    "number": "to_char(at, 'YY-') || lpad(n::text, 7, '0') || '-0'",
    "token": "md5(n::text)",
    "service_code": "service.code",
    "service_group": "service.grp",
    "visibility": "service.visibility",
    "lifecycle": "CASE WHEN n % 9 = 0 THEN 'assigned' ELSE 'closed' END",
    "is_open": "n % 9 = 0",
    "outcome": "CASE WHEN n % 9 = 0 THEN '' WHEN n % 97 = 0 THEN 'cancelled_by_requester' ELSE 'completed' END",
    "channel": "(ARRAY['phone', 'web', 'web', 'email'])[1 + n % 4]",
    "department": "'transportation'",
    "queue": "'general'",
    "family": "'default'",
    "language": "'en'",
    "handoff": "'sent'",
    "priority": "'normal'",
    "route": "'{}'",
    "answers": "'{}'",
    "description": "repeat('Words of a resident, which are never published. ', 2)",
    "catalogue_version": "1",
    "wishes_contact": "false",
    "lat": "place.lat",
    "lon": "place.lon",
    "h3_10": "place.cell",
    "precision": "'address'",
    "place_said": "'12 Mill Lane'",
    "address": "'12 Mill Lane'",
    "postal": "'M' || 1 + n % 9 || chr(65 + n % 26) || '1A1'",
    "areas": "place.areas",
    "area_key": "place.ward",
    "logged_at": "at",
    "updated_at": "at + interval '3 days'",
    "resolved_at": "CASE WHEN n % 9 = 0 THEN NULL ELSE at + n % 400 * interval '1 hour' END",
    "completion_due": "at + interval '5 days'",
    "due_sort": "at + interval '5 days'",
    "outcome_party": "''",
    "reopened": "0",
    "followers": "0",
    "photos": "0",
}
"""How each column of a made-up request is filled; the others stay empty."""


def environment(url: str, var: Path) -> dict[str, str]:
    """What a process of the product is started with."""
    return os.environ | {"DATABASE_URL": url, "ANSWERABLE_VAR": str(var), "PYTHONPATH": str(ROOT)}


def fill(url: str, *, rows: int, years: int) -> None:
    """So many made-up requests of every service of the pack, oldest first."""
    with psycopg.connect(url, autocommit=True) as connection:
        names = [name for (name,) in connection.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = 'requests_request'"
            " AND is_nullable = 'NO' AND column_default IS NULL AND is_identity = 'NO'"
        )]  # fmt: skip
        missing = {name: "now()" if name.endswith("_at") else "''" for name in names if name not in MADE}
        columns = MADE | missing
        connection.execute("SET synchronous_commit = off")
        connection.execute(
            "CREATE TEMP TABLE place_sample (k int, lat float8, lon float8, cell bigint, ward text, areas jsonb)"
        )
        with connection.cursor() as cursor, cursor.copy("COPY place_sample FROM STDIN") as lines:
            for place in places():
                lines.write_row(place)
        connection.execute(
            "CREATE TEMP TABLE service_sample AS SELECT row_number() OVER () - 1 AS k, s ->> 'code' AS code,"
            " s ->> 'group' AS grp, coalesce(s ->> 'visibility', 'public') AS visibility"
            " FROM catalogue_version v, jsonb_array_elements(v.document -> 'services') s WHERE v.id = 1"
        )
        indexes = connection.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'requests_request'"
            " AND position('UNIQUE' IN indexdef) = 0"
        ).fetchall()
        for name, _ in indexes:
            connection.execute(f'DROP INDEX "{name}"')
        values = ", ".join(columns.values()).replace("%", "%%")
        connection.execute(
            f"INSERT INTO requests_request ({', '.join(columns)}) SELECT {values}"
            " FROM (SELECT n, timestamptz '2026-10-31 00:00Z' - interval '1 year' * %s * (1 - n::float8 / %s) AS at"
            "         FROM generate_series(1, %s) n) made"
            " JOIN service_sample service ON service.k = made.n::bigint * 31 %% (SELECT count(*) FROM service_sample)"
            " JOIN place_sample place ON place.k = made.n::bigint * 7919 %% (SELECT count(*) FROM place_sample)",
            [years, rows, rows],
        )
        for _, definition in indexes:
            connection.execute(definition)
        connection.execute("VACUUM ANALYZE requests_request")


def places() -> Iterator[tuple[object, ...]]:
    """Some thousand points of the city with their cells and areas."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "answerable.settings")
    import django

    django.setup()
    from answerable.catalogue import queries as catalogue
    from answerable.kernel.places import Point
    from answerable.requests.queries import cells_of

    city = catalogue.active()
    box, chance, made = city.pack.city.bounds, random.Random(311), 0
    while made < PLACES:
        point = Point(lat=chance.uniform(box.south, box.north), lon=chance.uniform(box.west, box.east))
        found = city.areas.locate(point, on=city.local_day(datetime.now(UTC)))
        if city.primary_area_kind in found:
            areas = {kind: {"version": hit.version, "key": hit.key, "name": hit.name} for kind, hit in found.items()}
            ward = found[city.primary_area_kind].key
            yield made, point.lat, point.lon, cells_of(point)["h3_10"], ward, json.dumps(areas)
            made += 1


def copy(url: str) -> tuple[float, int]:
    """Seconds and bytes of the whole table over a bare COPY."""
    began, size = time.perf_counter(), 0
    with (
        psycopg.connect(url) as connection,
        connection.cursor() as cursor,
        cursor.copy("COPY requests_request TO STDOUT") as lines,
    ):
        for line in lines:
            size += len(line)
    return time.perf_counter() - began, size


def build(url: str, var: Path) -> tuple[float, float]:
    """Seconds and peak MiB of one build in a process of its own."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-m", "answerable.cli", "export"], env=environment(url, var), check=True, cwd=ROOT)
    seconds = time.perf_counter() - began
    return seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


@contextmanager
def database(folder: Path) -> Iterator[str]:
    """An address of a PostgreSQL that answers."""
    if url := os.environ.get("DATABASE_URL"):
        yield url
        return
    cluster = Cluster(folder / "postgres")
    cluster.start()
    try:
        yield cluster.url()
    finally:
        cluster.stop()


def main() -> None:
    """Print one line of figures for the bare COPY and one for the build."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--years", type=int, default=4)
    parser.add_argument("--filled", action="store_true", help="the table has its rows already")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="answerable-opendata-") as folder, database(Path(folder)) as url:
        var = Path(folder) / "var"
        var.mkdir()
        os.environ |= {"DATABASE_URL": url, "ANSWERABLE_VAR": str(var)}
        if not given.filled:
            subprocess.run(
                [sys.executable, "-m", "answerable.cli", "prepare", "--empty"],
                env=environment(url, var), check=True, cwd=ROOT, stdout=subprocess.DEVNULL,
            )  # fmt: skip
            fill(url, rows=given.rows, years=given.years)
        copied, size = copy(url)
        seconds, peak = build(url, var)
        manifest = json.loads((var / "open-data/current/manifest.json").read_bytes())
        written = sum(file["size"] for part in manifest["parts"] for file in part["files"])
        with psycopg.connect(url) as connection:
            (total,) = connection.execute("SELECT count(*) FROM requests_request").fetchone() or (0,)
    print(f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    print(f"bare COPY: {total:,} rows, {copied:.1f} s, {total / copied:,.0f} rows/s, {size / 1e6:,.0f} MB")
    print(
        f"build:     {manifest['rows']:,} rows published, {manifest['suppressed']:,} left out,"
        f" {manifest['held_back']:,} held back; {seconds:.1f} s, {total / seconds:,.0f} rows/s, peak {peak:.0f} MiB,"
        f" {written / 1e6:,.0f} MB in {sum(len(part['files']) for part in manifest['parts'])} files;"
        f" {copied / seconds:.1%} of bare COPY"
    )


if __name__ == "__main__":
    main()

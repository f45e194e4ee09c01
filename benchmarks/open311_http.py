"""What Open311 costs over HTTP, beside the JSON door on the same server.

    python benchmarks/open311_http.py [--seconds 6] [--rounds 3] [--clients 32] [--rows 100000]

The same server, load and places as `requests_http.py`.  Reports through both doors run in turn, so that the difference
holds when the machine's speed drifts.  Then, with `--rows` stored: one request by its number, a list of a hundred, and
boxes of about a square kilometre somewhere in the city.  Each step is bounded in time.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import urlencode

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import psycopg
from h3.api import basic_int as h3

from answerable.kernel.places import Point, moved
from benchmarks.requests_http import KEY, Site, fill, load, logging_request, real_texts, site

SPREAD_M = 2_500.0
HALF_LAT, HALF_LON = 0.0045, 0.0062
"""Units: degrees; half a kilometre north and east at the demo city's latitude."""


def reporting(run: str, texts: Sequence[tuple[str, float, float, str]]) -> Callable[[int], bytes]:
    """A real request text at its real place, as a form, under a key of its own."""

    def make(number: int) -> bytes:
        service, lat, lon, words = texts[number % len(texts)]
        told = {"api_key": KEY, "service_code": service, "lat": lat, "long": lon, "description": words}
        body = urlencode(told).encode()
        return (
            "POST /open311/v2/requests.json HTTP/1.1\r\nHost: localhost\r\n"
            "Content-Type: application/x-www-form-urlencoded; charset=utf-8\r\n"
            f"Idempotency-Key: {run}-{number:08d}\r\nContent-Length: {len(body)}\r\n\r\n"
        ).encode() + body

    return make


def reading(paths: Sequence[str]) -> Callable[[int], bytes]:
    """The paths of the production endpoint, one after the other."""

    def make(number: int) -> bytes:
        return f"GET /open311/v2/{paths[number % len(paths)]} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()

    return make


def scatter(site_: Site) -> None:
    """Every copy lies up to five kilometres from its original, as requests do: thinner away from the centre."""
    chance = random.Random(113)
    with psycopg.connect(site_.url, autocommit=True) as connection:
        connection.execute("SET synchronous_commit = off")
        rows = connection.execute(
            "SELECT id, lat, lon FROM requests_request WHERE number LIKE '99-%' AND lat IS NOT NULL"
        ).fetchall()
        connection.execute("CREATE TEMP TABLE moved (id bigint PRIMARY KEY, lat float8, lon float8, c7 bigint,"
                           " c9 bigint, c10 bigint)")  # fmt: skip
        with connection.cursor().copy("COPY moved FROM STDIN") as copy:
            for request_id, lat, lon in rows:
                point = moved(
                    Point(lat=lat, lon=lon), north_m=chance.gauss(0, SPREAD_M), east_m=chance.gauss(0, SPREAD_M)
                )
                cells = [h3.latlng_to_cell(point.lat, point.lon, resolution) for resolution in (7, 9, 10)]
                copy.write_row((request_id, point.lat, point.lon, *cells))
        connection.execute(
            "UPDATE requests_request r SET lat = m.lat, lon = m.lon, h3_7 = m.c7, h3_9 = m.c9, h3_10 = m.c10"
            " FROM moved m WHERE m.id = r.id"
        )
        connection.execute("VACUUM ANALYZE requests_request")


def steps(site_: Site) -> dict[str, list[str]]:
    """What is read: by number, in lists, in boxes around places where something was reported."""
    chance = random.Random(311)
    with psycopg.connect(site_.url) as connection:
        rows = connection.execute(
            "SELECT number, lat, lon FROM requests_request WHERE visibility = 'public' AND lat IS NOT NULL"
            " AND number NOT LIKE '99-%' ORDER BY logged_at DESC LIMIT 5000"  # copies have no check digit
        ).fetchall()
        places = connection.execute(
            "SELECT lat, lon FROM requests_request WHERE lat IS NOT NULL ORDER BY md5(number) LIMIT 5000"
        ).fetchall()
    picked = chance.choices(rows, k=5000)
    boxes = [
        f"bbox={lon - HALF_LON:.5f},{lat - HALF_LAT:.5f},{lon + HALF_LON:.5f},{lat + HALF_LAT:.5f}"
        for lat, lon in places
    ]
    return {
        "read one": [f"requests/{number}.json" for number, _, _ in picked],
        "list 100, JSON": ["requests.json?page_size=100"],
        "list 100, XML": ["requests.xml?page_size=100"],
        "box, JSON": [f"requests.json?page_size=100&{box}" for box in boxes],
        "box, XML": [f"requests.xml?page_size=100&{box}" for box in boxes],
    }


def main() -> None:
    """Print every figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=6.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--processes", type=int, default=2)
    given = parser.parse_args()
    seconds, clients, rounds = min(given.seconds, 30.0), min(given.clients, 200), min(given.rounds, 10)
    with site(given.processes) as running:
        texts = real_texts()
        for make in (logging_request("warm", texts), reporting("warm", texts)):
            load(running, make, clients=clients, seconds=2, wanted=(200, 201))
        for round_ in range(rounds):
            run = f"run{round_}"
            plain = load(running, logging_request(run, texts), clients=clients, seconds=seconds, wanted=(201,))
            formed = load(running, reporting(run, texts), clients=clients, seconds=seconds, wanted=(200,))
            more = formed.web_ms + formed.database_ms - plain.web_ms - plain.database_ms
            print(f"{'JSON door':<15} {plain}", flush=True)
            print(f"{'Open311 POST':<15} {formed}   {more:+.2f} ms CPU, {formed.rate / plain.rate:.0%}", flush=True)
        fill(running, rows=given.rows)
        scatter(running)
        for name, paths in steps(running).items():
            for _ in range(rounds):
                done = load(running, reading(paths), clients=clients, seconds=seconds, wanted=(200,))
                print(f"{name:<15} {done}", flush=True)


if __name__ == "__main__":
    main()

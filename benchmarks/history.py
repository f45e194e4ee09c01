"""A city's past of any size, invented from measured shares: Parquet in the canonical form, written as a stream.

    python benchmarks/history.py OUT.parquet [--rows 5000000] [--years 10] [--seed 311]

Days, hours, types, wards, channels, durations and dirt follow generator_parameters.json, which was measured on cities'
open data.  No row is a real request.  Days come in order; memory is that of one day's batch.
"""

from __future__ import annotations

import argparse
import datetime as dt
import gzip
import json
import math
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

HERE = Path(__file__).resolve().parent
LAST_DAY = dt.date(2025, 12, 31)
GROUP_ROWS = 100_000
ADDRESSES = 60_000
OTHER_TYPES = 180
STREETS = ("Mill", "Oak", "King", "Church", "Bridge", "Station", "Park", "Lake", "Hill", "Elm", "Market", "Garden")
TYPES = ("St", "Ave", "Rd", "Dr", "Cres")

SCHEMA = pa.schema(
    [
        ("source_id", pa.string()), ("requested_at", pa.timestamp("us", tz="UTC")),
        ("updated_at", pa.timestamp("us", tz="UTC")), ("closed_at", pa.timestamp("us", tz="UTC")),
        ("status", pa.string()), ("type", pa.string()), ("channel", pa.string()), ("ward", pa.string()),
        ("address", pa.string()), ("lat", pa.float64()), ("lon", pa.float64()),
    ]
)  # fmt: skip


class Past:
    """The invented city: its shares, its addresses, and its days in order."""

    def __init__(self, *, rows: int, years: int, seed: int) -> None:
        self.measured = json.loads((HERE / "generator_parameters.json").read_text(encoding="utf-8"))
        self.random = np.random.default_rng(seed)
        self.rows = rows
        self.first_day = LAST_DAY.replace(year=LAST_DAY.year - years) + dt.timedelta(days=1)
        self.types, self.type_weights = self._types()
        self.wards = np.array(list(self.measured["toronto_ward_share"]), dtype=object)
        self.homes = self._addresses()
        self.serial = 0

    def _types(self) -> tuple[Any, Any]:
        """The measured shares of the top types; the others fall off as Zipf has it."""
        top = self.measured["toronto_top_types_90d_share_of_all"]
        tail = np.arange(1, OTHER_TYPES + 1, dtype=float) ** -self.measured["types"]["zipf_exponent"]
        tail *= (1 - sum(top.values())) / tail.sum()
        names = [*top, *(f"Other request {number:03d}" for number in range(1, OTHER_TYPES + 1))]
        weights = np.array([*top.values(), *tail])
        return np.array(names, dtype=object), weights / weights.sum()

    def _addresses(self) -> dict[str, Any]:
        """Homes around the middle of each ward, as many as its share; some report again and again."""
        wards = json.loads(gzip.decompress((ROOT / "cities/toronto/areas/wards-2018.geojson.gz").read_bytes()))
        middles = {
            int(each["properties"]["ward_number"]): shapely.from_geojson(json.dumps(each["geometry"])).centroid
            for each in wards["features"]
        }
        shares = np.array(list(self.measured["toronto_ward_share"].values()))
        ward = self.random.choice(len(shares), size=ADDRESSES, p=shares / shares.sum())
        centre = np.array([[middles[number + 1].y, middles[number + 1].x] for number in range(len(shares))])
        spot = centre[ward] + self.random.normal(0, 0.006, size=(ADDRESSES, 2))
        number, name, kind = (self.random.integers(1, top, ADDRESSES) for top in (400, len(STREETS), len(TYPES)))
        said = [f"{n} {STREETS[s]} {TYPES[t]}" for n, s, t in zip(number, name, kind, strict=True)]
        weight = self.random.logseries(self.measured["spatial"]["chicago_addresses"]["logseries_p"], ADDRESSES)
        return {
            "ward": self.wards[ward], "lat": spot[:, 0].round(6), "lon": spot[:, 1].round(6),
            "address": np.array(said, dtype=object), "weight": weight / weight.sum(),
        }  # fmt: skip

    def days(self) -> Iterator[tuple[dt.date, int]]:
        """Each day and how many requests it brings: months and weekdays as measured, and chance."""
        count = (LAST_DAY - self.first_day).days + 1
        days = [self.first_day + dt.timedelta(days=number) for number in range(count)]
        months = self.measured["month_index_jan_to_dec"]["sanitation_chicago"]
        weekdays = self.measured["day_of_week_mon_to_sun"]["toronto_all_2026"]
        mean = np.array([months[day.month - 1] * weekdays[day.weekday()] for day in days])
        spread = self.random.gamma(12.0, 1 / 12.0, count)
        counts = self.random.multinomial(self.rows, mean * spread / (mean * spread).sum())
        return zip(days, counts.tolist(), strict=True)

    def batch(self, day: dt.date, count: int) -> pa.RecordBatch:
        """The requests of one day, in order."""
        random, weekend = self.random, day.weekday() >= 5
        hours = np.array(self.measured["hour_of_day"][f"all_channels_week{'end' if weekend else 'day'}"])
        second = random.choice(24, count, p=hours / hours.sum()) * 3600 + random.integers(0, 3600, count)
        midnight = dt.datetime.combine(day, dt.time(5), tzinfo=dt.UTC)
        opened = int(midnight.timestamp()) * 1_000_000 + np.sort(second) * 1_000_000
        closed = opened + self._durations(count)
        is_open = closed > (int(dt.datetime.combine(LAST_DAY, dt.time(), tzinfo=dt.UTC).timestamp()) * 1_000_000)
        dirty = random.random(count) < 0.002
        closed = np.where(dirty, opened - 86_400_000_000, closed)
        home = random.choice(ADDRESSES, count, p=self.homes["weight"])
        has_place = random.random(count) >= self.measured["dirt"]["vancouver_no_location"]
        shares = self.measured["channel_share_2022_24_vancouver"]
        weights = np.array(list(shares.values()))
        columns = [
            pa.array(self._numbers(count)),
            pa.array(opened, pa.timestamp("us", tz="UTC")),
            pa.array(np.where(is_open, opened, np.maximum(opened, closed)), pa.timestamp("us", tz="UTC")),
            pa.array(closed, pa.timestamp("us", tz="UTC"), mask=is_open),
            pa.array(np.where(is_open, "In Progress", "Completed").astype(object)),
            pa.array(random.choice(self.types, count, p=self.type_weights)),
            pa.array(random.choice(np.array(list(shares), dtype=object), count, p=weights / weights.sum())),
            pa.array(self.homes["ward"][home]),
            pa.array(self.homes["address"][home], mask=~has_place),
            pa.array(self.homes["lat"][home], mask=~has_place),
            pa.array(self.homes["lon"][home], mask=~has_place),
        ]
        return pa.RecordBatch.from_arrays(columns, schema=SCHEMA)

    def _durations(self, count: int) -> Any:
        """Units: microseconds.  Some the same day, the rest log-normal around the measured median."""
        measured = self.measured["response_days"]["vancouver_all"]
        spread = math.hypot(measured["ln_sd_within_type"], measured["ln_sd_between_types"])
        days = self.random.lognormal(math.log(measured["p50"]), spread, count)
        same_day = self.random.random(count) < measured["p_same_day"]
        return (np.where(same_day, self.random.random(count) * 0.4, days + 0.1) * 86_400_000_000).astype("int64")

    def _numbers(self, count: int) -> list[str]:
        """Numbers in order; a few collide, as they do in life."""
        collide = self.random.random(count) < self.measured["dirt"]["chicago_id_collisions"] / 10
        numbers = []
        for again in collide.tolist():
            self.serial += not again or not self.serial
            numbers.append(f"G{self.serial:09d}")
        return numbers


def write(path: Path, *, rows: int, years: int = 10, seed: int = 311) -> float:
    """The file is there afterwards; gives the seconds it took."""
    started = time.monotonic()
    past = Past(rows=rows, years=years, seed=seed)
    with pq.ParquetWriter(path, SCHEMA, compression="zstd") as writer:
        waiting: list[pa.RecordBatch] = []
        for day, count in past.days():
            waiting.append(past.batch(day, count))
            if sum(batch.num_rows for batch in waiting) >= GROUP_ROWS:
                writer.write_table(pa.Table.from_batches(waiting, SCHEMA))
                waiting = []
        if waiting:
            writer.write_table(pa.Table.from_batches(waiting, SCHEMA))
    return time.monotonic() - started


def main() -> int:
    """Writes the file, or one that is thrown away when none is named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, nargs="?")
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--years", type=int, default=10)
    parser.add_argument("--seed", type=int, default=311)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="answerable-bench-") as folder:
        path = given.file or Path(folder) / "history.parquet"
        seconds = write(path, rows=given.rows, years=given.years, seed=given.seed)
        size = path.stat().st_size / 1e6
        print(f"{given.rows:,} rows in {seconds:.1f} s ({given.rows / seconds:,.0f} a second), {size:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())

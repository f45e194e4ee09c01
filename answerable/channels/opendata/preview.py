"""A few rows of each service and ward, and how many there are, so that a page can show a part without reading it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import msgspec

ROWS_OF_EACH = 3
"""Rows kept of each service and ward: so few that a year's preview stays small."""

COLUMNS = (
    "service_code", "service_name", "service_name_fr", "service_group", "status", "outcome", "requested_date",
    "requested_month", "requested_year", "closed_date", "location_precision", "ward", "ward_name",
    "neighbourhood_name", "postal_prefix", "service_request_id",
)  # fmt: skip
"""The columns a preview shows."""


class Row(msgspec.Struct, frozen=True, omit_defaults=True):
    """One published row, in the columns of the preview."""

    service_code: str | None = None
    service_name: str | None = None
    service_name_fr: str | None = None
    service_group: str | None = None
    status: str | None = None
    outcome: str | None = None
    requested_date: str | None = None
    requested_month: str | None = None
    requested_year: int | None = None
    closed_date: str | None = None
    location_precision: str | None = None
    ward: str | None = None
    ward_name: str | None = None
    neighbourhood_name: str | None = None
    postal_prefix: str | None = None
    service_request_id: str | None = None


class Tally(msgspec.Struct, frozen=True, array_like=True):
    """How many rows a service has in a ward; empty words where the rows do not say."""

    service: str
    ward: str
    rows: int


class Preview(msgspec.Struct, frozen=True):
    """The preview of one year."""

    tallies: tuple[Tally, ...]
    rows: tuple[Row, ...]

    def matching(self, *, service: str, ward: str, limit: int) -> tuple[int, tuple[Row, ...]]:
        """How many rows of the file fit, and some of them, the latest first."""
        count = sum(each.rows for each in self.tallies if service in {"", each.service} and ward in {"", each.ward})
        fitting = (each for each in self.rows if service in {"", each.service_code} and ward in {"", each.ward})
        return count, tuple(sorted(fitting, key=_when, reverse=True)[:limit])

    def services(self) -> list[str]:
        """The services that have rows."""
        return sorted({each.service for each in self.tallies if each.service})

    def wards(self) -> list[str]:
        """The wards that have rows, as people count."""
        return sorted({each.ward for each in self.tallies if each.ward}, key=lambda ward: (len(ward), ward))


def _when(row: Row) -> str:
    return row.requested_date or row.requested_month or str(row.requested_year or "")


def preview_path(folder: Path, year: int) -> Path:
    """Where the preview of that year lies in a build's folder."""
    return folder / f"preview-{year}.json"


@lru_cache(maxsize=3)
def read(folder: Path, year: int) -> Preview:
    """The preview of that year in that build; a build's folder never changes."""
    return msgspec.json.decode(preview_path(folder, year).read_bytes(), type=Preview)


class Gathering:
    """Which rows of a growing part its preview will show."""

    def __init__(self) -> None:
        self.counts: defaultdict[tuple[str, str], int] = defaultdict(int)
        self.chosen: defaultdict[tuple[str, str], list[int]] = defaultdict(list)

    def add(self, groups: Iterable[tuple[tuple[str, str], int, int]]) -> None:
        """Each group's rows in a batch: service and ward, how many, and the number of its last row in the part."""
        for group, count, last in groups:
            self.counts[group] += count
            kept = self.chosen[group]
            kept.append(last)
            del kept[:-ROWS_OF_EACH]

    @property
    def rows(self) -> list[int]:
        """The chosen rows' numbers, in order."""
        return sorted(number for kept in self.chosen.values() for number in kept)

    def tallies(self) -> tuple[Tally, ...]:
        """Rows of each service and ward."""
        return tuple(Tally(service, ward, count) for (service, ward), count in sorted(self.counts.items()))

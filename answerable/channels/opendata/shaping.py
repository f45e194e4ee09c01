"""From what the database says of a batch of requests to the columns that are published; nothing passes untouched."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from answerable.channels.opendata import rules
from answerable.channels.opendata.anonymity import Numbers, tells_ward
from answerable.channels.opendata.dictionary import columns
from answerable.channels.opendata.recipe import Recipe
from answerable.channels.opendata.rules import STEPS, Place, When, Where
from answerable.channels.opendata.scattering import Scattering
from answerable.requests.queries import PUBLISHABLE_COLUMNS

BATCH_BYTES = 2 << 20
"""Units: bytes of the database's answer that are shaped at a time: about 10,000 requests."""

_INSTANT = pa.timestamp("s", tz="UTC")
_TYPES: dict[str, pa.DataType] = dict.fromkeys(PUBLISHABLE_COLUMNS, pa.string()) | {
    "id": pa.int64(), "h3_10": pa.int64(), "lat": pa.float64(), "lon": pa.float64(), "logged_at": _INSTANT,
    "updated_at": _INSTANT, "closed_at": _INSTANT, "logged_on": pa.date32(), "closed_on": pa.date32(),
    "is_private": pa.bool_(), "is_open": pa.bool_(),
}  # fmt: skip
_PUBLISHED_TYPES = {
    "datetime": _INSTANT, "date": pa.date32(), "integer": pa.int16(), "number": pa.float64(),
}  # fmt: skip
SCHEMA: pa.Schema = pa.schema([(each.name, _PUBLISHED_TYPES.get(each.type, pa.string())) for each in columns()])
"""The published columns and their types."""

_WHERE_WORD = {
    Place.NONE: Where.NONE, Place.WARD: Where.WARD, Place.POSTAL_PREFIX: Where.POSTAL_PREFIX,
    Place.NEIGHBOURHOOD: Where.NEIGHBOURHOOD, Place.RANDOM_500M: Where.RANDOM_500M,
}  # fmt: skip


def batches(lines: Iterable[bytes]) -> Iterator[pa.Table]:
    """The database's lines as tables of some thousand rows; each line is whole."""
    gathered: list[bytes] = []
    size = 0
    for line in lines:
        gathered.append(bytes(line))
        size += len(line)
        if size >= BATCH_BYTES:
            yield _parsed(gathered)
            gathered, size = [], 0
    if gathered:
        yield _parsed(gathered)


def _parsed(lines: list[bytes]) -> pa.Table:
    return csv.read_csv(
        pa.BufferReader(b"".join(lines)),
        read_options=csv.ReadOptions(column_names=list(PUBLISHABLE_COLUMNS), use_threads=False, block_size=64 << 20),
        parse_options=csv.ParseOptions(newlines_in_values=True),
        convert_options=csv.ConvertOptions(
            column_types=_TYPES, null_values=[""], strings_can_be_null=True, true_values=["t"], false_values=["f"]
        ),
    )


@dataclass(frozen=True, slots=True)
class Looks:
    """The names of services, looked up by position; the last position is for services nobody knows."""

    codes: pa.Array
    names: pa.Array
    names_fr: pa.Array
    public: tuple[Where | None, ...]
    private: tuple[Where | None, ...]

    @classmethod
    def of(cls, recipe: Recipe) -> Looks:
        """The services of the recipe."""
        known = recipe.services
        unknown = Where.NEIGHBOURHOOD
        return cls(
            codes=pa.array([each.code for each in known], pa.string()),
            names=pa.array([*(rules.safe(each.name.get("en", each.code)) for each in known), None], pa.string()),
            names_fr=pa.array([*(rules.safe(each.name.get("fr", each.code)) for each in known), None], pa.string()),
            public=(*(each.public for each in known), unknown),
            private=(*(each.private for each in known), unknown),
        )

    def positions(self, codes: pa.ChunkedArray) -> Numbers:
        """Where each code stands; the last position for an unknown one."""
        found = pc.fill_null(pc.index_in(codes, value_set=self.codes), len(self.codes))
        return numbers(found)


def safe_column(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The column with each text made safe."""
    risky = pc.match_substring_regex(column, r"^[=+\-@\t\r]")
    if not pc.any(risky).as_py():
        return column
    return pc.if_else(risky, pc.binary_join_element_wise("'", column, ""), column)


def numbers(column: Any) -> Numbers:
    """The column as whole numbers."""
    return np.asarray(column.to_numpy(), dtype=np.int64)


def shaped_open(raw: pa.Table, *, recipe: Recipe, looks: Looks) -> pa.Table:
    """Open requests as published rows: exact, or by block."""
    service = looks.positions(raw["service_code"])
    is_block = pa.array(np.array([where is Where.BLOCK for where in looks.public])[service])
    has_point = pc.is_valid(raw["lat"])
    lat = pc.if_else(is_block, pc.round(raw["lat"], rules.BLOCK_DECIMALS), raw["lat"])
    lon = pc.if_else(is_block, pc.round(raw["lon"], rules.BLOCK_DECIMALS), raw["lon"])
    pointless = pc.if_else(
        pc.is_valid(raw["neighbourhood"]),
        Where.NEIGHBOURHOOD.value,
        pc.if_else(pc.is_valid(raw["ward"]), Where.WARD.value, Where.NONE.value),
    )
    exactly = pc.if_else(is_block, Where.BLOCK.value, Where.EXACT.value)
    number = pc.if_else(is_block, pa.scalar(None, pa.string()), raw["number"])
    secret = recipe.secret("record")
    hidden = [
        rules.record_id(request_id, secret=secret) if block else None
        for request_id, block in zip(raw["id"].to_pylist(), is_block.to_pylist(), strict=True)
    ]
    return _table(
        raw,
        looks,
        service,
        record_id=pc.coalesce(number, pa.array(hidden, pa.string())),
        service_request_id=number,
        agency_responsible=safe_column(raw["department"]),
        requested_datetime=raw["logged_at"],
        updated_datetime=raw["updated_at"],
        closed_datetime=raw["closed_at"],
        location_precision=pc.if_else(has_point, exactly, pointless),
        time_precision=pa.repeat(When.INSTANT.value, len(raw)),
        ward=safe_column(raw["ward"]),
        ward_name=safe_column(raw["ward_name"]),
        neighbourhood=safe_column(raw["neighbourhood"]),
        neighbourhood_name=safe_column(raw["neighbourhood_name"]),
        lat=lat,
        long=lon,
        **_dates(raw),
    )


def _dates(raw: pa.Table) -> dict[str, Any]:
    return {
        "requested_date": raw["logged_on"],
        "requested_month": _month(raw["logged_on"]),
        "requested_year": pc.cast(pc.year(raw["logged_on"]), pa.int16()),
        "closed_date": raw["closed_on"],
        "closed_month": _month(raw["closed_on"]),
    }


def _month(days: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.utf8_slice_codeunits(pc.cast(days, pa.string()), 0, 7)


def _table(raw: pa.Table, looks: Looks, service: Numbers, **told: Any) -> pa.Table:
    """Every published column in order; what was not told is empty."""
    where = pa.array(service)
    filled: dict[str, Any] = {
        "service_code": safe_column(raw["service_code"]),
        "service_name": pc.coalesce(looks.names.take(where), safe_column(raw["service_code"])),
        "service_name_fr": pc.coalesce(looks.names_fr.take(where), safe_column(raw["service_code"])),
        "service_group": safe_column(raw["service_group"]),
        "status": pc.if_else(raw["is_open"], "open", "closed"),
        "status_detail": raw["lifecycle"],
        "outcome": raw["outcome"],
        "source": safe_column(raw["channel"]),
        "promise": raw["promise"],
    } | told
    arrays = [
        _cast(filled[field.name], field.type) if field.name in filled else pa.nulls(len(raw), field.type)
        for field in SCHEMA
    ]
    return pa.table(arrays, schema=SCHEMA)


def _cast(column: Any, kind: pa.DataType) -> Any:
    return column if column.type == kind else pc.cast(column, kind)


def shaped_protected(
    raw: pa.Table, *, step: Numbers, place: Numbers, recipe: Recipe, looks: Looks, scattering: Scattering
) -> pa.Table:
    """Protected requests as published rows, each as coarse as its step and place say."""
    service = looks.positions(raw["service_code"])
    points = _points(raw, place, scattering)
    when = np.array([each.when.value for each in STEPS])[step]
    named = pa.array(np.array([each.names_service for each in STEPS])[step])
    by_day, by_month = pa.array(when == When.DAY), pa.array(when != When.YEAR)
    ward = pa.array(tells_ward(place))
    hood, prefix = pa.array(place == Place.NEIGHBOURHOOD), pa.array(place == Place.POSTAL_PREFIX)
    secret = recipe.secret("record")
    dates = _dates(raw)
    table = _table(
        raw,
        looks,
        service,
        record_id=pa.array([rules.record_id(each, secret=secret) for each in raw["id"].to_pylist()], pa.string()),
        agency_responsible=_only(ward, safe_column(raw["department"])),
        requested_date=_only(by_day, dates["requested_date"]),
        requested_month=_only(by_month, dates["requested_month"]),
        requested_year=dates["requested_year"],
        closed_date=_only(by_day, dates["closed_date"]),
        closed_month=_only(by_month, dates["closed_month"]),
        location_precision=pa.array(np.array([_WHERE_WORD[each].value for each in Place])[place]),
        time_precision=pa.array(when),
        ward=_only(ward, safe_column(raw["ward"])),
        ward_name=_only(ward, safe_column(raw["ward_name"])),
        neighbourhood=_only(hood, safe_column(raw["neighbourhood"])),
        neighbourhood_name=_only(hood, safe_column(raw["neighbourhood_name"])),
        postal_prefix=_only(prefix, safe_column(raw["postal_prefix"])),
        lat=pa.array([each[0] for each in points], pa.float64()),
        long=pa.array([each[1] for each in points], pa.float64()),
    )
    return _without_services(table, named)


def _only(mask: pa.Array, column: Any) -> Any:
    return pc.if_else(mask, column, pa.scalar(None, column.type))


def _without_services(table: pa.Table, named: pa.Array) -> pa.Table:
    for name in ("service_code", "service_name", "service_name_fr"):
        position = table.schema.get_field_index(name)
        table = table.set_column(position, SCHEMA.field(name), _only(named, table[name]))
    return table


def _points(raw: pa.Table, place: Numbers, scattering: Scattering) -> Sequence[tuple[float | None, float | None]]:
    wanted = place == Place.RANDOM_500M
    if not wanted.any():
        return [(None, None)] * len(place)
    found = (
        scattering.of(cell, ward=ward or "") if is_random and cell is not None else None
        for cell, ward, is_random in zip(raw["h3_10"].to_pylist(), raw["ward"].to_pylist(), wanted, strict=True)
    )
    return [(each.point.lat, each.point.lon) if each else (None, None) for each in found]

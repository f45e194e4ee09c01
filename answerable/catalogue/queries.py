"""The city in force, and every version there ever was."""

from __future__ import annotations

import datetime as dt
import json
import threading
import time
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import msgspec
from django.db import connection

from answerable.catalogue import areas, models
from answerable.catalogue.areas import Areas
from answerable.catalogue.city import BusinessCalendar, City
from answerable.catalogue.errors import NoCatalogue, UnknownVersion
from answerable.catalogue.files import areas_in
from answerable.catalogue.structs import Pack

__all__ = [
    "BusinessCalendar",
    "City",
    "VersionRow",
    "active",
    "active_id",
    "cached",
    "cached_version",
    "forget",
    "refresh",
    "version",
    "versions",
]

FRESH_SECONDS = 1.0
"""How long a process trusts what it knows about the version in force."""

KEPT_CITIES = 16
"""Compiled versions held in a process; an older one is compiled again when asked for."""

_ACTIVE_SQL = "SELECT version_id FROM catalogue_publication ORDER BY id DESC LIMIT 1"

_reader = ThreadPoolExecutor(max_workers=1, thread_name_prefix="catalogue")
_lock = threading.RLock()
_cities: OrderedDict[int, City] = OrderedDict()
_areas: dict[tuple[str, ...], Areas] = {}
_active_id: int | None = None
_fresh_until = 0.0


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One loaded version, for lists."""

    id: int
    pack: str
    content_hash: str
    loaded_at: dt.datetime
    published_at: dt.datetime | None
    is_active: bool


def active() -> City:
    """The city in force; at most one small query a second in each process.  Raises: NoCatalogue."""
    return version(active_id())


def active_id() -> int:
    """The id of the version in force.  Raises: NoCatalogue."""
    global _active_id, _fresh_until
    if _active_id is not None and time.monotonic() < _fresh_until:
        return _active_id
    with connection.cursor() as cursor:
        cursor.execute(_ACTIVE_SQL)
        row = cursor.fetchone()
    if row is None:
        raise NoCatalogue("No city is loaded.", remedy="Run ./311 city load cities/<id>.")
    _active_id, _fresh_until = int(row[0]), time.monotonic() + FRESH_SECONDS
    return _active_id


def version(version_id: int) -> City:
    """That version, compiled; the same object for everybody in the process.  Raises: UnknownVersion."""
    city = _cities.get(version_id)
    if city is not None:
        return city
    with _lock:
        if version_id not in _cities:
            _cities[version_id] = _compiled(version_id)
            while len(_cities) > KEPT_CITIES:
                _cities.popitem(last=False)
        return _cities[version_id]


def refresh() -> None:
    """The process knows the version in force and has the latest ones compiled, so that `cached` needs no database."""
    forget()
    known = active_id()
    for row in versions(limit=KEPT_CITIES // 2):
        version(row.id)
    version(known)


def cached() -> City:
    """The city in force as of the last check, without touching the database: for event loops, after `refresh`.

    Raises: NoCatalogue when nothing was asked yet.
    """
    if _active_id is None or _active_id not in _cities:
        raise NoCatalogue("The catalogue was not read yet.", remedy="Call refresh() first, and then every second.")
    return _cities[_active_id]


def cached_version(version_id: int) -> City:
    """That version without a query when it is compiled; an older one is read by a thread of its own.

    Raises: UnknownVersion.
    """
    city = _cities.get(version_id)
    return city if city is not None else _reader.submit(_read_apart, version_id).result()


def _read_apart(version_id: int) -> City:
    try:
        return version(version_id)
    finally:
        connection.close()


def versions(*, limit: int = 50) -> tuple[VersionRow, ...]:
    """The loaded versions, newest first."""
    with connection.cursor() as cursor:
        cursor.execute(_ACTIVE_SQL)
        row = cursor.fetchone()
    in_force = row[0] if row else None
    return tuple(
        VersionRow(each.pk, each.pack, each.content_hash, each.loaded_at, each.published_at, each.pk == in_force)
        for each in models.Version.objects.defer("document").order_by("-id")[:limit]
    )


def forget() -> None:
    """The next question to `active` reads the database again: after publishing, and between tests."""
    global _fresh_until  # noqa: PLW0603 - one process, one cache
    _fresh_until = 0.0


def _compiled(version_id: int) -> City:
    with connection.cursor() as cursor:
        cursor.execute("SELECT document::text, placeset_id FROM catalogue_version WHERE id = %s", [version_id])
        row = cursor.fetchone()
    if row is None:
        raise UnknownVersion(f"No catalogue version {version_id}.", field="version", value=str(version_id))
    pack = msgspec.json.decode(row[0].encode(), type=Pack)
    return City(version_id=version_id, pack=pack, areas=_areas_of(pack), placeset_id=row[1])


def _areas_of(pack: Pack) -> Areas:
    """Borders are read once for all versions that share them."""
    wanted = tuple(pack.file_hashes[f"areas/{source.file}"] for source in pack.areas)
    key = (*wanted, json.dumps(msgspec.to_builtins(pack.areas), sort_keys=True))
    if key not in _areas:
        found = dict(models.AreaSet.objects.filter(pk__in=wanted).values_list("content_hash", "content"))
        _areas[key] = areas.build(
            (source, areas_in(bytes(found[file_hash]), source))
            for source, file_hash in zip(pack.areas, wanted, strict=True)
        )
    return _areas[key]

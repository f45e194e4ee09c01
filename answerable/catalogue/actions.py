"""Loading a city pack and bringing a version into force."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import msgspec
from django.db import connection, transaction

from answerable.catalogue import gazetteer, models, queries
from answerable.catalogue.errors import UnknownVersion
from answerable.catalogue.events import CataloguePublished
from answerable.catalogue.gazetteer import Entry
from answerable.catalogue.pack import GoldenCheck, content_hash, load_folder
from answerable.catalogue.structs import Pack
from answerable.journal import actions as journal

_ONE_LOADER = "SELECT pg_advisory_xact_lock(hashtext('catalogue.load'))"
_COPY_PLACES = (
    "COPY catalogue_place (placeset_id, kind, key, name, street, number, district, label, postal, area_kind, area_keys,"
    " lat, lon, weight) FROM STDIN"
)


def load_pack(folder: Path | str, *, at: dt.datetime, golden: GoldenCheck | None = None) -> int:
    """The pack is stored as a version, not yet in force; the same content again gives the same id.

    Raises: BrokenPack listing every problem.
    """
    folder = Path(folder)
    pack = load_folder(folder, golden=golden)
    digest = content_hash(pack)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_ONE_LOADER)
        placeset_id = _keep_places(folder, pack, at=at)
        known = models.Version.objects.filter(content_hash=digest)
        known.exclude(placeset_id=placeset_id).update(placeset_id=placeset_id)
        if found := known.values_list("id", flat=True).first():
            return found
        _keep_areas(folder, pack)
        document = json.loads(msgspec.json.encode(pack))
        made = models.Version.objects.create(
            pack=pack.city.id, content_hash=digest, loaded_at=at, document=document, placeset_id=placeset_id
        )
        return int(made.pk)


def publish_version(version_id: int, *, by: str, at: dt.datetime) -> None:
    """The version is in force from now on; publishing the one in force again changes nothing.

    Raises: UnknownVersion.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_ONE_LOADER)
        row = models.Version.objects.filter(pk=version_id).first()
        if row is None:
            raise UnknownVersion(f"No catalogue version {version_id}.", field="version", value=str(version_id))
        newest = models.Publication.objects.order_by("-id").values_list("version_id", flat=True).first()
        if newest == version_id:
            return
        models.Publication.objects.create(version=row, at=at, by=by)
        models.Version.objects.filter(pk=version_id, published_at=None).update(published_at=at)
        fact = CataloguePublished(subject_id=version_id, pack=row.pack, content_hash=row.content_hash)
        journal.append(fact, by=by, at=at)
    queries.forget()


def load_and_publish(folder: Path | str, *, by: str, at: dt.datetime, golden: GoldenCheck | None = None) -> int:
    """The pack in the folder is in force; gives its version.  Raises: BrokenPack."""
    with transaction.atomic():
        version_id = load_pack(folder, at=at, golden=golden)
        publish_version(version_id, by=by, at=at)
    return version_id


def _keep_areas(folder: Path, pack: Pack) -> None:
    rows = [
        models.AreaSet(
            content_hash=pack.file_hashes[f"areas/{source.file}"],
            file=source.file,
            content=(folder / "areas" / source.file).read_bytes(),
        )
        for source in pack.areas
    ]
    models.AreaSet.objects.bulk_create(rows, ignore_conflicts=True)


def _keep_places(folder: Path, pack: Pack, *, at: dt.datetime) -> int:
    """The id of the pack's indexed gazetteer, made when its content or the spelling rules are new."""
    digest = gazetteer.digest(pack)
    known = models.PlaceSet.objects.filter(content_hash=digest).values_list("id", flat=True).first()
    if known:
        return known
    entries = gazetteer.entries(folder, pack)
    made = models.PlaceSet.objects.create(content_hash=digest, made_at=at, places=len(entries))
    with connection.cursor() as cursor, cursor.copy(_COPY_PLACES) as copy:
        for entry in entries:
            copy.write_row((made.pk, *_row(entry)))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE catalogue_place")
    return int(made.pk)


def _row(entry: Entry) -> tuple[object, ...]:
    return (
        entry.kind,
        entry.key,
        entry.name,
        entry.street,
        entry.number,
        entry.district,
        json.dumps(entry.label, ensure_ascii=False),
        entry.postal,
        entry.area_kind,
        json.dumps(entry.area_keys, ensure_ascii=False),
        entry.point.lat if entry.point else None,
        entry.point.lon if entry.point else None,
        entry.weight,
    )

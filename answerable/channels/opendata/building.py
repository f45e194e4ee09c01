"""One build from first row to published link: read in one moment, blurred, written, checked, and only then shown."""

from __future__ import annotations

import hashlib
import logging
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet

from answerable.catalogue.structs import matches_postal
from answerable.channels.opendata import actions, anonymity, papers, preview
from answerable.channels.opendata.anonymity import HELD_BACK, LEFT_OUT, Assigned, Numbers, Protected
from answerable.channels.opendata.checks import check_part
from answerable.channels.opendata.recipe import Recipe
from answerable.channels.opendata.rules import PLACES, Place, Where
from answerable.channels.opendata.scattering import Scattering
from answerable.channels.opendata.shaping import Looks, batches, numbers, shaped_open, shaped_protected
from answerable.channels.opendata.store import Change, File, Manifest, Store, YearPart, build_name
from answerable.channels.opendata.writers import Part
from answerable.kernel.errors import AnswerableError
from answerable.plumbing import clock
from answerable.requests import queries as requests
from answerable.requests.queries import Publishable

log = logging.getLogger(__name__)

Tell = Callable[[int, int], object]
"""Hears the year and the rows written so far."""

CHECKS = (
    "columns are those of the dictionary", "every protected row is one of k", "no protected row tells number or hour",
    "no row is finer than its own precision", "no confidential service", "every format has the same rows",
)  # fmt: skip
_PROVENANCE = {
    "en": "Made from the city's 311 system. Confidential requests are never published, nor words, names, contacts or"
    " pictures; private requests only by area and period, never fewer than k alike.",
    "fr": "Produit à partir du système 311 de la ville. Les demandes confidentielles ne sont jamais publiées, ni"
    " textes, noms, coordonnées ou photos; les demandes privées seulement par secteur et période, jamais moins de k"
    " semblables.",
}


def _nobody(year: int, rows: int) -> None:
    """Hears nothing."""


@dataclass(frozen=True, slots=True)
class Job:
    """What a build works with."""

    recipe: Recipe
    store: Store
    base_url: str
    tell: Tell = _nobody


def export(job: Job, *, by: str) -> Manifest:
    """The open data is built and published.

    Raises: AlreadyBuilding; CheckFailed when a promise is not kept: then nothing was published.
    """
    at = job.recipe.at
    name = _free_name(job.store, at)
    build_id = actions.begin(name=name, by=by, at=at)
    folder = job.store.begin(name)
    try:
        manifest = _made(job, folder, name=name)
        job.store.publish(folder, manifest)
    except AnswerableError as error:
        job.store.drop(folder)
        actions.refuse(build_id, reason=error.code, finding=str(error)[:500], at=clock.now())
        raise
    except BaseException:
        job.store.drop(folder)
        actions.refuse(build_id, reason=actions.INTERRUPTED, finding="", at=clock.now())
        raise
    actions.publish(build_id, manifest, at=clock.now())
    forgotten = job.store.forget_older(now=at, keep_days=job.recipe.terms.keep_days)
    log.info("opendata.published", extra={"build": build_id, "rows": manifest.rows, "forgotten": forgotten})
    return manifest


def _free_name(store: Store, at: datetime) -> str:
    name = build_name(at)
    taken = sum(each.name.startswith(name) for each in store.builds.iterdir()) if store.builds.is_dir() else 0
    return f"{name}-{taken}" if taken else name


def _made(job: Job, folder: Path, *, name: str) -> Manifest:
    recipe, looks = job.recipe, Looks.of(job.recipe)
    today = recipe.city.local_day(recipe.at)
    scattering = Scattering(recipe.city.areas, recipe.wards, today, recipe.secret("place"))
    with requests.one_moment():
        made = (_part(job, folder, year=year, looks=looks, scattering=scattering) for year in years(recipe))
        parts = [part for part in made if part]
    files = tuple(each for part in parts for each in part.files)
    others = [
        _paper(folder, "dictionary.csv", papers.dictionary_csv()),
        _paper(folder, "codes.csv", papers.codes_csv(job.recipe)),
    ]
    package = papers.datapackage(job.recipe, [*files, *others], name=name, base_url=job.base_url)
    others.append(_paper(folder, "datapackage.json", papers.as_json(package)))
    manifest = _manifest(job, tuple(parts), tuple(others), name=name)
    listed = papers.as_json(papers.catalogue(job.recipe, manifest, base_url=job.base_url))
    manifest = msgspec.structs.replace(manifest, others=(*manifest.others, _paper(folder, "data.json", listed)))
    job.store.share_unchanged(folder, {each.name: each for each in manifest.files})
    return manifest


def years(recipe: Recipe) -> range:
    """The local years from the first request to the last."""
    between = requests.logged_between()
    if between is None:
        return range(0)
    first, last = (at.astimezone(recipe.city.timezone).year for at in between)
    return range(first, last + 1)


def publishable(recipe: Recipe, *, year: int) -> Publishable:
    """The requests of one local year."""
    zone = recipe.city.timezone
    return Publishable(
        since=datetime(year, 1, 1, tzinfo=zone),
        until=datetime(year + 1, 1, 1, tzinfo=zone),
        hidden=recipe.hidden,
        open=recipe.open,
        wards=recipe.wards,
        neighbourhoods=recipe.neighbourhoods,
        timezone=recipe.city.pack.city.timezone,
        now=recipe.at,
    )


def _part(job: Job, folder: Path, *, year: int, looks: Looks, scattering: Scattering) -> YearPart | None:
    """The files of one year; None for a year of which nothing may be told."""
    recipe = job.recipe
    wanted = publishable(recipe, year=year)
    seed = int.from_bytes(recipe.secret(f"order {build_name(recipe.at)} {year}")[:8], "big", signed=True)
    today = recipe.city.local_day(recipe.at)
    protected = gather(wanted, seed=seed, recipe=recipe, looks=looks, scattering=scattering)
    assigned = anonymity.assign(protected, k=recipe.terms.smallest_group, today=today)
    told = _Told(Part(folder, year=year, place=recipe.city.pack.city.short_name))
    for raw in batches(requests.stream_open(wanted)):
        told.write(shaped_open(raw, recipe=recipe, looks=looks), is_open=True)
        job.tell(year, told.part.rows)
    for table in _coarsened(wanted, assigned, seed=seed, recipe=recipe, looks=looks, scattering=scattering):
        told.write(table, is_open=False)
        job.tell(year, told.part.rows)
    return _finished(job, folder, told, assigned, year=year)


def _finished(job: Job, folder: Path, told: _Told, assigned: Assigned, *, year: int) -> YearPart | None:
    files = told.part.close()
    suppressed, held = int((assigned.step == LEFT_OUT).sum()), int((assigned.step == HELD_BACK).sum())
    recipe, smallest = job.recipe, 0
    if told.part.rows:
        smallest = check_part(
            folder, year=year, rows=told.part.rows, k=recipe.terms.smallest_group, hidden=frozenset(recipe.hidden)
        )
        _keep_preview(folder, told.gathering, year=year)
    else:
        for name, _, _ in files:
            (folder / name).unlink()
        files = []
        if not suppressed + held:
            return None
    return YearPart(
        year=year,
        rows=told.part.rows,
        open=told.open,
        suppressed=suppressed,
        held_back=held,
        smallest_group=smallest,
        by_precision=dict(sorted(told.by_precision.items())),
        files=tuple(File(name=name, size=size, sha256=digest, year=year) for name, size, digest in files),
    )


class _Told:
    """What was written of a year so far."""

    def __init__(self, part: Part) -> None:
        self.part = part
        self.open = 0
        self.by_precision: Counter[str] = Counter()
        self.gathering = preview.Gathering()

    def write(self, table: pa.Table, *, is_open: bool) -> None:
        if not len(table):
            return
        self.gathering.add(_groups(table, before=self.part.rows))
        self.part.write(table)
        self.open += len(table) if is_open else 0
        for each in pc.value_counts(table["location_precision"]).to_pylist():
            self.by_precision[each["values"]] += each["counts"]


def _groups(table: pa.Table, *, before: int) -> Iterator[tuple[tuple[str, str], int, int]]:
    """Service and ward of the batch's rows, how many each has, and where its last row stands in the part."""
    grouped = (
        pa.table(
            {
                "service": pc.fill_null(table["service_code"], ""), "ward": pc.fill_null(table["ward"], ""),
                "row": np.arange(before, before + len(table)),
            }
        )
        .group_by(["service", "ward"])
        .aggregate([("row", "count"), ("row", "max")])
    )  # fmt: skip
    for each in grouped.to_pylist():
        yield (each["service"], each["ward"]), each["row_count"], each["row_max"]


def _keep_preview(folder: Path, gathering: preview.Gathering, *, year: int) -> None:
    wanted, rows, before = np.array(gathering.rows), [], 0
    file = parquet.ParquetFile(folder / f"requests-{year}.parquet")
    for batch in file.iter_batches(batch_size=15_000, columns=list(preview.COLUMNS)):
        here = wanted[(wanted >= before) & (wanted < before + len(batch))] - before
        rows += batch.take(pa.array(here)).to_pylist()
        before += len(batch)
    kept = {"tallies": gathering.tallies(), "rows": [{k: v for k, v in row.items() if v is not None} for row in rows]}
    preview.preview_path(folder, year).write_bytes(msgspec.json.encode(kept))


class _Numbering:
    """Small numbers for words, given as they come; an absent word is -1."""

    def __init__(self) -> None:
        self.known: dict[str, int] = {}

    def of(self, column: pa.ChunkedArray) -> Numbers:
        encoded = pc.dictionary_encode(column).combine_chunks()
        encoded = encoded.chunk(0) if isinstance(encoded, pa.ChunkedArray) else encoded
        table = np.array([self.known.setdefault(word, len(self.known)) for word in encoded.dictionary.to_pylist()])
        found = numbers(pc.fill_null(encoded.indices, -1))
        return np.where(found < 0, -1, np.append(table, -1).astype(np.int64)[found])


def gather(wanted: Publishable, *, seed: int, recipe: Recipe, looks: Looks, scattering: Scattering) -> Protected:
    """What identifies somebody in the year's protected rows, in the order they will be written."""
    words = {name: _Numbering() for name in ("service", "group", "ward", "neighbourhood", "prefix", "cell")}
    columns: dict[str, list[Numbers]] = {name: [np.zeros(0, np.int64)] for name in (*words, "declared", "day")}
    for raw in batches(requests.stream_protected(wanted, seed=seed)):
        declared = _declared(raw, looks)
        for name, column in _names(raw, declared, recipe=recipe, scattering=scattering).items():
            columns[name].append(words[name].of(column))
        columns["declared"].append(declared)
        columns["day"].append(numbers(pc.cast(pc.cast(raw["logged_on"], pa.int32()), pa.int64())))
    return Protected(**{name: np.concatenate(pieces) for name, pieces in columns.items()})


def _names(raw: pa.Table, declared: Numbers, *, recipe: Recipe, scattering: Scattering) -> dict[str, pa.ChunkedArray]:
    """The words that are counted; a postal code of another city is none."""
    pattern = recipe.city.pack.city.postal_prefix_pattern
    prefixes = [word if word and matches_postal(pattern, word) else None for word in raw["postal_prefix"].to_pylist()]
    return {
        "service": raw["service_code"],
        "group": raw["service_group"],
        "ward": _with_name(raw, "ward"),
        "neighbourhood": _with_name(raw, "neighbourhood"),
        "prefix": pa.chunked_array([pa.array(prefixes, pa.string())]),
        "cell": pa.chunked_array([pa.array(_hexagons(raw, declared, scattering), pa.string())]),
    }


def _with_name(raw: pa.Table, area: str) -> pa.ChunkedArray:
    """Key and name of the area as one word: redrawn boundaries may give a key another name within a year."""
    return pc.binary_join_element_wise(raw[area], pc.fill_null(raw[f"{area}_name"], ""), "\x1f")


def _declared(raw: pa.Table, looks: Looks) -> Numbers:
    """How each row would be placed if k alike were no matter."""
    service = looks.positions(raw["service_code"])
    public, private = (
        np.array([PLACES.get(where or Where.NONE, Place.NEIGHBOURHOOD) for where in wheres], dtype=np.int64)
        for wheres in (looks.public, looks.private)
    )
    is_private = np.asarray(raw["is_private"].to_numpy(), dtype=bool)
    return np.where(is_private, private[service], public[service])


def _hexagons(raw: pa.Table, declared: Numbers, scattering: Scattering) -> list[str | None]:
    wanted = declared == Place.RANDOM_500M
    found = (
        scattering.of(cell, ward=ward or "") if is_random and cell is not None else None
        for cell, ward, is_random in zip(raw["h3_10"].to_pylist(), raw["ward"].to_pylist(), wanted, strict=True)
    )
    return [each.hexagon if each else None for each in found]


def _coarsened(
    wanted: Publishable, assigned: Assigned, *, seed: int, recipe: Recipe, looks: Looks, scattering: Scattering
) -> Iterator[pa.Table]:
    """The protected rows that may be told, batch by batch."""
    before = 0
    for raw in batches(requests.stream_protected(wanted, seed=seed)):
        step = assigned.step[before : before + len(raw)]
        place = assigned.place[before : before + len(raw)]
        before += len(raw)
        may = step >= 0
        yield shaped_protected(
            raw.filter(pa.array(may)), step=step[may], place=place[may], recipe=recipe, looks=looks,
            scattering=scattering,
        )  # fmt: skip


def _paper(folder: Path, name: str, content: bytes) -> File:
    (folder / name).write_bytes(content)
    return File(name=name, size=len(content), sha256=hashlib.sha256(content).hexdigest())


def _manifest(job: Job, parts: tuple[YearPart, ...], others: tuple[File, ...], *, name: str) -> Manifest:
    recipe, before = job.recipe, job.store.published()
    rows_before = {part.year: part.rows for part in before.parts} if before else {}
    rows_now = {part.year: part.rows for part in parts}
    return Manifest(
        name=name,
        built_at=recipe.at,
        city=recipe.city.pack.city.name,
        title=recipe.terms.title,
        licence=recipe.terms.licence,
        licence_url=recipe.terms.licence_url,
        attribution=recipe.terms.attribution,
        smallest_group=recipe.terms.smallest_group,
        catalogue_version=recipe.city.version_id,
        rows=sum(rows_now.values()),
        suppressed=sum(part.suppressed for part in parts),
        held_back=sum(part.held_back for part in parts),
        parts=parts,
        others=others,
        checks=CHECKS,
        provenance=_PROVENANCE,
        previous=before.name if before else "",
        changes=tuple(
            Change(year=year, rows_before=rows_before.get(year, 0), rows=rows_now.get(year, 0))
            for year in sorted({*rows_before, *rows_now})
        ),
    )

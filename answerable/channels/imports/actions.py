"""Importing a file: one transaction a batch, each with its requests, histories, untouched rows and the count so far.

Killed at any moment, the next run of the same file goes on where the last transaction ended.  Run again, it finds every
row by its key and changes nothing.
"""

from __future__ import annotations

import hashlib
import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
from django.db import connection, transaction

from answerable.catalogue import queries as catalogue
from answerable.catalogue.city import City
from answerable.channels.imports import events, models
from answerable.channels.imports.errors import AlreadyRunning
from answerable.channels.imports.meaning import Meanings
from answerable.channels.imports.preparing import Batch, Prepared, ahead, batches
from answerable.channels.imports.reading import OpenedFile, RawRow, open_file
from answerable.channels.imports.recognise import Layout, layout_of
from answerable.channels.imports.report import Progress, Report
from answerable.channels.imports.rules import Repair
from answerable.channels.imports.understand import Reader
from answerable.journal import actions as journal
from answerable.journal.bulk import escaped
from answerable.plumbing import clock
from answerable.requests import bulk
from answerable.routing import packs
from answerable.routing import queries as routing

_ROWS_COPY: Final = "COPY imports_row (source_id, key, digest, request_id, reason, run_id, line, raw) FROM STDIN"
_KNOWN_SQL: Final = "SELECT key, digest, request_id FROM imports_row WHERE source_id = %s AND key = ANY(%s)"
_MENDED_SQL: Final = """
UPDATE imports_row r SET request_id = g.request_id, reason = '', run_id = %s, digest = g.digest, raw = g.raw
  FROM unnest(%s::text[], %s::bigint[], %s::bigint[], %s::text[]) AS g (key, request_id, digest, raw)
 WHERE r.source_id = %s AND r.key = g.key
"""
_CHUNK: Final = 1 << 20
_SAMPLE: Final = 1_000
_FEWEST_FOR_A_SIGN: Final = 20
_WORTH_ANALYZING: Final = 5_000

Tell = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Options:
    """How a file is imported.  `open_work`: open requests enter the office's queues; else they stay apart."""

    open_work: bool = False
    by: str = "system:import"


@dataclass(frozen=True, slots=True)
class Imported:
    """A finished import: its run, 0 for a mere check, and its account."""

    run_id: int
    report: Report


@dataclass(frozen=True, slots=True)
class _Job:
    """A file being imported: everything that does not change from batch to batch."""

    source_id: int
    run_id: int
    is_new_source: bool
    report: Report
    started: float
    seconds_before: float


def import_file(path: Path, *, options: Options | None = None, tell: Tell = lambda progress: None) -> Imported:
    """Every row of the file is imported, known already, or refused with its reason.

    Raises: UnknownLayout, UnreadableFile, NoHistoricService, AlreadyRunning.
    """
    options = options or Options()
    city, opened = catalogue.active(), open_file(path)
    layout = layout_of(opened.header)
    meanings = _meanings(city, layout, open_work=options.open_work)
    source, is_new = models.Source.objects.get_or_create(pack=city.id, layout=layout.code)
    with _alone(source.pk, layout):
        run = _run(path, opened, source_id=source.pk, layout=layout, city=city, options=options)
        report = msgspec.convert(run.report, Report)
        job = _Job(source.pk, run.pk, is_new, report, time.monotonic(), report.seconds)
        prepared = _prepared(opened, layout=layout, city=city, meanings=meanings, done=run.rows_done)
        for batch in ahead(prepared):
            if batch.rows:
                _store(batch, job)
            tell(Progress(report.rows, batch.share, report.seconds))
        _finish(job, by=options.by)
    return Imported(run.pk, report)


def check_file(path: Path, *, options: Options | None = None, tell: Tell = lambda progress: None) -> Imported:
    """The account an import would give, with nothing written; rows imported before are not told apart."""
    city, opened = catalogue.active(), open_file(path)
    layout = layout_of(opened.header)
    meanings = _meanings(city, layout, open_work=bool(options and options.open_work))
    report = Report(layout=layout.code, file=path.name)
    started = time.monotonic()
    for batch in ahead(_prepared(opened, layout=layout, city=city, meanings=meanings, done=0)):
        for row in batch.rows:
            report.rows += 1
            _count(report, row)
        report.seconds = time.monotonic() - started
        tell(Progress(report.rows, batch.share, report.seconds))
    return Imported(0, report)


def _meanings(city: City, layout: Layout, *, open_work: bool) -> Meanings:
    rules = routing.active_rules(city).rules
    return Meanings(city, layout=layout.code, rules=rules, closed_on=packs.closed_on(city), open_work=open_work)


def _prepared(opened: OpenedFile, *, layout: Layout, city: City, meanings: Meanings, done: int) -> Iterator[Batch]:
    rows = opened.rows(layout.encoding)
    sample = list(itertools.islice(rows, _SAMPLE))
    reader = _reader(opened, layout, city, meanings, mends_minutes=False)
    if meanings.mapping.minutes_tens_digit and _writes_tens_digits(sample, reader):
        reader = _reader(opened, layout, city, meanings, mends_minutes=True)
    return batches(opened, itertools.chain(sample, rows), reader=reader, done=done)


def _reader(opened: OpenedFile, layout: Layout, city: City, meanings: Meanings, *, mends_minutes: bool) -> Reader:
    return Reader(
        city, layout=layout, header=opened.header, meanings=meanings, now=clock.now(), mends_minutes=mends_minutes
    )


def _writes_tens_digits(sample: Sequence[RawRow], reader: Reader) -> bool:
    """Whether no opening of the sample has a minute above 5: the sign of a source that lost a digit."""
    minutes = [minute for row in sample if (minute := reader.minute_of(row)) is not None]
    return len(minutes) >= _FEWEST_FOR_A_SIGN and max(minutes) <= 5  # noqa: PLR2004 - minutes have six tens


@contextmanager
def _alone(source_id: int, layout: Layout) -> Iterator[None]:
    """Nobody else imports such files while inside; a killed import lets go by itself.  Raises: AlreadyRunning."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtext('imports'), %s)", [source_id])
        if not cursor.fetchone()[0]:
            raise AlreadyRunning(
                f"Files of the layout '{layout.code}' are being imported right now.", field="layout", value=layout.code,
                remedy="Wait until that import has ended.",
            )  # fmt: skip
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(hashtext('imports'), %s)", [source_id])


def _run(path: Path, opened: OpenedFile, *, source_id: int, layout: Layout, city: City, options: Options) -> models.Run:
    """The run of that very file that was broken off, or a new one."""
    told = {"open_work": options.open_work}
    fingerprint = _fingerprint(path)
    broken_off = models.Run.objects.filter(
        fingerprint=fingerprint, source_id=source_id, finished_at=None, options=told
    ).order_by("-id")
    if (run := broken_off.first()) is not None:
        return run
    now = clock.now()
    report = Report(layout=layout.code, file=path.name)
    return models.Run.objects.create(
        source_id=source_id, file=path.name[:255], fingerprint=fingerprint, size_bytes=path.stat().st_size,
        header=list(opened.header), options=told, catalogue_version=city.version_id,
        report=msgspec.to_builtins(report), by=options.by, started_at=now, updated_at=now,
    )  # fmt: skip


def _fingerprint(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _store(batch: Batch, job: _Job) -> None:
    """The batch is in the tables, and counted, in one transaction.

    A server that loses power may forget the last commits, but never a part of one: the import goes on from there.
    """
    report = job.report
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL synchronous_commit = off")
        known = {} if job.is_new_source else _known(batch, job.source_id)
        fresh, mended = [], []
        for row in batch.rows:
            report.rows += 1
            earlier = known.get(row.key)
            if earlier is not None and earlier[1] is not None:
                report.known += 1
                report.changed += earlier[0] != row.digest
                continue
            _count(report, row)
            if earlier is None:
                fresh.append(row)
            elif row.taken.past is not None:
                mended.append(row)
        _write(fresh, mended, job)
        report.seconds = job.seconds_before + time.monotonic() - job.started
        models.Run.objects.filter(id=job.run_id).update(
            rows_done=report.rows, report=msgspec.to_builtins(report), updated_at=clock.now()
        )


def _known(batch: Batch, source_id: int) -> dict[str, tuple[int, int | None]]:
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN_SQL, [source_id, [row.key for row in batch.rows]])
        return {key: (digest, request_id) for key, digest, request_id in cursor.fetchall()}


def _write(fresh: Sequence[Prepared], mended: Sequence[Prepared], job: _Job) -> None:
    past = [row.taken.past for row in (*fresh, *mended) if row.taken.past is not None]
    ids = iter(bulk.log_past(past, by=f"import:{job.run_id}"))
    lines = [_line(row, next(ids) if row.taken.past is not None else None, job) for row in fresh]
    with connection.cursor() as cursor:
        if lines:
            with cursor.copy(_ROWS_COPY) as copy:
                copy.write("".join(lines).encode("utf-8", "replace"))
        if mended:
            keys, digests, raws = zip(*((row.key, row.digest, row.raw) for row in mended), strict=True)
            cursor.execute(_MENDED_SQL, [job.run_id, list(keys), list(ids), list(digests), list(raws), job.source_id])


def _line(row: Prepared, request_id: int | None, job: _Job) -> str:
    became = "\\N" if request_id is None else str(request_id)
    return (
        f"{job.source_id}\t{escaped(row.key)}\t{row.digest}\t{became}\t{row.taken.refusal or ''}\t{job.run_id}\t"
        f"{row.taken.row.line}\t{escaped(row.raw)}\n"
    )


def _count(report: Report, row: Prepared) -> None:
    """The row and everything mended in it stands in the report."""
    taken, line = row.taken, row.taken.row.line
    if taken.past is None:
        report.refuse(str(taken.refusal), line=line, text=row.raw)
        return
    report.imported += 1
    kind = taken.past.kind
    report.services[kind.service] = report.services.get(kind.service, 0) + 1
    report.states[kind.lifecycle] = report.states.get(kind.lifecycle, 0) + 1
    report.opened(taken.past.logged_at)
    for code in dict.fromkeys(taken.repairs):
        report.repaired(code, line=line, text=row.raw)
        if code == Repair.TYPE_UNMAPPED:
            report.unmapped(taken.type_name)


def _finish(job: _Job, *, by: str) -> None:
    report, now = job.report, clock.now()
    with transaction.atomic():
        models.Run.objects.filter(id=job.run_id).update(
            finished_at=now, updated_at=now, rows_done=report.rows, report=msgspec.to_builtins(report)
        )
        journal.append(
            events.ImportFinished(
                job.run_id, layout=report.layout, rows=report.rows, imported=report.imported, known=report.known,
                refused=report.refused,
            ),
            by=by, at=now,
        )  # fmt: skip
    if report.imported >= _WORTH_ANALYZING:
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE requests_request, imports_row, journal_fact, journal_head")

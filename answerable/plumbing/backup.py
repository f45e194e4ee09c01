"""A whole installation in one file, and back: database, uploads, secret.

The file is a tar of `manifest.json`, `database.dump` (pg_dump's custom format), `secret-key` and `media/`.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from answerable import __version__
from answerable.kernel.errors import AnswerableError
from answerable.plumbing import clock
from answerable.plumbing.launcher import Binaries, find_binaries

_FORMAT = 1


class CannotBackUp(AnswerableError):
    """The backup could not be written: nothing was left behind; the message names the remedy."""

    code = "backup.refused"


class CannotRestore(AnswerableError):
    """The backup could not be brought back: the message says why and names the remedy."""

    code = "restore.refused"


def write(file: Path, *, url: str, media: Path, secret: str) -> int:
    """The file holds the whole installation afterwards, readable by its owner only; gives its size in bytes.

    Requests may be logged meanwhile: the database is a consistent moment, and uploads are copied after it.
    Raises: CannotBackUp.
    """
    binaries = _tools_for(url, refusal=CannotBackUp)
    manifest = {
        "format": _FORMAT,
        "product": __version__,
        "postgres_major": binaries.major,
        "at": clock.now().isoformat(),
    }
    part = file.with_name(file.name + ".part")
    try:
        with tempfile.TemporaryDirectory(prefix="answerable-backup-", dir=file.absolute().parent) as place:
            dump = Path(place) / "database.dump"
            words = ("--format=custom", "--no-owner", "--no-acl", f"--file={dump}")
            _tool(binaries, "pg_dump", *words, url=url, refusal=CannotBackUp)
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as target:
                _fill(target, manifest=manifest, dump=dump, media=media, secret=secret)
                os.fsync(target.fileno())
        part.rename(file)
    except OSError as error:
        part.unlink(missing_ok=True)
        refusal = f"'{file}' cannot be written: {error.strerror}."
        raise CannotBackUp(refusal, remedy="Name a file on a disk with enough room.") from error
    return file.stat().st_size


def read_back(file: Path, *, url: str, var: Path, replace: bool) -> None:
    """The installation is the one the file was written from; the caller then lets the journal find its order.

    What is overwritten is saved beside, as `before-restore-….tar` in `var`.  Raises: CannotRestore.
    """
    with _opened(file) as tar:
        manifest = _manifest(tar, file=file)
        binaries = _tools_for(url, refusal=CannotRestore)
        if binaries.major < manifest["postgres_major"]:
            raise CannotRestore(
                f"'{file}' comes from PostgreSQL {manifest['postgres_major']}; the tools here are {binaries.major}.",
                remedy="Use the release that wrote it, or a newer one.",
            )
        if not _is_empty(url):
            _clear(url, var=var, replace=replace)
        with tempfile.TemporaryDirectory(prefix="restore-", dir=var) as place:
            _unpack(tar, into=Path(place))
            _bring_back(Path(place), url=url, var=var, binaries=binaries)


def _fill(target: IO[bytes], *, manifest: Mapping[str, object], dump: Path, media: Path, secret: str) -> None:
    with tarfile.open(fileobj=target, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, text in (("manifest.json", json.dumps(manifest)), ("secret-key", secret)):
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(text.encode()), 0o600
            tar.addfile(member, io.BytesIO(text.encode()))
        tar.add(dump, arcname="database.dump")
        if media.exists():
            tar.add(media, arcname="media")


def _opened(file: Path) -> tarfile.TarFile:
    try:
        return tarfile.open(file)
    except FileNotFoundError as error:
        raise CannotRestore(f"'{file}' does not exist.", remedy="Name a file that './311 backup' wrote.") from error
    except (tarfile.TarError, OSError) as error:
        raise CannotRestore(
            f"'{file}' is not a backup: {error}.", remedy="Name a file that './311 backup' wrote."
        ) from error


def _manifest(tar: tarfile.TarFile, *, file: Path) -> dict[str, Any]:
    try:
        member = tar.extractfile("manifest.json")
        manifest = json.load(member) if member else {}
    except (KeyError, ValueError) as error:
        raise CannotRestore(
            f"'{file}' is not a backup of Answerable.", remedy="Name a file that './311 backup' wrote."
        ) from error
    if manifest.get("format") != _FORMAT:
        raise CannotRestore(
            f"'{file}' has format {manifest.get('format')}, this release reads {_FORMAT}.",
            remedy="Use a newer release.",
        )
    return dict(manifest)


def _unpack(tar: tarfile.TarFile, *, into: Path) -> None:
    """Plain files below the folder and nothing else, whoever made the tar."""
    root = into.resolve()
    for member in tar:
        target = (root / member.name).resolve()
        content = tar.extractfile(member) if member.isfile() else None
        if content is None or root not in target.parents:
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        with content, target.open("wb") as file:
            shutil.copyfileobj(content, file)


def _is_empty(url: str) -> bool:
    with psycopg.connect(url) as session:
        row = session.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
    return row == (0,)


def _clear(url: str, *, var: Path, replace: bool) -> None:
    if not replace:
        raise CannotRestore(
            "This installation already has data.",
            remedy="Restore into an empty one, or add '--replace' (what is there is saved first).",
        )
    secret = var / "secret-key"
    kept = var / f"before-restore-{clock.now():%Y%m%dT%H%M%SZ}.tar"
    write(kept, url=url, media=var / "media", secret=secret.read_text(encoding="ascii") if secret.exists() else "")
    print(f"what was there is saved in {kept}")
    with psycopg.connect(url, autocommit=True) as session:
        session.execute("DROP SCHEMA public CASCADE")
        session.execute("CREATE SCHEMA public")


def _bring_back(place: Path, *, url: str, var: Path, binaries: Binaries) -> None:
    words = ("--no-owner", "--no-acl", "--exit-on-error", "--single-transaction", str(place / "database.dump"))
    _tool(binaries, "pg_restore", *words, url=url, refusal=CannotRestore)
    shutil.rmtree(var / "media", ignore_errors=True)
    if (place / "media").exists():
        shutil.move(place / "media", var / "media")
    secret = (place / "secret-key").read_text(encoding="ascii")
    with os.fdopen(os.open(var / "secret-key", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as kept:
        kept.write(secret)


def _tools_for(url: str, *, refusal: type[AnswerableError]) -> Binaries:
    """pg_dump reads servers of its own major version and older ones."""
    binaries = find_binaries()
    with psycopg.connect(url, connect_timeout=5) as session:
        server = session.info.server_version // 10_000
    if server > binaries.major:
        raise refusal(
            f"The database is PostgreSQL {server}, and the tools here are {binaries.major}.",
            remedy=f"Name the folder with PostgreSQL {server}'s pg_dump in ANSWERABLE_POSTGRES_BIN.",
        )
    return binaries


def _tool(binaries: Binaries, name: str, *words: str, url: str, refusal: type[AnswerableError]) -> None:
    """The password travels in the environment: command lines are public on a machine."""
    where = {part: str(value) for part, value in conninfo_to_dict(url).items()}
    password = where.pop("password", os.environ.get("PGPASSWORD", ""))
    command = [binaries.path(name), f"--dbname={make_conninfo(**where)}", *words]
    environment = os.environ | {"PGPASSWORD": password, "LC_ALL": "C"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        told = [line for line in done.stderr.splitlines() if "error" in line.lower()] or ["it said nothing"]
        raise refusal(f"{name} failed: {told[0]}", remedy="Nothing was left half done; correct that and try again.")

"""The folder of published files: one folder a build, and a link that says which one is published.

A build grows in a hidden folder and is renamed when it is whole; the link is replaced by renaming too.  So whoever is
killed, at any moment, leaves the published files as they were.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from answerable.channels.opendata.errors import BadManifest
from answerable.kernel.languages import Text

MANIFEST = "manifest.json"
CURRENT = "current"
LATEST = "latest"
_NAME = re.compile(r"^\d{8}T\d{6}Z(-\d+)?$")
_FILE_NAME = re.compile(r"^[a-z][a-z0-9.-]{0,80}$")


class File(msgspec.Struct, frozen=True):
    """One published file.  Units: bytes."""

    name: str
    size: int
    sha256: str
    year: int | None = None


class YearPart(msgspec.Struct, frozen=True):
    """The files of one year: how many rows each has, how many of them are open, and the smallest protected group.

    A year without rows has no files: all its rows are too few alike, or wait for their period to be over.
    """

    year: int
    rows: int
    open: int
    suppressed: int
    held_back: int
    smallest_group: int
    by_precision: dict[str, int]
    files: tuple[File, ...]


class Change(msgspec.Struct, frozen=True):
    """What a build changed of one year."""

    year: int
    rows_before: int
    rows: int


class Manifest(msgspec.Struct, frozen=True):
    """What a build is: when, under which terms, with which parts, and what was proved of them."""

    name: str
    built_at: datetime
    city: Text
    title: Text
    licence: Text
    licence_url: str | Text
    attribution: Text
    smallest_group: int
    catalogue_version: int
    rows: int
    suppressed: int
    held_back: int
    parts: tuple[YearPart, ...]
    others: tuple[File, ...]
    checks: tuple[str, ...]
    provenance: Text
    previous: str = ""
    changes: tuple[Change, ...] = ()

    @property
    def files(self) -> tuple[File, ...]:
        """Every file."""
        return (*(each for part in self.parts for each in part.files), *self.others)

    @property
    def by_name(self) -> Mapping[str, File]:
        """Every file by its name; the newest year's also as `latest`."""
        named = {each.name: each for each in self.files}
        newest = max((part.year for part in self.parts if part.rows), default=0)
        return named | {
            each.name.replace(f"-{newest}.", f"-{LATEST}."): each for each in self.files if each.year == newest
        }


def build_name(at: datetime) -> str:
    """The name of a build begun then."""
    return at.strftime("%Y%m%dT%H%M%SZ")


@dataclass(frozen=True, slots=True)
class Store:
    """The folder below the installation's data; several machines share it."""

    root: Path
    _known: dict[tuple[str, int], Manifest] = field(default_factory=dict)

    @property
    def builds(self) -> Path:
        """Where builds lie."""
        return self.root / "builds"

    def published(self) -> Manifest | None:
        """What is published now, or None before the first build.  Raises: BadManifest."""
        folder = self.folder()
        if folder is None:
            return None
        try:
            key = (folder.name, (folder / MANIFEST).stat().st_mtime_ns)
            known = self._known.get(key)
            if known is None:
                known = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
                self._known.clear()
                self._known[key] = known
            return known
        except (OSError, msgspec.DecodeError) as error:
            raise BadManifest("The published open data cannot be read.", value=str(folder.name)) from error

    def folder(self) -> Path | None:
        """The folder of the published build."""
        try:
            name = os.readlink(self.root / CURRENT)
        except OSError:
            return None
        folder = self.root / name
        return folder if folder.is_dir() else None

    def begin(self, name: str) -> Path:
        """A fresh hidden folder for a build; those that others left half done are gone."""
        self.builds.mkdir(parents=True, exist_ok=True)
        for left in self.builds.glob(".*"):
            shutil.rmtree(left, ignore_errors=True)
        folder = self.builds / f".{name}"
        folder.mkdir(mode=0o755)
        return folder

    def share_unchanged(self, folder: Path, files: Mapping[str, File]) -> None:
        """Files that are byte for byte those published now take no room twice."""
        before, now = self.published(), self.folder()
        if before is None or now is None:
            return
        for name, file in files.items():
            same = before.by_name.get(name)
            if same and same.sha256 == file.sha256 and (now / name).is_file():
                beside = folder / f".{name}"
                os.link(now / name, beside)
                beside.replace(folder / name)

    def publish(self, folder: Path, manifest: Manifest) -> Path:
        """The folder is the published one: complete on the disk, under its own name, and linked."""
        (folder / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n")
        for file in folder.iterdir():
            _to_disk(file)
        _to_disk(folder)
        whole = self.builds / manifest.name
        folder.rename(whole)
        link = self.root / f".{CURRENT}"
        link.unlink(missing_ok=True)
        link.symlink_to(Path("builds") / manifest.name)
        link.replace(self.root / CURRENT)
        _to_disk(self.root)
        return whole

    def drop(self, folder: Path) -> None:
        """The half-made build is gone."""
        shutil.rmtree(folder, ignore_errors=True)

    def forget_older(self, *, now: datetime, keep_days: int) -> int:
        """Builds older than so many days are gone, the published one never; gives how many."""
        current = self.folder()
        oldest = build_name(now - timedelta(days=keep_days))
        old = [each for each in self.builds.iterdir() if _NAME.match(each.name) and each.name < oldest]
        gone = [each for each in old if current is None or each.name != current.name]
        for each in gone:
            shutil.rmtree(each, ignore_errors=True)
        return len(gone)

    def path_of(self, name: str) -> tuple[Path, File] | None:
        """Where a published file lies; None for a name that is not published."""
        manifest, folder = self.published(), self.folder()
        if manifest is None or folder is None or not _FILE_NAME.match(name):
            return None
        if name == MANIFEST:
            path = folder / MANIFEST
            return path, File(name=MANIFEST, size=path.stat().st_size, sha256=manifest.name)
        file = manifest.by_name.get(name)
        return (folder / file.name, file) if file else None


def _to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

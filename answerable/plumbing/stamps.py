"""What has been prepared already, so that a second start does only what changed.

Stamps of the database lie in the database itself and travel with its backups; stamps of files lie beside the files.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import psycopg

ROOT = Path(__file__).resolve().parents[2]
_TABLE = "CREATE TABLE IF NOT EXISTS plumbing_stamp (name text PRIMARY KEY, value text NOT NULL)"


LATER = frozenset({"demo", "past"})
"""The steps that pages need not wait for: the demo city's staff and its past."""

LAST = frozenset({"history"})
"""The step that nothing waits for: years of the demo city's real requests, imported while everything runs."""


@dataclass(frozen=True, slots=True)
class Stamps:
    """One fingerprint for each thing that is prepared, by its name: in the database, and in files."""

    in_database: Mapping[str, str]
    in_files: Mapping[str, str]

    def stale(self, *, url: str, var: Path) -> frozenset[str]:
        """The names of what is missing or was prepared from something else."""
        return self.stale_in_database(url) | _differing(self.in_files, _of_files(var))

    def stale_in_database(self, url: str) -> frozenset[str]:
        """Those of them that lie in the database."""
        return _differing(self.in_database, of_database(url))

    def stamp(self, name: str, *, url: str, var: Path) -> None:
        """From now on this counts as prepared."""
        if name in self.in_database:
            _stamp_database(url, name=name, value=self.in_database[name])
        else:
            (var / "stamps").mkdir(parents=True, exist_ok=True)
            (var / "stamps" / name).write_text(self.in_files[name], encoding="ascii")


def wanted(*, city_folder: Path, demo: bool, root: Path = ROOT) -> Stamps:
    """What the code and the city pack at hand ask for."""
    code, packages = root / "answerable", [root / "requirements.lock"]
    in_database = {
        "migrations": fingerprint(code.glob("**/migrations/*.py"), code.glob("**/sql/*.sql"), packages),
        "city": fingerprint(city_folder.rglob("*")),
    }
    if demo:
        in_database |= {"demo": in_database["city"], "past": fingerprint(city_folder.glob("demo/*"))}
        if (city_folder / "history").is_dir():
            in_database["history"] = fingerprint(city_folder.glob("history/*"), city_folder.glob("imports/*"))
    in_files = {
        "words": fingerprint(code.glob("web/**/*.po")),
        "static": fingerprint(code.glob("web/**/static/**/*"), packages),
    }
    return Stamps(in_database, in_files)


def fingerprint(*groups: Iterable[Path]) -> str:
    """A digest of the names and the content of all the files given; folders among them are passed over."""
    digest = hashlib.blake2b(digest_size=16)
    for file in sorted(place for group in groups for place in group if place.is_file()):
        digest.update(f"{file.parent.name}/{file.name}\0{file.stat().st_size}\0".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()


def of_database(url: str) -> dict[str, str]:
    """The stamps the database carries; none when it is new."""
    with psycopg.connect(url, connect_timeout=5) as connection:
        made = connection.execute("SELECT to_regclass('plumbing_stamp') IS NOT NULL").fetchone()
        if not made or not made[0]:
            return {}
        return dict(connection.execute("SELECT name, value FROM plumbing_stamp").fetchall())


def _differing(asked: Mapping[str, str], had: Mapping[str, str]) -> frozenset[str]:
    return frozenset(name for name, value in asked.items() if had.get(name) != value)


def _of_files(var: Path) -> dict[str, str]:
    folder = var / "stamps"
    return {file.name: file.read_text(encoding="ascii") for file in folder.glob("*")} if folder.exists() else {}


def _stamp_database(url: str, *, name: str, value: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(_TABLE)
        connection.execute(
            "INSERT INTO plumbing_stamp VALUES (%s, %s) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            (name, value),
        )

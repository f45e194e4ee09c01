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


@dataclass(frozen=True, slots=True)
class Stamps:
    """One fingerprint for each thing that is prepared, by its name."""

    values: Mapping[str, str]

    def differing(self, other: Stamps) -> frozenset[str]:
        """The names whose fingerprint in `other` is missing or another one."""
        return frozenset(name for name, value in self.values.items() if other.values.get(name) != value)


def wanted(*, city_folder: Path, demo: bool, root: Path = ROOT) -> tuple[Stamps, Stamps]:
    """What the code and the city pack at hand ask for: of the database, and of the files made from them."""
    code = root / "answerable"
    in_database = {
        "migrations": fingerprint(
            code.glob("**/migrations/*.py"), code.glob("**/sql/*.sql"), [root / "requirements.lock"]
        ),
        "city": fingerprint(city_folder.rglob("*")),
    }
    if demo:
        in_database["demo"] = fingerprint(city_folder.glob("demo/*"))
    in_files = {
        "words": fingerprint(code.glob("web/**/*.po")),
        "static": fingerprint(code.glob("web/**/static/**/*"), [root / "requirements.lock"]),
    }
    return Stamps(in_database), Stamps(in_files)


def fingerprint(*groups: Iterable[Path]) -> str:
    """A digest of the names and the content of all the files given; folders among them are passed over."""
    digest = hashlib.blake2b(digest_size=16)
    for file in sorted(place for group in groups for place in group if place.is_file()):
        digest.update(f"{file.parent.name}/{file.name}\0{file.stat().st_size}\0".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()


def of_database(url: str) -> Stamps:
    """The stamps the database carries; none when it is new."""
    with psycopg.connect(url, connect_timeout=5) as connection:
        made = connection.execute("SELECT to_regclass('plumbing_stamp') IS NOT NULL").fetchone()
        if not made or not made[0]:
            return Stamps({})
        return Stamps(dict(connection.execute("SELECT name, value FROM plumbing_stamp").fetchall()))


def of_files(var: Path) -> Stamps:
    """The stamps beside the prepared files."""
    folder = var / "stamps"
    return Stamps({file.name: file.read_text(encoding="ascii") for file in folder.glob("*")} if folder.exists() else {})


def stamp_database(url: str, *, name: str, value: str) -> None:
    """The database says from now on that this was prepared."""
    with psycopg.connect(url) as connection:
        connection.execute(_TABLE)
        connection.execute(
            "INSERT INTO plumbing_stamp VALUES (%s, %s) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            (name, value),
        )


def stamp_file(var: Path, *, name: str, value: str) -> None:
    """The folder says from now on that this was prepared."""
    (var / "stamps").mkdir(parents=True, exist_ok=True)
    (var / "stamps" / name).write_text(value, encoding="ascii")

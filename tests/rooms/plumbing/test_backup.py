"""A backup is one file from which the whole installation comes back, unread facts included."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from answerable.plumbing import backup
from answerable.plumbing.backup import CannotBackUp, CannotRestore
from answerable.plumbing.launcher import Cluster
from tests import provision

FOLLOW = """
import django, json, sys
django.setup()
from answerable.journal.followers import Follower, run_follower
seen = []
follower = Follower("reader", frozenset(), lambda fact: seen.append(fact.body["n"]))
limit = int(sys.argv[1])
run_follower(follower, limit=limit) if limit else [None for _ in iter(lambda: run_follower(follower), 0)]
print(json.dumps(seen))
"""


@pytest.fixture
def source() -> Iterator[str]:
    """A prepared installation's database."""
    with provision.clone(provision.own_name("source")) as url:
        yield url


@pytest.fixture
def other_server() -> Iterator[str]:
    """The empty database of a new machine, whose transaction ids begin low."""
    with tempfile.TemporaryDirectory(prefix="pg-") as place:
        cluster = Cluster(Path(place), throwaway=True, memory_mb=32)
        cluster.start()
        yield cluster.url()
        cluster.throw_away()


def append(url: str, *numbers: int) -> None:
    """One fact each, in transactions of their own."""
    with psycopg.connect(url, autocommit=True) as session:
        for number in numbers:
            session.execute(
                "SELECT journal_append('lamp.noted', %s, 'resident', now(), %s)",
                [f"lamp:{number % 2}", json.dumps({"n": number})],
            )


def follow(url: str, *, limit: int = 0) -> list[int]:
    """What the follower `reader` sees now; everything, or the next few."""
    environment = os.environ | {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "answerable.settings"}
    told = subprocess.run(
        [sys.executable, "-c", FOLLOW, str(limit)], env=environment, capture_output=True, text=True, check=True
    )
    return list(json.loads(told.stdout))


def command(*words: str, url: str, var: Path) -> subprocess.CompletedProcess[str]:
    """One verb of the management entry over that database and folder."""
    environment = os.environ | {"DATABASE_URL": url, "ANSWERABLE_VAR": str(var)}
    return subprocess.run(
        [sys.executable, "-m", "answerable.cli", *words], env=environment, capture_output=True, text=True, check=False
    )


def test_a_restored_installation_has_its_facts_uploads_and_secret_and_no_follower_skips_any(
    source: str, other_server: str, tmp_path: Path
) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    (old / "media" / "2026").mkdir(parents=True)
    (old / "media" / "2026" / "lamp.jpg").write_bytes(b"light")
    new.mkdir()
    append(source, 1, 2, 3, 4, 5)
    assert follow(source, limit=2) == [1, 2]

    backup.write(tmp_path / "all.tar", url=source, media=old / "media", secret="the old secret")
    restored = command("restore", str(tmp_path / "all.tar"), url=other_server, var=new)
    append(other_server, 6)

    assert restored.returncode == 0, restored.stderr
    assert set(follow(other_server)) >= {3, 4, 5, 6}
    assert "every chain holds" in command("journal-verify", url=other_server, var=new).stdout
    assert (new / "media" / "2026" / "lamp.jpg").read_bytes() == b"light"
    assert (new / "secret-key").read_text() == "the old secret"


def test_a_backup_is_for_its_owner_only(source: str, tmp_path: Path) -> None:
    backup.write(tmp_path / "all.tar", url=source, media=tmp_path / "none", secret="s")

    assert (tmp_path / "all.tar").stat().st_mode & 0o077 == 0
    assert [file.name for file in tmp_path.iterdir()] == ["all.tar"]


def test_data_that_is_there_is_not_overwritten_unless_asked_and_is_saved_then(source: str, tmp_path: Path) -> None:
    append(source, 1)
    backup.write(tmp_path / "all.tar", url=source, media=tmp_path / "none", secret="s")
    append(source, 2)

    refused = command("restore", str(tmp_path / "all.tar"), url=source, var=tmp_path)
    assert refused.returncode == 1
    assert "already has data" in refused.stderr
    assert "--replace" in refused.stderr

    replaced = command("restore", "--replace", str(tmp_path / "all.tar"), url=source, var=tmp_path)
    assert replaced.returncode == 0, replaced.stderr
    assert follow(source) == [1]
    (saved,) = tmp_path.glob("before-restore-*.tar")
    command("restore", "--replace", str(saved), url=source, var=tmp_path)
    assert set(follow(source)) >= {2}


def test_a_file_that_is_no_backup_is_refused_in_one_line(source: str, tmp_path: Path) -> None:
    other = tmp_path / "holiday.tar"
    other.write_bytes(b"not a tar at all")

    with pytest.raises(CannotRestore, match=r"holiday\.tar' is not a backup"):
        backup.read_back(other, url=source, var=tmp_path, replace=False)
    with pytest.raises(CannotRestore, match="does not exist"):
        backup.read_back(tmp_path / "gone.tar", url=source, var=tmp_path, replace=False)


def test_a_backup_to_a_place_that_cannot_be_written_leaves_nothing(source: str) -> None:
    with pytest.raises(CannotBackUp, match="cannot be written"):
        backup.write(Path("/proc/all.tar"), url=source, media=Path("/nowhere"), secret="s")

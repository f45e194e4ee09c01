"""The embedded database is made, started, stopped and recovered by our own launcher."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from answerable.plumbing.launcher import CannotLaunch, Cluster, find_binaries
from tests.patience import PATIENCE_SECONDS


@pytest.fixture(scope="module")
def made() -> Iterator[Path]:
    """A folder as the launcher makes it, not started yet."""
    with tempfile.TemporaryDirectory(prefix="pg-") as place:
        Cluster(Path(place) / "postgres", throwaway=True).create()
        yield Path(place) / "postgres"


@pytest.fixture
def cluster(made: Path) -> Iterator[Cluster]:
    """A real cluster, fsync on, in a folder short enough for a socket."""
    with tempfile.TemporaryDirectory(prefix="pg-") as place:
        shutil.copytree(made, Path(place) / "postgres", copy_function=shutil.copy)
        copied = Cluster(Path(place) / "postgres", memory_mb=32)
        yield copied
        copied.stop()


@pytest.fixture
def no_cluster_yet() -> Iterator[Cluster]:
    """A cluster that nothing was made for."""
    with tempfile.TemporaryDirectory(prefix="pg-") as place:
        fresh = Cluster(Path(place) / "postgres", memory_mb=32)
        yield fresh
        fresh.stop()


def test_a_first_start_makes_a_database_with_checksums_utf8_and_a_password(no_cluster_yet: Cluster) -> None:
    cluster = no_cluster_yet
    cluster.start()

    with psycopg.connect(cluster.url()) as connection:
        told = connection.execute(
            "SELECT current_setting('data_checksums'), current_setting('server_encoding'), lower('ÉA'),"
            " current_setting('fsync'), current_setting('password_encryption'), current_setting('max_connections')"
        ).fetchone()
    assert told == ("on", "UTF8", "éa", "on", "scram-sha-256", "200")
    assert (cluster.folder / "password").stat().st_mode & 0o077 == 0


def test_nobody_enters_without_the_password(cluster: Cluster) -> None:
    cluster.start()

    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(cluster.url().replace(cluster.password, "guess"))
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(host="127.0.0.1", port=cluster.port, user="answerable", dbname="answerable", password="guess")


def test_what_was_committed_before_kill_9_is_there_after_the_next_start(cluster: Cluster) -> None:
    cluster.start()
    with psycopg.connect(cluster.url(), autocommit=True) as connection:
        connection.execute("CREATE TABLE kept (n int)")
        connection.execute("INSERT INTO kept SELECT generate_series(1, 1000)")
    assert cluster.process is not None
    os.kill(cluster.process.pid, signal.SIGKILL)
    cluster.process.wait()

    cluster.start()

    with psycopg.connect(cluster.url()) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (1000,)


def test_a_server_left_behind_by_a_killed_supervisor_gives_way_to_ours(cluster: Cluster) -> None:
    cluster.start()
    stray = cluster.process
    assert stray is not None

    successor = Cluster(cluster.folder, memory_mb=32)
    successor.start()

    assert stray.wait(PATIENCE_SECONDS) == 0
    with psycopg.connect(successor.url()) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    successor.stop()


def test_a_process_file_whose_number_now_belongs_to_another_program_is_cleared(cluster: Cluster) -> None:
    cluster.start()
    cluster.stop()
    (cluster.data / "postmaster.pid").write_text(f"{os.getpid()}\n{cluster.data}\n1\n1\n\n\n\nready\n")

    assert cluster.running_pid() is None
    cluster.start()

    assert cluster.running_pid() == cluster.process.pid if cluster.process else False


def test_a_second_program_finds_the_running_server(cluster: Cluster) -> None:
    visitor = Cluster(cluster.folder)
    assert not visitor.adopt_running()
    cluster.start()

    assert visitor.adopt_running()

    with psycopg.connect(visitor.url()) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_the_folder_of_another_major_version_is_refused_with_the_remedy(no_cluster_yet: Cluster) -> None:
    cluster = no_cluster_yet
    cluster.data.mkdir(parents=True)
    (cluster.data / "PG_VERSION").write_text("9.6\n")

    with pytest.raises(CannotLaunch, match=r"made by PostgreSQL 9\.6, and this release brings \d+\. .*backup.*restore"):
        cluster.start()


def test_a_broken_data_folder_says_so_in_one_line(cluster: Cluster) -> None:
    cluster.start()
    cluster.stop()
    (cluster.data / "global" / "pg_control").unlink()

    with pytest.raises(CannotLaunch) as refused:
        cluster.start()

    assert "\n" not in str(refused.value)
    assert "pg_control" in str(refused.value)


def test_a_folder_that_cannot_be_written_is_named_with_the_remedy() -> None:
    with pytest.raises(CannotLaunch, match=r"'/proc/nowhere' cannot be written.*ANSWERABLE_VAR"):
        Cluster(Path("/proc/nowhere")).start()


def test_a_path_too_long_for_a_socket_uses_the_loopback_address() -> None:
    with tempfile.TemporaryDirectory(prefix="pg-") as place:
        cluster = Cluster(Path(place) / ("long" * 30), throwaway=True, memory_mb=32)
        cluster.start()

        assert "@127.0.0.1:" in cluster.url()
        with psycopg.connect(cluster.url()) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        cluster.stop()


def test_missing_programs_are_named_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(CannotLaunch, match="DATABASE_URL"):
        find_binaries({"ANSWERABLE_POSTGRES_BIN": str(tmp_path)})

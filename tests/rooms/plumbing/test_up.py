"""What hinders a start is said in one line, with the remedy."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from answerable.plumbing import up
from answerable.plumbing.launcher import free_port
from tests.patience import PATIENCE_SECONDS


@pytest.fixture
def var() -> Iterator[Path]:
    """A folder for an installation, with a path short enough for a socket."""
    with tempfile.TemporaryDirectory(prefix="var-") as place:
        yield Path(place)


def refusal(*words: str, var: Path, **settings: str) -> str:
    """What `up` says when it refuses: exactly one line."""
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    done = subprocess.run(
        [sys.executable, "-m", "answerable.cli", "up", "--port", str(free_port()), *words],
        env=environment | {"ANSWERABLE_VAR": str(var)} | settings,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    (line,) = done.stderr.strip().splitlines()
    return line


def test_a_port_in_use_names_another(var: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        line = refusal("--port", str(port), var=var)

    assert line.startswith(f"answerable: Port {port} is in use. Stop the program that uses it")
    assert line.endswith(f"or take another: './311 up --port {port + 1}'.")


def test_a_database_that_does_not_answer_is_told_from_a_product_that_does_not_work(var: Path) -> None:
    line = refusal(var=var, DATABASE_URL=f"postgresql://nobody@127.0.0.1:{free_port()}/none")

    assert "The database named in DATABASE_URL does not answer" in line
    assert "leave DATABASE_URL away" in line


def test_a_database_of_another_major_version_is_left_alone(var: Path) -> None:
    data = var / "postgres" / "data"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("12\n")

    line = refusal(var=var)

    assert "was made by PostgreSQL 12" in line
    assert "./311 restore" in line
    assert [file.name for file in data.iterdir()] == ["PG_VERSION"]


def test_a_folder_that_cannot_be_written_is_named(var: Path) -> None:
    line = refusal(var=Path("/proc/answerable"), ANSWERABLE_SECRET_KEY="given")

    assert "'/proc/answerable' cannot be written" in line
    assert "ANSWERABLE_VAR" in line


def test_a_second_start_over_the_same_folder_is_refused(var: Path) -> None:
    with up.only_one(var):
        line = refusal(var=var)

    assert f"already runs over '{var}' (process {os.getpid()})" in line


def test_a_setting_with_a_wrong_value_stops_the_start(var: Path) -> None:
    line = refusal(var=var, ANSWERABLE_WEB_PROCESSES="many")

    assert line == "answerable: ANSWERABLE_WEB_PROCESSES is 'many': give a whole number from 1 to 64."


def test_an_address_of_another_kind_of_database_stops_the_start(var: Path) -> None:
    line = refusal(var=var, DATABASE_URL="mysql://city@127.0.0.1/requests")

    assert line.startswith("answerable: DATABASE_URL starts with 'mysql': give a postgresql:// address")


def test_a_full_disk_is_told_before_anything_is_written(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    full = shutil.disk_usage(var)._replace(free=5_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _place: full)

    with pytest.raises(up.CannotStart, match=r"Only 5 MB are free .* Free at least 300 MB, or set ANSWERABLE_VAR"):
        up.run(a_plan(var))
    assert not (var / "postgres").exists()


def a_plan(var: Path) -> up.Plan:
    """A plan for an installation in that folder."""
    return up.Plan(
        var=var, host="127.0.0.1", port=free_port(), database_url="", city_folder=var, web_processes=1, demo=False
    )

"""`./311 up` from nothing to a served page, stopped, started again, backed up and brought back elsewhere."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import psycopg
import pytest

from answerable.plumbing.launcher import Cluster, free_port
from tests.patience import PATIENCE_SECONDS, wait_for
from tests.site import Product

pytestmark = pytest.mark.crash


@pytest.fixture(scope="module")
def product() -> Iterator[Product]:
    """One installation, without the demo's past, for the tests of this file in their order."""
    with tempfile.TemporaryDirectory(prefix="up-") as place, Product(Path(place), free_port()) as product:
        product.start("--empty")
        yield product


def addresses(product: Product) -> list[str]:
    """Every address it printed."""
    return re.findall(r"https?://\S+", product.said())


def test_the_first_address_printed_is_the_portal_and_answers(product: Product) -> None:
    first = addresses(product)[0]

    page = httpx.get(first, follow_redirects=True, timeout=PATIENCE_SECONDS)

    assert first == f"http://localhost:{product.port}/"
    assert page.status_code == 200
    assert "<h1" in page.text


def test_every_line_begins_with_who_said_it(product: Product) -> None:
    assert all(re.match(r"(up|setup|database|web|follow) *\| ", line) for line in product.said().splitlines())


def test_nobody_but_this_machine_is_listened_to(product: Product) -> None:
    assert product.process is not None
    family = [
        product.process.pid,
        *(child.pid for child in psutil.Process(product.process.pid).children(recursive=True)),
    ]
    listening = {
        each.laddr.ip for each in psutil.net_connections("inet") if each.pid in family and each.status == "LISTEN"
    }

    assert listening == {"127.0.0.1"}


def test_the_doctor_finds_nothing_while_it_runs(product: Product) -> None:
    told = product.run("doctor")

    assert told.returncode == 0, told.stdout
    assert "all is well" in told.stdout


def test_a_backup_is_taken_while_it_runs_and_comes_back_elsewhere(product: Product, tmp_path: Path) -> None:
    assert product.run("backup", str(tmp_path / "all.tar")).returncode == 0

    with tempfile.TemporaryDirectory(prefix="up-") as place, Product(Path(place), free_port()) as other:
        restored = other.run("restore", str(tmp_path / "all.tar"))
        assert restored.returncode == 0, restored.stderr
        other.start("--empty")
        assert httpx.get(f"{other.url}/", follow_redirects=True, timeout=PATIENCE_SECONDS).status_code == 200
        assert "City of" not in other.said(), "the city pack came with the backup and is not loaded again"
        assert (other.var / "secret-key").read_text() == (product.var / "secret-key").read_text()


def test_restoring_over_a_running_installation_is_refused(product: Product, tmp_path: Path) -> None:
    product.run("backup", str(tmp_path / "all.tar"))

    refused = product.run("restore", "--replace", str(tmp_path / "all.tar"))

    assert refused.returncode == 1
    assert "already runs" in refused.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_cleanly_in_order_and_keeps_its_data(product: Product, number: signal.Signals) -> None:
    with psycopg.connect(product.database_url, autocommit=True) as session:
        session.execute("CREATE TABLE IF NOT EXISTS kept (n int)")
        session.execute("INSERT INTO kept VALUES (%s)", [int(number)])
    children = psutil.Process(product.process.pid).children(recursive=True) if product.process else []

    code = product.stop(number)

    assert code == 0
    assert not [child for child in children if child.is_running() and child.status() != psutil.STATUS_ZOMBIE]
    assert "the data is kept" in product.said()
    assert not (product.var / "postgres" / "data" / "postmaster.pid").exists()
    product.start("--empty")
    with psycopg.connect(product.database_url) as session:
        assert session.execute("SELECT count(*) FROM kept WHERE n = %s", [int(number)]).fetchone() == (1,)


def test_a_second_start_does_nothing_twice(product: Product) -> None:
    product.stop()

    seconds = product.start("--empty")

    assert "setup" not in product.said()
    print(f"second start: {seconds:.1f} s")


def test_a_killed_supervisor_takes_its_children_along_and_the_next_start_is_normal(product: Product) -> None:
    assert product.process is not None
    children = psutil.Process(product.process.pid).children(recursive=True)
    product.process.send_signal(signal.SIGKILL)
    product.process.wait()
    psutil.wait_procs(children, timeout=PATIENCE_SECONDS)

    assert not [child for child in children if child.is_running()]
    product.start("--empty")
    assert httpx.get(f"{product.url}/", follow_redirects=True, timeout=PATIENCE_SECONDS).status_code == 200


def test_it_runs_over_a_server_of_ones_own() -> None:
    with tempfile.TemporaryDirectory(prefix="own-") as place:
        server = Cluster(Path(place) / "pg", throwaway=True)
        server.start()
        environment = os.environ | {"DATABASE_URL": server.url(), "ANSWERABLE_VAR": f"{place}/var"}
        Path(f"{place}/var").mkdir()
        with (Path(place) / "log").open("wb") as log:
            own = subprocess.Popen(
                [sys.executable, "-m", "answerable.cli", "up", "--empty", "--port", str(free_port())],
                env=environment,
                stdout=log,
                stderr=log,
            )
            said = (Path(place) / "log").read_text
            wait_for(lambda: "ready after" in said() or own.poll() is not None, pause_seconds=0.1, said=said)
            own.terminate()
            assert own.wait(PATIENCE_SECONDS) == 0, said()
        assert not (Path(place) / "var" / "postgres").exists()
        server.throw_away()

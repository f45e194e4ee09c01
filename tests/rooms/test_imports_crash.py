"""An import under kill -9: it goes on where it stopped, and no row is lost or taken twice."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.db import connection

from answerable.channels.imports import actions
from answerable.journal import queries as journal
from tests.builders.database import own_url
from tests.builders.imports import a_city_with_a_past, a_file, a_row, csv_of

WORKER = Path(__file__).with_name("imports_worker.py")
ROWS = 2_000


@pytest.mark.crash
@pytest.mark.django_db(transaction=True)
def test_an_import_killed_again_and_again_takes_every_row_once(tmp_path: Path) -> None:
    a_city_with_a_past(tmp_path / "pack")
    rows = [a_row(source_id=f"A-{number % (ROWS - 10)}" if number % 2 else "") for number in range(ROWS)]
    path = a_file(tmp_path, csv_of(*rows))

    for _ in range(2):
        with subprocess.Popen([sys.executable, str(WORKER), own_url(), str(path)], stdout=subprocess.PIPE) as worker:
            assert worker.stdout is not None
            for _ in range(4):
                assert worker.stdout.readline()
            time.sleep(random.random() * 0.05)
            worker.kill()
    done = actions.import_file(path).report

    assert (done.rows, done.known, done.refusals["number_twice"].count) == (ROWS, 0, 5)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*), count(DISTINCT number) FROM requests_request")
        assert cursor.fetchone() == (ROWS - 5, ROWS - 5)
        cursor.execute("SELECT count(*), count(request_id), count(DISTINCT request_id) FROM imports_row")
        assert cursor.fetchone() == (ROWS, ROWS - 5, ROWS - 5)
        cursor.execute("SELECT count(*) FROM imports_run")
        assert cursor.fetchone() == (1,)
    assert not journal.broken_chains()

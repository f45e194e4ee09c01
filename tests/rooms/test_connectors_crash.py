"""A worker killed between sending and recording files nothing twice, whatever the other server is like."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from answerable.connectors import queries, sending
from answerable.requests import queries as requests
from tests.builders.connected import CODE, a_connected_city, an_adapter, read_journal, sent
from tests.builders.database import own_url
from tests.builders.other_city import other_city
from tests.builders.requests import a_request
from tests.patience import wait_for

pytestmark = pytest.mark.django_db(transaction=True)

WORKER = Path(__file__).with_name("connectors_worker.py")


def test_a_worker_killed_between_sending_and_recording_files_nothing_twice(tmp_path: Path) -> None:
    with other_city(honours_keys=False) as other:
        city = a_connected_city(tmp_path, other)
        receipts = [a_request(city) for _ in range(3)]
        read_journal()
        with subprocess.Popen(
            [sys.executable, str(WORKER), own_url(), CODE], stdout=subprocess.PIPE, text=True
        ) as worker:
            # The server has the request and is about to answer: the worker dies with the answer on its way.
            other.after_filing = lambda: os.kill(worker.pid, signal.SIGKILL)
            assert worker.wait(90) == -signal.SIGKILL
        other.after_filing = None
        assert [len(other.filed), queries.deliveries(CODE, state="sending")[0].doubtful] == [1, True]

        # No lease is waited for: its database session ended with it.
        wait_for(lambda: sending.free_the_dead() == 1)
        sent(an_adapter(city))

        assert [requests.by_id(each.request_id).handoff for each in receipts] == ["acknowledged"] * 3
        assert sorted(each["description"] for each in other.filed) == sorted(
            f"Deep, by the bus stop\n\n[Northbridge 311: {each.number}/1]" for each in receipts
        )

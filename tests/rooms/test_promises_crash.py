"""The clockwork of promises under kill -9: every warning and every breach is told exactly once."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection

from answerable.plumbing.models import Timer
from answerable.promises.models import LedgerEntry, Promise
from tests.builders.database import own_url
from tests.builders.packs import a_target
from tests.builders.promises import MONDAY_NINE, a_city, a_first_action, a_promise, promised
from tests.patience import PATIENCE_SECONDS

WORKER = Path(__file__).with_name("promises_worker.py")
REQUESTS = range(300_001, 300_251)
KILLS = 4
LATER = MONDAY_NINE + timedelta(days=30)


def a_worker() -> subprocess.Popen[str]:
    command = [sys.executable, str(WORKER), own_url(), LATER.isoformat()]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=WORKER.parent.parent.parent)


def facts() -> Counter[tuple[str, str, str]]:
    """How often each promise was told to be at risk or broken."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT kind, subject, body->>'target' FROM journal_fact"
            " WHERE kind IN ('promise.at_risk', 'promise.breached') AND subject = ANY(%s)",
            [[f"request:{number}" for number in REQUESTS]],
        )
        return Counter(cursor.fetchall())


@pytest.mark.crash
@pytest.mark.django_db(transaction=True)
def test_killed_clockworks_tell_each_warning_and_each_breach_exactly_once(tmp_path: Path) -> None:
    """250 requests with two promises, all overdue; two clockworks of which one is killed again and again."""
    city = a_city(tmp_path / "pack", promises=a_promise(a_first_action(), a_target()))
    for number in REQUESTS:
        promised(number, city)
    workers = [a_worker(), a_worker()]

    kills = 0
    deadline = time.monotonic() + PATIENCE_SECONDS
    while Timer.objects.exists() and time.monotonic() < deadline:
        if kills < KILLS and workers[0].stdout and workers[0].stdout.readline():
            time.sleep(random.random() * 0.15)
            workers[0].kill()
            workers[0].wait()
            kills += 1
            workers = [workers[1], a_worker()]
        time.sleep(0.02)
    for worker in workers:
        worker.kill()
        worker.wait()

    assert kills >= 2
    expected = {
        (kind, f"request:{number}", target)
        for number in REQUESTS
        for kind in ("promise.at_risk", "promise.breached")
        for target in ("first_action", "completion")
    }
    told = facts()
    assert set(told) == expected
    assert set(told.values()) == {1}
    assert Promise.objects.filter(state="breached").count() == 2 * len(REQUESTS)
    assert LedgerEntry.objects.count() == 3 * 2 * len(REQUESTS)
    assert not Timer.objects.exists()

"""Timers: each rings once, in time, whoever else rings, stumbles or dies."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from django.db import connection, transaction

from answerable.plumbing import clock
from answerable.plumbing.clockwork import Clockwork, DueTimer, cancel_timer, overdue_seconds, set_timer
from answerable.plumbing.models import Timer
from tests.builders.database import own_connection, own_url
from tests.patience import PATIENCE_SECONDS, wait_for

pytestmark = pytest.mark.django_db(transaction=True)
NOON = datetime(2026, 11, 21, 17, 0, tzinfo=UTC)
WORKER = Path(__file__).with_name("clockwork_worker.py")


@pytest.fixture(autouse=True)
def _at_noon() -> Iterator[None]:
    Timer.objects.all().delete()
    with clock.frozen(NOON):
        yield


def subjects(timers: list[DueTimer]) -> list[str]:
    """Whom they rang for."""
    return [timer.subject for timer in timers]


def test_only_due_timers_ring_and_the_longest_due_first() -> None:
    rung: list[DueTimer] = []
    set_timer("egg", "pan:1", due_at=NOON, body={"minutes": 4})
    set_timer("egg", "pan:2", due_at=NOON - timedelta(hours=1))
    set_timer("egg", "pan:3", due_at=NOON + timedelta(microseconds=1))
    clockwork = Clockwork({"egg": rung.extend})

    assert overdue_seconds(now=NOON) == 3600
    assert clockwork.run_once() == 2
    assert clockwork.run_once() == 0

    assert subjects(rung) == ["pan:2", "pan:1"]
    assert rung[1].body == {"minutes": 4}
    assert rung[1].due_at == NOON
    assert overdue_seconds(now=NOON) == 0
    assert Timer.objects.count() == 1


def test_setting_a_timer_again_moves_it() -> None:
    rung: list[DueTimer] = []
    set_timer("egg", "pan:1", due_at=NOON, body={"minutes": 4})
    set_timer("egg", "pan:1", due_at=NOON + timedelta(hours=1))

    assert Clockwork({"egg": rung.extend}).run_once() == 0
    with clock.frozen(NOON + timedelta(hours=1)):
        assert Clockwork({"egg": rung.extend}).run_once() == 1
    assert rung[0].body == {}


def test_a_cancelled_timer_does_not_ring() -> None:
    set_timer("egg", "pan:1", due_at=NOON)

    assert cancel_timer("egg", "pan:1")
    assert not cancel_timer("egg", "pan:1")

    assert Clockwork({"egg": lambda _: None}).run_once() == 0


def test_timers_ring_by_kind_and_in_sets() -> None:
    calls: list[tuple[str, list[str]]] = []
    for pan in ("pan:1", "pan:2"):
        set_timer("egg", pan, due_at=NOON)
        set_timer("tea", pan, due_at=NOON)
    set_timer("unknown here", "pan:1", due_at=NOON)

    rung = Clockwork(
        {
            "egg": lambda timers: calls.append(("egg", subjects(timers))),
            "tea": lambda timers: calls.append(("tea", subjects(timers))),
        }
    ).run_once()

    assert rung == 4
    assert sorted(calls) == [("egg", ["pan:1", "pan:2"]), ("tea", ["pan:1", "pan:2"])]
    assert Timer.objects.get().kind == "unknown here"


def test_a_handler_may_set_the_next_timer_of_another_kind() -> None:
    set_timer("egg", "pan:1", due_at=NOON)

    def handler(timers: list[DueTimer]) -> None:
        for timer in timers:
            set_timer("tea", timer.subject, due_at=timer.due_at + timedelta(minutes=1))

    Clockwork({"egg": handler}).run_once()

    assert Timer.objects.get().kind == "tea"


def test_a_handler_may_set_its_own_timer_anew() -> None:
    set_timer("egg", "pan:1", due_at=NOON)

    def handler(timers: list[DueTimer]) -> None:
        set_timer("egg", timers[0].subject, due_at=NOON + timedelta(minutes=1))

    assert Clockwork({"egg": handler}).run_once() == 1

    assert Timer.objects.get().due_at == NOON + timedelta(minutes=1)


def test_a_timer_whose_handler_fails_is_put_off_alone(caplog: pytest.LogCaptureFixture) -> None:
    rung: set[str] = set()
    for pan in ("good", "bad", "fine"):
        set_timer("egg", pan, due_at=NOON)
    set_timer("tea", "cup", due_at=NOON)

    def handler(timers: list[DueTimer]) -> None:
        set_timer("half done", timers[0].subject, due_at=NOON)
        if "bad" in subjects(timers):
            raise RuntimeError("burnt by a resident")
        rung.update(subjects(timers))

    clockwork = Clockwork({"egg": handler, "tea": lambda timers: rung.update(subjects(timers))})

    assert clockwork.run_once() == 3
    assert clockwork.run_once() == 0

    assert rung == {"good", "fine", "cup"}
    left = Timer.objects.get(kind="egg")
    assert (left.subject, left.due_at, left.failures) == ("bad", NOON, 1)
    assert left.retry_at == NOON + timedelta(seconds=2)
    assert not Timer.objects.filter(kind="half done", subject="bad").exists()
    assert "clockwork.stuck" in caplog.text
    assert "burnt" not in caplog.text


def test_the_clockwork_gives_way_to_a_person_who_holds_the_row() -> None:
    # The action locks its row, then cancels the timer; the clockwork claims the timer, then wants the row.
    other = Timer.objects.create(kind="row", subject="promise", due_at=NOON + timedelta(days=1))
    set_timer("egg", "pan:1", due_at=NOON)
    effects: list[str] = []

    def handler(timers: list[DueTimer]) -> None:
        Timer.objects.filter(id=other.id).select_for_update().get()
        effects.extend(subjects(timers))

    with own_connection() as action:
        action.execute("BEGIN")
        action.execute("SELECT 1 FROM plumbing_timer WHERE id = %s FOR UPDATE", [other.id])
        assert Clockwork({"egg": handler}).run_once() == 0
        assert action.execute("SELECT plumbing_timer_cancel('egg', 'pan:1')").fetchone() == (True,)
        action.execute("COMMIT")

    with clock.frozen(NOON + timedelta(minutes=1)):
        assert Clockwork({"egg": handler}).run_once() == 0
    assert effects == []


def test_what_another_process_rings_is_left_to_it() -> None:
    set_timer("egg", "pan:1", due_at=NOON)
    set_timer("egg", "pan:2", due_at=NOON)
    rung: list[DueTimer] = []

    with own_connection() as elsewhere:
        elsewhere.execute("BEGIN")
        elsewhere.execute("SELECT 1 FROM plumbing_timer WHERE subject = 'pan:1' FOR UPDATE")
        assert Clockwork({"egg": rung.extend}).run_once() == 1
        elsewhere.execute("ROLLBACK")

    assert subjects(rung) == ["pan:2"]


def test_a_claim_reads_the_timers_that_are_due_and_not_those_of_years_to_come() -> None:
    with connection.cursor() as cursor, transaction.atomic():
        cursor.execute(
            "INSERT INTO plumbing_timer (due_at, kind, subject, body)"
            " SELECT %s + n * interval '1 minute', 'egg', n, '{}' FROM generate_series(-50, 20000) n",
            [NOON],
        )
        cursor.execute("ANALYZE plumbing_timer")
        cursor.execute(
            "EXPLAIN SELECT id FROM plumbing_timer WHERE due_at <= %s AND (retry_at IS NULL OR retry_at <= %s)"
            " AND kind = ANY(%s) ORDER BY due_at, id LIMIT 500 FOR UPDATE SKIP LOCKED",
            [NOON, NOON, ["egg"]],
        )
        plan = "\n".join(line for (line,) in cursor.fetchall())

    assert "plumbing_timer_due" in plan


@pytest.mark.crash
def test_thousands_of_timers_ring_exactly_once_while_workers_are_killed() -> None:
    waves, in_a_wave, dice = 10, 600, random.Random(311)
    with own_connection() as watcher:
        watcher.execute("CREATE TABLE clockwork_effect (timer_id bigint, subject text)")
        workers = [a_worker() for _ in range(4)]
        for worker in workers:
            assert worker.stdout.readline() == b"ringing\n"
        try:
            for wave in range(waves):
                watcher.execute(
                    "INSERT INTO plumbing_timer (due_at, kind, subject, body)"
                    " SELECT now() + n * interval '1 millisecond', 'egg', %s || n, '{}' FROM generate_series(1, %s) n",
                    [f"pan:{wave}:", in_a_wave],
                )
                time.sleep(dice.uniform(0.2, 0.7))
                unlucky = workers.pop(0)
                unlucky.send_signal(signal.SIGKILL)
                assert unlucky.wait(PATIENCE_SECONDS) == -signal.SIGKILL
                workers.append(a_worker())
            wait_until_none_is_left(watcher)
        finally:
            for worker in workers:
                worker.kill()
                worker.wait(PATIENCE_SECONDS)
        told = watcher.execute("SELECT count(*), count(DISTINCT timer_id) FROM clockwork_effect").fetchone()
        watcher.execute("DROP TABLE clockwork_effect")

    assert told == (waves * in_a_wave, waves * in_a_wave)


def wait_until_none_is_left(watcher: psycopg.Connection) -> None:
    """Returns once every timer has rung."""
    none_left = "SELECT NOT EXISTS (SELECT FROM plumbing_timer)"
    wait_for(
        lambda: watcher.execute(none_left).fetchone() == (True,),
        pause_seconds=0.05,
        said=lambda: "the timers do not come to an end",
    )


def a_worker() -> subprocess.Popen:
    """A process that rings timers until it is killed."""
    return subprocess.Popen([sys.executable, str(WORKER), own_url()], stdout=subprocess.PIPE)


def test_the_clockwork_stops_when_asked() -> None:
    stop = threading.Event()
    set_timer("egg", "pan:1", due_at=NOON)

    Clockwork({"egg": lambda _: stop.set()}).run(stop=stop, pause_seconds=0.01)

    assert Timer.objects.count() == 0

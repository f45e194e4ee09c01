"""Nothing is missed and nothing is out of order, however transactions interleave."""

from __future__ import annotations

import random
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from uuid import uuid4

import psycopg
import pytest
from django.db import connection

from answerable.journal.queries import READ_AFTER_SQL, horizon, position_parameters, recorded
from answerable.journal.records import Position, RecordedFact
from tests.builders.database import own_connection
from tests.patience import PATIENCE_SECONDS, wait_for

pytestmark = pytest.mark.django_db(transaction=True)

APPEND = "SELECT journal_append(%s, %s, 'system:test', now(), '{}')"


def read_on(reader: psycopg.Connection, position: Position) -> list[RecordedFact]:
    """What follows a place, read as the live relay does."""
    return [recorded(row) for row in reader.execute(READ_AFTER_SQL, position_parameters(position)).fetchall()]


def test_a_fact_that_commits_late_is_not_overtaken() -> None:
    # A reader of `id > cursor` passes the later id first and never sees the earlier one.
    start, early, late = horizon(), f"lamp:{uuid4()}", f"lamp:{uuid4()}"
    with own_connection() as slow, own_connection() as quick, own_connection() as reader:
        slow.execute("BEGIN")
        (slow_id,) = slow.execute(APPEND, ["lamp.noted", early]).fetchone()
        (quick_id,) = quick.execute(APPEND, ["lamp.noted", late]).fetchone()
        assert slow_id < quick_id

        assert read_on(reader, start) == []
        slow.execute("COMMIT")

        assert [fact.id for fact in read_on(reader, start)] == [slow_id, quick_id]


def interleaved(append_function: str) -> list[int]:
    """The order in which a reader sees a subject's facts when the older transaction appends last."""
    start, subject = horizon(), f"lamp:{uuid4()}"
    append = APPEND.replace("journal_append", append_function)
    with own_connection() as older, own_connection() as younger, own_connection() as reader:
        older.execute("BEGIN")
        older.execute("SELECT pg_current_xact_id()")
        younger.execute(append, ["lamp.first", subject])
        older.execute(append, ["lamp.second", subject])
        older.execute("COMMIT")
        return [fact.seq for fact in read_on(reader, start) if fact.subject == subject]


def test_an_older_transaction_that_appends_later_comes_later() -> None:
    assert interleaved("journal_append") == [1, 2]


def test_without_the_greatest_rule_the_same_interleaving_would_be_read_backwards() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_functiondef('journal_append'::regproc)")
        (definition,) = cursor.fetchone()
        naive = definition.replace("greatest(v_own, v_head.oxid)", "v_own").replace("journal_append(", "journal_naive(")
        assert naive.count("v_own;") == 1
        cursor.execute(naive)
    try:
        assert interleaved("journal_naive") == [2, 1]
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP FUNCTION journal_naive")


def test_two_first_facts_of_one_subject_race_to_one_and_two() -> None:
    start, subject = horizon(), f"lamp:{uuid4()}"
    with own_connection() as first, own_connection() as second, own_connection() as reader:
        first.execute("BEGIN")
        first.execute(APPEND, ["lamp.noted", subject])
        waiting = threading.Thread(target=lambda: second.execute(APPEND, ["lamp.noted", subject]))
        waiting.start()
        wait_until_blocked(reader)
        first.execute("COMMIT")
        waiting.join(PATIENCE_SECONDS)

        assert [fact.seq for fact in read_on(reader, start) if fact.subject == subject] == [1, 2]


def test_a_first_fact_rolled_back_leaves_number_one_to_the_next() -> None:
    start, subject = horizon(), f"lamp:{uuid4()}"
    with own_connection() as first, own_connection() as second, own_connection() as reader:
        first.execute("BEGIN")
        first.execute(APPEND, ["lamp.noted", subject])
        waiting = threading.Thread(target=lambda: second.execute(APPEND, ["lamp.noted", subject]))
        waiting.start()
        wait_until_blocked(reader)
        first.execute("ROLLBACK")
        waiting.join(PATIENCE_SECONDS)

        assert [fact.seq for fact in read_on(reader, start)] == [1]


def wait_until_blocked(watcher: psycopg.Connection) -> None:
    """Returns once a connection to this database waits for another's lock."""
    blocked = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    wait_for(lambda: watcher.execute(blocked).fetchone() is not None, said=lambda: "nobody waits")


@dataclass
class Writer(threading.Thread):
    """Appends to a few of the shared subjects in each transaction; dawdles, deadlocks and changes its mind."""

    subjects: list[str]
    seed: int
    transactions: int
    committed: list[int] = field(default_factory=list)
    given_up: int = 0

    def __post_init__(self) -> None:
        super().__init__(daemon=True)

    def run(self) -> None:
        """Write until done."""
        dice = random.Random(self.seed)
        with own_connection() as mine:
            mine.execute("SET deadlock_timeout = '20ms'")
            for _ in range(self.transactions):
                try:
                    self.committed += self.one_transaction(mine, dice)
                except (psycopg.errors.DeadlockDetected, ZeroDivisionError):
                    self.given_up += 1

    def one_transaction(self, mine: psycopg.Connection, dice: random.Random) -> list[int]:
        """The ids of a transaction that committed."""
        with mine.transaction():
            if dice.random() < 0.3:
                mine.execute("SELECT pg_current_xact_id()")
                time.sleep(dice.random() * 0.004)
            ids = []
            for subject in dice.choices(self.subjects, k=dice.choice((1, 1, 1, 2, 4))):
                ids.append(mine.execute(APPEND, ["lamp.noted", subject]).fetchone()[0])
                if dice.random() < 0.3:
                    time.sleep(dice.random() * 0.003)
            if dice.random() < 0.15:
                raise ZeroDivisionError("changed its mind")
        return ids

    __hash__ = threading.Thread.__hash__


@pytest.mark.parametrize(("seed", "subjects"), [(1, 3), (2, 12), (3, 200)])
def test_a_follower_beside_eight_writers_misses_nothing_and_sees_every_history_in_order(
    seed: int, subjects: int
) -> None:
    position, run = horizon(), uuid4().hex
    writers = [
        Writer([f"lamp:{run}-{n}" for n in range(subjects)], seed=seed * 100 + n, transactions=120) for n in range(8)
    ]
    seen: list[RecordedFact] = []
    for writer in writers:
        writer.start()

    with own_connection() as reader:
        while True:
            writing = any(writer.is_alive() for writer in writers)
            facts = read_on(reader, position)
            seen += facts
            position = facts[-1].position if facts else position
            if not writing and not facts:
                break

    committed = [fact_id for writer in writers for fact_id in writer.committed]
    assert sum(writer.given_up for writer in writers) > 50
    assert len(committed) > 500
    assert sorted(fact.id for fact in seen) == sorted(committed)
    histories = defaultdict(list)
    for fact in seen:
        histories[fact.subject].append(fact.seq)
    assert all(seqs == list(range(1, len(seqs) + 1)) for seqs in histories.values())

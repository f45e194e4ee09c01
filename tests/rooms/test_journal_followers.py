"""Followers: at least once, in order, and one that stumbles does not hold up the others."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import ClassVar
from uuid import uuid4

import pytest
from django.db import connection, transaction

from answerable.journal import actions, queries
from answerable.journal.followers import Follower, follow, run_follower
from answerable.journal.records import RecordedFact
from answerable.plumbing import clock
from tests.patience import PATIENCE_SECONDS

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass(frozen=True, slots=True)
class LampFact:
    """A fact for these tests."""

    KIND: ClassVar[str] = "lamp.noted"

    key: str

    def subject(self) -> str:
        """The lamp."""
        return f"lamp:{self.key}"

    def body(self) -> dict[str, object]:
        """Nothing more."""
        return {}


class OtherFact(LampFact):
    """A fact of another kind."""

    KIND: ClassVar[str] = "lamp.forgotten"


def a_follower(handler, *, kinds: tuple[str, ...] = ("lamp.noted",)) -> Follower:
    """A follower that begins where the journal ends now."""
    follower, here = Follower(f"test-{uuid4().hex}", frozenset(kinds), handler), queries.horizon()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO journal_cursor (name, oxid, id, recorded_at) VALUES (%s, %s::text::xid8, %s, %s)",
            [follower.name, str(here.oxid), here.id, here.recorded_at],
        )
    return follower


def note(*facts: LampFact) -> list[int]:
    """Append and commit them."""
    with transaction.atomic():
        return actions.append_all(facts, by="resident", at=clock.now())


def lag_of(follower: Follower):
    """How far it is behind."""
    return next(lag for lag in queries.lags(now=clock.now()) if lag.name == follower.name)


def test_a_follower_sees_its_kinds_once_and_in_order() -> None:
    seen: list[int] = []
    follower = a_follower(lambda fact: seen.append(fact.id))
    ids = [*note(LampFact("a")), *note(LampFact("b")), *note(LampFact("a"))]
    note(OtherFact("a"))

    assert run_follower(follower) == 4
    assert run_follower(follower) == 0

    assert seen == ids
    assert lag_of(follower).waiting == 0


def test_a_new_follower_begins_at_the_first_fact_of_all() -> None:
    ids, seen = note(LampFact("a")), list[RecordedFact]()
    follower = Follower(f"test-{uuid4().hex}", frozenset(), seen.append)

    while run_follower(follower):
        pass

    assert all(one.position.precedes(next_one.position) for one, next_one in pairwise(seen))
    assert ids[0] in {fact.id for fact in seen}


def test_what_a_handler_writes_and_the_cursor_commit_together() -> None:
    def handler(fact: RecordedFact) -> None:
        actions.append(OtherFact(fact.subject_key), by="system:test", at=clock.now())
        if len(queries.timeline(fact.subject)) == 2 and fact.subject_key.startswith("bad"):
            raise RuntimeError("stumbles after it wrote")

    follower, good, bad = a_follower(handler), f"good-{uuid4()}", f"bad-{uuid4()}"
    note(LampFact(good))
    note(LampFact(bad))

    assert run_follower(follower) == 1

    assert len(queries.timeline(f"lamp:{good}")) == 2
    assert len(queries.timeline(f"lamp:{bad}")) == 1


def test_a_poisoned_fact_stops_only_its_follower_and_is_tried_again_after_a_pause(caplog) -> None:
    bad, healed, seen, others = f"bad-{uuid4()}", False, [], []

    def handler(fact: RecordedFact) -> None:
        if fact.subject_key == bad and not healed:
            raise RuntimeError("secret words of a resident")
        seen.append(fact.subject_key)

    follower = a_follower(handler)
    other = a_follower(lambda fact: others.append(fact.subject_key))
    for key in ("one", bad, "two"):
        note(LampFact(key))
    began = clock.now()

    with clock.frozen(began):
        assert run_follower(follower) == 1
        assert run_follower(follower) == 0
    assert run_follower(other) == 3
    assert (set(seen), others) == ({"one"}, ["one", bad, "two"])
    lag = lag_of(follower)
    assert (lag.waiting, lag.failures) == (2, 1)
    assert lag.retry_at == began + timedelta(seconds=2)
    assert "follower.stuck" in caplog.text
    assert "secret words" not in caplog.text

    with clock.frozen(began + timedelta(seconds=3)):
        assert run_follower(follower) == 0
    assert lag_of(follower).retry_at == began + timedelta(seconds=7)

    healed = True
    with clock.frozen(began + timedelta(seconds=8)):
        assert run_follower(follower) == 2
    assert list(dict.fromkeys(seen)) == ["one", bad, "two"]
    assert lag_of(follower).failures == 0


def test_an_administrator_may_step_over_a_poisoned_fact() -> None:
    seen: list[str] = []

    def handler(fact: RecordedFact) -> None:
        seen.append({"one": "one", "two": "two"}[fact.subject_key])

    follower = a_follower(handler)
    (bad_id,) = note(LampFact("poison"))
    note(LampFact("two"))
    run_follower(follower)

    assert actions.step_over(follower.name) == bad_id
    assert actions.step_over(follower.name) is None

    run_follower(follower)
    assert seen == ["two"]


def test_a_follower_that_runs_elsewhere_is_left_alone() -> None:
    inside, leave, seen = threading.Event(), threading.Event(), []

    def handler(fact: RecordedFact) -> None:
        seen.append(fact.id)
        inside.set()
        leave.wait(10)

    follower = a_follower(handler)
    note(LampFact("a"))

    def elsewhere() -> None:
        run_follower(follower)
        connection.close()

    thread = threading.Thread(target=elsewhere)
    thread.start()
    inside.wait(10)
    assert run_follower(follower) == 0
    leave.set()
    thread.join()

    assert len(seen) == 1
    assert run_follower(follower) == 0


def test_following_goes_on_until_it_is_stopped() -> None:
    stop, seen = threading.Event(), []

    def handler(fact: RecordedFact) -> None:
        seen.append(fact.id)
        stop.set()

    follower = a_follower(handler)

    def elsewhere() -> None:
        follow([follower], stop=stop, pause_seconds=0.01)
        connection.close()

    thread = threading.Thread(target=elsewhere)
    thread.start()
    ids = note(LampFact("a"))
    thread.join(PATIENCE_SECONDS)

    assert not thread.is_alive()
    assert seen == ids


def test_after_a_restore_nothing_unconsumed_is_skipped() -> None:
    # A restored journal holds transaction ids of another life: far above those of the new cluster.
    seen: list[int] = []
    follower = a_follower(lambda fact: seen.append(fact.id))
    consumed, waiting = note(LampFact("a")), [*note(LampFact("b")), *note(LampFact("a"))]
    run_follower(follower, limit=1)
    assert seen == consumed
    with connection.cursor() as cursor, transaction.atomic():
        cursor.execute("SET LOCAL session_replication_role = replica")
        for table in ("journal_fact", "journal_head", "journal_cursor"):
            cursor.execute(f"UPDATE {table} SET oxid = (oxid::text::bigint + 1000000000)::text::xid8")
    assert run_follower(follower) == 0

    assert actions.rebase_after_restore() >= 3

    later = note(LampFact("a"))
    while run_follower(follower):
        pass
    assert seen[1:] == [*waiting, *later]
    assert queries.broken_chains(subject="lamp:b") == []
    assert actions.rebase_after_restore() == len(later)
    assert run_follower(follower) == 0

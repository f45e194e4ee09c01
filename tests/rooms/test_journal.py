"""The journal: appending, telling a history, refusing to forget, and showing tampering."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import ClassVar
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction

from answerable.journal import actions, queries
from answerable.journal.errors import BadPosition, OutsideTransaction
from answerable.journal.records import BEGINNING, read_position

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 21, 17, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class LampNoted:
    """A fact for these tests."""

    KIND: ClassVar[str] = "lamp.noted"

    key: str
    wattage: float = 1.5

    def subject(self) -> str:
        """The lamp."""
        return f"lamp:{self.key}"

    def body(self) -> dict[str, object]:
        """Its wattage."""
        return {"wattage": self.wattage, "colour": "jaune é", "bulbs": [1, 2]}


def a_lamp() -> str:
    """A key nobody used before."""
    return uuid4().hex


def broken(key: str) -> list[tuple[int, str]]:
    """Where the lamp's chain breaks, and why."""
    return [(each.seq, each.reason) for each in queries.broken_chains(subject=f"lamp:{key}")]


def tamper(sql: str, *parameters: object) -> None:
    """Change the journal as only the owner of the server could: with its triggers asleep."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(sql, parameters)
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")


def test_a_history_is_told_in_the_order_it_was_appended() -> None:
    key = a_lamp()

    ids = [actions.append(LampNoted(key, wattage=w), by="operator:3", at=NOON) for w in (5, 4, 3)]

    told = queries.timeline(f"lamp:{key}")
    assert [fact.id for fact in told] == ids
    assert [fact.seq for fact in told] == [1, 2, 3]
    assert [fact.body["wattage"] for fact in told] == [5, 4, 3]
    assert told[0].kind == "lamp.noted"
    assert told[0].by == "operator:3"
    assert told[0].at == NOON
    assert (told[0].subject_word, told[0].subject_key) == ("lamp", key)


def test_a_long_history_is_told_by_its_latest_facts() -> None:
    key = a_lamp()
    actions.append_all([LampNoted(key, wattage=w) for w in range(7)], by="system:test", at=NOON)

    assert [fact.seq for fact in queries.timeline(f"lamp:{key}", limit=3)] == [5, 6, 7]


def test_several_facts_are_appended_in_one_statement(django_assert_num_queries) -> None:
    first, second = a_lamp(), a_lamp()

    with django_assert_num_queries(1):
        ids = actions.append_all([LampNoted(second), LampNoted(first), LampNoted(second)], by="resident", at=NOON)

    assert [fact.id for fact in queries.timeline(f"lamp:{second}")] == [ids[0], ids[2]]
    assert [fact.id for fact in queries.timeline(f"lamp:{first}")] == [ids[1]]


def test_an_unknown_subject_has_no_history() -> None:
    assert queries.timeline("lamp:nobody") == []


@pytest.mark.django_db(transaction=True)
def test_a_fact_outside_a_transaction_is_refused() -> None:
    with pytest.raises(OutsideTransaction):
        actions.append(LampNoted("x"), by="resident", at=NOON)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journal_fact SET body = '{}' WHERE subject = %s",
        "UPDATE journal_fact SET oxid = '0' WHERE subject = %s",
        "DELETE FROM journal_fact WHERE subject = %s",
        "TRUNCATE journal_fact",
        "TRUNCATE journal_fact_default",
    ],
)
def test_the_database_refuses_to_change_history(statement: str) -> None:
    key = a_lamp()
    actions.append(LampNoted(key), by="resident", at=NOON)

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, [f"lamp:{key}"] if "%s" in statement else None)

    assert len(queries.timeline(f"lamp:{key}")) == 1


def test_even_the_months_made_later_refuse_truncation() -> None:
    actions.ensure_partitions(datetime(2031, 5, 5, tzinfo=UTC), months_ahead=0)

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("TRUNCATE journal_fact_2031_05")


def test_months_are_prepared_once() -> None:
    at = datetime(2032, 11, 30, 23, 59, tzinfo=UTC)

    assert actions.ensure_partitions(at) == 4
    assert actions.ensure_partitions(at) == 0
    assert actions.ensure_partitions(at + timedelta(minutes=1)) == 1


def test_a_whole_chain_holds_in_any_time_zone() -> None:
    key = a_lamp()
    actions.append_all([LampNoted(key), LampNoted(key, wattage=0.1)], by="resident", at=NOON)

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL TimeZone = 'America/St_Johns'; SET LOCAL DateStyle = 'German'")

    assert broken(key) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("UPDATE journal_fact SET body = body || '{\"wattage\": 9}' WHERE subject = %s AND seq = 3", (3, "altered")),
        ("UPDATE journal_fact SET by = 'operator:4' WHERE subject = %s AND seq = 1", (1, "altered")),
        ("UPDATE journal_fact SET at = at - interval '1 second' WHERE subject = %s AND seq = 2", (2, "altered")),
        ("DELETE FROM journal_fact WHERE subject = %s AND seq = 2", (3, "gap")),
        ("DELETE FROM journal_fact WHERE subject = %s AND seq = 1", (2, "gap")),
        ("DELETE FROM journal_fact WHERE subject = %s AND seq = 4", (3, "cut")),
        ("DELETE FROM journal_fact WHERE subject = %s", (0, "cut")),
        ("DELETE FROM journal_head WHERE subject = %s", (4, "headless")),
    ],
)
def test_the_verifier_names_the_first_broken_fact(change: str, expected: tuple[int, str]) -> None:
    key = a_lamp()
    actions.append_all([LampNoted(key, wattage=w) for w in range(4)], by="resident", at=NOON)

    tamper(change, f"lamp:{key}")

    assert broken(key) == [expected]
    assert f"lamp:{key}" in {each.subject for each in queries.broken_chains()}


def test_a_rewritten_fact_with_a_fitting_hash_no_longer_fits_the_next_one() -> None:
    key = a_lamp()
    actions.append_all([LampNoted(key), LampNoted(key)], by="resident", at=NOON)

    tamper(
        "UPDATE journal_fact SET by = 'x',"
        " hash = journal_digest(prev, id, subject, seq, kind, 'x', at, recorded_at, body)"
        " WHERE subject = %s AND seq = 1",
        f"lamp:{key}",
    )

    assert broken(key) == [(2, "unlinked")]


def test_a_place_survives_being_written_down() -> None:
    assert str(read_position("12-34")) == "12-34"
    assert BEGINNING.precedes(read_position("0-1"))
    for text in ("", "12", "1-2-3", "a-b", "٣-٤", "-1-2"):
        with pytest.raises(BadPosition):
            read_position(text)


def test_many_facts_at_once_are_chained_like_one_by_one() -> None:
    known, fresh = a_lamp(), a_lamp()
    actions.append(LampNoted(known), by="operator:3", at=NOON)

    with transaction.atomic():
        told = [(LampNoted(known, 2), NOON), (LampNoted(fresh, 3), NOON), (LampNoted(known, 4), NOON)]
        assert actions.append_many(told, by="operator:3") == 3

    history = sorted(queries.timeline(f"lamp:{known}"), key=lambda fact: fact.seq)
    assert [(fact.seq, fact.body["wattage"]) for fact in history] == [(1, 1.5), (2, 2), (3, 4)]
    assert not broken(known)
    assert not broken(fresh)

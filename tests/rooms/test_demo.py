"""The demo city: believable, complete, and the same when it is made twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from answerable import wiring
from answerable.journal import queries as journal
from answerable.plumbing import clock
from answerable.rehearsal import demo
from answerable.requests.rules import Lifecycle

CITIES = Path(__file__).resolve().parents[2] / "cities"
WEDNESDAY = datetime(2026, 11, 18, 17, 0, tzinfo=UTC)
"""A Wednesday at noon in Toronto."""

pytestmark = pytest.mark.django_db


def rows(sql: str) -> list[tuple[Any, ...]]:
    """What the statement gives."""
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


def counted(column: str, *, where: str = "true") -> Counter[str]:
    """How many requests have each value."""
    return Counter(dict(rows(f"SELECT {column}, count(*) FROM requests_request WHERE {where} GROUP BY 1")))


def everything() -> list[tuple[Any, ...]]:
    """How many rows each table of the demo has, and the last change."""
    tables = ("requests_request", "journal_fact", "intake_enquiry", "contacts_contact", "promises_ledger",
              "requests_note", "requests_link", "requests_photo", "requests_follower", "plumbing_timer")  # fmt: skip
    return [*(rows(f"SELECT count(*) FROM {table}")[0] for table in tables),
            rows("SELECT max(updated_at) FROM requests_request")[0]]  # fmt: skip


def seed(name: str) -> int:
    """The city is loaded and its demo made."""
    wiring.load_city(CITIES / name)
    demo.seed_staff()
    return demo.seed_past(CITIES / name, ring=wiring.clockwork().run_once)


@pytest.fixture
def noon() -> Iterator[None]:
    with clock.frozen(WEDNESDAY):
        yield


def test_toronto_shows_every_state_and_making_it_twice_changes_nothing(
    noon: None, caplog: pytest.LogCaptureFixture
) -> None:
    made = seed("toronto")

    assert made > 400
    assert not [record.message for record in caplog.records if record.name == "answerable.rehearsal"]
    states = counted("lifecycle")
    assert set(states) == set(Lifecycle)
    assert counted("visibility")["confidential"] >= 5
    assert counted("reopened")[1] >= 1  # type: ignore[index]
    assert counted("handoff")["refused"] >= 1
    assert len(counted("department")) >= 6
    assert rows("SELECT max(followers) FROM requests_request") == [(3,)]
    assert Counter(kind for (kind,) in rows("SELECT kind FROM requests_link")) == {
        "duplicate_of": 2, "follow_on_of": 1
    }  # fmt: skip
    assert rows("SELECT count(*) FROM requests_photo WHERE shows = 'problem'")[0][0] == 1
    assert rows("SELECT count(*) FROM intake_enquiry WHERE request_id IS NULL")[0][0] == 6
    assert rows("SELECT count(*) FROM contacts_contact")[0][0] >= 30
    open_now = counted("completion_due < '2026-11-18T17:00Z'", where="is_open AND paused_since IS NULL")
    assert min(open_now[True], open_now[False]) > 10  # type: ignore[index]
    assert rows(
        "SELECT count(*) FROM requests_request WHERE is_open AND completion_due > '2026-11-18T17:00Z'"
        " AND completion_at_risk <= '2026-11-18T17:00Z'"
    )[0][0] >= 1  # fmt: skip

    check_timers_and_dates()
    check_instants()
    check_nobody_real_can_be_reached()
    before = everything()
    assert demo.seed_past(CITIES / "toronto", ring=wiring.clockwork().run_once) == 0
    assert everything() == before


def check_timers_and_dates() -> None:
    """No timer is left to ring at once, and broken promises are dated when they broke."""
    assert rows("SELECT count(*) FROM plumbing_timer WHERE due_at <= '2026-11-18T17:00Z'") == [(0,)]
    breached = rows(
        "SELECT count(*), count(*) FILTER (WHERE at = (body->>'due_at')::timestamptz)"
        " FROM journal_fact WHERE kind = 'promise.breached'"
    )
    assert breached[0][0] == breached[0][1] > 10
    assert journal.broken_chains() == []
    numbers = rows("SELECT number FROM requests_request ORDER BY logged_at, id")
    assert numbers == sorted(numbers)


def check_instants() -> None:
    """Every part of the past lies in the past, and not long ago."""
    (latest, newest, oldest) = rows("SELECT max(updated_at), max(logged_at), min(logged_at) FROM requests_request")[0]
    assert latest <= WEDNESDAY
    assert (WEDNESDAY - newest).days == 0
    assert (WEDNESDAY - oldest).days < 60


def check_nobody_real_can_be_reached() -> None:
    """Numbers and addresses belong to nobody."""
    for phone, email in rows("SELECT phone, email FROM contacts_contact"):
        assert not phone or "-555-01" in phone
        assert not email or email.endswith("@example.org")


@pytest.mark.parametrize("word", ["<", "&#", "&amp", "http", "@"])
def test_what_residents_wrote_holds_no_remains_of_a_web_page(noon: None, word: str) -> None:
    for name in ("toronto", "winnipeg"):
        for file in (CITIES / name / "demo").glob("*.csv"):
            assert word not in file.read_text(encoding="utf-8")


def test_winnipeg_has_a_life_of_its_own(noon: None, caplog: pytest.LogCaptureFixture) -> None:
    assert seed("winnipeg") == 30

    assert not [record.message for record in caplog.records if record.name == "answerable.rehearsal"]
    assert len(counted("lifecycle")) >= 7
    assert len(counted("area_key")) >= 5
    assert demo.seed_past(CITIES / "winnipeg", ring=wiring.clockwork().run_once) == 0

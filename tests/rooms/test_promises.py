"""Promises in the database: made with the request, paused, kept, broken, each with its fact and its ledger entry."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from answerable.catalogue.city import City
from answerable.journal import queries as journal
from answerable.plumbing import clock
from answerable.plumbing.clockwork import Clockwork
from answerable.plumbing.models import Timer
from answerable.promises import actions, followers, queries
from answerable.promises.clock import PromiseClock
from answerable.promises.errors import BadRepromise
from answerable.promises.models import LedgerEntry, Promise
from answerable.promises.rules import Kind, State
from tests.builders.database import own_connection
from tests.builders.packs import a_service, a_target, said
from tests.builders.promises import MONDAY_NINE, a_city, a_first_action, a_promise, promised

pytestmark = pytest.mark.django_db

REQUEST = 17
CLOCKWORK = Clockwork(
    {
        "promise.at_risk": followers.on_at_risk,
        "promise.breach": followers.on_breach,
        "promise.pause_over": lambda timers: followers.on_pause_over(timers) and None,
    }
)


@pytest.fixture
def city(tmp_path: Path) -> City:
    return a_city(tmp_path / "pack", promises=a_promise(a_first_action(), a_target()))


@pytest.fixture(autouse=True)
def _at_nine() -> Iterator[None]:
    with clock.frozen(MONDAY_NINE):
        yield


def hours(number: float) -> datetime:
    return MONDAY_NINE + timedelta(hours=number)


def first_action(request: int = REQUEST) -> PromiseClock:
    return next(each for each in queries.current_clocks([request])[request] if each.target.kind is Kind.FIRST_ACTION)


def completion(request: int = REQUEST) -> PromiseClock:
    return next(each for each in queries.current_clocks([request])[request] if each.target.kind is Kind.COMPLETION)


def told(request: int = REQUEST) -> list[tuple[str, str]]:
    """Kinds of fact and the target they speak of, oldest first."""
    facts = sorted(journal.timeline(f"request:{request}"), key=lambda fact: fact.seq)
    return [(fact.kind, str(fact.body.get("target", ""))) for fact in facts]


def timers() -> dict[str, datetime]:
    return {f"{timer.kind} {timer.subject}": timer.due_at for timer in Timer.objects.all()}


def ring(at: datetime) -> int:
    with clock.frozen(at):
        return sum(iter(CLOCKWORK.run_once, 0))


# Making


def test_promises_are_made_in_one_statement_with_ledger_timer_and_one_fact(city: City) -> None:
    promised(REQUEST, city)

    first, last = queries.current_clocks([REQUEST])[REQUEST]
    assert (first.target.kind, first.due_at, first.at_risk_at) == (Kind.FIRST_ACTION, hours(10), hours(8))
    assert last.due_at.isoformat() == "2026-09-22T03:59:00+00:00"
    assert (last.state, last.source, last.catalogue_version) == (State.RUNNING, "By-law 7", city.version_id)
    assert told() == [("promise.made", "")]
    (fact,) = journal.timeline(f"request:{REQUEST}")
    assert fact.body["promises"][0] == {
        "promise": first.id,
        "target": "first_action",
        "amount": 10,
        "unit": "hours",
        "due_at": "2026-09-14T23:00:00+00:00",
    }
    assert timers() == {
        f"promise.at_risk promise:{first.id}": first.at_risk_at,
        f"promise.at_risk promise:{last.id}": last.at_risk_at,
    }
    assert [entry.entry for entry in queries.ledger_of(REQUEST)] == ["made", "made"]


def test_the_answer_decides_the_target(tmp_path: Path) -> None:
    big = a_target(amount=24, unit="hours", when={"answer": "size", "is": ["big"]})
    city = a_city(tmp_path / "pack", promises=a_promise(big, a_target()))

    promised(1, city, answers={"size": "big"})
    promised(2, city, answers={"size": "small"})

    assert queries.current_dates(1).completion_due == hours(24)
    assert queries.current_dates(2).completion_due.isoformat() == "2026-09-22T03:59:00+00:00"


def test_clocks_of_many_requests_take_one_statement(city: City, django_assert_num_queries) -> None:
    for request in range(1, 6):
        promised(request, city)

    with django_assert_num_queries(1):
        found = queries.current_clocks([1, 2, 3, 4, 5, 6])

    assert sorted(found) == [1, 2, 3, 4, 5]


def test_a_request_without_promises_has_no_dates() -> None:
    assert queries.current_dates(99).completion_due is None
    assert queries.clocks_of(99) == ()


# The clockwork


def test_a_promise_is_at_risk_and_then_broken_each_told_once(city: City) -> None:
    promised(REQUEST, city)

    assert ring(hours(7.99)) == 0
    assert ring(hours(8)) == 1
    assert first_action().state is State.AT_RISK
    assert ring(hours(9.99)) == 0
    assert ring(hours(10)) == 1
    assert ring(hours(11)) == 0

    assert first_action().state is State.BREACHED
    assert first_action().breached_at == hours(10)
    assert told() == [
        ("promise.made", ""),
        ("promise.at_risk", "first_action"),
        ("promise.breached", "first_action"),
    ]
    assert [fact.at for fact in journal.timeline(f"request:{REQUEST}") if fact.kind == "promise.breached"] == [
        hours(10)
    ]


def test_a_clockwork_that_slept_tells_the_warning_before_the_breach(city: City) -> None:
    promised(REQUEST, city)

    ring(hours(24 * 30))

    assert told() == [
        ("promise.made", ""),
        ("promise.at_risk", "first_action"),
        ("promise.at_risk", "completion"),
        ("promise.breached", "first_action"),
        ("promise.breached", "completion"),
    ]
    assert queries.unnoticed_breaches(now=hours(24 * 31)) == 0


def test_the_clockwork_tells_many_promises_in_one_statement_each(city: City, django_assert_max_num_queries) -> None:
    for request in range(1, 41):
        promised(request, city)

    with clock.frozen(hours(8)), django_assert_max_num_queries(8):
        assert CLOCKWORK.run_once() == 40

    assert Promise.objects.filter(state="at_risk").count() == 40
    assert LedgerEntry.objects.filter(entry="at_risk").count() == 40


def test_nothing_rings_for_a_promise_that_was_kept_paused_or_voided(city: City) -> None:
    for request in (1, 2, 3):
        promised(request, city)
    with transaction.atomic():
        actions.meet(1, target="first_action", at=hours(1), by="department:4")
        actions.pause(2, reason="weather", at=hours(1), by="department:4")
        actions.void(3, reason="cancelled_by_requester", at=hours(1), by="resident")

    ring(hours(12))

    assert [first_action(request).state for request in (1, 2, 3)] == [State.MET, State.PAUSED, State.VOID]
    assert not any(kind in {"promise.at_risk", "promise.breached"} for n in (1, 2, 3) for kind, _ in told(n))


def test_a_timer_that_rings_too_early_or_twice_does_no_harm(city: City) -> None:
    """As after a restore: the timers' rows say nothing the promises do not say again."""
    promised(REQUEST, city)
    promise = first_action().id

    with connection.cursor() as cursor:
        cursor.execute("SELECT promises_breach(ARRAY[%s]::bigint[], %s, 'system:clockwork')", [promise, hours(9)])
        assert cursor.fetchone() == (0,)
        cursor.execute("SELECT promises_breach(ARRAY[%s]::bigint[], %s, 'system:clockwork')", [promise, hours(10)])
        assert cursor.fetchone() == (1,)
        cursor.execute("SELECT promises_breach(ARRAY[%s]::bigint[], %s, 'system:clockwork')", [promise, hours(10)])
        assert cursor.fetchone() == (0,)

    assert told().count(("promise.breached", "first_action")) == 1


@pytest.mark.django_db(transaction=True)
def test_several_clockworks_and_a_busy_department_tell_each_breach_exactly_once(city: City) -> None:
    """Two clockworks ring while somebody keeps every third promise; whoever is first, nothing is told twice."""
    numbers = list(range(100_001, 100_061))
    for request in numbers:
        promised(request, city)
    failures: list[BaseException] = []

    def guarded(work) -> None:
        try:
            with clock.frozen(hours(10)):
                work()
        except BaseException as error:  # noqa: BLE001 - shown below, in the test's own thread
            failures.append(error)
        finally:
            connection.close()

    def ring_all() -> None:
        for _ in range(30):
            CLOCKWORK.run_once()

    def keep() -> None:
        for request in numbers[::3]:
            with transaction.atomic():
                actions.meet(request, target="first_action", at=hours(9.5), by="department:4")

    threads = [threading.Thread(target=guarded, args=(work,)) for work in (ring_all, ring_all, keep)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ring(hours(10) + timedelta(minutes=1))

    assert failures == []
    for request in numbers:
        kinds = [kind for kind, target in told(request) if target == "first_action"]
        kept = request in numbers[::3]
        assert kinds.count("promise.met") == kept
        assert kinds.count("promise.breached") <= 1
        assert kept or kinds == ["promise.at_risk", "promise.breached"]
        assert first_action(request).state is (State.MET if kept else State.BREACHED)


@pytest.mark.django_db(transaction=True)
def test_a_clockwork_killed_before_its_commit_tells_nothing_and_the_next_one_tells_all(city: City) -> None:
    promised(200_001, city)
    promise = first_action(200_001).id
    with own_connection() as other:
        other.execute("BEGIN")
        other.execute("SELECT id FROM plumbing_timer WHERE subject = %s FOR UPDATE", [f"promise:{promise}"])
        other.execute("SELECT promises_warn(ARRAY[%s]::bigint[], %s, 'system:clockwork')", [promise, hours(8)])
        pid = other.info.backend_pid
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [pid])
        with pytest.raises(psycopg.OperationalError):
            other.execute("SELECT 1")

    assert first_action(200_001).state is State.RUNNING
    ring(hours(8))

    assert told(200_001).count(("promise.at_risk", "first_action")) == 1


# Keeping, voiding


def test_a_promise_kept_in_time_is_met_and_its_timers_are_gone(city: City) -> None:
    promised(REQUEST, city)

    with transaction.atomic():
        actions.meet(REQUEST, target="first_action", at=hours(2), by="department:4")
        actions.meet(REQUEST, target="first_action", at=hours(3), by="department:4")

    assert (first_action().state, first_action().met_at) == (State.MET, hours(2))
    assert told() == [("promise.made", ""), ("promise.met", "first_action")]
    assert list(timers()) == [f"promise.at_risk promise:{completion().id}"]


def test_a_promise_kept_at_the_due_instant_is_late_and_its_breach_is_told_first(city: City) -> None:
    promised(REQUEST, city)

    with transaction.atomic():
        actions.meet(REQUEST, target="first_action", at=hours(10), by="department:4")

    assert first_action().state is State.MET_LATE
    assert told()[1:] == [("promise.breached", "first_action"), ("promise.met", "first_action")]
    assert ring(hours(11)) == 0


def test_a_broken_promise_that_is_kept_later_is_met_late_and_stays_broken(city: City) -> None:
    promised(REQUEST, city)
    ring(hours(10))

    with transaction.atomic():
        actions.meet(REQUEST, target="first_action", at=hours(12), by="department:4")

    assert (first_action().state, first_action().breached_at) == (State.MET_LATE, hours(10))
    assert told().count(("promise.breached", "first_action")) == 1


def test_late_news_of_work_done_in_time_keeps_the_promise_although_its_breach_was_told(city: City) -> None:
    promised(REQUEST, city)
    ring(hours(10))

    with transaction.atomic():
        actions.meet(REQUEST, target="first_action", at=hours(9.5), by="department:4")

    assert (first_action().state, first_action().breached_at) == (State.MET, None)
    assert told()[-2:] == [("promise.breached", "first_action"), ("promise.met", "first_action")]


# Pauses


def test_a_pause_and_its_end_move_the_due_instant_and_the_timers(city: City) -> None:
    promised(REQUEST, city)
    with transaction.atomic():
        actions.pause(REQUEST, reason="awaiting_requester", at=hours(2), by="operator:3")
        actions.pause(REQUEST, reason="again", at=hours(3), by="operator:3")
    assert first_action().standing(now=hours(30)) is State.PAUSED
    assert list(timers()) == [f"promise.pause_over promise:{first_action().id}"]

    with transaction.atomic():
        actions.resume(REQUEST, at=hours(40), by="resident")
        actions.resume(REQUEST, at=hours(41), by="resident")

    clock_now = first_action()
    assert (clock_now.due_at, clock_now.at_risk_at, clock_now.first_due_at) == (hours(48), hours(46), hours(10))
    assert completion().due_at.isoformat() == "2026-09-23T03:59:00+00:00"
    assert timers()[f"promise.at_risk promise:{clock_now.id}"] == hours(46)
    assert told() == [
        ("promise.made", ""),
        ("promise.paused", "first_action"),
        ("promise.paused", "completion"),
        ("promise.resumed", "first_action"),
        ("promise.resumed", "completion"),
    ]
    assert [(each.entry, each.body.get("reason")) for each in queries.ledger_of(REQUEST) if each.entry == "paused"] == [
        ("paused", "awaiting_requester"),
        ("paused", "awaiting_requester"),
    ]


def test_a_pause_that_uses_up_its_cap_is_ended_by_the_clockwork(city: City) -> None:
    """Two days: from hour 2 to hour 50; the ten hours are over at hour 58."""
    promised(REQUEST, city)
    with transaction.atomic():
        actions.pause(REQUEST, reason="awaiting_requester", at=hours(2), by="operator:3")

    ring(hours(51))

    assert first_action().state is State.RUNNING
    assert (first_action().due_at, completion().state) == (hours(58), State.PAUSED)
    resumed = [fact for fact in journal.timeline(f"request:{REQUEST}") if fact.kind == "promise.resumed"]
    assert [(fact.at, fact.by, fact.body["reason"]) for fact in resumed] == [
        (hours(50), "system:clockwork", "cap_reached")
    ]
    ring(hours(58))
    assert first_action().state is State.BREACHED


def test_a_pause_that_ends_late_counts_no_more_than_the_cap(city: City) -> None:
    promised(REQUEST, city)
    with transaction.atomic():
        actions.pause(REQUEST, reason="awaiting_requester", at=hours(2), by="operator:3")
        actions.resume(REQUEST, at=hours(100), by="resident")

    assert first_action().due_at == hours(58)
    ring(hours(100))
    assert first_action().state is State.BREACHED


def test_a_warning_already_given_is_not_repeated_after_a_short_pause(city: City) -> None:
    promised(REQUEST, city)
    ring(hours(8.5))
    with transaction.atomic():
        actions.pause(REQUEST, reason="weather", at=hours(9), by="department:4")
        actions.resume(REQUEST, at=hours(11.5), by="department:4")

    ring(hours(12.4))

    assert first_action().state is State.AT_RISK
    assert told().count(("promise.at_risk", "first_action")) == 1
    ring(hours(12.5))
    assert first_action().state is State.BREACHED


def test_a_pause_of_only_one_target_leaves_the_other_running(city: City) -> None:
    promised(REQUEST, city)

    with transaction.atomic():
        actions.pause(REQUEST, reason="referred", at=hours(1), by="operator:3", targets=["completion"])

    assert (first_action().state, completion().state) == (State.RUNNING, State.PAUSED)


def test_a_promise_met_while_it_is_paused_is_met_in_time(city: City) -> None:
    promised(REQUEST, city)
    with transaction.atomic():
        actions.pause(REQUEST, reason="weather", at=hours(9), by="department:4")
        actions.meet(REQUEST, target="first_action", at=hours(20), by="department:4")

    assert (first_action().state, first_action().due_at) == (State.MET, hours(21))


# Re-classification and re-promise


def test_a_re_classified_request_keeps_its_start_and_its_paused_time(tmp_path: Path) -> None:
    services = [a_service(), a_service("sinkhole", name=said("Sinkhole"), promise="fast")]
    fast = {"code": "fast", "text": said("Fast"), "targets": [a_target(amount=24, unit="hours")]}
    city = a_city(tmp_path / "pack", services=services, promises=[*a_promise(a_first_action(), a_target()), fast])
    promised(REQUEST, city)
    with transaction.atomic():
        actions.pause(REQUEST, reason="weather", at=hours(1), by="department:4")
        actions.resume(REQUEST, at=hours(4), by="department:4")

        actions.remake(
            REQUEST,
            city=city,
            service=city.service("sinkhole"),
            answers={},
            priority="normal",
            reason="reclassified",
            at=hours(5),
            by="operator:3",
        )

    assert (completion().due_at, completion().target.amount, completion().started_at) == (hours(27), 24, MONDAY_NINE)
    assert first_action().state is State.VOID
    assert completion().first_due_at.isoformat() == "2026-09-22T03:59:00+00:00"
    assert told()[-2:] == [("promise.voided", "first_action"), ("promise.remade", "completion")]


def test_a_re_classification_to_a_time_already_over_is_broken_at_once(tmp_path: Path) -> None:
    services = [a_service(), a_service("sinkhole", name=said("Sinkhole"), promise="fast")]
    fast = {"code": "fast", "text": said("Fast"), "targets": [a_target(amount=1, unit="hours")]}
    city = a_city(tmp_path / "pack", services=services, promises=[*a_promise(a_target()), fast])
    promised(REQUEST, city)
    with transaction.atomic():
        actions.remake(
            REQUEST, city=city, service=city.service("sinkhole"), answers={}, priority="normal",
            reason="reclassified", at=hours(5), by="operator:3",
        )  # fmt: skip

    ring(hours(5))

    assert (completion().state, completion().breached_at) == (State.BREACHED, hours(1))


def test_a_kind_the_new_service_adds_is_promised_from_the_first_start(tmp_path: Path) -> None:
    services = [a_service(), a_service("sinkhole", name=said("Sinkhole"), promise="both")]
    both = {"code": "both", "text": said("Both"), "targets": [a_first_action(), a_target(amount=24, unit="hours")]}
    city = a_city(tmp_path / "pack", services=services, promises=[*a_promise(a_target()), both])
    promised(REQUEST, city)
    with transaction.atomic():
        actions.remake(
            REQUEST, city=city, service=city.service("sinkhole"), answers={}, priority="normal",
            reason="reclassified", at=hours(5), by="operator:3",
        )  # fmt: skip

    assert (first_action().due_at, first_action().started_at) == (hours(10), MONDAY_NINE)


def test_a_kind_added_while_the_clock_is_paused_is_paused_too(tmp_path: Path) -> None:
    services = [a_service(), a_service("sinkhole", name=said("Sinkhole"), promise="both")]
    both = {"code": "both", "text": said("Both"), "targets": [a_first_action(), a_target()]}
    city = a_city(tmp_path / "pack", services=services, promises=[*a_promise(a_target()), both])
    promised(REQUEST, city)
    with transaction.atomic():
        actions.pause(REQUEST, reason="weather", at=hours(1), by="department:4")
        actions.resume(REQUEST, at=hours(2), by="department:4")
        actions.pause(REQUEST, reason="weather", at=hours(3), by="department:4")
        actions.remake(
            REQUEST, city=city, service=city.service("sinkhole"), answers={}, priority="normal",
            reason="reclassified", at=hours(5), by="operator:3",
        )  # fmt: skip

    assert (first_action().state, first_action().paused_since) == (State.PAUSED, hours(3))
    assert first_action().due_at == hours(11)


def test_a_promise_already_kept_is_not_made_again_by_a_re_classification(city: City) -> None:
    promised(REQUEST, city)
    with transaction.atomic():
        actions.meet(REQUEST, target="first_action", at=hours(2), by="department:4")
        actions.remake(
            REQUEST, city=city, service=city.services[0], answers={}, priority="normal",
            reason="reclassified", at=hours(5), by="operator:3",
        )  # fmt: skip

    assert len(queries.clocks_of(REQUEST)) == 2
    assert first_action().state is State.MET


def test_a_new_date_is_told_and_the_first_one_stays_on_record(city: City) -> None:
    promised(REQUEST, city)
    with transaction.atomic():
        actions.repromise(
            REQUEST, target="first_action", due=hours(100), reason="storm", at=hours(5), by="supervisor:1"
        )

    assert (first_action().due_at, first_action().first_due_at) == (hours(100), hours(10))
    ring(hours(50))
    assert first_action().state is State.RUNNING
    with transaction.atomic():
        actions.pause(REQUEST, reason="weather", at=hours(60), by="department:4")
        actions.resume(REQUEST, at=hours(65), by="department:4")
    assert first_action().due_at == hours(105)


def test_a_new_date_after_a_breach_leaves_the_breach_on_record(city: City) -> None:
    promised(REQUEST, city)
    with transaction.atomic():
        actions.repromise(
            REQUEST, target="first_action", due=hours(100), reason="storm", at=hours(11), by="supervisor:1"
        )

    assert (first_action().state, first_action().breached_at) == (State.RUNNING, hours(10))
    assert told()[1:] == [("promise.breached", "first_action"), ("promise.remade", "first_action")]


def test_a_new_date_in_the_past_is_refused(city: City) -> None:
    promised(REQUEST, city)

    with pytest.raises(BadRepromise, match="later"), transaction.atomic():
        actions.repromise(REQUEST, target="first_action", due=hours(4), reason="storm", at=hours(5), by="supervisor:1")


def test_a_reopened_request_gets_a_second_round_and_keeps_the_first(city: City) -> None:
    promised(REQUEST, city)
    with transaction.atomic():
        actions.meet(REQUEST, target="first_action", at=hours(2), by="department:4")
        actions.meet(REQUEST, target="completion", at=hours(2), by="department:4")
        actions.make_again(
            REQUEST, city=city, service=city.services[0], answers={}, priority="normal", started_at=hours(30),
            reason="reopened", at=hours(30), by="resident",
        )  # fmt: skip

    assert [(each.round, each.state) for each in queries.clocks_of(REQUEST)] == [
        (1, State.MET),
        (1, State.MET),
        (2, State.RUNNING),
        (2, State.RUNNING),
    ]
    assert first_action().due_at == hours(40)


# The ledger


def test_the_ledger_is_append_only(city: City) -> None:
    promised(REQUEST, city)

    with connection.cursor() as cursor:
        for statement in ("UPDATE promises_ledger SET by = 'x'", "DELETE FROM promises_ledger"):
            with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
                cursor.execute(statement)


def test_every_change_of_a_promise_is_numbered_in_the_ledger(city: City) -> None:
    promised(REQUEST, city)
    with transaction.atomic():
        actions.pause(REQUEST, reason="weather", at=hours(1), by="department:4")
        actions.resume(REQUEST, at=hours(2), by="department:4")
    ring(hours(200))

    for each in queries.clocks_of(REQUEST):
        entries = LedgerEntry.objects.filter(promise_id=each.id).order_by("seq")
        assert [entry.seq for entry in entries] == list(range(1, each.version + 1))
        assert [entry.entry for entry in entries] == ["made", "paused", "resumed", "at_risk", "breached"]


def test_a_change_from_a_stale_reading_is_refused(city: City) -> None:
    promised(REQUEST, city)
    stale = [first_action()]
    with transaction.atomic():
        actions.pause(REQUEST, reason="weather", at=hours(1), by="department:4")

    with pytest.raises(DatabaseError, match="has changed"), transaction.atomic():
        actions._act(stale, lambda change: actions._note_breach(change, at=hours(20)), by="department:4")

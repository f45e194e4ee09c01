"""The promise guard: it learns from what was, warns by it, and tells those in charge."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from answerable.catalogue.city import City
from answerable.guard import actions as guard
from answerable.guard import followers
from answerable.guard import queries as guard_queries
from answerable.guard.actions import Decision
from answerable.guard.errors import BadSurge, NobodyConcerned
from answerable.guard.rules import NewDate
from answerable.journal import queries as journal
from answerable.plumbing import clock
from answerable.promises import measured
from answerable.promises import queries as promises
from answerable.promises.rules import Kind
from answerable.requests import promising
from answerable.requests import queries as requests
from answerable.requests.errors import BadChoice, NotAllowed
from answerable.requests.promised import Choice
from answerable.requests.rules import Lifecycle, Outcome, Step
from answerable.web.components.measuredtimes import measured_times
from answerable.wiring import clockwork
from tests.builders.packs import a_service, a_target, said
from tests.builders.promises import a_promise
from tests.builders.requests import MONDAY, a_change, a_request, a_small_city, moved

pytestmark = pytest.mark.django_db

PAST = 32
"""Requests of the past: enough to learn from."""


@pytest.fixture(autouse=True)
def _nothing_known() -> Iterator[None]:
    measured.forget()
    with clock.frozen(MONDAY):
        yield
    measured.forget()


@pytest.fixture
def city(tmp_path: Path) -> City:
    return a_small_city(tmp_path / "pack", promises=a_promise(a_target(amount=10, unit="calendar_days")))


def days(number: float) -> datetime:
    return MONDAY + timedelta(days=number)


def a_past(city: City) -> None:
    """The pothole of a year ago took 1 day, the next one 1.25 days, and so on up to almost nine."""
    first = a_request(city)
    moved(first, Step(to=Lifecycle.RESOLVED, outcome=Outcome.COMPLETED))
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(column_name, ', ') FROM information_schema.columns WHERE table_name ="
                       " 'requests_request' AND column_name NOT IN ('id', 'number', 'token', 'logged_at',"
                       " 'resolved_at')")  # fmt: skip
        same = cursor.fetchone()[0]
        cursor.execute(
            f"INSERT INTO requests_request (number, token, logged_at, resolved_at, {same})"
            f" SELECT 'past-' || n, 'past-' || n, %s, %s + n * interval '6 hours' + interval '18 hours', {same}"
            "   FROM requests_request, generate_series(1, %s) n WHERE id = %s",
            [days(-365), days(-365), PAST, first.request_id],
        )
        cursor.execute("DELETE FROM requests_request WHERE id = %s", [first.request_id])


def completion(request_id: int) -> float:
    """After which share of its time the request's completion is at risk."""
    (clocks,) = promises.current_clocks([request_id]).values()
    return next(each.target.at_risk_share for each in clocks if each.target.kind is Kind.COMPLETION)


def test_a_city_without_a_past_warns_by_the_share_of_its_pack(city: City) -> None:
    guard.measure(at=MONDAY)

    assert completion(a_request(city).request_id) == 0.8


def test_a_new_request_is_at_risk_by_what_earlier_ones_took(city: City) -> None:
    """All of the past were done within nine days of ten: the warning comes once one lasts longer than any."""
    a_past(city)

    assert guard.measure(at=MONDAY) > 0
    known = measured.experience().of(target=Kind.COMPLETION, service="pothole", area="2", day=MONDAY.date())

    assert known is not None
    assert known.curve.ended == PAST
    assert known.curve.half_seconds == pytest.approx(timedelta(days=4.75).total_seconds())
    assert completion(a_request(city).request_id) == pytest.approx(0.875, abs=0.001)


def test_a_request_withdrawn_teaches_nothing_but_that_it_was_open_so_long(city: City) -> None:
    a_past(city)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE requests_request SET outcome = 'cancelled_by_requester'")

    guard.measure(at=MONDAY)

    assert measured.experience().of(target=Kind.COMPLETION, service="pothole", area="2", day=MONDAY.date()) is None


# The ladder


@pytest.fixture
def with_ladder(tmp_path: Path) -> City:
    works = {
        "code": "works", "name": said("Works"), "queues": [{"code": "roads", "name": said("Roads")}],
        "escalation": [
            {"at": "at_risk", "to": "team:crew"},
            {"at": "breach", "to": "role:supervisor"},
            {"at": "breach+48h", "to": "chief@example.org"},
        ],
    }  # fmt: skip
    return a_small_city(
        tmp_path / "pack", promises=a_promise(a_target(amount=10, unit="calendar_days")), departments=[works]
    )


def climbed(request_id: int) -> list[tuple[int, str]]:
    """The rungs that were told of, in order."""
    facts = sorted(journal.timeline(f"request:{request_id}"), key=lambda fact: fact.seq)
    return [(int(fact.body["rung"]), str(fact.body["step"])) for fact in facts if fact.kind == "promise.escalated"]


def ring(at: datetime) -> None:
    with clock.frozen(at):
        while clockwork().run_once():
            pass


def test_each_rung_of_the_ladder_is_told_in_its_time_and_once(with_ladder: City) -> None:
    asked = a_request(with_ladder).request_id

    ring(days(8))
    assert climbed(asked) == [(1, "at_risk")]
    ring(days(10))
    ring(days(11))
    assert climbed(asked) == [(1, "at_risk"), (2, "breach")]
    ring(days(12))
    ring(days(13))
    assert climbed(asked) == [(1, "at_risk"), (2, "breach"), (3, "breach+48h")]
    assert journal_whole(asked)


def test_nobody_is_told_of_a_promise_that_was_kept_meanwhile(with_ladder: City) -> None:
    asked = a_request(with_ladder)
    ring(days(10))
    moved(asked, Step(to=Lifecycle.RESOLVED, outcome=Outcome.COMPLETED), at=days(11))

    ring(days(13))

    assert climbed(asked.request_id) == [(1, "at_risk"), (2, "breach")]


def journal_whole(request_id: int) -> bool:
    """Whether the history's chain holds."""
    return not journal.broken_chains(subject=f"request:{request_id}")


def test_it_is_measured_once_a_night(city: City) -> None:
    a_past(city)

    assert followers.measure_if_due(now=MONDAY)
    assert not followers.measure_if_due(now=MONDAY + timedelta(hours=12))
    assert followers.measure_if_due(now=MONDAY + timedelta(hours=24))


# The clock by hand


def the_clock(request_id: int) -> tuple[str, datetime]:
    """How the completion stands, and when it is due."""
    (clocks,) = promises.current_clocks([request_id]).values()
    return next((each.state.value, each.due_at) for each in clocks if each.target.kind is Kind.COMPLETION)


@pytest.fixture
def pausing(tmp_path: Path) -> City:
    pothole = a_service(pause_reasons=["weather", "awaiting_requester"])
    target = a_target(amount=10, unit="calendar_days", pause_cap_days=5)
    return a_small_city(tmp_path / "pack", services=[pothole], promises=a_promise(target))


def test_a_clock_stopped_by_hand_moves_the_date_by_the_paused_time(pausing: City) -> None:
    asked = a_request(pausing).request_id

    promising.pause_clock(asked, a_change(at=days(1)), reason="weather")
    assert requests.by_id(asked).paused_since == days(1)
    promising.resume_clock(asked, a_change(at=days(3)))

    found = requests.by_id(asked)
    assert (found.paused_since, found.completion_due) == (None, days(12))
    assert found.lifecycle is Lifecycle.RECEIVED


def test_a_clock_stops_only_for_a_reason_its_service_allows_and_mends_no_broken_promise(pausing: City) -> None:
    asked = a_request(pausing).request_id

    with pytest.raises(BadChoice):
        promising.pause_clock(asked, a_change(at=days(1)), reason="parts")
    with pytest.raises(NotAllowed):
        promising.resume_clock(asked, a_change(at=days(1)))
    with pytest.raises(NotAllowed):
        promising.pause_clock(asked, a_change(at=days(11)), reason="weather")


def test_waiting_for_an_answer_ends_when_the_answer_comes_and_not_by_hand(pausing: City) -> None:
    asked = a_request(pausing)
    moved(asked, Step(to=Lifecycle.AWAITING_REQUESTER, reason="awaiting_requester"), at=days(1))

    with pytest.raises(NotAllowed):
        promising.resume_clock(asked.request_id, a_change(at=days(2)))


def test_a_new_date_is_told_and_the_first_stays_on_record(pausing: City) -> None:
    asked = a_request(pausing).request_id

    promising.promise_anew(asked, a_change(at=days(11)), due=days(20), reason="workload")

    assert the_clock(asked) == ("running", days(20))
    assert requests.by_id(asked).completion_due == days(20)
    kinds = [fact.kind for fact in sorted(journal.timeline(f"request:{asked}"), key=lambda fact: fact.seq)]
    assert kinds[-2:] == ["promise.breached", "promise.remade"]


# A storm


STORM = {"en": "A storm brought down trees.", "fr": "Une tempête a abattu des arbres."}


def a_decision(**changes: Any) -> Decision:
    """Every pothole is promised for three days later, because of the weather."""
    filled: dict[str, Any] = {
        "choice": Choice(services=("pothole",)), "date": NewDate(days=3), "reason": "weather", "words": STORM,
    }  # fmt: skip
    return Decision(**(filled | changes))


def remade(request_id: int) -> list[dict[str, Any]]:
    facts = sorted(journal.timeline(f"request:{request_id}"), key=lambda fact: fact.seq)
    return [fact.body for fact in facts if fact.kind == "promise.remade"]


def test_after_a_storm_each_request_has_one_new_date_at_the_end_of_its_day(pausing: City) -> None:
    running, broken = a_request(pausing).request_id, a_request(pausing).request_id
    ended = a_request(pausing)
    moved(ended, Step(to=Lifecycle.RESOLVED, outcome=Outcome.COMPLETED))
    promising.promise_anew(broken, a_change(), due=days(1), reason="workload")

    surge = guard.start_surge(a_decision(), key="storm-key-1", by="supervisor:3", at=days(2))
    assert guard.start_surge(a_decision(), key="storm-key-1", by="supervisor:3", at=days(2)) == surge
    ring(days(2))

    end_of = promising.end_of
    assert the_clock(running) == ("running", end_of(days(13).date(), pausing))
    assert the_clock(broken) == ("running", end_of(days(5).date(), pausing))
    assert requests.by_id(broken).completion_due == end_of(days(5).date(), pausing)
    assert [body["surge"] for body in remade(running)] == [surge]
    assert not remade(ended.request_id)
    record = guard_queries.surge(surge)
    assert (record.count, record.left, record.finished_at) == (2, 0, days(2))
    assert journal_whole(broken)


def test_a_storm_leaves_later_dates_alone(pausing: City) -> None:
    late = a_request(pausing).request_id
    decision = a_decision(date=NewDate(until=days(5).date()))

    with pytest.raises(NobodyConcerned):
        guard.start_surge(decision, key="storm-key-2", by="supervisor:3", at=days(2))
    assert the_clock(late) == ("running", days(10))


def test_nobody_is_told_in_one_language_only(pausing: City) -> None:
    a_request(pausing)

    with pytest.raises(BadSurge) as refused:
        guard.start_surge(a_decision(words={"en": "Sorry."}), key="storm-key-3", by="supervisor:3", at=MONDAY)
    assert refused.value.field == "words_fr"


def test_a_request_that_ended_before_its_turn_is_passed(pausing: City) -> None:
    asked = a_request(pausing)
    surge = guard.start_surge(a_decision(), key="storm-key-4", by="supervisor:3", at=days(1))
    moved(asked, Step(to=Lifecycle.RESOLVED, outcome=Outcome.COMPLETED), at=days(1))

    ring(days(1))

    assert not remade(asked.request_id)
    facts = journal.timeline(f"surge:{surge}")
    assert {fact.kind: fact.body for fact in facts}["surge.finished"] == {"told": 0, "passed": 1}


def test_the_operator_hears_how_long_such_requests_really_take(city: City) -> None:
    a_past(city)
    guard.measure(at=MONDAY)

    told = measured_times(city, service="pothole", area="2", due=days(3), now=MONDAY)

    assert told is not None
    assert "four of five" in told.text
    assert str(PAST) in told.basis
    assert told.warning
    kept = measured_times(city, service="pothole", area="2", due=days(10), now=MONDAY)
    assert kept is not None
    assert not kept.warning

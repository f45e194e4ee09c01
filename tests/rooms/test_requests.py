"""The life of a request, its clock, its hand-offs and its ties, as the tables keep them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from answerable.catalogue.city import City
from answerable.journal import queries as journal
from answerable.plumbing import clock
from answerable.promises import actions as promises
from answerable.promises import queries as promise_clock
from answerable.requests import actions, queries
from answerable.requests.errors import BadLink, KeyReused, NotAllowed, TooLate, UnknownRequest
from answerable.requests.queries import FAR, Cursor, Filters
from answerable.requests.rules import Lifecycle, LinkKind, Outcome, PromiseStanding, Step, Visibility
from tests.builders.requests import MONDAY, a_change, a_request, a_small_city, moved, services

pytestmark = pytest.mark.django_db

DONE = Step(to=Lifecycle.RESOLVED, outcome=Outcome.COMPLETED)


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    with clock.frozen(MONDAY):
        yield a_small_city(tmp_path / "northbridge")


def kinds(request_id: int) -> list[str]:
    return [fact.kind for fact in journal.timeline(f"request:{request_id}")]


def test_a_department_takes_works_on_and_ends_a_request(city: City) -> None:
    receipt = a_request(city)

    actions.accept(receipt.request_id, a_change("department:7"))
    moved(receipt, Step(to=Lifecycle.IN_PROGRESS))
    ended = moved(receipt, DONE, at=MONDAY + timedelta(days=2))

    assert ended.lifecycle is Lifecycle.RESOLVED
    assert ended.standing(MONDAY + timedelta(days=90)) is PromiseStanding.MET
    assert ended.first_action_at == MONDAY
    assert [row.state for row in queries.handoffs(receipt.request_id)] == ["done_reported"]
    assert kinds(receipt.request_id)[-1] == "request.moved"


def test_a_department_that_asks_the_resident_has_the_work(city: City) -> None:
    receipt = a_request(city)

    asked = moved(receipt, Step(to=Lifecycle.AWAITING_REQUESTER, reason="Which pole?"), by="department:7")

    assert asked.handoff == "acknowledged"


def test_a_step_sent_twice_is_taken_once(city: City) -> None:
    receipt = a_request(city)
    change = a_change("department:7")
    step = Step(to=Lifecycle.SCHEDULED, until=date(2026, 11, 20))

    actions.move(receipt.request_id, step, change)
    before = kinds(receipt.request_id)
    actions.move(receipt.request_id, step, change)

    assert kinds(receipt.request_id) == before


def test_a_key_used_for_another_change_is_refused(city: City) -> None:
    receipt = a_request(city)
    change = a_change()
    actions.add_note(receipt.request_id, change, words="First", audience="staff")

    with pytest.raises(KeyReused):
        actions.add_note(receipt.request_id, change, words="Second", audience="staff")


def test_a_forbidden_step_changes_nothing(city: City) -> None:
    receipt = a_request(city)
    before = kinds(receipt.request_id)

    with pytest.raises(NotAllowed):
        moved(receipt, Step(to=Lifecycle.CLOSED))

    assert kinds(receipt.request_id) == before
    assert queries.by_id(receipt.request_id).lifecycle is Lifecycle.RECEIVED


def test_a_hold_stops_the_clock_and_the_due_date_moves_by_it(city: City) -> None:
    receipt = a_request(city)
    due = queries.by_id(receipt.request_id).completion_due
    assert due is not None

    held = moved(receipt, Step(to=Lifecycle.ON_HOLD, reason="frost", until=date(2026, 12, 1)))
    assert held.standing(due + timedelta(days=1)) is PromiseStanding.PAUSED
    resumed = moved(receipt, Step(to=Lifecycle.IN_PROGRESS), at=due + timedelta(days=3))

    assert resumed.completion_due is not None
    assert resumed.completion_due > due + timedelta(days=3)
    assert resumed.standing(due + timedelta(days=3)) is PromiseStanding.RUNNING


def test_a_dispute_reopens_the_same_number_with_a_new_promise(city: City) -> None:
    receipt = a_request(city)
    moved(receipt, DONE)
    later = MONDAY + timedelta(days=10)

    again = actions.dispute(receipt.request_id, a_change("resident", at=later), words="Still broken")

    assert again.number == receipt.number
    assert (again.lifecycle, again.reopened, again.outcome) == (Lifecycle.TRIAGE, 1, "")
    assert again.completion_due is not None
    assert receipt.due is not None
    assert again.completion_due > receipt.due
    assert [row.sequence for row in queries.handoffs(receipt.request_id)] == [1, 2]
    assert [note.words for note in queries.notes(receipt.request_id)] == ["Still broken"]


def test_a_dispute_after_thirty_days_is_too_late(city: City) -> None:
    receipt = a_request(city)
    moved(receipt, DONE)

    with pytest.raises(TooLate):
        actions.dispute(receipt.request_id, a_change("resident", at=MONDAY + timedelta(days=30)), words="Still broken")


def test_not_ours_goes_back_to_triage_with_the_reason_and_a_running_clock(city: City) -> None:
    receipt = a_request(city)

    refused = actions.refuse(receipt.request_id, a_change("department:7"), reason="Provincial highway")

    assert refused.lifecycle is Lifecycle.TRIAGE
    assert refused.handoff == "refused"
    assert queries.handoffs(receipt.request_id)[0].reason == "Provincial highway"
    assert refused.completion_due == receipt.due


def test_rerouting_hands_the_work_over_anew(city: City) -> None:
    receipt = a_request(city)

    actions.reroute(receipt.request_id, a_change(), department="works", queue="bridges", reason="On a bridge")

    assert [(row.queue, row.state) for row in queries.handoffs(receipt.request_id)] == [
        ("roads", "sent"),
        ("bridges", "sent"),
    ]


def test_another_service_keeps_the_elapsed_time(city: City) -> None:
    receipt = a_request(city)
    moved(receipt, Step(to=Lifecycle.ON_HOLD, reason="frost", until=date(2026, 12, 1)))
    moved(receipt, Step(to=Lifecycle.ASSIGNED), at=MONDAY + timedelta(days=3))
    due = queries.by_id(receipt.request_id).completion_due

    with clock.frozen(MONDAY + timedelta(days=4)):
        changed = actions.reclassify(receipt.request_id, a_change(), service_code="complaint", answers={})

    assert changed.service_code == "complaint"
    assert changed.completion_due == due


def test_another_service_makes_its_own_priority_of_the_answers(tmp_path: Path) -> None:
    pothole, complaint = services()
    urgent = pothole | {"priority": {"when": [{"answer": "size", "is": ["big"], "priority": "urgent"}]}}
    with clock.frozen(MONDAY):
        receipt = a_request(a_small_city(tmp_path / "northbridge", services=[urgent, complaint]))
        assert queries.by_id(receipt.request_id).priority == "urgent"

        changed = actions.reclassify(receipt.request_id, a_change(), service_code="complaint", answers={})
        back = actions.reclassify(receipt.request_id, a_change(), service_code="pothole", answers={"size": "big"})

    assert (changed.priority, back.priority) == ("normal", "urgent")


def test_me_too_is_counted_and_gets_its_own_link(city: City) -> None:
    receipt = a_request(city)
    change = a_change("resident")

    token = actions.follow(receipt.request_id, change, contact_id=None, language="fr")

    assert actions.follow(receipt.request_id, change, contact_id=None, language="fr") == token
    assert queries.by_id(receipt.request_id).followers == 1


def test_a_confidential_request_cannot_be_followed(city: City) -> None:
    receipt = a_request(city, service_code="complaint", answers={})

    with pytest.raises(UnknownRequest):
        actions.follow(receipt.request_id, a_change("resident"), contact_id=None, language="en")


def test_a_duplicate_is_a_tie_and_never_a_state(city: City) -> None:
    first, second = a_request(city), a_request(city)

    actions.link(second.request_id, a_change(), other_id=first.request_id, kind=LinkKind.DUPLICATE_OF)

    assert queries.by_id(second.request_id).lifecycle is Lifecycle.RECEIVED
    tie = queries.links(first.request_id)[0]
    assert (tie.kind, tie.other_number, tie.outgoing) == ("duplicate_of", second.number, False)
    actions.unlink(second.request_id, a_change(), link_id=tie.id)
    assert queries.links(first.request_id) == ()


def test_ties_never_close_a_ring(city: City) -> None:
    first, second, third = a_request(city), a_request(city), a_request(city)
    actions.link(first.request_id, a_change(), other_id=second.request_id, kind=LinkKind.PART_OF)
    actions.link(second.request_id, a_change(), other_id=third.request_id, kind=LinkKind.PART_OF)

    for here, there in ((third, first), (first, first)):
        with pytest.raises(BadLink):
            actions.link(here.request_id, a_change(), other_id=there.request_id, kind=LinkKind.PART_OF)


def test_an_undisputed_request_is_closed_by_the_clockwork(city: City) -> None:
    receipt = a_request(city)
    moved(receipt, DONE)

    actions.close_when_undisputed([receipt.request_id], at=MONDAY + timedelta(days=30))
    actions.close_when_undisputed([receipt.request_id], at=MONDAY + timedelta(days=31))

    closed = queries.by_id(receipt.request_id)
    assert closed.lifecycle is Lifecycle.CLOSED
    assert closed.resolved_at == MONDAY
    assert kinds(receipt.request_id).count("request.moved") == 2


def test_silence_of_the_requester_ends_the_request_and_its_promise(city: City) -> None:
    receipt = a_request(city)
    moved(receipt, Step(to=Lifecycle.AWAITING_REQUESTER, reason="Which pole?"))

    actions.resolve_without_reply([receipt.request_id], at=MONDAY + timedelta(days=14))

    ended = queries.by_id(receipt.request_id)
    assert (ended.lifecycle, ended.outcome) == (Lifecycle.RESOLVED, "no_reply_from_requester")
    assert "promise.voided" in kinds(receipt.request_id)


def test_pages_of_a_list_neither_repeat_nor_miss(city: City) -> None:
    numbers = [a_request(city).number for _ in range(7)]

    for sort in queries.SORTS:
        seen: list[str] = []
        after: Cursor | None = None
        while True:
            page = queries.list_requests(Filters(), sort=sort, after=after, limit=3, now=MONDAY)
            seen += [row.number for row in page.rows]
            if page.following is None:
                break
            after = Cursor.read(str(page.following))
        assert sorted(seen) == sorted(numbers)


def test_a_list_is_one_statement_whatever_its_size(city: City, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    for _ in range(5):
        a_request(city)
    for limit in (1, 5, 100):
        with django_assert_num_queries(1):
            queries.list_requests(Filters(department="works"), limit=limit, now=MONDAY)


def test_lists_are_narrowed_by_how_the_promise_stands(city: City) -> None:
    receipt = a_request(city)
    assert receipt.due is not None
    late = receipt.due + timedelta(minutes=1)

    assert queries.list_requests(Filters(standing="breached"), now=MONDAY).rows == ()
    assert len(queries.list_requests(Filters(standing="breached"), now=late).rows) == 1
    assert queries.count_up_to(Filters(standing="breached"), ceiling=1000, now=late) == 1


def test_the_chain_of_every_history_is_whole(city: City) -> None:
    receipt = a_request(city)
    moved(receipt, DONE)
    actions.dispute(receipt.request_id, a_change("resident", at=MONDAY + timedelta(days=1)), words="No")

    assert journal.broken_chains() == []


@pytest.mark.parametrize("state", [None, Step(to=Lifecycle.IN_PROGRESS), DONE])
def test_an_answer_nobody_asked_for_moves_nothing(city: City, state: Step | None) -> None:
    receipt = a_request(city)
    if state:
        moved(receipt, state)
    before = queries.by_id(receipt.request_id).lifecycle

    with pytest.raises(NotAllowed):
        actions.reply(receipt.request_id, a_change("resident"), words="Hello?")

    assert queries.by_id(receipt.request_id).lifecycle is before
    assert queries.notes(receipt.request_id) == ()


def test_a_public_request_that_becomes_a_secret_service_is_secret(city: City) -> None:
    receipt = a_request(city)

    secret = actions.reclassify(receipt.request_id, a_change(), service_code="complaint", answers={})
    back = actions.reclassify(receipt.request_id, a_change(), service_code="pothole", answers={"size": "big"})

    assert secret.visibility is Visibility.CONFIDENTIAL
    assert "request.visibility_changed" in kinds(receipt.request_id)
    assert back.visibility is Visibility.CONFIDENTIAL, "only a person makes public what was hidden"


@pytest.mark.parametrize(
    "text", ["garbage", "0001-01-01T00:00:00+23:59~1", "9999-12-31T23:59:59-23:59~1", "2026-11-16T15:00:00~1",
             f"2026-11-16T15:00:00+00:00~{2**63}"],
)  # fmt: skip
def test_a_place_in_a_list_that_no_column_could_hold_is_none(text: str) -> None:
    assert Cursor.read(text) is None


def test_a_pause_that_ran_into_its_cap_is_no_pause_on_the_lists(city: City) -> None:
    receipt = a_request(city)
    paused = moved(receipt, Step(to=Lifecycle.AWAITING_REQUESTER, reason="Which pole?"))
    assert paused.paused_since == MONDAY
    clocks = promise_clock.current_clocks([receipt.request_id])[receipt.request_id]
    ends = [each.pause_ends_by or MONDAY + timedelta(days=400) for each in clocks]

    promises.resume(receipt.request_id, at=min(ends), by="system:clockwork")
    actions.refresh_dates([receipt.request_id])

    running = queries.by_id(receipt.request_id)
    assert running.paused_since is None
    assert running.standing(FAR) is PromiseStanding.BREACHED

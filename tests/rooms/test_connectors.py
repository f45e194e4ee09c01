"""The ledger of hand-offs: claimed, sent, recorded, followed; twice, late and never."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from answerable.connectors import actions, queries, remedies, sending
from answerable.connectors.errors import NotRetryable
from answerable.connectors.ports import Delivered, Update
from answerable.connectors.rules import MOST_MISSES, MOST_TRIES, PROBE_EVERY, Verdict
from answerable.intake.actions import Receipt
from answerable.plumbing import clock
from answerable.requests import actions as request_actions
from answerable.requests import queries as requests
from answerable.requests.rules import Lifecycle, Outcome, Step
from tests.builders.connected import CODE, a_connected_city, an_adapter, asked, read_journal, sent
from tests.builders.other_city import OtherCity, other_city
from tests.builders.pictures import a_picture
from tests.builders.requests import a_change, a_request

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def other() -> Iterator[OtherCity]:
    with other_city() as city:
        yield city


def state_of(receipt: Receipt) -> tuple[str, str]:
    """Where the request stands, and its work order."""
    found = requests.by_id(receipt.request_id)
    return found.lifecycle, found.handoff


def later(**time: float) -> clock.frozen:
    """Inside, it is so much later."""
    return clock.frozen(clock.now() + timedelta(**time))


def test_a_work_order_waits_until_the_other_system_has_it(tmp_path: Path, other: OtherCity) -> None:
    city = a_connected_city(tmp_path, other)
    receipt = a_request(city)
    assert state_of(receipt) == ("received", "queued")
    (order,) = requests.handoffs(receipt.request_id)
    assert (order.connector, order.state, order.sent_at) == (CODE, "queued", None)

    sent(an_adapter(city))

    assert state_of(receipt) == ("assigned", "acknowledged")
    (order,) = requests.handoffs(receipt.request_id)
    assert (order.reference, order.state) == ("101", "acknowledged")
    assert order.sent_at is not None
    (filed,) = other.filed
    assert filed["form"]["attribute[SIZE]"] == ["L"]
    assert filed["form"]["lat"] == ["44.050000"]
    assert filed["form"]["api_key"] == ["a-key"]
    assert f"[Northbridge 311: {receipt.number}/1]" in filed["description"]
    assert "email" not in filed["form"]


def test_what_the_pack_does_not_map_stays_in_our_own_pages(tmp_path: Path, other: OtherCity) -> None:
    city = a_connected_city(tmp_path, other)

    receipt = a_request(city, service_code="complaint", answers={}, channel="phone")
    back = a_request(city, channel="open311")

    assert [requests.handoffs(each.request_id)[0].connector for each in (receipt, back)] == ["office", "office"]
    assert sent(an_adapter(city)) == 0


def test_a_refusal_waits_for_a_person_with_the_other_systems_words(tmp_path: Path, other: OtherCity) -> None:
    city = a_connected_city(tmp_path, other)
    receipt = a_request(city, description="BAD")

    sent(an_adapter(city))

    assert state_of(receipt) == ("triage", "refused")
    (order,) = requests.handoffs(receipt.request_id)
    assert order.reason == "400 description is not acceptable"
    (delivery,) = queries.deliveries(CODE)
    assert sent(an_adapter(city)) == 0
    actions.retry(delivery.id, by="supervisor:1", key="again-00000001")
    assert state_of(receipt) == ("triage", "queued")
    assert sent(an_adapter(city)) == 1


def test_a_system_that_is_away_is_tried_again_and_then_given_to_a_person(tmp_path: Path, other: OtherCity) -> None:
    city = a_connected_city(tmp_path, other)
    receipt = a_request(city)
    adapter = an_adapter(city)
    other.fail(500)

    sent(adapter)

    assert state_of(receipt) == ("received", "queued")
    (delivery,) = queries.deliveries(CODE)
    assert (delivery.state, delivery.tries, delivery.reason) == ("due", 1, "HTTP 500")
    (attempt,) = queries.attempts(delivery.id)
    assert (attempt.outcome, attempt.status_code) == ("unknown", 500)
    assert sent(adapter) == 0  # not yet

    other.fail(500, times=MOST_TRIES)
    for _ in range(MOST_TRIES - 1):
        sending.heard_from(CODE)  # others are answered: it is this order alone
        actions.retry(delivery.id, by="supervisor:1", key="now-00000001")
        sent(adapter)

    assert state_of(receipt) == ("received", "failed")
    assert queries.deliveries(CODE)[0].state == "dead"
    other.failures.clear()
    actions.retry(delivery.id, by="supervisor:1", key="again-00000002")
    sent(adapter)
    assert state_of(receipt) == ("assigned", "acknowledged")
    with pytest.raises(NotRetryable):
        actions.retry(delivery.id, by="supervisor:1", key="again-00000003")


def test_a_line_that_is_down_gets_a_probe_now_and_then_and_everything_at_once_when_it_is_up(
    tmp_path: Path, other: OtherCity
) -> None:
    city = a_connected_city(tmp_path, other)
    adapter = an_adapter(city)
    for _ in range(MOST_MISSES + 2):
        a_request(city)
    other.fail(503, times=MOST_MISSES + 1, verb="POST")

    assert sent(adapter) == MOST_MISSES
    pulse = queries.pulse(CODE)
    assert (pulse.misses, pulse.open_since is not None) == (MOST_MISSES, True)
    assert sent(adapter) == 0  # two were never tried, and are not now

    with later(seconds=PROBE_EVERY.seconds + 1):
        assert sent(adapter) == 1
        assert sent(adapter) == 0
        assert max(each.tries for each in queries.deliveries(CODE)) == 1  # a probe is no try of the order
    with later(seconds=2 * PROBE_EVERY.seconds + 2):
        assert sent(adapter) == MOST_MISSES + 2
        assert queries.pulse(CODE).open_since is None

    assert len(other.filed) == MOST_MISSES + 2
    assert {each.state for each in queries.deliveries(CODE)} == {"acknowledged"}


def test_an_order_that_is_never_answered_does_not_keep_its_line_down(tmp_path: Path, other: OtherCity) -> None:
    city = a_connected_city(tmp_path, other)
    adapter = an_adapter(city)
    a_request(city, description="CRASH")
    for _ in range(MOST_MISSES):
        sending.missed(CODE, "HTTP 500")
    good = a_request(city)

    for probe in (1, 2):
        with later(seconds=probe * (PROBE_EVERY.seconds + 1)):
            sent(adapter)

    assert state_of(good) == ("assigned", "acknowledged")


def test_a_line_that_is_down_too_long_leaves_its_orders_to_a_person(tmp_path: Path, other: OtherCity) -> None:
    city = a_connected_city(tmp_path, other)
    receipt = a_request(city)
    read_journal()
    for _ in range(MOST_MISSES):
        sending.missed(CODE, "ConnectError")

    with later(hours=49):
        assert sending.give_up_old(CODE) == 1
        assert state_of(receipt) == ("received", "failed")
        (delivery,) = queries.deliveries(CODE)
        actions.retry(delivery.id, by="supervisor:1", key="again-00000001")
        assert sending.give_up_old(CODE) == 0


def test_news_never_overtake_the_order_they_are_about(tmp_path: Path, other: OtherCity) -> None:
    city = a_connected_city(tmp_path, other)
    adapter = an_adapter(city)
    receipt = a_request(city)
    for words in ("First", "Second"):
        request_actions.add_note(receipt.request_id, a_change("resident"), words=words, audience="public")
    other.fail(503, verb="POST")

    assert sent(adapter) == 1  # the order itself; what comes after it waits
    with later(minutes=1):
        sent(adapter)

    assert [each["description"] for each in other.told] == ["First", "Second"]
    assert [each.sequence for each in reversed(queries.deliveries(CODE))] == [1, 2, 3]


@pytest.mark.parametrize("honours_keys", [True, False])
def test_an_answer_that_was_lost_after_filing_files_nothing_twice(
    tmp_path: Path, other: OtherCity, honours_keys: bool
) -> None:
    city = a_connected_city(tmp_path, other, idempotent=honours_keys)
    other.honours_keys = honours_keys
    receipt = a_request(city)
    read_journal()
    (claimed,) = sending.claim(CODE, limit=1, timeout_seconds=1)
    order = queries.order_of(claimed)
    assert order is not None
    an_adapter(city).deliver(order)  # the process dies here, before anything is recorded
    assert len(other.filed) == 1
    assert sent(an_adapter(city)) == 0  # the lease still runs

    with later(minutes=4):
        assert sent(an_adapter(city)) == 1

    assert len(other.filed) == 1
    assert state_of(receipt) == ("assigned", "acknowledged")
    outcomes = [each.outcome for each in queries.attempts(queries.deliveries(CODE)[0].id)]
    assert outcomes == ["delivered", "running"]


def test_an_answer_that_comes_after_the_lease_still_counts_once(tmp_path: Path, other: OtherCity) -> None:
    city = a_connected_city(tmp_path, other)
    receipt = a_request(city)
    read_journal()
    (slow,) = sending.claim(CODE, limit=1, timeout_seconds=1)
    with later(minutes=4):
        sent(an_adapter(city))

    sending.record(slow, Delivered("101"))

    assert state_of(receipt) == ("assigned", "acknowledged")
    assert [each.state for each in requests.handoffs(receipt.request_id)] == ["acknowledged"]


def test_a_token_is_asked_for_its_number_and_only_then_is_the_order_proved(tmp_path: Path, other: OtherCity) -> None:
    city = a_connected_city(tmp_path, other)
    other.is_slow_to_number = True
    receipt = a_request(city)
    adapter = an_adapter(city)

    sent(adapter)
    assert state_of(receipt) == ("received", "sent")
    asked(adapter)

    assert state_of(receipt) == ("assigned", "acknowledged")
    assert requests.handoffs(receipt.request_id)[0].reference == "101"


def test_work_is_followed_to_its_end_and_the_resident_reads_their_words(tmp_path: Path, other: OtherCity) -> None:
    city = a_connected_city(tmp_path, other)
    receipt = a_request(city)
    adapter = an_adapter(city)
    sent(adapter)

    other.says("101", status="open", extended_status="IN_PROGRESS", updated_datetime="2026-11-17T10:00:00Z")
    asked(adapter)
    assert state_of(receipt) == ("in_progress", "acknowledged")
    other.says("101", status="closed", extended_status="", updated_datetime="2026-11-18T10:00:00Z",
               status_notes="Filled with asphalt.")  # fmt: skip
    asked(adapter)
    asked(adapter)

    found = requests.by_id(receipt.request_id)
    assert (found.lifecycle, found.handoff, found.outcome) == ("resolved", "done_reported", "completed")
    assert [(note.words, note.by) for note in requests.notes(found.id)] == [
        ("Filled with asphalt.", f"connector:{CODE}")
    ]
    (order,) = requests.handoffs(receipt.request_id)
    assert order.ended_at is not None

    other.says("101", status="open", updated_datetime="2026-11-19T10:00:00Z", status_notes="It broke again.")
    asked(adapter)
    assert state_of(receipt) == ("assigned", "acknowledged")
    assert len(requests.handoffs(receipt.request_id)) == 1


def test_news_told_twice_or_late_changes_nothing(tmp_path: Path, other: OtherCity) -> None:
    city = a_connected_city(tmp_path, other)
    receipt = a_request(city)
    sent(an_adapter(city))
    begun = Update("101", "in_progress", "We are there.", told_at=clock.now())
    over = Update("101", "closed", "Done.", told_at=clock.now() + timedelta(hours=1))

    verdicts = [actions.apply(CODE, update) for update in (over, begun, over, begun)]
    stranger = actions.apply(CODE, Update("999", "closed", "All done.", event="e-1"))

    assert verdicts == [Verdict.APPLIED, Verdict.LATE, Verdict.REPEATED, Verdict.REPEATED]
    assert stranger is Verdict.UNKNOWN_REFERENCE
    assert requests.by_id(receipt.request_id).lifecycle is Lifecycle.RESOLVED
    assert [note.words for note in requests.notes(receipt.request_id)] == ["Done.", "We are there."]
    assert [(each.verdict, each.words) for each in queries.tray()] == [
        ("unknown_reference", "All done."), ("late", "We are there.")
    ]  # fmt: skip


def test_their_numbers_decide_which_message_is_the_later_one(tmp_path: Path, other: OtherCity) -> None:
    city = a_connected_city(tmp_path, other)
    receipt = a_request(city)
    sent(an_adapter(city))
    third = Update("101", "in_progress", event="c", sequence=3)
    second = Update("101", "scheduled", "On Friday", event="b", sequence=2, expected_on=date(2026, 11, 20))

    verdicts = [actions.apply(CODE, update) for update in (third, second, second, replace(third, words="Other"))]

    assert verdicts == [Verdict.APPLIED, Verdict.LATE, Verdict.REPEATED, Verdict.LATE]
    assert requests.by_id(receipt.request_id).lifecycle is Lifecycle.IN_PROGRESS
    assert queries.tray()[1].times == 2


def test_a_picture_that_comes_with_news_is_the_departments_and_kept_once(tmp_path: Path, other: OtherCity) -> None:
    city = a_connected_city(tmp_path, other)
    receipt = a_request(city)
    sent(an_adapter(city))
    told = Update("101", "closed", "Filled", told_at=clock.now(), photos=(a_picture(), b"no picture"), party="Crew 4")

    assert actions.apply(CODE, told) is Verdict.APPLIED
    assert actions.apply(CODE, replace(told, words="Filled.", told_at=clock.now())) is Verdict.APPLIED

    (photo,) = requests.photos(receipt.request_id)
    assert (photo.by, photo.is_public) == (f"connector:{CODE}", True)
    assert {(each.problem, each.party) for each in queries.tray()} == {("request.bad_photo", "Crew 4")}


def test_a_question_to_the_resident_stops_the_clock_and_one_without_words_waits(
    tmp_path: Path, other: OtherCity
) -> None:
    city = a_connected_city(tmp_path, other)
    receipt = a_request(city)
    sent(an_adapter(city))

    without = actions.apply(CODE, Update("101", "asked", sequence=1))
    asked_for = actions.apply(CODE, Update("101", "asked", "Which lane?", sequence=2))

    assert (without, asked_for) == (Verdict.REFUSED_STEP, Verdict.APPLIED)
    found = requests.by_id(receipt.request_id)
    assert (found.lifecycle, found.paused_since is not None) == (Lifecycle.AWAITING_REQUESTER, True)


def test_a_word_nobody_knows_waits_for_a_person_and_a_mapped_one_does_not(tmp_path: Path, other: OtherCity) -> None:
    city = a_connected_city(tmp_path, other, statuses={"Crew is out": "in_progress"})
    receipt = a_request(city)
    sent(an_adapter(city))

    actions.apply(CODE, Update("101", "Wartet auf Ersatzteil", "Bolt 7", told_at=clock.now()))
    actions.apply(CODE, Update("101", "Wartet auf Ersatzteil", "Bolt 7", told_at=clock.now()))

    (unread,) = queries.tray(verdict="unread")
    assert (unread.word, unread.words) == ("wartet_auf_ersatzteil", "Bolt 7")
    remedies.dismiss(unread.id, why="Asked by telephone", by="supervisor:1")
    assert queries.tray() == ()
    actions.apply(CODE, Update("101", "crew is out", told_at=clock.now()))
    assert requests.by_id(receipt.request_id).lifecycle is Lifecycle.IN_PROGRESS


def test_not_ours_said_by_the_other_system_sends_the_request_to_be_checked(tmp_path: Path, other: OtherCity) -> None:
    city = a_connected_city(tmp_path, other)
    receipt = a_request(city)
    sent(an_adapter(city))

    actions.apply(CODE, Update("101", "NOT_COUNCILS_RESPONSIBILITY", "The province's road", told_at=clock.now()))

    assert state_of(receipt) == ("triage", "refused")
    assert requests.handoffs(receipt.request_id)[0].reason == "The province's road"


def test_what_we_end_or_pass_on_is_told_and_followed_no_more(tmp_path: Path, other: OtherCity) -> None:
    city = a_connected_city(tmp_path, other)
    adapter = an_adapter(city)
    moved, cancelled, unsent = a_request(city), a_request(city), a_request(city)
    read_journal()
    request_actions.reroute(unsent.request_id, a_change(), department="parks", queue="trees", reason="A tree after all")
    sent(adapter)
    sent(adapter)
    assert [
        f"311: {each.number}/1]" in filed["description"]
        for each, filed in zip((moved, cancelled), other.filed, strict=True)
    ] == [True, True]

    request_actions.reroute(moved.request_id, a_change(), department="parks", queue="trees", reason="A tree after all")
    over = Step(to=Lifecycle.RESOLVED, outcome=Outcome.CANCELLED_BY_REQUESTER)
    request_actions.move(cancelled.request_id, over, a_change("resident"))
    sent(adapter)

    told = {each["service_request_id"]: (each["status"], each["description"]) for each in other.told}
    assert told == {
        "101": ("CLOSED", f"[{moved.number}] → Parks"),
        "102": ("CLOSED", "It was cancelled_by_requester."),
    }
    actions.apply(CODE, Update("101", "closed", told_at=clock.now()))
    assert requests.by_id(moved.request_id).lifecycle is not Lifecycle.RESOLVED


def test_a_disputed_ending_is_filed_anew_with_the_earlier_reference(tmp_path: Path, other: OtherCity) -> None:
    city = a_connected_city(tmp_path, other)
    adapter = an_adapter(city)
    receipt = a_request(city)
    sent(adapter)
    actions.apply(CODE, Update("101", "closed", told_at=clock.now()))

    request_actions.dispute(receipt.request_id, a_change("resident", at=clock.now()), words="Still there")
    sent(adapter)

    assert [each.reference for each in requests.handoffs(receipt.request_id)] == ["101", "102"]
    assert other.filed[1]["description"].endswith("/2]\n\n[101]")


def test_an_answered_question_is_passed_on_once(tmp_path: Path, other: OtherCity) -> None:
    city = a_connected_city(tmp_path, other)
    adapter = an_adapter(city)
    receipt = a_request(city)
    sent(adapter)

    request_actions.add_note(receipt.request_id, a_change("resident"), words="By the bridge", audience="public")
    request_actions.add_note(receipt.request_id, a_change(), words="For us only", audience="staff")
    sent(adapter)
    sent(adapter)

    assert [each["description"] for each in other.told] == ["By the bridge"]


def test_a_server_that_takes_no_news_is_left_alone(tmp_path: Path, other: OtherCity) -> None:
    city = a_connected_city(tmp_path, other)
    other.tells_updates = False
    receipt = a_request(city)
    adapter = an_adapter(city)
    sent(adapter)

    request_actions.add_note(receipt.request_id, a_change("resident"), words="By the bridge", audience="public")
    sent(adapter)

    assert queries.deliveries(CODE)[0].state == "withdrawn"
    assert asked(adapter)


def test_a_round_that_fails_is_seen_and_asks_the_same_again(tmp_path: Path, other: OtherCity) -> None:
    city = a_connected_city(tmp_path, other)
    a_request(city)
    adapter = an_adapter(city)
    sent(adapter)
    other.fail(503, verb="GET")

    asked(adapter)
    assert (queries.pulse(CODE).failures, queries.pulse(CODE).failure) == (1, "HTTP 503")
    asked(adapter)

    pulse = queries.pulse(CODE)
    assert (pulse.failures, pulse.failure) == (0, "")
    assert pulse.answered_at is not None

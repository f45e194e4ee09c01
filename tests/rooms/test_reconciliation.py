"""The comparison with another system finds what disagrees, exactly that, and every finding has a way out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from answerable.connectors import actions, nightly, queries, reconciling, remedies
from answerable.connectors.comparison import Drift, Remedy
from answerable.connectors.ports import Update
from answerable.journal import queries as journal
from answerable.plumbing import clock
from answerable.requests import actions as request_actions
from answerable.requests import queries as requests
from answerable.requests.errors import MissingReason
from answerable.requests.rules import Lifecycle, Outcome, Step
from tests.builders.connected import CODE, a_connected_city, an_adapter, asked, sent
from tests.builders.office import signed_in
from tests.builders.other_city import OtherCity, other_city
from tests.builders.requests import a_change, a_request

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def other() -> Iterator[OtherCity]:
    with other_city() as city:
        yield city


def compared(city: object) -> None:
    """Our ledger was compared with the other city's now."""
    run_id = reconciling.ask(CODE, by="supervisor:1")
    assert nightly.reconcile_next(make=lambda _named: an_adapter(city), run_id=run_id)


def found() -> set[tuple[str, str]]:
    """What disagrees now."""
    return {(each.kind, each.reference) for each in queries.drifts()}


def test_planted_inconsistencies_are_found_exactly(tmp_path: Path, other: OtherCity) -> None:
    city = a_connected_city(tmp_path, other)
    adapter = an_adapter(city)
    closed_there, open_there, lost_there, moved_on, in_order = (a_request(city) for _ in range(5))
    sent(adapter)
    compared(city)
    assert found() == set()
    other.says("101", status="closed", status_notes="Done last week.")
    over = Step(to=Lifecycle.RESOLVED, outcome=Outcome.COMPLETED)
    request_actions.move(open_there.request_id, over, a_change(f"connector:{CODE}"))
    other.filed = [each for each in other.filed if each["service_request_id"] != "103"]
    other.says("104", extended_status="IN_PROGRESS")
    stray = {"service_request_id": "900", "description": f"Deep\n[Northbridge 311: {in_order.number}/1]"}
    other.filed += [other.filed[0] | stray | {"status": "open"}, other.filed[0] | {"service_request_id": "901"}]
    other.filed[-1]["description"] = "Somebody else's"

    compared(city)

    assert found() == {
        (Drift.CLOSED_THERE, "101"), (Drift.OPEN_THERE, "102"), (Drift.UNKNOWN_TO_THEM, "103"),
        (Drift.OUT_OF_ORDER, "104"), (Drift.UNKNOWN_TO_US, "900"),
    }  # fmt: skip
    handoffs = [requests.by_id(each.request_id).handoff for each in (closed_there, open_there, lost_there, moved_on)]
    assert handoffs == ["out_of_sync", "out_of_sync", "out_of_sync", "acknowledged"]
    assert requests.by_id(closed_there.request_id).lifecycle is Lifecycle.ASSIGNED
    assert requests.by_id(open_there.request_id).lifecycle is Lifecycle.RESOLVED
    run = queries.last_reconciliation(CODE)
    assert run is not None
    assert (run.compared, run.found, run.fresh, run.was_listed) == (5, 5, 5, True)


def test_what_agrees_again_is_gone_by_itself(tmp_path: Path, other: OtherCity) -> None:
    city = a_connected_city(tmp_path, other)
    adapter = an_adapter(city)
    closed_there, lost_there = a_request(city), a_request(city)
    sent(adapter)
    other.says("101", status="closed", status_notes="Done.", updated_datetime="2026-11-18T10:00:00Z")
    hidden = other.filed.pop()
    compared(city)
    assert found() == {(Drift.CLOSED_THERE, "101"), (Drift.UNKNOWN_TO_THEM, "102")}

    asked(adapter)
    other.filed.append(hidden)
    compared(city)

    assert found() == set()
    assert {each.remedy for each in queries.settled_drifts()} == {"gone"}
    assert requests.by_id(closed_there.request_id).handoff == "done_reported"
    assert requests.by_id(lost_there.request_id).handoff == "acknowledged"
    facts = [fact.kind for fact in journal.timeline(f"drift:{queries.settled_drifts()[0].id}")]
    assert facts == ["connector.drift", "connector.drift"]


def test_silence_and_numbers_that_never_came_are_found(tmp_path: Path, other: OtherCity) -> None:
    city = a_connected_city(tmp_path, other)
    a_request(city), a_request(city)
    sent(an_adapter(city))
    actions.apply(CODE, Update("102", "open", "First", sequence=1))
    actions.apply(CODE, Update("102", "open", "Fourth", sequence=4))

    with clock.frozen(clock.now() + timedelta(days=15)):
        compared(city)

        assert found() == {(Drift.SILENT, "101"), (Drift.OUT_OF_ORDER, "102")}
        (gap,) = queries.drifts(kind=Drift.OUT_OF_ORDER)
        assert gap.missing == [2, 3]


def test_a_comparison_that_cannot_be_made_or_believed_changes_nothing(tmp_path: Path, other: OtherCity) -> None:
    city = a_connected_city(tmp_path, other)
    for _ in range(20):
        a_request(city)
    sent(an_adapter(city))
    other.fail(503, verb="GET")
    compared(city)
    failed = queries.last_reconciliation(CODE)
    other.filed.clear()

    compared(city)

    doubted = queries.last_reconciliation(CODE)
    assert failed is not None
    assert doubted is not None
    assert (failed.failure, doubted.failure) == ("HTTP 503", "most_unknown")
    assert found() == set()


def test_the_night_asks_once_and_a_comparison_cut_off_begins_anew(tmp_path: Path, other: OtherCity) -> None:
    city = a_connected_city(tmp_path, other)
    night = clock.now().replace(hour=8, minute=0)  # three in the morning there
    with clock.frozen(night):
        reconciling.ask_nightly()
        reconciling.ask_nightly()
        begun = reconciling.begin()
        assert begun is not None
        assert reconciling.begin() is None
    with clock.frozen(night + timedelta(hours=3)):
        assert nightly.reconcile_next(make=lambda _named: an_adapter(city))
        assert not nightly.reconcile_next(make=lambda _named: an_adapter(city))


def test_each_disagreement_has_a_remedy_that_is_done_once(tmp_path: Path, other: OtherCity) -> None:
    city = a_connected_city(tmp_path, other)
    adapter = an_adapter(city)
    closed_there, open_there, lost_there = (a_request(city) for _ in range(3))
    sent(adapter)
    other.says("101", status="closed", status_notes="Done.", updated_datetime="2026-11-18T10:00:00Z")
    over = Step(to=Lifecycle.RESOLVED, outcome=Outcome.COMPLETED)
    request_actions.move(open_there.request_id, over, a_change(f"connector:{CODE}"))
    other.filed.pop()
    compared(city)
    by_kind = {each.kind: each.id for each in queries.drifts()}
    supervisor = signed_in("supervisor")

    listed = supervisor.get("/fr/office/drift/").content.decode()
    for kind, remedy in (
        (Drift.CLOSED_THERE, "apply"), (Drift.OPEN_THERE, "tell"), (Drift.UNKNOWN_TO_THEM, "send_again"),
    ):  # fmt: skip
        supervisor.post(f"/en/office/drift/{by_kind[kind]}/", {"remedy": remedy})
    twice = supervisor.post(f"/en/office/drift/{by_kind[Drift.CLOSED_THERE]}/", {"remedy": "apply"}, follow=True)
    sent(adapter)
    compared(city)

    assert all(each.number in listed for each in (closed_there, open_there, lost_there))
    assert "somebody settled it meanwhile" in twice.content.decode()
    assert found() == set()
    closed = requests.by_id(closed_there.request_id)
    assert (closed.lifecycle, closed.handoff) == ("resolved", "done_reported")
    assert [note.words for note in requests.notes(closed.id)] == ["Done."]
    assert [each["service_request_id"] for each in other.told] == ["102"]
    assert [each.reference for each in requests.handoffs(lost_there.request_id)] == ["103", "103"]
    assert requests.by_id(lost_there.request_id).handoff == "acknowledged"


def test_what_is_left_as_it_is_rests_until_something_about_it_changes(tmp_path: Path, other: OtherCity) -> None:
    city = a_connected_city(tmp_path, other)
    receipt = a_request(city)
    sent(an_adapter(city))
    other.says("101", status="closed")
    compared(city)
    (row,) = queries.drifts()

    with pytest.raises(MissingReason):
        remedies.settle_drift(row.id, Remedy.ACCEPT, by="supervisor:1")
    remedies.settle_drift(row.id, Remedy.ACCEPT, by="supervisor:1", why="They close early, always")
    compared(city)

    assert found() == set()
    assert requests.by_id(receipt.request_id).handoff == "acknowledged"
    other.says("101", status="closed", extended_status="no_problem_found")
    compared(city)
    assert found() == {(Drift.CLOSED_THERE, "101")}


def test_a_filing_we_never_knew_is_tied_to_the_request_it_names(tmp_path: Path, other: OtherCity) -> None:
    city = a_connected_city(tmp_path, other)
    receipt = a_request(city, description="BAD")
    sent(an_adapter(city))
    other.filed.append(
        {"service_request_id": "77", "status": "open", "description": f"[Northbridge 311: {receipt.number}/1]",
         "service_code": "ROAD"}
    )  # fmt: skip
    compared(city)
    (row,) = queries.drifts()

    remedies.settle_drift(row.id, Remedy.LINK, by="supervisor:1")

    assert (row.kind, row.request_id) == (Drift.UNKNOWN_TO_US, receipt.request_id)
    (order,) = requests.handoffs(receipt.request_id)
    assert (order.reference, order.state) == ("77", "acknowledged")

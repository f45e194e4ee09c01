"""The ladder: which rung is told when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from answerable.catalogue.escalation import Escalation
from answerable.guard.rules import climbs

DUE = datetime(2026, 9, 14, 13, 0, tzinfo=UTC)
LADDER = (
    Escalation(at="at_risk", to="role:department"),
    Escalation(at="breach", to="role:supervisor", targets=("first_action", "completion")),
    Escalation(at="breach+48h", to="chief@example.org"),
    Escalation(at="breach+7d", to="role:administrator"),
)


def told(trigger: str, target: str = "completion") -> list[tuple[int, timedelta]]:
    return [(each.rung, each.at - DUE) for each in climbs(LADDER, trigger=trigger, target=target, happened_at=DUE)]


def test_a_warning_is_told_at_once_and_to_the_first_rung_alone() -> None:
    assert told("at_risk") == [(1, timedelta())]


def test_a_breach_climbs_the_ladder_as_time_passes() -> None:
    assert told("breach") == [(2, timedelta()), (3, timedelta(hours=48)), (4, timedelta(days=7))]


def test_a_rung_is_told_only_of_the_targets_it_names() -> None:
    assert told("breach", "first_action") == [(2, timedelta())]

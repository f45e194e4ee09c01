"""Who had a request in hand, from when to when: read out of its history, nothing kept twice."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from answerable.journal.records import RecordedFact

BEGINNINGS = frozenset({"request.logged", "request.imported"})


@dataclass(frozen=True, slots=True)
class Holding:
    """A queue, and within it a team and a person, that had the request for a while; one without an end has it now."""

    department: str
    queue: str
    team: int | None
    person: int | None
    since: datetime
    until: datetime | None = None
    reason: str = ""

    def lasted(self, now: datetime) -> timedelta:
        """How long it was, or has been, in their hands."""
        return (self.until or now) - self.since


def holdings(facts: Iterable[RecordedFact]) -> tuple[Holding, ...]:
    """The hands a request went through, first to last; empty when its beginning is not among the facts.

    A team that a queue's work comes to by itself is named only by the fact that takes the request from it.
    """
    found: list[Holding] = []
    for fact in facts:
        if fact.kind in BEGINNINGS and not found:
            found.append(Holding(str(fact.body["department"]), str(fact.body["queue"]), None, None, fact.at))
        elif found and fact.kind == "request.rerouted":
            found[-1] = replace(found[-1], until=fact.at)
            found.append(_after_rerouting(found[-1], fact))
        elif found and fact.kind == "request.assigned":
            team, person = _id(fact, "team_before"), _id(fact, "assignee_before")
            found[-1] = replace(found[-1], until=fact.at, team=team or found[-1].team, person=person)
            found.append(
                replace(
                    found[-1],
                    team=_id(fact, "team"),
                    person=_id(fact, "assignee"),
                    since=fact.at,
                    until=None,
                    reason="",
                )
            )
    return tuple(each for each in found if each.until is None or each.until > each.since)


def _after_rerouting(before: Holding, fact: RecordedFact) -> Holding:
    """Where it lies then.  A fact of before teams says with the reason `assigned` that somebody there took it."""
    return Holding(
        department=str(fact.body["department"]),
        queue=str(fact.body["queue"]),
        team=_id(fact, "team") if fact.body.get("reason") != "assigned" else before.team,
        person=None,
        since=fact.at,
        reason=str(fact.body.get("reason") or ""),
    )


def _id(fact: RecordedFact, name: str) -> int | None:
    value = fact.body.get(name)
    return value if isinstance(value, int) else None

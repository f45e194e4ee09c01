"""What the intake room does when requests are logged and ended: parts begin in their order, and end with the whole."""

from __future__ import annotations

import threading

from answerable.catalogue import queries as catalogue
from answerable.intake import splitting
from answerable.journal.followers import Follower, follow
from answerable.journal.records import RecordedFact
from answerable.requests.rules import Lifecycle, Outcome


def on_fact(fact: RecordedFact) -> None:
    """A request of a service with activities was logged, or one that has parts or is one was ended."""
    request_id = int(fact.subject.partition(":")[2])
    if fact.kind == "request.logged":
        service = str(fact.body["service"])
        city = catalogue.active()
        has_activities = city.has_service(service) and bool(city.service(service).activities)
        if has_activities and splitting.parent_of(request_id) is None:
            splitting.begin_ready(request_id)
    elif fact.body["after"] == Lifecycle.RESOLVED:
        _on_ended(request_id, fact)


def _on_ended(request_id: int, fact: RecordedFact) -> None:
    whole = splitting.parent_of(request_id)
    if whole is not None:
        splitting.begin_ready(whole)
        return
    outcome = fact.body.get("outcome")
    splitting.end_parts(request_id, Outcome(str(outcome)), reason=str(fact.body.get("reason") or "workload"))


FOLLOWER = Follower("parts", frozenset({"request.logged", "request.moved"}), on_fact)
"""Reads what was logged and what ended."""


def run(stop: threading.Event) -> None:
    """The journal is read until `stop` is set."""
    follow((FOLLOWER,), stop=stop, pause_seconds=0.25)

"""What the connectors room reads in the journal: what happened to requests is queued for who has the work."""

from __future__ import annotations

from answerable.connectors import actions
from answerable.journal.followers import Follower
from answerable.journal.records import RecordedFact
from answerable.requests.rules import Lifecycle


def on_fact(fact: RecordedFact) -> None:
    """What happened to a request is queued for the connector that has its work, or shall get it."""
    request_id = int(fact.subject.partition(":")[2])
    if fact.kind == "request.handed_off":
        handoff_id = int(str(fact.body["handoff_id"]))
        actions.withdraw_orders(request_id, before_handoff=handoff_id, word="moved")
        if fact.body["state"] == "queued":
            actions.queue_order(request_id, handoff_id=handoff_id)
    elif not fact.by.startswith("connector:"):
        _on_our_news(fact, request_id)
    if fact.kind == "request.moved" and fact.body["after"] == Lifecycle.CLOSED:
        actions.withdraw_orders(request_id, before_handoff=None, word="")


def _on_our_news(fact: RecordedFact, request_id: int) -> None:
    """What we did ourselves, and the resident wrote, is told to the system that has the work."""
    note = fact.body.get("note_id")
    note_id = note if isinstance(note, int) else None
    if fact.kind == "request.moved" and fact.body["after"] == Lifecycle.RESOLVED:
        actions.queue_news(request_id, about=f"news/{fact.id}", word="closed", note_id=note_id)
    elif note_id is not None and fact.body.get("audience", "public") == "public":
        actions.queue_news(request_id, about=f"news/{fact.id}", word="note", note_id=note_id)


FOLLOWER = Follower("connectors", frozenset({"request.handed_off", "request.moved", "request.noted"}), on_fact)
"""Reads what happened to requests."""

"""What a program outside may know of a fact: which kinds, and which of their fields; never rows' ids, never free words.

The request's own visibility is the caller's to check, and comes first.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from answerable.journal.records import RecordedFact
from answerable.kernel.facts import Json

PUBLIC_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "request.logged": ("number", "service", "channel", "department", "lifecycle"),
    "request.imported": ("number", "service", "channel", "department", "lifecycle", "source"),
    "request.moved": ("before", "after", "outcome", "reason", "until", "party", "reopened", "disputed"),
    "request.rerouted": ("department_before", "department", "reason"),
    "request.reclassified": ("service_before", "service"),
    "request.noted": (),
    "request.linked": ("kind", "other"),
    "request.unlinked": ("kind", "other"),
    "request.followed": ("followers",),
    "request.photo_added": (),
    "request.visibility_changed": ("before", "after"),
    "request.handed_off": ("department", "state", "reason"),
    "promise.made": ("promises", "reason"),
    "promise.paused": ("target", "reason", "ends_by"),
    "promise.resumed": ("target", "due_at", "paused_seconds", "reason"),
    "promise.remade": ("target", "reason", "due_before", "due_at", "amount", "unit", "repromised"),
    "promise.at_risk": ("target", "due_at"),
    "promise.breached": ("target", "due_at"),
    "promise.met": ("target", "due_at", "late"),
    "promise.voided": ("target", "reason"),
}
"""Every kind of fact that leaves the house, and what of its body goes with it."""

KEPT_INSIDE: Final = frozenset(
    {"request.assigned", "request.contact_given", "request.help_asked", "request.rated", "promise.escalated"}
)
"""Kinds that are nobody's business outside: who has it in hand, who was asked for help, how satisfied somebody was."""

REASONS: Final = frozenset(
    {
        "awaiting_requester", "weather", "season", "permit", "parts", "locates", "other_party", "on_hold",
        "cap_reached", "reopened", "reclassified", "disputed", "not_fixed", "partly_fixed", "came_back",
        "other_spot", "nobody_came", "audited_wrong",
        "requester_replied", "refused",
        "cancelled_by_requester", "no_reply_from_requester", "entered_in_error", "other_department",
        "other_government", "private_property", "wrong_place", "wrong_service", "wrong_department", "wrong_queue",
        "too_little", "rules", "workload", "unsafe", "no_authority", "too_costly", "not_found", "entered_twice",
        "test_entry",
    }
)  # fmt: skip
"""The codes a reason may leave as; anything else might be somebody's own words."""

_PROMISED: Final = ("target", "amount", "unit", "due_at")
_ACTORS: Final = frozenset({"resident", "operator", "supervisor", "department", "system", "client"})


def is_disclosed(fact: RecordedFact) -> bool:
    """Whether the fact may be told outside at all."""
    if fact.kind == "request.noted":
        return fact.body.get("audience") == "public"
    if fact.kind == "request.rerouted":
        return fact.body.get("department") != fact.body.get("department_before")
    return fact.kind in PUBLIC_FIELDS


def details_of(fact: RecordedFact) -> dict[str, Json]:
    """The codes, dates and figures of the fact that may be told."""
    return _cleaned({name: fact.body[name] for name in PUBLIC_FIELDS[fact.kind] if name in fact.body})


def ledger_details(body: Mapping[str, Json]) -> dict[str, Json]:
    """What of a line of the promise ledger may be told; it carries no ids."""
    return _cleaned(dict(body))


def actor_of(by: str) -> str:
    """Who acted, as a kind of people: `operator` of `operator:3`."""
    word = by.partition(":")[0]
    return word if word in _ACTORS else "system"


def _cleaned(body: dict[str, Json]) -> dict[str, Json]:
    if "reason" in body and body["reason"] not in REASONS:
        del body["reason"]
    if isinstance(listed := body.get("promises"), list):
        body["promises"] = [
            {name: each[name] for name in _PROMISED if name in each} for each in listed if isinstance(each, dict)
        ]
    return body

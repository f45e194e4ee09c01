"""Our life cycle in the field's words and back.

GeoReport itself knows `open` and `closed`.  The finer words are mySociety's, because they have the most readers.
Source: FixMyStreet wiki, "Open311 FMS - Additional states"; open311-adapter, Role/mySociety.pm.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from answerable.requests.rules import OPEN, Lifecycle, Outcome

_L, _O = Lifecycle, Outcome
_OF_OPEN: Final[Mapping[str, str]] = {
    _L.RECEIVED: "open",
    _L.TRIAGE: "for_triage",
    _L.ASSIGNED: "investigating",
    _L.SCHEDULED: "action_scheduled",
    _L.IN_PROGRESS: "in_progress",
    _L.AWAITING_REQUESTER: "investigating",
    _L.ON_HOLD: "investigating",
    _L.REFERRED: "internal_referral",
}
_OF_OUTCOME: Final[Mapping[str, str]] = {
    _O.COMPLETED: "fixed",
    _O.TEMPORARY_REPAIR: "fixed",
    _O.NO_PROBLEM_FOUND: "no_further_action",
    _O.WITHIN_STANDARD: "no_further_action",
    _O.ALREADY_PROGRAMMED: "action_scheduled",
    _O.NOT_CITY_RESPONSIBILITY: "not_councils_responsibility",
    _O.CANNOT_BE_DONE: "no_further_action",
    _O.ENFORCEMENT_STARTED: "closed",
    _O.INFORMATION_GIVEN: "closed",
    _O.CANCELLED_BY_REQUESTER: "closed",
    _O.NO_REPLY: "closed",
    _O.ENTERED_IN_ERROR: "closed",
}


def status_of(lifecycle: str) -> str:
    """`open` or `closed`."""
    return "open" if lifecycle in OPEN else "closed"


def extended_of(lifecycle: str, outcome: str = "") -> str:
    """The finer word."""
    return _OF_OPEN.get(lifecycle) or _OF_OUTCOME.get(outcome, "closed")


@dataclass(frozen=True, slots=True)
class Wished:
    """What a status sent by a department's program asks for: a step, or that the work order goes back."""

    to: Lifecycle | None = None
    outcome: Outcome | None = None
    sends_back: bool = False


_WISHES: Final[Mapping[str, Wished]] = {
    "open": Wished(),
    "duplicate": Wished(),
    "investigating": Wished(to=_L.IN_PROGRESS),
    "action_scheduled": Wished(to=_L.SCHEDULED),
    "planned": Wished(to=_L.SCHEDULED),
    "fixed": Wished(to=_L.RESOLVED, outcome=_O.COMPLETED),
    "closed": Wished(to=_L.RESOLVED, outcome=_O.COMPLETED),
    "no_further_action": Wished(to=_L.RESOLVED, outcome=_O.CANNOT_BE_DONE),
    "not_councils_responsibility": Wished(to=_L.RESOLVED, outcome=_O.NOT_CITY_RESPONSIBILITY),
    "internal_referral": Wished(sends_back=True),
    "for_triage": Wished(to=_L.TRIAGE),
    "reopen": Wished(to=_L.TRIAGE),
    "received": Wished(),
    **{state: Wished(to=state) for state in _L if state not in {_L.RECEIVED, _L.CLOSED}},
}


def wished_by(status: str) -> Wished | None:
    """What the status asks for, in any case; None for a word nobody knows."""
    return _WISHES.get(status.strip().lower().replace(" ", "_").replace("-", "_"))

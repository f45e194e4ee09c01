"""Our life cycle in the field's words and back.

GeoReport itself knows `open` and `closed`.  The finer words are mySociety's, because they have the most readers.
Source: FixMyStreet wiki, "Open311 FMS - Additional states"; open311-adapter, Role/mySociety.pm.
"""

from __future__ import annotations

from collections.abc import Mapping
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

TAKEN: Final = (
    "open", "investigating", "in_progress", "action_scheduled", "planned", "fixed", "closed", "no_further_action",
    "not_councils_responsibility", "internal_referral", "for_triage", "duplicate", "reopen",
)  # fmt: skip
"""What a client may send as the status of an update, in any case; our own life-cycle codes too."""


def status_of(lifecycle: str) -> str:
    """`open` or `closed`."""
    return "open" if lifecycle in OPEN else "closed"


def extended_of(lifecycle: str, outcome: str = "") -> str:
    """The finer word."""
    return _OF_OPEN.get(lifecycle) or _OF_OUTCOME.get(outcome, "closed")

"""What the ledger says of a work order, told to its request; shared by what sends and what listens."""

from __future__ import annotations

from answerable.connectors import models, rules
from answerable.connectors.rules import Ledger
from answerable.requests import actions as requests
from answerable.requests.actions import Change
from answerable.requests.rules import Handoff

LONGEST_WORDS = 4000
"""Units: characters kept of what another system says."""

_AXIS = {
    Ledger.DELIVERED: Handoff.SENT,
    Ledger.ACKNOWLEDGED: Handoff.ACKNOWLEDGED,
    Ledger.REFUSED: Handoff.REFUSED,
    Ledger.DEAD: Handoff.FAILED,
}
"""What the ledger's states are on the request's own hand-off axis."""


def by(connector: str) -> str:
    """The connector as the one who acts."""
    return f"connector:{connector}"


def tell_order(row: models.Delivery) -> None:
    """The request's work order is where its ledger row is."""
    state = _AXIS[Ledger(row.state)]
    change = Change.now(key=rules.key_of(row.id, row.attempt_id, row.resent_at, state), by=by(row.connector))
    told = requests.Delivery(handoff_id=row.handoff_id, state=state, reference=row.reference, reason=row.reason)
    requests.tell_handoff(row.request_id, change, told)

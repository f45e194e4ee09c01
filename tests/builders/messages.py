"""Messages in the ledger: `a_message(contact_id=7)`."""

from __future__ import annotations

from typing import Any

from answerable.contacts.rules import MessageClass, Way
from answerable.kernel.ids import new_token
from answerable.notices import actions, queries
from answerable.notices.composing import Letter
from answerable.notices.views import MessageView
from answerable.plumbing import clock


def a_message(**changes: Any) -> MessageView:
    """One message, due now: news by e-mail that work has started."""
    token = new_token()
    given: dict[str, Any] = {
        "token": token, "key": f"test:{token}", "kind": "started", "message_class": MessageClass.SERVICE,
        "way": Way.EMAIL, "language": "en", "contact_id": None, "request_id": None, "fact_id": None,
        "address": "amelie@example.org", "wording_version": 1, "subject": "Work has started: Pothole",
        "text": "Hello,\n\nWork has started.\n", "short": "Work has started.", "html": "<p>Work has started.</p>",
        "link": "https://311.example.org/en/follow/x/", "gathers": False, "due_at": clock.now(),
    }  # fmt: skip
    actions.queue([Letter(**(given | changes))])
    return queries.by_token(token)

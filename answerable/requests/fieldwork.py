"""What a crew on the spot says: that it needs help.  The request stays where it is, and its promise runs on."""

from __future__ import annotations

from answerable.requests import events, models, rules
from answerable.requests.changes import Change, append, changed, kept_note
from answerable.requests.errors import BadChoice, NotAllowed

HELP: tuple[str, ...] = ("unsafe", "equipment", "access", "not_found", "other_team")
"""Why a crew asks for help."""


def ask_help(request_id: int, change: Change, *, reason: str, words: str = "") -> None:
    """The office knows that the crew is stuck, and why.

    Raises: BadChoice for an unknown reason; NotAllowed when the request is over; UnknownRequest, MovedMeanwhile.
    """
    if reason not in HELP:
        raise BadChoice("There is no such reason.", field="reason", value=reason[:40], remedy=f"One of {HELP}.")

    def body(row: models.Request) -> None:
        if row.lifecycle not in rules.OPEN:
            raise NotAllowed("This request is over.", field="lifecycle", value=row.lifecycle)
        note_id = kept_note(row.id, words, audience="staff", change=change) if words.strip() else None
        append(events.HelpAsked(row.id, reason=reason, note_id=note_id), change)

    changed(request_id, change, kind="help", content={"reason": reason, "words": words}, body=body)

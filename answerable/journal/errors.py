"""What the journal refuses."""

from __future__ import annotations

from answerable.kernel.errors import AnswerableError


class OutsideTransaction(AnswerableError):
    """A fact was appended outside a transaction: append it where the row it speaks of is written."""

    code = "journal.outside_transaction"


class BadPosition(AnswerableError):
    """The text is not a place in the journal: give `<transaction>-<id>`, as a live frame carries it."""

    code = "journal.bad_position"

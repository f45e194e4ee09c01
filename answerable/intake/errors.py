"""What the front door refuses."""

from __future__ import annotations

from collections.abc import Sequence

from answerable.kernel.errors import AnswerableError


class BadReport(AnswerableError):
    """One or more fields of a report cannot be taken: `problems` names each with value and remedy."""

    code = "intake.bad_report"

    def __init__(self, problems: Sequence[AnswerableError]) -> None:
        super().__init__("; ".join(str(problem) for problem in problems), field=problems[0].field)
        self.problems = tuple(problems)


class UnknownService(AnswerableError):
    """The catalogue has no such service: choose one of the service list."""

    code = "intake.unknown_service"


class AnswerMissing(AnswerableError):
    """A required question is unanswered: answer it."""

    code = "intake.answer_missing"


class AnswerWrong(AnswerableError):
    """An answer does not fit its question: correct it as the message says."""

    code = "intake.answer_wrong"


class PlaceMissing(AnswerableError):
    """The service needs a place: give an address, a corner, a landmark or a pin."""

    code = "intake.place_missing"


class PlaceTooVague(AnswerableError):
    """The place is not exact enough for the service: name the nearest corner or house."""

    code = "intake.place_too_vague"


class OutsideCity(AnswerableError):
    """The place lies outside the city: refer the person to their own municipality."""

    code = "intake.outside_city"


class ContactMissing(AnswerableError):
    """The service cannot be asked for without a way to reach you."""

    code = "intake.contact_missing"


class TooLong(AnswerableError):
    """The words are longer than we can keep: shorten them."""

    code = "intake.too_long"


class KeyReused(AnswerableError):
    """The idempotency key was used for a different report: make a fresh key."""

    code = "intake.key_reused"


class BadKey(AnswerableError):
    """The idempotency key is missing or malformed: send 8 to 80 letters, digits, dots, hyphens or underscores."""

    code = "intake.bad_key"


class ClientRefused(AnswerableError):
    """The API key is unknown, switched off or lacks the scope: ask the city for one."""

    code = "intake.client_refused"

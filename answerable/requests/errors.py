"""What the requests room refuses."""

from answerable.kernel.errors import AnswerableError


class NotAllowed(AnswerableError):
    """The life cycle forbids this step from here: choose one of the steps the message lists."""

    code = "request.step_not_allowed"


class MovedMeanwhile(AnswerableError):
    """Somebody else changed the request since it was shown: look at it again, then decide."""

    code = "request.moved_meanwhile"


class MissingReason(AnswerableError):
    """The step needs a reason, date, outcome or party: fill the named field."""

    code = "request.step_incomplete"


class ProofMissing(AnswerableError):
    """The service wants proof of work done: add a photo of the work or a note of what was found, as the field says."""

    code = "request.proof_missing"


class UnknownFamily(AnswerableError):
    """The service names a life-cycle family that does not exist: correct the city pack."""

    code = "request.unknown_family"


class UnknownRequest(AnswerableError):
    """There is no such request, or this person may not see it: check the number or the link."""

    code = "request.unknown"


class KeyReused(AnswerableError):
    """The idempotency key was used for something else: make a fresh key for a new write."""

    code = "request.key_reused"


class BadLink(AnswerableError):
    """The two requests cannot be tied like this: the message says why."""

    code = "request.bad_link"


class TooLate(AnswerableError):
    """The time in which the resident may dispute is over: report the problem anew."""

    code = "request.dispute_over"


class PartsOpen(AnswerableError):
    """Parts of this request are still open: end those the message lists first."""

    code = "request.parts_open"


class BadPhoto(AnswerableError):
    """The file is not a picture we can keep: send a JPEG, PNG, WebP or HEIC within the stated limits."""

    code = "request.bad_photo"


class BadChoice(AnswerableError):
    """A field has a value the catalogue does not know: choose one of those the message lists."""

    code = "request.bad_choice"


class BadReply(AnswerableError):
    """The named part of the ready-made words is missing, older than its translation, or has an unknown placeholder."""

    code = "request.bad_reply"


class TooManyTries(AnswerableError):
    """The number was tried with too many wrong postal codes: wait an hour, or use the link."""

    code = "request.too_many_tries"


class BadScore(AnswerableError):
    """An answer to the question how satisfied somebody is lies outside 1 to 5: choose one of the five."""

    code = "request.bad_score"

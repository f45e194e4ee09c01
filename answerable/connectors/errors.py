"""What the connectors room refuses."""

from answerable.kernel.errors import AnswerableError


class UnknownDelivery(AnswerableError):
    """There is no such hand-off: go back to the list and choose one of it."""

    code = "connector.unknown_delivery"


class NotRetryable(AnswerableError):
    """The hand-off was delivered, is being sent, or is no longer wanted: look at the request instead."""

    code = "connector.not_retryable"


class BadAnswer(AnswerableError):
    """The other system answered something that cannot be read: ask those who run it."""

    code = "connector.bad_answer"


class UnknownConnector(AnswerableError):
    """The city pack names no such connector: use one of those the message lists."""

    code = "connector.unknown"


class UnfitRemedy(AnswerableError):
    """This does not help here, or the finding or message was settled meanwhile: look at it again."""

    code = "connector.unfit_remedy"


class NotWithThem(AnswerableError):
    """The request's work is not with that system now: hand it over first, or choose another request."""

    code = "connector.not_with_them"


class AlreadyLinked(AnswerableError):
    """The work order or the reference belongs to another already: two filings of one request are theirs to merge."""

    code = "connector.already_linked"


class LinkExpired(AnswerableError):
    """The link is past its time: ask for a new one on its page, it is sent to the department's own address."""

    code = "connector.link_expired"


class LinkOver(AnswerableError):
    """The work order is no longer theirs, or ended: there is nothing to answer any more."""

    code = "connector.link_over"


class LinkTooSoon(AnswerableError):
    """A new link was sent a moment ago: look into the mail first."""

    code = "connector.link_too_soon"


class NotTaken(AnswerableError):
    """The answer asks for a step that is not possible now: the page says which; load it again."""

    code = "connector.answer_not_taken"


class BadMessage(AnswerableError):
    """What the other system sent cannot be read: send it as docs/handbook/work-orders-api.md shows."""

    code = "connector.bad_message"


class NotSigned(AnswerableError):
    """The message is not signed with the connector's key, or too old: sign it anew, with a clock that is right."""

    code = "connector.not_signed"

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

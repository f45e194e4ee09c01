"""What the webhooks room refuses."""

from answerable.kernel.errors import AnswerableError


class BadSubscription(AnswerableError):
    """A subscription's address, kinds or filters are wrong: correct the named field."""

    code = "webhooks.bad_subscription"


class UnknownSubscription(AnswerableError):
    """There is no such subscription, or it is somebody else's: list your own."""

    code = "webhooks.unknown_subscription"


class UnknownDelivery(AnswerableError):
    """There is no such delivery (any more): list those of the subscription."""

    code = "webhooks.unknown_delivery"


class TooManySubscriptions(AnswerableError):
    """The program has as many subscriptions as one may have: end one first."""

    code = "webhooks.too_many"

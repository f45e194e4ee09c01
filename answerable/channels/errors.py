"""What every door for programs refuses."""

from answerable.kernel.errors import AnswerableError


class TooManyCalls(AnswerableError):
    """This client called more often in a minute than it may: call again after `Retry-After` seconds."""

    code = "channels.too_many_calls"

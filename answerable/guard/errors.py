"""What the guard refuses."""

from answerable.kernel.errors import AnswerableError


class BadSurge(AnswerableError):
    """The new dates for many cannot be promised like this: fill or correct the named field."""

    code = "guard.bad_surge"


class NobodyConcerned(AnswerableError):
    """No open request fits the choice and would get a later date: widen the choice or take a later date."""

    code = "guard.nobody_concerned"


class UnknownSurge(AnswerableError):
    """There is no such record: check the address."""

    code = "guard.unknown_surge"

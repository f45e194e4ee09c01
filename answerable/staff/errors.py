"""What the staff room refuses."""

from answerable.kernel.errors import AnswerableError


class Forbidden(AnswerableError):
    """This role may not do that: ask a supervisor."""

    code = "staff.forbidden"


class WeakPassword(AnswerableError):
    """The password is too short or too common: choose another."""

    code = "staff.weak_password"

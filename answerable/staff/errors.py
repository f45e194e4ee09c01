"""What the staff room refuses."""

from answerable.kernel.errors import AnswerableError


class Forbidden(AnswerableError):
    """This role may not do that: ask a supervisor."""

    code = "staff.forbidden"

"""What the notices room refuses."""

from answerable.kernel.errors import AnswerableError


class UnknownMessage(AnswerableError):
    """There is no such message: go back to the list and choose one of it."""

    code = "notice.unknown_message"


class NotNow(AnswerableError):
    """The message is under way or over, so this cannot be done with it: look at where it stands."""

    code = "notice.not_now"


class UnknownKind(AnswerableError):
    """There is no such kind of message: choose one of the list."""

    code = "notice.unknown_kind"


class BadWording(AnswerableError):
    """The words cannot be used: a placeholder is unknown, a brace stands alone, or a part is missing or too long."""

    code = "notice.bad_wording"


class LanguageBehind(AnswerableError):
    """One language was changed after the other: bring the older one up to date, then publish both."""

    code = "notice.language_behind"


class UnknownVersion(AnswerableError):
    """There is no such published version of the words: choose one of the history."""

    code = "notice.unknown_version"


class UnknownIncoming(AnswerableError):
    """There is no such answer: go back to the list and choose one of it."""

    code = "notice.unknown_incoming"

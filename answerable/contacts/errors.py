"""What the contacts room refuses."""

from answerable.kernel.errors import AnswerableError


class BadEmail(AnswerableError):
    """The e-mail address cannot be one: it needs a name, an @ and a domain."""

    code = "contact.bad_email"


class BadPhone(AnswerableError):
    """The telephone number has too few or too many digits: give it with its area code."""

    code = "contact.bad_phone"


class TooLong(AnswerableError):
    """A detail of a contact is longer than what is kept of it: shorten the named field."""

    code = "contact.too_long"


class UnknownContact(AnswerableError):
    """There is no such contact, or this person may not see it."""

    code = "contact.unknown"


class BadQuietHours(AnswerableError):
    """Quiet hours have a beginning without an end, or an end without a beginning: give both, or neither."""

    code = "contact.bad_quiet_hours"


class BadDevice(AnswerableError):
    """A device that wants news has no good address or keys: switch news on again in the browser."""

    code = "contact.bad_device"

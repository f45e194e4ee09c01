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

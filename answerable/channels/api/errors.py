"""What the JSON door refuses by itself; everything else it refuses with the codes of the rooms behind it."""

from answerable.kernel.errors import AnswerableError


class BadBody(AnswerableError):
    """The JSON cannot be read, or a field is unknown, missing or of the wrong type: correct the named field."""

    code = "api.bad_body"


class BadQuery(AnswerableError):
    """A parameter of the address is unknown or has a value it cannot have: correct the named one."""

    code = "api.bad_query"


class Stopped(AnswerableError):
    """The answers call for another door, as on the page: do what the message says, for instance call 911."""

    code = "api.stopped"


class NoSuchPath(AnswerableError):
    """There is nothing at this address: GET /api/v1/ lists the calls."""

    code = "api.no_such_path"


class WrongMethod(AnswerableError):
    """The address has no such method: use one of those in the `Allow` header."""

    code = "api.wrong_method"


class TooLarge(AnswerableError):
    """The body, the address or the headers are larger than this door takes: send less."""

    code = "api.too_large"


class DatabaseAway(AnswerableError):
    """The database is away or still starting: send again, with the same key, after `Retry-After` seconds."""

    code = "api.database_away"


class Failed(AnswerableError):
    """The door failed, and the city's log says where: send again later, with the same key."""

    code = "api.failed"

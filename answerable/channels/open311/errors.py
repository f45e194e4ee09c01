"""What the Open311 door refuses by itself; everything else it refuses with the codes of the rooms behind it."""

from answerable.kernel.errors import AnswerableError


class BadBody(AnswerableError):
    """The form cannot be read, or broke off: send it again as urlencoded or multipart form in UTF-8."""

    code = "georeport.bad_body"


class BadParameter(AnswerableError):
    """A parameter has a value it cannot have, or two different ones: correct the named one."""

    code = "georeport.bad_parameter"


class Missing(AnswerableError):
    """A parameter that this call needs is missing: send it."""

    code = "georeport.missing"


class Stopped(AnswerableError):
    """The answers call for another door, as on the page: do what the message says, for instance call 911."""

    code = "georeport.stopped"


class UnknownJurisdiction(AnswerableError):
    """This server answers for one city only: leave `jurisdiction_id` out, or send the one the message names."""

    code = "georeport.unknown_jurisdiction"


class UnknownToken(AnswerableError):
    """No request was sent under this token, or it was long ago: check the answer to your POST."""

    code = "georeport.unknown_token"


class NoSuchPath(AnswerableError):
    """There is nothing at this address: the discovery document lists the endpoints, the handbook their calls."""

    code = "georeport.no_such_path"


class WrongMethod(AnswerableError):
    """The address has no such method: use one of those in the `Allow` header."""

    code = "georeport.wrong_method"


class TooLarge(AnswerableError):
    """The body, the address or the headers are larger than this door takes: send less."""

    code = "georeport.too_large"


class WrongMedia(AnswerableError):
    """The body is no form: send application/x-www-form-urlencoded or multipart/form-data, as the standard says."""

    code = "georeport.wrong_media"


class NotYours(AnswerableError):
    """This client may not do that to this request: ask the city for a key with the scope the message names."""

    code = "georeport.not_yours"


class NotFetched(AnswerableError):
    """A picture on another server could not be fetched: it is tried again some times, then left."""

    code = "georeport.not_fetched"


class DatabaseAway(AnswerableError):
    """The database is away or still starting: send the same again after `Retry-After` seconds."""

    code = "georeport.database_away"


class Failed(AnswerableError):
    """The door failed, and the city's log says where: send the same again later."""

    code = "georeport.failed"

"""What the Open311 door answers: a status, a document in the wished spelling, and headers no answer goes without."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

import django.db
import psycopg
from psycopg_pool import PoolClosed, PoolTimeout

from answerable.catalogue.errors import NoCatalogue, UnknownService
from answerable.channels.errors import TooManyCalls
from answerable.channels.open311.errors import (
    BadParameter,
    DatabaseAway,
    Failed,
    NoSuchPath,
    NotYours,
    TooLarge,
    UnknownJurisdiction,
    UnknownToken,
    WrongMedia,
    WrongMethod,
)
from answerable.channels.open311.writing import Document, as_json, as_xml
from answerable.intake.errors import AnswerMissing, BadReport, ClientRefused, KeyReused
from answerable.kernel.errors import AnswerableError
from answerable.requests import errors as requests

log = logging.getLogger("answerable.open311")

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Headers = tuple[tuple[bytes, bytes], ...]

RETRY_SECONDS = 2
"""Units: seconds a client should wait while the database is away."""

AWAY = (
    psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout, PoolClosed, django.db.OperationalError,
    django.db.InterfaceError, NoCatalogue,
)  # fmt: skip
"""How it looks when the database is away, or was not there when the process started."""

STATUS: tuple[tuple[type[AnswerableError], int], ...] = (
    (ClientRefused, 403),
    (NotYours, 403),
    (UnknownService, 404),
    (UnknownJurisdiction, 404),
    (UnknownToken, 404),
    (requests.UnknownRequest, 404),
    (NoSuchPath, 404),
    (WrongMethod, 405),
    (KeyReused, 409),
    (requests.KeyReused, 409),
    (requests.MovedMeanwhile, 409),
    (TooLarge, 413),
    (WrongMedia, 415),
    (TooManyCalls, 429),
    (Failed, 500),
    (DatabaseAway, 503),
    (AnswerableError, 400),
)
"""The status of each kind of refusal; the first that fits.  Source: GeoReport v2, Possible Errors."""

OWN_FIELDS = {
    "key": "Idempotency-Key", "service": "service_code", "postal": "zipcode", "point": "lat", "place": "lat, long",
    "name": "last_name", "photo": "media", "note": "description", "number": "service_request_id",
}  # fmt: skip
"""What the house calls a field, and what this door calls it."""

TYPES = {"xml": b"text/xml", "json": b"application/json"}
UNLIMITED = ((b"access-control-allow-origin", b"*"),)
"""Anybody's page may read what anybody may read; the door knows no cookies."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, what to send with it, and in which type.  A document is spelled as was asked; bytes go as they are."""

    status: int
    content: Document | bytes
    headers: Headers = ()
    content_type: bytes = b""


def refusal(error: Exception) -> Answer:
    """The answer to what went wrong: one entry for every bad field, and nothing of our insides."""
    if isinstance(error, BadReport):
        return Answer(400, _errors([(400, _described(each)) for each in error.problems]))
    if isinstance(error, AWAY):
        log.warning("open311.database_away", extra={"error": type(error).__name__})
        error = DatabaseAway("The database is away.", remedy="Send the same again.")
    elif isinstance(error, (psycopg.DataError, django.db.DataError)):
        error = BadParameter("A value cannot be kept.", remedy="Leave out control characters and overlong words.")
    elif not isinstance(error, AnswerableError):
        log.error("open311.failed", extra={"error": type(error).__name__, "where": _where(error)})
        error = Failed("The door failed.", remedy="Send the same again later.")
    status = next(status for kind, status in STATUS if isinstance(error, kind))
    return Answer(status, _errors([(status, _described(error))]), headers=_headers(error))


def _headers(error: AnswerableError) -> Headers:
    if isinstance(error, TooManyCalls):
        return ((b"retry-after", error.value.encode()),)
    if isinstance(error, DatabaseAway):
        return ((b"retry-after", str(RETRY_SECONDS).encode()),)
    return ((b"allow", error.value.encode()),) if isinstance(error, WrongMethod) else ()


def _errors(told: list[tuple[int, str]]) -> Document:
    return Document("errors", [{"code": status, "description": description} for status, description in told])


def _described(error: AnswerableError) -> str:
    """The fault beginning with the name of its field; a missing answer as `CODE required`."""
    field = OWN_FIELDS.get(error.field, error.field)
    if isinstance(error, AnswerMissing):
        return f"{field} required. {error.remedy}"
    said = str(error)
    return said if not field or said.startswith(field) else f"{field}: {said}"


def _where(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    return f"{frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno}" if frames else ""


async def send_answer(answer: Answer, send: Send, *, spelling: str, with_body: bool) -> None:
    """The answer is on its way, with the headers none goes without; a HEAD gets all but the body."""
    content_type = answer.content_type or TYPES[spelling] + b"; charset=utf-8"
    if isinstance(answer.content, bytes):
        body = answer.content
    else:
        body = as_json(answer.content) if spelling == "json" else as_xml(answer.content)
    named = {name for name, _ in answer.headers}
    headers = [
        (b"content-type", content_type),
        (b"content-length", str(len(body)).encode()),
        (b"x-content-type-options", b"nosniff"),
        *UNLIMITED,
        *answer.headers,
    ]
    if b"cache-control" not in named:
        headers.append((b"cache-control", b"no-store"))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": body if with_body else b""})

"""What the JSON door answers: a status, a body, and headers that no answer goes without."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

import django.db
import msgspec
import psycopg
from psycopg_pool import PoolClosed, PoolTimeout

from answerable.catalogue.errors import NoCatalogue
from answerable.channels.api.errors import BadBody, BadQuery, DatabaseAway, Failed, NoSuchPath, TooLarge, WrongMethod
from answerable.channels.api.schemas import Problem, Problems
from answerable.channels.errors import TooManyCalls
from answerable.channels.webhooks.errors import TooManySubscriptions, UnknownDelivery, UnknownSubscription
from answerable.intake.errors import BadReport, ClientRefused, KeyReused
from answerable.kernel.errors import AnswerableError
from answerable.requests.errors import UnknownRequest

log = logging.getLogger("answerable.api")

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

RETRY_SECONDS = 2
"""Units: seconds a client should wait while the database is away."""

AWAY = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    PoolTimeout,
    PoolClosed,
    django.db.OperationalError,
    django.db.InterfaceError,
    NoCatalogue,
)
"""How it looks when the database is away, or was not there when the process started."""

STATUS: tuple[tuple[type[AnswerableError], int], ...] = (
    (ClientRefused, 403),
    (UnknownRequest, 404),
    (NoSuchPath, 404),
    (WrongMethod, 405),
    (UnknownSubscription, 404),
    (UnknownDelivery, 404),
    (KeyReused, 409),
    (TooManySubscriptions, 409),
    (TooLarge, 413),
    (TooManyCalls, 429),
    (Failed, 500),
    (DatabaseAway, 503),
    (AnswerableError, 400),
)
"""The status of each kind of refusal; the first that fits."""

OWN_FIELDS = {
    "key": "Idempotency-Key",
    "api_key": "X-API-Key",
    "service": "service_code",
    "postal": "postal_code",
    "point": "lat",
}
"""What the house calls a field, and what this door calls it."""

_encoder = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class Answer:
    """A status and what to send with it."""

    status: int
    content: object
    headers: tuple[tuple[bytes, bytes], ...] = ()


def refusal(error: Exception) -> Answer:
    """The answer to what went wrong: every fault with its code, field and remedy, and nothing of our insides."""
    if isinstance(error, BadReport):
        return Answer(400, Problems(errors=[_problem(each) for each in error.problems]))
    if isinstance(error, AWAY):
        log.warning("api.database_away", extra={"error": type(error).__name__})
        error = DatabaseAway("The database is away.", remedy="Send again with the same key.")
    elif isinstance(error, (psycopg.DataError, django.db.DataError)):
        error = BadBody("A value cannot be kept.", remedy="Leave out control characters and overlong words.")
    elif not isinstance(error, AnswerableError):
        log.error("api.failed", extra={"error": type(error).__name__, "where": _where(error)})
        error = Failed("The door failed.", remedy="Send again later with the same key.")
    status = next(status for kind, status in STATUS if isinstance(error, kind))
    headers: tuple[tuple[bytes, bytes], ...] = ()
    if isinstance(error, DatabaseAway | TooManyCalls):
        headers = ((b"retry-after", (error.value or str(RETRY_SECONDS)).encode()),)
    if isinstance(error, WrongMethod):
        headers = ((b"allow", error.value.encode()),)
    return Answer(status, Problems(errors=[_problem(error)]), headers=headers)


def _problem(error: AnswerableError) -> Problem:
    is_own = isinstance(error, BadBody | BadQuery)
    field = error.field if is_own else OWN_FIELDS.get(error.field, error.field)
    return Problem(code=error.code, field=field, message=str(error))


def _where(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    return f"{frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno}" if frames else ""


async def send_answer(answer: Answer, send: Send, *, with_body: bool) -> None:
    """The answer is on its way, with the headers none goes without; a HEAD gets all but the body."""
    body = _encoder.encode(answer.content)
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
        *answer.headers,
    ]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": body if with_body else b""})

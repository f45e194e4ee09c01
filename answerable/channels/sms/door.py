"""The door for the gateway: receipts, and what people sent to the city's number.  Every call is signed.

`POST /sms/v1/receipts` and `POST /sms/v1/messages`; told twice, nothing changes a second time.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Final

import msgspec
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from answerable.channels.sms import rules
from answerable.channels.sms.rules import Inbound, Receipt
from answerable.contacts.rules import Way
from answerable.notices import actions, answers
from answerable.notices.actions import Arrived, Return
from answerable.plumbing import clock

log = logging.getLogger(__name__)

MOST_BYTES: Final = 20_000


@csrf_exempt
@require_POST
def call(request: HttpRequest, what: str) -> HttpResponse:
    """One call of the gateway was taken, or refused with a code."""
    act = _CALLS.get(what)
    if act is None:
        return _refused(HTTPStatus.NOT_FOUND, "unknown_call")
    length = request.headers.get("Content-Length", "0")
    if not length.isdigit() or int(length) > MOST_BYTES:
        return _refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_long")
    body = request.body
    headers = {name.lower(): value for name, value in request.headers.items()}
    now = int(clock.now().timestamp())
    if not rules.is_signed(headers, body, key=settings.ANSWERABLE.sms_key, now=now):
        log.warning("sms.not_signed", extra={"what": what})
        return _refused(HTTPStatus.UNAUTHORIZED, "bad_signature")
    try:
        act(body)
    except msgspec.DecodeError:
        return _refused(HTTPStatus.BAD_REQUEST, "unreadable")
    return HttpResponse(status=HTTPStatus.NO_CONTENT)


def _refused(status: HTTPStatus, code: str) -> JsonResponse:
    return JsonResponse({"code": code}, status=status)


def _receipt(body: bytes) -> None:
    told = msgspec.json.decode(body, type=Receipt)
    if told.state == "delivered":
        actions.confirm(told.id)
    else:
        is_hard = told.code in rules.BAD_ADDRESS
        actions.give_back(told.id, Return(reason=told.code[:32] or "not_delivered", is_hard=is_hard))


def _message(body: bytes) -> None:
    told = msgspec.json.decode(body, type=Inbound)
    answers.take_in(Arrived(key=f"sms:{told.id}", way=Way.SMS, address=told.sender, words=told.text, at=clock.now()))


_CALLS: Final[Mapping[str, Callable[[bytes], None]]] = {"receipts": _receipt, "messages": _message}

"""`POST /connect/v1/<connector>/updates`: what became of our work orders, told by who does the work.

A message is taken only with the connector's signature, read whole, and each event of it is applied once: the answer
says for each what became of it.  Sending a message again is harmless.  A small ASGI program, because pictures come
with it and somebody who sends slowly must keep no thread of the pages waiting.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any, Final

from answerable.channels.doors import apart
from answerable.connectors import actions
from answerable.connectors.errors import BadMessage, NotSigned
from answerable.connectors.messages import Event, Fetch, Message, message_of, update_of
from answerable.kernel.errors import AnswerableError
from answerable.kernel.signatures import is_signed, secret_bytes
from answerable.plumbing import clock

log = logging.getLogger("answerable.connect")

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

_PATH: Final = re.compile(r"^/connect/v1/([a-z0-9][a-z0-9_-]{0,39})/updates/?$")


class TooMuch(Exception):
    """The body is longer than the house takes."""


@dataclass(frozen=True, slots=True)
class ConnectDoor:
    """Takes messages of the connectors that have a key."""

    keys: Mapping[str, str]
    fetch: Fetch
    most_body: int

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one call."""
        found = _PATH.match(scope["path"])
        if found is None:
            await _answer(send, 404, _said("connector.no_such_place", "There is nothing here."))
        elif scope["method"] != "POST":
            await _answer(send, 405, _said("connector.wrong_method", "Send it by POST."))
        else:
            status, told = await self._taken(found[1], scope, receive)
            await _answer(send, status, told)

    async def _taken(self, connector: str, scope: MutableMapping[str, Any], receive: Receive) -> tuple[int, Any]:
        try:
            body = await _body(receive, most=self.most_body)
            message = self._checked(connector, scope, body)
            return 200, {"results": await apart(self._apply, connector, message)}
        except TooMuch:
            return 413, _said("connector.too_long", f"Send at most {self.most_body} bytes at once.")
        except NotSigned as refusal:
            return 401, _said(refusal.code, str(refusal))
        except AnswerableError as refusal:
            return 400, _said(refusal.code, str(refusal))
        except Exception as error:  # noqa: BLE001 - the edge of the door: they send it again
            log.error("connect.failed", extra={"connector": connector, "error": type(error).__name__})
            return 503, _said("connector.try_again", "It could not be stored; send it again.")

    def _checked(self, connector: str, scope: MutableMapping[str, Any], body: bytes) -> Message:
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        key = self.keys.get(connector, "")
        if not key or not is_signed(secret_bytes(key), headers, body=body, now=clock.now()):
            raise NotSigned(
                "The message does not bear this connector's signature.", field="webhook-signature",
                remedy="Sign id, instant and body with the shared key, at the time of sending.",
            )  # fmt: skip
        return message_of(body)

    def _apply(self, connector: str, message: Message) -> list[dict[str, str]]:
        return [self._apply_one(connector, event) for event in message.events]

    def _apply_one(self, connector: str, event: Event) -> dict[str, str]:
        update, problem = update_of(event, fetch=self.fetch)
        outcome = actions.apply(connector, update)
        return {"event": event.event, "outcome": outcome.value, **({"picture": problem} if problem else {})}


def _said(code: str, message: str) -> dict[str, str]:
    return {"code": code, "message": message}


async def _body(receive: Receive, *, most: int) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise BadMessage("The message broke off.", field="events")
        body += message.get("body", b"")
        if len(body) > most:
            raise TooMuch
        if not message.get("more_body"):
            return bytes(body)


async def _answer(send: Send, status: int, told: Any) -> None:
    content = json.dumps(told).encode()
    headers = [
        (b"content-type", b"application/json"), (b"content-length", str(len(content)).encode()),
        (b"cache-control", b"no-store"),
    ]  # fmt: skip
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})

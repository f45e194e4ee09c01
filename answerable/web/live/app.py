"""The event streams: GET /live/?ticket=… answers with server-sent events.

Source: WHATWG HTML Living Standard, "Server-sent events".  A raw ASGI application, because a stream costs a
framework many times what it costs uvicorn; it knows the journal and tickets, and nothing of rooms or residents.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final
from urllib.parse import parse_qs

from django.conf import settings
from django.http import parse_cookie

from answerable.journal.errors import BadPosition
from answerable.journal.records import read_position
from answerable.plumbing import clock
from answerable.web.live.hub import Hub, Subscriber, reload_frame
from answerable.web.live.relay import Announce, Relay, by_subject
from answerable.web.live.tickets import BadTicket, Ticket, read_ticket

log = logging.getLogger(__name__)

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

PATH: Final = "/live/"
STREAMS: Final = 4000
"""Open streams a process accepts; one costs about 13 kB."""

BEAT_SECONDS: Final = 15.0
"""At least this often something is written, so that proxies and phones keep the connection."""

FRAME_GAP_SECONDS: Final = 0.05
"""Between two writes to one stream: what comes meanwhile is written together, and once for each subject."""

STUCK_SECONDS: Final = 60.0
"""A client that takes nothing for so long is let go."""

RETRY_MS: Final = 2000
_BUSY_SECONDS: Final = 10


class LiveApp:
    """Answers `lifespan` and `http`; `start` and `stop` are for an application that holds this one."""

    def __init__(
        self,
        *,
        database_url: str,
        announce: Announce = by_subject,
        poll_seconds: float = 0.02,
        streams: int = STREAMS,
        beat_seconds: float = BEAT_SECONDS,
    ) -> None:
        self.hub = Hub()
        self._relay = Relay(database_url=database_url, hub=self.hub, announce=announce, poll_seconds=poll_seconds)
        self._streams = streams
        self._beat_seconds = beat_seconds
        self._tasks: list[asyncio.Task[None]] = []
        self._closing = False

    async def start(self) -> None:
        """The relay runs and streams may be opened."""
        self._closing = False
        self._tasks = [asyncio.create_task(self._relay.run()), asyncio.create_task(self._beat())]

    async def stop(self) -> None:
        """Every stream is closed, its browser will come back elsewhere, and the relay has ended."""
        self.close_streams()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

    def close_streams(self) -> None:
        """No stream stays open and none is accepted; call it when the server begins to stop."""
        self._closing = True
        for subscriber in self.hub.subscribers:
            if subscriber.task is not None:
                subscriber.task.cancel()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One lifespan or one request."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            await self._request(scope, receive, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await self.start()
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                await self.stop()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] != PATH:
            return await _refuse(send, 404, "There is nothing here.")
        if scope["method"] != "GET":
            return await _refuse(send, 405, "Only GET opens a stream.", (b"allow", b"GET"))
        query = parse_qs(scope["query_string"].decode("latin-1"))
        try:
            ticket = read_ticket(query.get("ticket", [""])[0])
        except BadTicket:
            ticket = None
        if ticket is None or not ticket.holds_for(_session(scope)):
            return await _refuse(send, 403, "This ticket does not hold. Load the page again.")
        if self._closing or self.hub.position is None or len(self.hub) >= self._streams:
            log.warning("live.busy", extra={"streams": len(self.hub), "ready": self.hub.position is not None})
            return await _refuse(send, 503, "Come back soon.", (b"retry-after", str(_BUSY_SECONDS).encode()))
        after = _header(scope, b"last-event-id") or query.get("after", [""])[0]
        return await self._stream(ticket, after, receive, send)

    async def _stream(self, ticket: Ticket, after: str, receive: Receive, send: Send) -> None:
        """Frames until the client goes, the ticket ends or the server stops (which then cancels us: a usual end)."""
        subscriber = Subscriber(ticket.topics, expires=ticket.expires_at.timestamp())
        first = self._first_chunk(subscriber, ticket, after)
        self.hub.subscribe(subscriber)
        writer = asyncio.create_task(self._write(subscriber, first, send))
        reader = asyncio.create_task(_gone(receive))
        subscriber.task = writer
        try:
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait({writer, reader}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.hub.unsubscribe(subscriber)
            writer.cancel()
            reader.cancel()
            await asyncio.gather(writer, reader, return_exceptions=True)
        with contextlib.suppress(OSError):
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    def _first_chunk(self, subscriber: Subscriber, ticket: Ticket, after: str) -> bytes:
        """What the stream begins with: how to come back, what was missed, and the place it has reached."""
        position = self.hub.position
        assert position is not None
        try:
            missed = (
                self.hub.missed_after(read_position(after), topics=ticket.topics)
                if after
                else self.hub.missed_since(ticket.minted_at.timestamp(), topics=ticket.topics)
            )
        except BadPosition:
            missed = None
        for frame in missed or ():
            subscriber.push(frame)
        told = reload_frame(position) if missed is None else subscriber.take(position)
        ready = b"event: ready\nid: %d-%d\ndata: {}\n\n" % (position.oxid, position.id)
        return b"retry: %d\n\n" % RETRY_MS + told + ready

    async def _write(self, subscriber: Subscriber, first: bytes, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": _STREAM_HEADERS})
        await send({"type": "http.response.body", "body": first, "more_body": True})
        written = 0.0
        while True:
            await subscriber.wake.wait()
            if (wait := written + FRAME_GAP_SECONDS - time.monotonic()) > 0:
                await asyncio.sleep(wait)
            if self.hub.position is None:
                await asyncio.sleep(FRAME_GAP_SECONDS)
                continue
            if subscriber.expires <= clock.now().timestamp():
                await send(_body(b"event: expired\ndata: {}\n\n"))
                return
            subscriber.busy_since = written = time.monotonic()
            await send(_body(subscriber.take(self.hub.position)))
            subscriber.busy_since = None

    async def _beat(self) -> None:
        """Now and then each stream is woken, a slice of them at a time; a client that takes nothing is let go."""
        slices, turn = 15, 0
        while True:
            await asyncio.sleep(self._beat_seconds / slices)
            turn = (turn + 1) % slices
            stuck_before = time.monotonic() - STUCK_SECONDS
            for subscriber in self.hub.subscribers:
                if subscriber.busy_since is not None and subscriber.busy_since < stuck_before and subscriber.task:
                    subscriber.task.cancel()
                elif subscriber.number % slices == turn:
                    subscriber.beat = True
                    subscriber.wake.set()


_STREAM_HEADERS: Final = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
]


def _body(chunk: bytes) -> dict[str, object]:
    return {"type": "http.response.body", "body": chunk, "more_body": True}


async def _gone(receive: Receive) -> None:
    """Returns when the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


def _header(scope: Scope, name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), "")


def _session(scope: Scope) -> str:
    """The key of the browser's sign-in, whoever it may be."""
    return parse_cookie(_header(scope, b"cookie")).get(settings.SESSION_COOKIE_NAME, "")


async def _refuse(send: Send, status: int, words: str, *headers: tuple[bytes, bytes]) -> None:
    """A short plain answer."""
    told = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store"), *headers]
    await send({"type": "http.response.start", "status": status, "headers": told})
    await send({"type": "http.response.body", "body": words.encode()})

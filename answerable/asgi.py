"""One port for everything: streams and JSON by small ASGI programs, pages by Django on threads.

`uvicorn answerable.asgi:application` serves it.  Django itself stays synchronous: on ASGI it costs several times
more (docs/decisions/0001-architecture.md).
"""

from __future__ import annotations

import asyncio
import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "answerable.settings")

import django

django.setup()

from a2wsgi import WSGIMiddleware  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402

from answerable import wiring  # noqa: E402
from answerable.channels.opendata.files import PREFIX as FILES  # noqa: E402
from answerable.settings import ANSWERABLE  # noqa: E402


class Switchboard:
    """Sends each connection to the program that answers it, and starts and stops those that need it."""

    def __init__(self) -> None:
        self.live = wiring.live_app()
        self.api = wiring.api_app()
        self.open311 = wiring.open311_app()
        self.connect = wiring.connect_door()
        self.files = wiring.file_door()
        self.pages = WSGIMiddleware(get_wsgi_application(), workers=ANSWERABLE.web_threads)  # type: ignore[arg-type]

    async def __call__(self, scope, receive, send) -> None:  # type: ignore[no-untyped-def]
        """Answer one connection."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1000})
        elif scope["path"].startswith("/live/"):
            await self.live(scope, receive, send)
        elif scope["path"].startswith("/api/"):
            await self.api(scope, receive, send)
        elif scope["path"].startswith("/open311/"):
            await self.open311(scope, receive, send)
        elif scope["path"].startswith("/connect/"):
            await self.connect(scope, receive, send)
        elif scope["path"].startswith(FILES):
            await self.files(scope, receive, send)
        else:
            await self.pages(scope, receive, send)

    async def _lifespan(self, receive, send) -> None:  # type: ignore[no-untyped-def]
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await asyncio.to_thread(wiring.connect_geocoder)
                await self.live.start()
                await self.api.open()
                await self.open311.open()
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                await self.live.stop()
                await self.api.close()
                await self.open311.close()
                await send({"type": "lifespan.shutdown.complete"})
                return


application = Switchboard()

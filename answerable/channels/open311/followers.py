"""What the door does behind itself: pictures on other servers are fetched from their ledger."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.db import DatabaseError, connection

from answerable.channels.open311 import actions
from answerable.channels.open311.actions import Wanted
from answerable.channels.open311.errors import NotFetched
from answerable.kernel.errors import AnswerableError
from answerable.plumbing import clock
from answerable.requests import actions as requests
from answerable.requests import pictures
from answerable.requests.actions import Change

log = logging.getLogger("answerable.open311")

PAUSE_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True)
class Fetcher:
    """Fetches what is due; any number of processes may, each takes rows the others have not."""

    fetch: Callable[[str], bytes]
    folder: Path

    def run_once(self) -> int:
        """Pictures that were due have been tried; gives how many."""
        wanted = actions.claim_pictures(now=clock.now())
        for each in wanted:
            self._try(each)
        return len(wanted)

    def _try(self, wanted: Wanted) -> None:
        """The picture is kept with its request, or the ledger says why not; a broken file is not asked for again."""
        try:
            content = self.fetch(wanted.url)
        except NotFetched as error:
            actions.note_try(wanted, reason=error.value, is_last=False, at=clock.now())
            return
        try:
            kept = pictures.keep(content, scope=f"remote:{wanted.id}", folder=self.folder)
            change = Change.now(key=f"o3-picture:{wanted.id}", by="resident")
            requests.add_photo(wanted.request_id, change, photo=kept.photo, is_public=False)
        except AnswerableError as error:
            actions.note_try(wanted, reason=error.code, is_last=True, at=clock.now())
            return
        actions.note_kept(wanted, at=clock.now())

    def run(self, *, stop: threading.Event) -> None:
        """Fetches until `stop` is set; a lost database is waited for."""
        while not stop.is_set():
            try:
                if not self.run_once():
                    stop.wait(PAUSE_SECONDS)
            except DatabaseError as error:
                log.warning("open311.database_lost", extra={"error": type(error).__name__})
                connection.close()
                stop.wait(1.0)
            except Exception as error:  # noqa: BLE001 the edge of a thread: record and go on
                log.error("open311.picture_not_tried", extra={"error": type(error).__name__})
                stop.wait(PAUSE_SECONDS)

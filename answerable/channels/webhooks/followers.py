"""What the webhooks room does in the follow process: gathers news from the journal, and sends what is due."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

from django.db import DatabaseError, connection

from answerable.channels.webhooks import actions, queries
from answerable.channels.webhooks.actions import Claimed, Outcome
from answerable.journal.followers import Follower, run_follower
from answerable.journal.records import RecordedFact
from answerable.kernel.signatures import signature
from answerable.plumbing import clock
from answerable.plumbing.outward import Answer, NotOutside, Unreached, send
from answerable.requests import queries as requests
from answerable.requests.views import RequestRow

log = logging.getLogger(__name__)

REVOKED: Final = "client.revoked"
IMPORTED: Final = "import:"
"""Who brings in the past: that is no news."""
WORKERS: Final = 8
OF_ONE: Final = 4
"""Messages under way at once: in all, and to one subscription."""

PAUSE_SECONDS: Final = 0.2
MOST_SECONDS: Final = 86_400

Post = Callable[[Claimed], Outcome]
"""Sends one message and says what became of it; never raises."""


def follower(*, base_url: str) -> Follower:
    """Turns facts into messages, a batch at a time."""

    def gather(facts: Sequence[RecordedFact]) -> None:
        for fact in facts:
            if fact.kind == REVOKED:
                actions.revoke_of_client(int(fact.subject_key), by=fact.by)
        news = [fact for fact in facts if fact.kind != REVOKED and not fact.by.startswith(IMPORTED)]
        actions.gather(news, wanted_rows(news), base_url=base_url)

    return Follower("webhooks", frozenset({*actions.KINDS, REVOKED}), handler_of_many=gather)


def wanted_rows(facts: Sequence[RecordedFact]) -> dict[int, RequestRow]:
    """The requests the facts are about, in one statement; none is read when nobody listens."""
    ids = sorted({int(fact.subject_key) for fact in facts})
    return requests.rows_by_ids(ids) if ids and queries.listening() else {}


def poster(*, may_be_private: bool) -> Post:
    """Posts messages to the addresses of strangers."""

    def post(claimed: Claimed) -> Outcome:
        body = claimed.payload.encode("utf-8")
        began = clock.now()
        stamp = int(began.timestamp())
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Answerable-Webhooks/1",
            "webhook-id": claimed.token,
            "webhook-timestamp": str(stamp),
            "webhook-signature": signature(claimed.secrets, message_id=claimed.token, timestamp=stamp, body=body),
        }
        try:
            return _outcome(send("POST", claimed.url, content=body, headers=headers, may_be_private=may_be_private))
        except (NotOutside, Unreached) as error:
            took = int((clock.now() - began).total_seconds() * 1000)
            return Outcome(error=str(error), milliseconds=took)

    return post


def _outcome(answer: Answer) -> Outcome:
    asked = answer.headers.get("retry-after", "")
    return Outcome(
        status=answer.status, milliseconds=int(answer.seconds * 1000),
        retry_after=min(int(asked[:9]), MOST_SECONDS) if asked.isascii() and asked.isdigit() else None,
    )  # fmt: skip


class Sender:
    """Sends due messages on a few threads, no more than `OF_ONE` to the same subscription."""

    def __init__(self, post: Post, *, workers: int = WORKERS) -> None:
        self.post = post
        self.workers = workers
        self._under_way: dict[Future[None], int] = {}

    def run(self, *, stop: threading.Event, news: Follower) -> None:
        """Gathers and sends until `stop` is set; a database that is away is waited for."""
        with ThreadPoolExecutor(max_workers=self.workers, thread_name_prefix="webhooks") as pool:
            while not stop.is_set():
                try:
                    gathered = run_follower(news)
                    sent = self._hand_out(pool)
                except DatabaseError as error:
                    log.warning("webhooks.database_lost", extra={"error": type(error).__name__})
                    connection.close()
                    stop.wait(1.0)
                    continue
                if not gathered and not sent:
                    stop.wait(PAUSE_SECONDS)
        connection.close()

    def _hand_out(self, pool: ThreadPoolExecutor) -> int:
        self._under_way = {future: each for future, each in self._under_way.items() if not future.done()}
        free = self.workers - len(self._under_way)
        if not free:
            return 0
        busy = [each for each, count in Counter(self._under_way.values()).items() if count >= OF_ONE]
        claimed = actions.claim(limit=free, busy=busy, each=OF_ONE)
        for each in claimed:
            self._under_way[pool.submit(self._send, each)] = each.subscription_id
        return len(claimed)

    def _send(self, claimed: Claimed) -> None:
        try:
            send_one(claimed, self.post)
        except DatabaseError as error:
            log.warning("webhooks.not_recorded", extra={"error": type(error).__name__})
        finally:
            connection.close()


def send_one(claimed: Claimed, post: Post) -> None:
    """One message was tried, outside any transaction, and what became of it is in the ledger."""
    try:
        outcome = post(claimed)
    except Exception as error:  # noqa: BLE001 whatever is wrong with one message, the others go on
        log.error("webhooks.failed", extra={"delivery": claimed.id, "error": type(error).__name__})
        outcome = Outcome(error="failed")
    actions.record(claimed, outcome)

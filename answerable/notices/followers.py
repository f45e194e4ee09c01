"""What the notices room does in the follow process: reads the journal, sends what is due, asks once more."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

from django.db import DatabaseError, connection

from answerable.catalogue import queries as catalogue
from answerable.contacts.rules import MessageClass, Way
from answerable.journal.followers import Follower, run_follower
from answerable.journal.records import RecordedFact
from answerable.notices import actions, links, telling
from answerable.notices.actions import Claimed
from answerable.notices.composing import said
from answerable.notices.kinds import KINDS
from answerable.notices.news import FOLLOWED
from answerable.notices.ports import Away, Carrier, Parcel
from answerable.notices.rules import REMIND_BEFORE
from answerable.notices.staffnews import escalations_of
from answerable.plumbing import clock
from answerable.plumbing.clockwork import DueTimer, set_timer
from answerable.requests.rules import REPLY_TIME, Lifecycle

log = logging.getLogger(__name__)

REMINDER_TIMER: Final = "notice.reminder"
"""Comes due when a question should be asked once more before the request is closed."""

WORKERS: Final = 4
"""Messages of one way under way at once."""

PAUSE_SECONDS: Final = 0.2


# --- what the journal says --------------------------------------------------------------------------------------------


def gather(facts: Sequence[RecordedFact]) -> None:
    """The messages those facts give are in the ledger; a question is asked again in time."""
    now = clock.now()
    actions.queue([*telling.letters_of(facts, now=now), *escalations_of(facts, now=now)])
    for fact in facts:
        if fact.kind == "request.moved" and fact.body["after"] == Lifecycle.AWAITING_REQUESTER:
            set_timer(REMINDER_TIMER, fact.subject, due_at=fact.at + REPLY_TIME - REMIND_BEFORE)
        elif fact.kind == "contact.changed" and {"email", "phone"} & set(_changed(fact)):
            actions.release_corrected(int(fact.subject_key))


def _changed(fact: RecordedFact) -> list[str]:
    names = fact.body.get("changed")
    return [str(each) for each in names] if isinstance(names, list) else []


FOLLOWER = Follower("notices", FOLLOWED, handler_of_many=gather)
"""Turns facts into messages, a batch at a time."""


def on_reminder(timers: Sequence[DueTimer]) -> None:
    """Whoever was asked and has not answered is asked once more, unless it is too late anyhow."""
    ids = {int(timer.subject.partition(":")[2]): timer.due_at for timer in timers}
    actions.queue(telling.reminders_of(ids, now=clock.now()))


# --- sending ----------------------------------------------------------------------------------------------------------


def parcel_of(claimed: Claimed) -> Parcel:
    """The message as it leaves."""
    kind = KINDS[claimed.kind]
    city = catalogue.active()
    is_stoppable = not kind.for_staff and not kind.is_reply
    return Parcel(
        key=claimed.key, way=claimed.way, address=claimed.address, language=claimed.language,
        subject=claimed.subject, text=claimed.text, html=claimed.html, short=_short(claimed), link=claimed.link,
        stop=links.stop(claimed.language, message=claimed.token) if is_stoppable else "",
        from_name=said(city.pack.city.name, language=claimed.language, city=city),
        urgent=claimed.message_class is MessageClass.EMERGENCY,
    )  # fmt: skip


def _short(claimed: Claimed) -> str:
    """The text message; a device shows the link as what is touched, not as words."""
    return claimed.short.removesuffix(claimed.link).strip() if claimed.way is Way.PUSH else claimed.short


def send_one(claimed: Claimed, carrier: Carrier) -> None:
    """One message was tried, outside any transaction, and what became of it is in the ledger."""
    try:
        actions.record(claimed, carrier.carry(parcel_of(claimed)))
    except Away as away:
        actions.put_off(claimed, away)
    except DatabaseError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever is wrong with one message, the others go on
        log.error("notices.failed", extra={"notice": claimed.id, "error": type(error).__name__})
        actions.put_off(claimed, Away(type(error).__name__, may_have_it=True))


class Sender:
    """Sends the due messages of one way on a few threads."""

    def __init__(self, carrier: Carrier, *, workers: int = WORKERS) -> None:
        self.carrier = carrier
        self.workers = workers
        self._under_way: set[Future[None]] = set()

    def run(self, stop: threading.Event) -> None:
        """Sends until `stop` is set; a database that is away is waited for."""
        with ThreadPoolExecutor(self.workers, thread_name_prefix=f"notices-{self.carrier.way}") as pool:
            while not stop.is_set():
                try:
                    sent = self._hand_out(pool)
                except DatabaseError as error:
                    log.warning("notices.database_lost", extra={"error": type(error).__name__})
                    connection.close()
                    stop.wait(1.0)
                    continue
                if not sent:
                    stop.wait(PAUSE_SECONDS)
        connection.close()

    def _hand_out(self, pool: ThreadPoolExecutor) -> int:
        self._under_way = {future for future in self._under_way if not future.done()}
        free = self.workers - len(self._under_way)
        claimed = actions.claim(self.carrier.way, limit=free) if free else []
        self._under_way |= {pool.submit(self._send, each) for each in claimed}
        return len(claimed)

    def _send(self, claimed: Claimed) -> None:
        try:
            send_one(claimed, self.carrier)
        except DatabaseError as error:
            log.warning("notices.not_recorded", extra={"error": type(error).__name__})
        finally:
            connection.close()


def send_due(carrier: Carrier, *, limit: int = 100) -> int:
    """Everything due by that way was tried once, one after the other; gives how many tries that were."""
    count = 0
    while count < limit and (claimed := actions.claim(carrier.way, limit=10)):
        for each in claimed:
            send_one(each, carrier)
        count += len(claimed)
    return count


def run(stop: threading.Event, *, carriers: Mapping[Way, Carrier]) -> None:
    """The journal is read and every way served, each on threads of its own, until `stop` is set."""
    senders = [
        threading.Thread(target=Sender(each).run, args=(stop,), name=f"notices-{way}", daemon=True)
        for way, each in carriers.items()
    ]
    for thread in senders:
        thread.start()
    while not stop.is_set():
        try:
            read = run_follower(FOLLOWER)
        except DatabaseError as error:
            log.warning("notices.database_lost", extra={"error": type(error).__name__})
            connection.close()
            read = 0
        if not read:
            stop.wait(PAUSE_SECONDS)
    for thread in senders:
        thread.join(5)
    connection.close()

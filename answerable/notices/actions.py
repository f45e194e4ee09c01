"""The ledger of messages: queued once, gathered, claimed with a lease, sent outside any transaction, recorded.

A try that was cut off leaves its row `sending` under the number of a worker that is no more; the message is then sent
again at once, under the same key, by which whoever takes it knows it again.
"""

from __future__ import annotations

import dataclasses
import logging
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import connection, transaction

from answerable.contacts import queries as contacts
from answerable.contacts.queries import Reach
from answerable.contacts.rules import MessageClass, Way
from answerable.journal import actions as journal
from answerable.notices import models, queries, rules, wording
from answerable.notices.composing import Letter
from answerable.notices.errors import LanguageBehind, NotNow, UnknownIncoming, UnknownMessage
from answerable.notices.events import NoticeHandled, NoticeReturned, WordingPublished
from answerable.notices.gathering import digest_kind, digest_of
from answerable.notices.kinds import KINDS, kind_of
from answerable.notices.ports import Away, NotTaken, Taken
from answerable.notices.rules import MessageState
from answerable.notices.wording import LANGUAGES, Wording
from answerable.plumbing import clock
from answerable.plumbing.presence import ALIVE_SQL, worker_number

log = logging.getLogger(__name__)

LONGEST_DETAIL: Final = 1000
"""Units: characters kept of what another system says."""


# --- what is to be sent -----------------------------------------------------------------------------------------------


def queue(letters: Sequence[Letter]) -> int:
    """The messages are in the ledger, each once; gives how many there were.  What was queued before stays as it is."""
    now = clock.now()
    rows = [models.Message(**dataclasses.asdict(each), made_at=now) for each in letters]
    models.Message.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)
    return len(rows)


# --- claim, send, record ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that is this worker's to send until its lease is over."""

    id: int
    attempt: int
    key: str
    kind: str
    message_class: MessageClass
    way: Way
    language: str
    token: str
    address: str
    contact_id: int | None
    subject: str
    text: str
    html: str
    short: str
    link: str


# A message waits for the earlier ones about the same request to the same person, so that nobody reads "done" before
# "planned"; one that waits for the morning holds up nothing that may go now.
_DUE_SQL: Final = f"""
SELECT m.id FROM notices_message m
 WHERE m.way = %(way)s AND m.state IN ('due', 'sending') AND m.due_at <= %(now)s
   AND (m.leased_until IS NULL OR m.leased_until <= %(now)s OR NOT coalesce(m.worker IN ({ALIVE_SQL}), true))
   AND NOT EXISTS (SELECT FROM notices_message e
                    WHERE e.contact_id = m.contact_id AND e.way = m.way AND e.request_id = m.request_id
                      AND e.state IN ('due', 'sending') AND e.id < m.id AND (e.due_at <= m.due_at OR e.tries > 0))
 ORDER BY m.due_at, m.id
 LIMIT %(limit)s
   FOR UPDATE OF m SKIP LOCKED
"""  # noqa: S608 - constants only


def claim(way: Way, *, limit: int) -> list[Claimed]:
    """Messages that are due by that way and nobody else's, gathered where several wait for one person.

    What may not go any more, because somebody wished so or the address fails, is ended here and not sent.
    """
    worker, now = worker_number(), clock.now()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_DUE_SQL, {"way": way, "now": now, "limit": limit})
            ids = [row[0] for row in cursor.fetchall()]
        rows = list(models.Message.objects.filter(id__in=ids).order_by("due_at", "id"))
        chosen = _addressed(_gathered(rows, now=now), now=now)
        return [_begun(row, worker=worker, now=now) for row in chosen]


def _gathered(rows: Sequence[models.Message], *, now: datetime) -> list[models.Message]:
    """The rows, those of one person that may wait for each other made one; what was tried before stays alone."""
    found: list[models.Message] = []
    taken: set[int] = set()
    for row in rows:
        if row.id in taken:
            continue
        together = _together(row, now=now) if row.gathers and not row.tries else []
        taken |= {each.id for each in together}
        found.append(_digest(together, now=now) if len(together) > 1 else row)
    return found


def _together(row: models.Message, *, now: datetime) -> list[models.Message]:
    of_one = {"contact_id": row.contact_id} if row.contact_id is not None else {"address": row.address}
    waiting = models.Message.objects.select_for_update(skip_locked=True).filter(
        **of_one, contact_id__isnull=row.contact_id is None, way=row.way, language=row.language,
        state=MessageState.DUE, gathers=True, tries=0, due_at__lte=max(now, row.due_at) + rules.GATHER,
    )  # fmt: skip
    return list(waiting.order_by("id")[: rules.MOST_GATHERED])


def _digest(rows: Sequence[models.Message], *, now: datetime) -> models.Message:
    kind = digest_kind(rows[0].kind)
    words = queries.current(kind.code, rows[0].language)
    letter = digest_of([queries.view_of(row) for row in rows], kind=kind, words=words, now=now)
    made = models.Message.objects.create(**dataclasses.asdict(letter), made_at=now)
    models.Message.objects.filter(id__in=[row.id for row in rows]).update(
        state=MessageState.DIGESTED, digest_id=made.id, ended_at=now
    )
    return made


def _addressed(rows: Sequence[models.Message], *, now: datetime) -> list[models.Message]:
    """Those that may go, with the address the person has now; the others are ended with the reason."""
    reaches = contacts.reaches([row.contact_id for row in rows if row.contact_id is not None])
    kept: list[models.Message] = []
    for row in rows:
        if row.contact_id is not None and not KINDS[row.kind].is_reply:
            reason = _stands_against(row, reaches.get(row.contact_id))
            if reason:
                row.state = MessageState.HELD if reason == "failing_address" else MessageState.CANCELLED
                row.reason, row.ended_at, row.leased_until = reason, now, None
                row.save()
                continue
        kept.append(row)
    return kept


def _stands_against(row: models.Message, reach: Reach | None) -> str:
    """Why the message may not go now, as a code; else it has its address."""
    way = Way(row.way)
    if reach is None or not reach.may(MessageClass(row.message_class), way):
        return "no_consent"
    if way is not Way.PUSH:
        row.address = reach.address(way)
        key = queries.address_key(way, row.address)
        if not key:
            return "no_address"
        if queries.stopped_addresses(way, [key]):
            return "failing_address"
    return ""


def _begun(row: models.Message, *, worker: int, now: datetime) -> Claimed:
    row.state, row.leased_until, row.worker = MessageState.SENDING, now + rules.LEASE, worker
    row.tries += 1
    row.all_tries += 1
    row.save()
    models.Attempt.objects.create(message_id=row.id, number=row.all_tries, started_at=now, outcome="running")
    key = f"{row.token}/{row.resends}" if row.resends else row.token
    return Claimed(
        id=row.id, attempt=row.all_tries, key=key, kind=row.kind, message_class=MessageClass(row.message_class),
        way=Way(row.way), language=row.language, token=row.token, address=row.address, contact_id=row.contact_id,
        subject=row.subject, text=row.text, html=row.html, short=row.short, link=row.link,
    )  # fmt: skip


def record(claimed: Claimed, result: Taken | NotTaken) -> None:
    """What the next system answered is kept.  An answer that comes after the lease ended still counts."""
    now = clock.now()
    with transaction.atomic():
        row = _locked(claimed.id)
        outcome = "taken" if isinstance(result, Taken) else "refused"
        _end_attempt(claimed, outcome=outcome, status_code=result.status_code, error=getattr(result, "reason", ""))
        if row.state not in (MessageState.SENDING, MessageState.DUE):
            return
        row.leased_until, row.worker, row.ended_at = None, None, now
        if isinstance(result, Taken):
            row.state, row.reason, row.detail = MessageState.SENT, "", ""
            row.sent_at, row.provider_id = now, result.provider_id[:120]
        else:
            row.state, row.reason = MessageState.REFUSED, "refused"
            row.detail = result.reason[:LONGEST_DETAIL]
        row.save()
        if isinstance(result, NotTaken) and result.address_is_bad:
            _came_back(row, Return(reason="bad_address", is_hard=True, detail=result.reason), now=now)
    log.info("notice.recorded", extra={"notice": claimed.id, "way": claimed.way.value, "outcome": outcome})


def put_off(claimed: Claimed, away: Away) -> None:
    """The try failed: it is tried again after a growing pause, and after too many a person must decide."""
    now = clock.now()
    with transaction.atomic():
        row = _locked(claimed.id)
        outcome = "unknown" if away.may_have_it else "away"
        _end_attempt(claimed, outcome=outcome, status_code=away.status_code, error=away.reason)
        if row.all_tries != claimed.attempt or row.state != MessageState.SENDING:
            return
        row.leased_until, row.worker, row.detail = None, None, away.reason[:LONGEST_DETAIL]
        if row.tries < rules.MOST_TRIES:
            row.state = MessageState.DUE
            row.due_at = now + rules.pause_after(row.tries, chance=random.random())  # noqa: S311 - spreads load
        else:
            row.state, row.reason, row.ended_at = MessageState.FAILED, "too_many_tries", now
        row.save()
    log.warning("notice.put_off", extra={"notice": claimed.id, "way": claimed.way.value, "outcome": outcome})


def _end_attempt(claimed: Claimed, *, outcome: str, status_code: int | None, error: str) -> None:
    models.Attempt.objects.filter(message_id=claimed.id, number=claimed.attempt).update(
        ended_at=clock.now(), outcome=outcome, status_code=status_code, error=error[:LONGEST_DETAIL]
    )


def _locked(message_id: int) -> models.Message:
    row = models.Message.objects.select_for_update().filter(id=message_id).first()
    if row is None:
        raise UnknownMessage("There is no such message.", field="message", value=str(message_id))
    return row


# --- what came of it --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Return:
    """A message came back: why, as a code; whether for good; what the other system said."""

    reason: str
    is_hard: bool
    detail: str = ""


def confirm(provider_id: str) -> bool:
    """The message arrived, says who carried it; gives whether it is one of ours."""
    with transaction.atomic():
        row = _carried(provider_id)
        if row is not None and row.state == MessageState.SENT:
            row.state, row.ended_at = MessageState.DELIVERED, clock.now()
            row.save()
    return row is not None


def give_back(provider_id: str, came_back: Return) -> bool:
    """The message came back, says who carried it; gives whether it is one of ours.

    After a hard failure nothing goes to the address until somebody gives another.
    """
    with transaction.atomic():
        row = _carried(provider_id)
        if row is not None and row.state in rules.GONE:
            _came_back(row, came_back, now=clock.now())
    return row is not None


def _carried(provider_id: str) -> models.Message | None:
    if not provider_id:
        return None
    return models.Message.objects.select_for_update().filter(provider_id=provider_id[:120]).order_by("-id").first()


def _came_back(row: models.Message, came_back: Return, *, now: datetime) -> None:
    row.state, row.reason, row.ended_at = MessageState.BOUNCED, came_back.reason, now
    row.detail = came_back.detail[:LONGEST_DETAIL]
    row.save()
    key = queries.address_key(Way(row.way), row.address)
    if key:
        _mark_failing(row, key, came_back, now=now)
    fact = NoticeReturned(
        row.id, way=row.way, reason=came_back.reason, is_hard=came_back.is_hard, contact_id=row.contact_id
    )
    journal.append(fact, by=f"system:{row.way}", at=now)


def _mark_failing(row: models.Message, key: str, came_back: Return, *, now: datetime) -> None:
    kept = models.Failing.objects.select_for_update().filter(way=row.way, address_key=key).first()
    failing = kept or models.Failing(way=row.way, address_key=key, times=0, is_hard=False, first_at=now)
    if failing.cleared_at is not None:
        failing.times, failing.is_hard, failing.first_at, failing.cleared_at = 0, False, now, None
    failing.times += 1
    failing.is_hard = failing.is_hard or came_back.is_hard or failing.times >= rules.SOFT_FAILURES
    failing.reason, failing.detail = came_back.reason, came_back.detail[:LONGEST_DETAIL]
    failing.contact_id, failing.last_at = row.contact_id or failing.contact_id, now
    failing.save()


def clear_failing(failing_id: int, *, by: str) -> None:
    """Somebody says that the address works after all, or is done with: what was held for it may go."""
    now = clock.now()
    with transaction.atomic():
        row = models.Failing.objects.select_for_update().filter(id=failing_id, cleared_at=None).first()
        if row is None:
            return
        row.cleared_at = now
        row.save()
        log.info("notice.address_cleared", extra={"failing": failing_id, "by": by})
        if row.contact_id is not None:
            release_corrected(row.contact_id)


def release_corrected(contact_id: int) -> int:
    """What was held because the person's address failed is due, if it is no old news; gives how many."""
    now = clock.now()
    rows = models.Message.objects.filter(
        contact_id=contact_id, state=MessageState.HELD, reason="failing_address",
        made_at__gte=now - rules.WORTH_CORRECTING,
    )  # fmt: skip
    return int(rows.update(state=MessageState.DUE, reason="", due_at=now, ended_at=None))


# --- by hand ----------------------------------------------------------------------------------------------------------

_RESENDABLE: Final = frozenset(MessageState) - {MessageState.DUE, MessageState.SENDING}


def resend(message_id: int, *, by: str) -> None:
    """The message is due once more, by itself, as a message of its own.  Raises: UnknownMessage; NotNow."""
    with transaction.atomic():
        row = _handled(message_id, "resent", allowed=_RESENDABLE, by=by)
        row.resends += 1
        row.state, row.reason, row.detail, row.gathers = MessageState.DUE, "", "", False
        row.due_at, row.tries, row.ended_at, row.digest_id = clock.now(), 0, None, None
        row.save()


def hold(message_id: int, *, by: str) -> None:
    """The message waits until somebody lets it go.  Raises: UnknownMessage; NotNow."""
    with transaction.atomic():
        row = _handled(message_id, "held", allowed=frozenset({MessageState.DUE}), by=by)
        row.state, row.reason = MessageState.HELD, "by_hand"
        row.save()


def release(message_id: int, *, by: str) -> None:
    """The message that was held may go.  Raises: UnknownMessage; NotNow."""
    with transaction.atomic():
        row = _handled(message_id, "released", allowed=frozenset({MessageState.HELD}), by=by)
        row.state, row.reason, row.due_at, row.ended_at = MessageState.DUE, "", clock.now(), None
        row.save()


def cancel(message_id: int, *, by: str) -> None:
    """The message will not be sent.  Raises: UnknownMessage; NotNow."""
    with transaction.atomic():
        row = _handled(message_id, "cancelled", allowed=rules.WAITING, by=by)
        row.state, row.reason, row.ended_at = MessageState.CANCELLED, "by_hand", clock.now()
        row.save()


def _handled(message_id: int, what: str, *, allowed: frozenset[MessageState], by: str) -> models.Message:
    row = _locked(message_id)
    if row.state not in allowed:
        raise NotNow(
            f"This message is '{row.state}'.", field="message", value=str(message_id),
            remedy="Look at it again: it may have been sent by now.",
        )  # fmt: skip
    journal.append(NoticeHandled(row.id, what=what, request_id=row.request_id), by=by, at=clock.now())
    return row


# --- answers ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Arrived:
    """What somebody sent us: under the key of who brought it, by which way, from where."""

    key: str
    way: Way
    address: str
    words: str
    at: datetime


def keep_incoming(
    arrived: Arrived, *, meaning: str, contact_id: int | None = None, request_id: int | None = None
) -> bool:  # fmt: skip
    """What arrived is kept with what it was taken for; gives whether it is new."""
    _, is_new = models.Incoming.objects.get_or_create(
        key=arrived.key[:120],
        defaults={
            "way": arrived.way, "address": arrived.address[:254], "words": arrived.words, "meaning": meaning,
            "contact_id": contact_id, "request_id": request_id, "at": arrived.at,
        },
    )  # fmt: skip
    return is_new


def mark_read(incoming_id: int, *, by: str) -> None:
    """Somebody has read the answer and done what it asks for.  Raises: UnknownIncoming."""
    if not models.Incoming.objects.filter(id=incoming_id).exists():
        raise UnknownIncoming("There is no such answer.", field="incoming", value=str(incoming_id))
    models.Incoming.objects.filter(id=incoming_id, read_at=None).update(read_at=clock.now(), read_by=by)


# --- words ------------------------------------------------------------------------------------------------------------


def save_drafts(kind: str, given: Mapping[str, Wording], *, by: str) -> None:
    """The words are kept as drafts; a language that was behind the other catches up when it is saved.

    Raises: UnknownKind; BadWording.
    """
    now = clock.now()
    tidy = {wording.language_of(language): wording.checked(kind, words) for language, words in given.items()}
    with transaction.atomic():
        held = {row.language: row for row in models.Draft.objects.select_for_update().filter(kind=kind)}
        changed = {
            language: words for language, words in tidy.items() if not _is_same(held.get(language), words)
        } or ({} if held else tidy)  # fmt: skip
        if not changed:
            _catch_up(held, tidy)
            return
        revision = rules.next_revision(
            {language: row.revision for language, row in held.items()}, given=frozenset(tidy)
        )
        for language, words in tidy.items():
            _keep_draft(kind, language, words, revision=revision, by=by, at=now)
        for language in set(LANGUAGES) - set(tidy) - set(held):
            _keep_draft(kind, language, queries.current(kind, language), revision=revision - 1, by=by, at=now)


def _is_same(row: models.Draft | None, words: Wording) -> bool:
    return row is not None and all(getattr(row, name) == getattr(words, name) for name in wording.MOST_LETTERS)


def _catch_up(held: Mapping[str, models.Draft], given: Mapping[str, Wording]) -> None:
    """Whoever saves both languages unchanged has looked at both: neither is behind any more."""
    if set(given) == set(held):
        newest = max(row.revision for row in held.values())
        models.Draft.objects.filter(id__in=[row.id for row in held.values()]).update(revision=newest)


def _keep_draft(kind: str, language: str, words: Wording, *, revision: int, by: str, at: datetime) -> None:
    parts = {name: getattr(words, name) for name in wording.MOST_LETTERS}
    models.Draft.objects.update_or_create(
        kind=kind, language=language, defaults=parts | {"revision": revision, "by": by, "at": at}
    )


def drop_drafts(kind: str) -> None:
    """What was being written of that kind is gone; the words in force stay.  Raises: UnknownKind."""
    models.Draft.objects.filter(kind=kind_of(kind).code).delete()


def publish(kind: str, *, by: str) -> int:
    """The drafts of every language are in force; gives their version.

    Raises: LanguageBehind when one language is missing or was changed after the other; UnknownKind; BadWording.
    """
    with transaction.atomic():
        rows = {row.language: row for row in models.Draft.objects.select_for_update().filter(kind=kind_of(kind).code)}
        newest = max((row.revision for row in rows.values()), default=0)
        behind = [each for each in LANGUAGES if each not in rows or rows[each].revision < newest]
        if behind:
            raise LanguageBehind(
                f"'{behind[0]}' is behind.", field="language", value=behind[0], remedy="Bring it up to date first."
            )
        words = {
            language: Wording(version=0, **{name: getattr(row, name) for name in wording.MOST_LETTERS})
            for language, row in rows.items()
        }
        number = _put_in_force(kind, words, by=by, restored=None)
        models.Draft.objects.filter(kind=kind).delete()
        return number


def restore(kind: str, version: int, *, by: str) -> int:
    """An earlier version is in force again, as a new one; 0 is what came with the product.

    Raises: UnknownKind; UnknownVersion.
    """
    with transaction.atomic():
        return _put_in_force(kind, queries.version(kind, version), by=by, restored=version)


def _put_in_force(kind: str, words: Mapping[str, Wording], *, by: str, restored: int | None) -> int:
    now = clock.now()
    tidy = {language: wording.checked(kind, each) for language, each in words.items()}
    latest = models.Wording.objects.filter(kind=kind).order_by("-version").values_list("version", flat=True).first()
    number = max(latest or 0, wording.shipped(kind, LANGUAGES[0]).version) + 1
    models.Wording.objects.bulk_create(
        [
            models.Wording(
                kind=kind, language=language, version=number, by=by, at=now,
                **{name: getattr(each, name) for name in wording.MOST_LETTERS},
            )
            for language, each in tidy.items()
        ]
    )  # fmt: skip
    journal.append(WordingPublished(number, kind=kind, restored=restored), by=by, at=now)
    return number


def forget_old(*, now: datetime, limit: int = 10_000) -> int:
    """Messages past their time go, with their tries; gives how many."""
    ids = list(
        models.Message.objects.filter(made_at__lt=now - rules.KEEP)
        .exclude(state__in=(MessageState.DUE, MessageState.SENDING, MessageState.HELD))
        .values_list("id", flat=True)[:limit]
    )
    models.Attempt.objects.filter(message_id__in=ids).delete()
    models.Incoming.objects.filter(at__lt=now - rules.KEEP).delete()
    return models.Message.objects.filter(id__in=ids).delete()[0] if ids else 0

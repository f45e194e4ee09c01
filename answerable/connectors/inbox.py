"""What comes back from other systems: every message is a row, applied once, or kept in the tray for a person.

A message that was heard before changes nothing; one that was overtaken is kept as a note; one that cannot be read,
names no work of ours, or asks for a step our rules refuse, waits with everything it said.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from answerable.catalogue import queries as catalogue
from answerable.connectors import drifting, models, rules
from answerable.connectors.events import NewsWaiting
from answerable.connectors.orders import LONGEST_WORDS, by, tell_order
from answerable.connectors.ports import Update
from answerable.connectors.rules import Kind, Ledger, Meaning, Verdict
from answerable.journal import actions as journal
from answerable.kernel.errors import AnswerableError
from answerable.kernel.ids import new_token
from answerable.plumbing import clock
from answerable.requests import actions as requests
from answerable.requests import pictures
from answerable.requests import queries as request_reads
from answerable.requests.actions import Change, Photo
from answerable.requests.errors import BadPhoto
from answerable.requests.rules import Lifecycle, Step, need_words

log = logging.getLogger(__name__)

LISTENER = "system:connectors"
"""Who looked after a message that needed nobody."""


def apply(connector: str, update: Update) -> Verdict:
    """What became of the message: the request followed it, or it changed nothing and is kept.

    The same message again is `repeated`, whoever brings it; a second copy that comes at the same time waits for the
    first.  Pictures are the department's own and shown with the request.
    """
    photos, problem = _kept_photos(connector, update)
    with transaction.atomic():
        row = _order_of(connector, update.reference)
        key = _key_of(row, update)
        earlier = models.Heard.objects.filter(connector=connector, key=key).first() if key else None
        if earlier is not None:
            _count_again(earlier, update)
            return Verdict.REPEATED
        if row is not None and not key and _says_nothing_new(row, update):
            return Verdict.REPEATED
        heard = _new_row(connector, update, row=row, key=key or new_token(), photos=photos)
        heard.problem = problem
        verdict, must_wait = _judge(row, update, heard)
        heard.verdict = verdict
        if not must_wait and not heard.problem:
            heard.read_at, heard.read_by = heard.at, LISTENER
        heard.save()
        if heard.read_at is None:
            _tell_kept(heard)
        elif row is not None:
            drifting.end_of_order(row.id)
    log.info("connector.heard", extra={"connector": connector, "verdict": verdict})
    return verdict


def _tell_kept(heard: models.Heard) -> None:
    fact = NewsWaiting(heard.id, connector=heard.connector, verdict=heard.verdict, request_id=heard.request_id)
    journal.append(fact, by=by(heard.connector), at=heard.at)


def _kept_photos(connector: str, update: Update) -> tuple[list[Photo], str]:
    """The pictures, written before any row is locked, and the code of what was wrong with one of them."""
    kept, problem = [], ""
    for content in update.photos[: pictures.MAX_PHOTOS]:
        try:
            scope = f"connector/{connector}/{update.reference}"
            kept.append(pictures.keep(content, scope=scope, folder=Path(settings.MEDIA_ROOT)).photo)
        except BadPhoto as error:
            problem = error.code
    return kept, problem


def _order_of(connector: str, reference: str) -> models.Delivery | None:
    """The work order that reference stands for, the one still running first; locked."""
    if not reference:
        return None
    rows = models.Delivery.objects.select_for_update().filter(
        Q(reference=reference) | Q(token=reference), connector=connector, kind=Kind.FILE
    )  # fmt: skip
    found = list(rows.order_by("-id")[:10])
    return next((each for each in found if each.ended_at is None), found[0] if found else None)


def _key_of(row: models.Delivery | None, update: Update) -> str:
    """What makes a message the same message; empty when nothing tells two apart but what they say."""
    if not update.event and update.sequence is None and update.told_at is None:
        return "" if row is not None else rules.key_of(update.reference, "bare", *_content(update))
    which = update.event or (update.told_at if update.sequence is None else update.sequence)
    return rules.key_of(update.reference, which, *_content(update))


def _content(update: Update) -> Sequence[object]:
    pictured = tuple(sha256(each).hexdigest() for each in update.photos)
    return rules.plain_word(update.word), update.words, update.expected_on, update.party, update.sequence, pictured


def _count_again(earlier: models.Heard, update: Update) -> None:
    """Only what was sent to us again is counted; rounds of asking hear the same every time."""
    if update.event:
        earlier.times += 1
        earlier.heard_at = clock.now()
        earlier.save()


def _says_nothing_new(row: models.Delivery, update: Update) -> bool:
    word = rules.plain_word(update.word)
    is_told = word in {"", row.remote_word} and not unsaid(row.request_id, update.words) and not update.photos
    return is_told and (update.expected_on is None or request_reads.by_id(row.request_id).until == update.expected_on)


def _new_row(
    connector: str, update: Update, *, row: models.Delivery | None, key: str, photos: Sequence[Photo]
) -> models.Heard:
    now = clock.now()
    return models.Heard(
        connector=connector, key=key, delivery_id=row.id if row else None, request_id=row.request_id if row else None,
        reference=update.reference[:120], event=update.event[:120], sequence=update.sequence,
        word=rules.plain_word(update.word), words=update.words[:LONGEST_WORDS], party=update.party[:120],
        expected_on=update.expected_on, photos=[asdict(each) for each in photos], told_at=update.told_at, at=now,
        heard_at=now,
    )  # fmt: skip


# --- what is made of it ---------------------------------------------------------------------------------------------


def _judge(row: models.Delivery | None, update: Update, heard: models.Heard) -> tuple[Verdict, bool]:
    """The verdict, and whether a person must look at it."""
    if row is None:
        return Verdict.UNKNOWN_REFERENCE, True
    keep_photos(row.request_id, heard, connector=row.connector)
    if row.ended_at is not None or not _is_current(row):
        return Verdict.LATE, _keep_overtaken(row, heard)
    if rules.is_late(
        sequence=update.sequence, told_at=update.told_at, last_sequence=row.remote_sequence, last_at=row.remote_at
    ):
        say(row.request_id, heard, connector=row.connector, audience="public")
        return Verdict.LATE, True
    if _is_reused(heard):
        heard.problem = "event_reused"
        return Verdict.UNREAD, True
    verdict = _follow(row, update, heard)
    row.remote_word = heard.word or row.remote_word
    row.remote_at = update.told_at or row.remote_at
    row.remote_sequence = update.sequence if update.sequence is not None else row.remote_sequence
    row.save()
    return verdict, verdict is not Verdict.APPLIED


def _is_current(row: models.Delivery) -> bool:
    orders = request_reads.handoffs(row.request_id)
    return bool(orders) and orders[-1].id == row.handoff_id


def _is_reused(heard: models.Heard) -> bool:
    """Whether their id of this message was another message's already: a person decides which of them holds."""
    same = models.Heard.objects.filter(connector=heard.connector, reference=heard.reference, event=heard.event)
    return bool(heard.event) and same.exclude(id=heard.id).exists()


def _keep_overtaken(row: models.Delivery, heard: models.Heard) -> bool:
    """Words about an order that another one has followed are kept for staff; who still works on it, a person tells."""
    said = say(row.request_id, heard, connector=row.connector, audience="staff")
    stage = meaning_of(row.connector, heard.word).stage
    is_echo = stage in {"resolved", "refused", "acknowledged"} or heard.word in {"", row.remote_word}
    return said or bool(heard.photos) or not is_echo


def meaning_of(connector: str, word: str) -> Meaning:
    """What the connector's word means here: as somebody said in the office, else by the city's own table, else as
    everywhere.
    """
    learned = models.Meaning.objects.filter(connector=connector, word=rules.plain_word(word)).first()
    if learned is not None:
        return rules.meaning_of(word, own={word: learned.meaning})
    named = catalogue.active().connectors.get(connector)
    return rules.meaning_of(word, own=named.statuses if named else {})


def _follow(row: models.Delivery, update: Update, heard: models.Heard) -> Verdict:
    word = heard.word
    meaning = meaning_of(row.connector, word)
    if word in {"", row.remote_word} and meaning.stage not in {"scheduled", "asked"}:
        say(row.request_id, heard, connector=row.connector, audience="public")
        return Verdict.APPLIED
    if meaning == rules.UNREAD:
        return Verdict.UNREAD
    if meaning.stage == "refused":
        _send_back(row, update.words or update.word)
        return Verdict.APPLIED
    was_over = meaning_of(row.connector, row.remote_word).stage == "resolved" if row.remote_word else False
    is_newer = update.told_at is not None and row.remote_at is not None and update.told_at > row.remote_at
    found = request_reads.by_id(row.request_id)
    step = rules.step_for(
        meaning, state=found.lifecycle, until=found.until, expected_on=update.expected_on,
        may_reopen=was_over and is_newer,
    )  # fmt: skip
    if step is not None:
        return take(row.request_id, step, heard, connector=row.connector)
    say(row.request_id, heard, connector=row.connector, audience="public")
    return Verdict.UNREAD if was_over and meaning.stage != "resolved" else Verdict.APPLIED


def choose(row: models.Delivery, meaning: Meaning, heard: models.Heard) -> None:
    """The request follows the message as a person reads it, also where it had been ended.

    Raises: what the requests room refuses of the step.
    """
    if meaning.stage == "refused":
        _send_back(row, heard.words or heard.word)
        row.save()
        return
    found = request_reads.by_id(row.request_id)
    step = rules.step_for(
        meaning, state=found.lifecycle, until=found.until, expected_on=heard.expected_on, may_reopen=True
    )
    if step is None:
        say(row.request_id, heard, connector=row.connector, audience="public")
        return
    if step.to is Lifecycle.AWAITING_REQUESTER:
        need_words(heard.words)
    change = Change.now(key=rules.key_of("chosen", heard.key or heard.id, meaning.stage), by=by(row.connector))
    requests.move(row.request_id, step, change, note=unsaid(row.request_id, heard.words))


def judge_again(row: models.Delivery, heard: models.Heard) -> Verdict:
    """The verdict on a message whose work order was found only now; it waits on where a person must still decide."""
    heard.delivery_id, heard.request_id = row.id, row.request_id
    update = Update(
        heard.reference, heard.word, heard.words, heard.told_at, heard.expected_on, heard.event, heard.sequence
    )
    heard.problem = ""
    verdict, must_wait = _judge(row, update, heard)
    heard.verdict = verdict
    heard.read_at = None if must_wait or heard.problem else clock.now()
    heard.save()
    return verdict


def _send_back(row: models.Delivery, words: str) -> None:
    row.state, row.reason, row.attempt_id = Ledger.REFUSED, words[:LONGEST_WORDS], None
    tell_order(row)


def take(request_id: int, step: Step, heard: models.Heard, *, connector: str) -> Verdict:
    """The request takes the step the message asks for; one our rules refuse changes nothing."""
    if step.to is Lifecycle.AWAITING_REQUESTER and not heard.words.strip():
        heard.problem = "no_question"
        return Verdict.REFUSED_STEP
    change = Change.now(key=rules.key_of("heard", heard.key, connector), by=by(connector))
    try:
        with transaction.atomic():
            requests.move(request_id, step, change, note=unsaid(request_id, heard.words))
    except AnswerableError as refusal:
        log.warning("connector.step_refused", extra={"connector": connector, "code": refusal.code})
        heard.problem = refusal.code
        return Verdict.REFUSED_STEP
    return Verdict.APPLIED


# --- what is kept with the request ----------------------------------------------------------------------------------


def keep_photos(request_id: int, heard: models.Heard, *, connector: str) -> None:
    """The pictures of the message are the request's, as its department's; kept twice they are one."""
    for told in heard.photos:
        photo = Photo(**told | {"key": rules.key_of(request_id, told["key"])})
        change = Change.now(key=rules.key_of("photo", request_id, told["key"]), by=by(connector))
        requests.add_photo(request_id, change, photo=photo, is_public=True)


def unsaid(request_id: int, words: str) -> str:
    """The words, when the request's notes do not hold them already."""
    said = "".join(each for each in words if each in "\n\t" or each.isprintable()).strip()[:LONGEST_WORDS]
    return "" if any(note.words.strip() == said for note in request_reads.notes(request_id)) else said


def say(request_id: int, heard: models.Heard, *, connector: str, audience: str) -> bool:
    """Whether the message had words that were not yet said; they are a note now."""
    said = unsaid(request_id, heard.words)
    if said:
        change = Change.now(key=rules.key_of("note", request_id, said), by=by(connector))
        requests.add_note(request_id, change, words=said, audience=audience)
    return bool(said)

"""From facts to messages: who is told what, by which way, when.  Reads in a few statements for a whole batch."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from answerable.catalogue import queries as catalogue
from answerable.contacts import queries as contacts
from answerable.contacts.queries import DeviceView, Reach
from answerable.contacts.rules import MessageClass, Way, Wished
from answerable.guard import queries as guard
from answerable.journal.records import RecordedFact
from answerable.notices import links, queries, rules
from answerable.notices.composing import Letter, Occasion, Recipient, day_words, letter_of, request_values
from answerable.notices.kinds import KINDS, Kind, kind_of
from answerable.notices.news import Story, kind_for, values_of
from answerable.notices.rules import MessageState
from answerable.notices.wording import LANGUAGES, Wording, language_of
from answerable.requests import audience
from answerable.requests.audience import FollowerView
from answerable.requests.rules import Lifecycle, Visibility
from answerable.requests.views import RequestView


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who may be told of a request, with what decides when."""

    recipient: Recipient
    wished: Wished = field(default_factory=Wished)
    open_requests: int = 0
    is_failing: bool = False


@dataclass(frozen=True, slots=True)
class _Known:
    """What was read for a batch of facts."""

    requests: Mapping[int, RequestView]
    notes: Mapping[int, str]
    surges: Mapping[tuple[int, str], str]
    readers: Mapping[int, Sequence[Reader]]
    words: Mapping[tuple[str, str], Wording]


def letters_of(facts: Sequence[RecordedFact], *, now: datetime) -> list[Letter]:
    """The messages those facts give the people they concern."""
    news = [(fact, kind_of(code)) for fact in facts if (code := kind_for(fact))]
    if not news:
        return []
    known = _known(news)
    return [
        letter
        for fact, kind in news
        if (request := known.requests.get(int(fact.subject_key))) is not None
        for reader in known.readers.get(request.id, ())
        if (letter := _letter(fact, kind, request, reader, known, now=now)) is not None
    ]


def _known(news: Sequence[tuple[RecordedFact, Kind]]) -> _Known:
    ids = sorted({int(fact.subject_key) for fact, _ in news})
    parts = audience.parts_among(ids)
    requests = {key: each for key, each in audience.views_by_ids(ids).items() if key not in parts}
    note_ids = [note for fact, _ in news if isinstance(note := fact.body.get("note_id"), int)]
    notes = {note.id: note.words for note in audience.notes_by_ids(note_ids).values() if note.audience == "public"}
    return _Known(
        requests=requests, notes=notes, surges=_surge_words([fact for fact, _ in news]),
        readers=readers_of(list(requests.values())),
        words=queries.current_words(sorted({kind.code for _, kind in news})),
    )  # fmt: skip


def _surge_words(facts: Sequence[RecordedFact]) -> dict[tuple[int, str], str]:
    """What was written to everybody whose date changed together, by surge and language."""
    ids = {surge for fact in facts if isinstance(surge := fact.body.get("surge"), int)}
    return {
        (surge, language): words
        for language in (LANGUAGES if ids else ())
        for surge, words in guard.words_of(ids, language=language).items()
    }


# --- who --------------------------------------------------------------------------------------------------------------


def readers_of(requests: Sequence[RequestView]) -> dict[int, list[Reader]]:
    """Everybody who asked to hear of each of those requests, by every way they are reached."""
    followers = audience.followers_of([each.id for each in requests])
    ids = {each.contact_id for each in requests if each.contact_id} | {each.contact_id for each in followers}
    reaches = {key: reach for some in _slices(sorted(ids)) for key, reach in contacts.reaches(some).items()}
    counts = {key: count for some in _slices(sorted(ids)) for key, count in audience.open_counts(some).items()}
    following: dict[int, list[FollowerView]] = defaultdict(list)
    for each in followers:
        following[each.request_id].append(each)
    found = {
        request.id: [
            replace(reader, open_requests=counts.get(reader.recipient.contact_id or 0, 0))
            for reader in _people(request, following[request.id], reaches)
        ]
        for request in requests
    }
    devices = _devices(requests)
    return {key: [*_stopped(people), *devices[key]] for key, people in found.items()}


def _slices(ids: Sequence[int], *, size: int = 500) -> Iterable[Sequence[int]]:
    return (ids[start : start + size] for start in range(0, len(ids), size))


def _people(
    request: RequestView, following: Sequence[FollowerView], reaches: Mapping[int, Reach]
) -> Iterable[Reader]:  # fmt: skip
    told: set[int] = set()
    own = reaches.get(request.contact_id or 0)
    if own is not None:
        told.add(own.contact.id)
        for way in own.ways(MessageClass.SERVICE):
            if request.wishes_contact or own.consents.get((MessageClass.SERVICE, way)):
                yield Reader(_recipient(own, way, language=own.contact.language, token=request.token), own.wished)
    for each in following:
        reach = reaches.get(each.contact_id)
        if reach is None or each.contact_id in told:
            continue
        told.add(each.contact_id)
        for way in reach.ways(MessageClass.SERVICE):
            recipient = _recipient(reach, way, language=each.language, token=each.token)
            yield Reader(replace(recipient, is_requester=False), reach.wished)


def _recipient(reach: Reach, way: Way, *, language: str, token: str) -> Recipient:
    return Recipient(
        contact_id=reach.contact.id, way=way, address=reach.address(way), language=language_of(language),
        link_token=token,
    )  # fmt: skip


def _stopped(people: Sequence[Reader]) -> list[Reader]:
    """Who has another way is reached by that; who has only a failing address waits until it is corrected."""
    keys: dict[Way, set[str]] = defaultdict(set)
    for each in people:
        keys[each.recipient.way].add(_spot(each)[1])
    stopped = {(way, key) for way, some in keys.items() for key in queries.stopped_addresses(way, sorted(some))}
    if not stopped:
        return list(people)
    marked = [replace(each, is_failing=_spot(each) in stopped) for each in people]
    reached = {each.recipient.contact_id for each in marked if not each.is_failing}
    return [each for each in marked if not each.is_failing or each.recipient.contact_id not in reached]


def _spot(reader: Reader) -> tuple[Way, str]:
    way = reader.recipient.way
    return way, queries.address_key(way, reader.recipient.address)


def _devices(requests: Sequence[RequestView]) -> Mapping[int, list[Reader]]:
    by_subject = {f"request:{each.id}": each for each in requests}
    found: dict[int, list[Reader]] = defaultdict(list)
    for device in contacts.devices_of_all(list(by_subject)):
        request = by_subject[device.subject]
        found[request.id].append(Reader(_device(device, request)))
    return found


def _device(device: DeviceView, request: RequestView) -> Recipient:
    return Recipient(
        contact_id=None, way=Way.PUSH, address=f"device:{device.id}", language=language_of(device.language),
        link_token=device.link, is_requester=device.link == request.token,
    )  # fmt: skip


# --- what and when ----------------------------------------------------------------------------------------------------


def _letter(
    fact: RecordedFact, kind: Kind, request: RequestView, reader: Reader, known: _Known, *, now: datetime
) -> Letter | None:  # fmt: skip
    to = reader.recipient
    if kind.code == "question" and not to.is_requester:
        return None
    city = catalogue.version(request.catalogue_version)
    story = Story(fact, request, city, words=_words(fact, known, to.language), now=now)
    if kind.code == "note" and not story.words:
        return None
    values = values_of(
        kind.code, story, language=to.language, is_requester=to.is_requester, link_token=to.link_token
    )  # fmt: skip
    gathers = not kind.at_once and reader.wished.digest and to.way is not Way.PUSH
    occasion = Occasion(
        kind, key=f"{fact.id}/{to.contact_id or to.address}/{to.way}", fact_id=fact.id, request_id=request.id,
        due_at=due_at(kind, reader, now=now, gathers=gathers), gathers=gathers,
    )  # fmt: skip
    letter = letter_of(
        occasion,
        to,
        known.words[kind.code, to.language],
        values,
        city=city,
        link=links.follow(to.language, token=to.link_token),
    )
    return replace(letter, state=MessageState.HELD, reason="failing_address") if reader.is_failing else letter


def _words(fact: RecordedFact, known: _Known, language: str) -> str:
    """What was written to the resident with the fact: a note, or the words of a surge in that language."""
    note, surge = fact.body.get("note_id"), fact.body.get("surge")
    if isinstance(surge, int):
        return known.surges.get((surge, language), "")
    return known.notes.get(note, "") if isinstance(note, int) else ""


def due_at(kind: Kind, reader: Reader, *, now: datetime, gathers: bool) -> datetime:
    """When the message may go: after the time for more news to come, and not in quiet hours."""
    waits = timedelta() if not gathers else rules.BUSY_WAIT if reader.open_requests >= rules.BUSY else rules.WAIT
    if kind.answers or kind.message_class is MessageClass.EMERGENCY:
        return now + waits
    quiet = rules.quiet_hours(reader.recipient.way, reader.wished)
    return rules.may_go_at(now + waits, quiet=quiet, zone=catalogue.active().timezone)


# --- asked once more --------------------------------------------------------------------------------------------------


def reminders_of(asked: Mapping[int, datetime], *, now: datetime) -> list[Letter]:
    """The reminders to those requesters who were asked and have not answered; by request, when it came due."""
    waiting = [
        each
        for each in audience.views_by_ids(list(asked)).values()
        if each.lifecycle is Lifecycle.AWAITING_REQUESTER
    ]  # fmt: skip
    readers, words = readers_of(waiting), queries.current_words(["reminder"])
    return [
        _reminder(request, reader, words, asked[request.id], now=now)
        for request in waiting
        for reader in readers[request.id]
        if reader.recipient.is_requester and not reader.is_failing
    ]


def _reminder(
    request: RequestView, reader: Reader, words: Mapping[tuple[str, str], Wording], due: datetime, *, now: datetime
) -> Letter:  # fmt: skip
    to, kind = reader.recipient, KINDS["reminder"]
    city = catalogue.version(request.catalogue_version)
    values = request_values(request, city=city, language=to.language, is_requester=True, now=now)
    values |= {
        "words": audience.question_of(request.id) if request.visibility is not Visibility.CONFIDENTIAL else "",
        "last_day": day_words(due + rules.REMIND_BEFORE, language=to.language, city=city, now=now),
    }
    occasion = Occasion(
        kind, key=f"reminder/{request.id}/{due.isoformat()}/{to.contact_id or to.address}/{to.way}"[:120],
        request_id=request.id, due_at=due_at(kind, reader, now=now, gathers=False),
    )  # fmt: skip
    link = links.follow(to.language, token=to.link_token)
    return letter_of(occasion, to, words["reminder", to.language], values, city=city, link=link)

"""One request as its requester or a follower reads it: proofs, promise clock, history, ledger.

Nothing is drawn as a fact that the tables do not prove: a hand-off nobody confirmed is "not yet confirmed".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from answerable.catalogue import queries as catalogue
from answerable.catalogue.city import City
from answerable.catalogue.structs import Service
from answerable.journal import queries as journal
from answerable.journal.records import RecordedFact
from answerable.promises import queries as promises
from answerable.promises.clock import PromiseClock
from answerable.promises.rules import Kind
from answerable.requests import queries as requests
from answerable.requests.proofs import dispute_days, may_dispute
from answerable.requests.rules import DISPUTE_REASONS, Lifecycle, Shows, Visibility, may_rate
from answerable.requests.views import LinkView, PhotoView, RequestView
from answerable.web.components import facts, formats, standing
from answerable.web.components.standing import Clock, Proof
from answerable.web.components.surges import surge_words
from answerable.web.components.told import Scene

CONFIRMED = frozenset({"acknowledged", "done_reported"})
OWNERS = ("department:", "connector:")
"""Whose pictures may be meant for staff only: the requester sees those that show the work."""

SENT_BACK = frozenset({"refused", "failed", "out_of_sync"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the history; `at` for what happened, `when` for what comes next."""

    title: str
    text: str = ""
    kind: str = ""
    at: datetime | None = None
    when: str = ""


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """What was promised first, what is promised now, and every pause with its reason."""

    target: str
    first: datetime
    due: datetime
    state: str
    pauses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Story:
    """Everything a follow page shows."""

    request: RequestView
    city: City
    service: Service
    is_requester: bool
    clock: Clock | None
    proofs: tuple[Proof, ...]
    entries: tuple[Entry, ...]
    ledger: tuple[LedgerLine, ...]
    photos: tuple[PhotoView, ...]
    links: tuple[LinkView, ...]
    question: str
    may_dispute: bool
    dispute_until: datetime | None
    may_reply: bool
    may_rate: bool


def of(request: RequestView, *, is_requester: bool, now: datetime) -> Story:
    """The story of the request, for whoever reported it or for somebody who follows it."""
    city = catalogue.version(request.catalogue_version)
    service = city.service(request.service_code)
    history = journal.timeline(f"request:{request.id}")
    kept = requests.notes(request.id)
    notes = {note.id: note.words for note in kept if note.audience == "public"} if is_requester else {}
    clocks = promises.clocks_of(request.id)
    handoffs = requests.handoffs(request.id)
    is_waiting = request.lifecycle is Lifecycle.AWAITING_REQUESTER
    return Story(
        request=request, city=city, service=service, is_requester=is_requester,
        clock=standing.clock_of(standing.leading(clocks), now=now),
        proofs=standing.proofs_of(request, city=city, handoffs=handoffs, clocks=clocks, now=now),
        entries=_entries(request, history, _scene(city, service, notes, history), now=now),
        ledger=tuple(_ledger_line(clock, now=now) for clock in clocks),
        photos=shown_photos(request, is_requester=is_requester),
        links=requests.links(request.id),
        question=_question(history, notes) if is_waiting else "",
        may_dispute=may_dispute(request, now=now),
        dispute_until=request.resolved_at + timedelta(days=dispute_days(request)) if request.resolved_at else None,
        may_reply=is_waiting and is_requester,
        may_rate=is_requester and may_rate(request.lifecycle, resolved_at=request.resolved_at, now=now),
    )  # fmt: skip


def dispute_reasons() -> list[tuple[str, str]]:
    """What a resident may choose when it is not fixed: code and words."""
    words = {
        "not_fixed": _("Nothing was done"),
        "partly_fixed": _("Only a part was done"),
        "came_back": _("It came back"),
        "other_spot": _("They worked at another spot"),
        "nobody_came": _("Nobody came"),
    }
    return [(code, words[code]) for code in DISPUTE_REASONS]


def _scene(city: City, service: Service, notes: Mapping[int, str], history: Sequence[RecordedFact]) -> Scene:
    return Scene(city=city, service_code=service.code, notes=notes, surges=surge_words(history))


def shown_photos(request: RequestView, *, is_requester: bool) -> tuple[PhotoView, ...]:
    """What may be shown: released pictures, and to the requester also what residents sent.

    A request that is public without its words is so without its pictures, too.
    """
    if not request.photos or not (is_requester or request.visibility is Visibility.PUBLIC):
        return ()
    return tuple(
        photo
        for photo in requests.photos(request.id)
        if photo.is_public or (is_requester and (photo.shows == Shows.WORK or not photo.by.startswith(OWNERS)))
    )


def _question(history: Sequence[RecordedFact], notes: Mapping[int, str]) -> str:
    """What the city asked last."""
    for fact in reversed(history):
        note_id = fact.body.get("note_id")
        if fact.kind == "request.moved" and fact.body.get("after") == "awaiting_requester":
            return notes.get(note_id, "") if isinstance(note_id, int) else ""
    return ""


# --- history and ledger ---------------------------------------------------------------------------------------


def _entries(
    request: RequestView, history: Sequence[RecordedFact], scene: Scene, *, now: datetime
) -> tuple[Entry, ...]:
    told = [(fact, entry) for fact in _without_echoes(history) if (entry := facts.to_resident(fact, scene)) is not None]
    told.sort(key=lambda pair: (pair[0].at, pair[0].seq), reverse=True)
    past = [Entry(at=fact.at, title=entry.title, text=entry.text, kind=entry.tone) for fact, entry in told]
    return (*_next(request, now=now), *past)


def _without_echoes(history: Sequence[RecordedFact]) -> list[RecordedFact]:
    """One promise act on both targets is one line: that of the end, if it has one."""
    ends = {(fact.kind, fact.at) for fact in history if fact.body.get("target") == "completion"}
    return [fact for fact in history if fact.body.get("target") != "first_action" or (fact.kind, fact.at) not in ends]


def _next(request: RequestView, *, now: datetime) -> list[Entry]:
    """What comes next, as far as it is known."""
    if not request.is_open:
        return []
    if request.lifecycle is Lifecycle.SCHEDULED and request.until:
        return [
            Entry(
                when=_("Next, %(day)s") % {"day": formats.local_date(request.until)},
                title=_("Planned work"),
                kind="next",
            )
        ]
    if request.completion_due and request.completion_due > now and request.paused_since is None:
        day = formats.local_date(request.completion_due)
        return [Entry(when=_("Next, by %(day)s") % {"day": day}, title=_("Done, as promised"), kind="next")]
    return []


def _ledger_line(clock: PromiseClock, *, now: datetime) -> LedgerLine:
    target = _("Done") if clock.target.kind is Kind.COMPLETION else _("First action")
    if clock.round > 1:
        target = _("%(target)s, after reopening") % {"target": target}
    return LedgerLine(
        target=target, first=clock.first_due_at, due=clock.due_at, state=clock.standing(now=now).value,
        pauses=tuple(
            _("%(start)s to %(end)s: %(reason)s") % {
                "start": formats.local_date(pause.started_at, "short"),
                "end": formats.local_date(pause.ended_at, "short") if pause.ended_at else _("now"),
                "reason": facts.reason_words(pause.reason) or _("paused"),
            }
            for pause in clock.pauses
        ),
    )  # fmt: skip

"""One request as its requester or a follower reads it: proofs, promise clock, history, ledger.

Nothing is drawn as a fact that the tables do not prove: a hand-off nobody confirmed is "not yet confirmed".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from answerable.catalogue import queries as catalogue
from answerable.catalogue.city import City
from answerable.catalogue.structs import Service
from answerable.journal import queries as journal
from answerable.journal.records import RecordedFact
from answerable.kernel.languages import in_language
from answerable.promises import queries as promises
from answerable.promises.clock import PromiseClock
from answerable.promises.rules import Kind, State
from answerable.requests import queries as requests
from answerable.requests.rules import Lifecycle, Visibility, may_dispute
from answerable.requests.views import HandoffView, LinkView, PhotoView, RequestView
from answerable.web.components import facts, formats
from answerable.web.components.facts import Scene

CONFIRMED = frozenset({"acknowledged", "done_reported"})
SENT_BACK = frozenset({"refused", "failed", "out_of_sync"})


@dataclass(frozen=True, slots=True)
class Proof:
    """One of the three proofs: `state` is proved, waiting or late."""

    state: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Clock:
    """The promise as a drawing and in words.  Units: shares 0 to 1 of the drawn time."""

    state: str
    big: str
    due: str
    share: float
    due_share: float
    start: str
    end: str
    heading: str
    why: str
    label: str


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
    may_reply: bool


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
        clock=_clock(_leading(clocks), now=now),
        proofs=(_logged(request), _sent(city, handoffs), _acted(request, clocks, now=now)),
        entries=_entries(request, history, Scene(city=city, service_code=service.code, notes=notes), now=now),
        ledger=tuple(_ledger_line(clock, now=now) for clock in clocks),
        photos=shown_photos(request, is_requester=is_requester),
        links=requests.links(request.id),
        question=_question(history, notes) if is_waiting else "",
        may_dispute=may_dispute(request.lifecycle, resolved_at=request.resolved_at, now=now),
        may_reply=is_waiting and is_requester,
    )  # fmt: skip


def shown_photos(request: RequestView, *, is_requester: bool) -> tuple[PhotoView, ...]:
    """What may be shown: released pictures, and to the requester also what residents sent.

    A request that is public without its words is so without its pictures, too.
    """
    if not request.photos or not (is_requester or request.visibility is Visibility.PUBLIC):
        return ()
    return tuple(
        photo
        for photo in requests.photos(request.id)
        if photo.is_public or (is_requester and not photo.by.startswith("department:"))
    )


def _question(history: Sequence[RecordedFact], notes: Mapping[int, str]) -> str:
    """What the city asked last."""
    for fact in reversed(history):
        note_id = fact.body.get("note_id")
        if fact.kind == "request.moved" and fact.body.get("after") == "awaiting_requester":
            return notes.get(note_id, "") if isinstance(note_id, int) else ""
    return ""


# --- the three proofs -----------------------------------------------------------------------------------------


def _logged(request: RequestView) -> Proof:
    said = {"number": request.number, "when": formats.local_datetime(request.logged_at)}
    if journal.broken_chains(subject=f"request:{request.id}", limit=1):
        return Proof(
            "late",
            _("Logged"),
            _("As %(number)s on %(when)s; its record does not match its seal. We are looking into it.") % said,
        )
    return Proof("proved", _("Logged"), _("As %(number)s on %(when)s; its record is sealed and whole.") % said)


def _sent(city: City, handoffs: Sequence[HandoffView]) -> Proof:
    if not handoffs:
        return Proof("waiting", _("Sent"), _("Not yet sent to a department."))
    last = handoffs[-1]
    name = in_language(city.department(last.department).name, language=get_language() or "en")
    said = {
        "department": name,
        "sent": formats.local_datetime(last.sent_at or last.made_at, "short"),
        "confirmed": formats.local_datetime(last.acknowledged_at or last.made_at, "short"),
    }
    title = _("Sent to %(department)s") % said
    if last.state in CONFIRMED:
        return Proof("proved", title, _("%(sent)s; confirmed by the department %(confirmed)s") % said)
    if last.state in SENT_BACK:
        return Proof("late", title, _("The department did not take it. We are finding the right team."))
    if last.state == "queued":
        return Proof("waiting", title, _("It is about to be sent."))
    return Proof("waiting", title, _("%(sent)s; not yet confirmed by the department.") % said)


def _acted(request: RequestView, clocks: Sequence[PromiseClock], *, now: datetime) -> Proof:
    leading = _leading(clocks)
    standing = leading.standing(now=now) if leading else None
    if request.resolved_at is not None:
        done = {"when": formats.local_date(request.resolved_at)}
        if standing is State.MET_LATE:
            return Proof("late", _("Acted on, late"), _("Ended on %(when)s, after the promised date.") % done)
        in_time = _("Ended on %(when)s, in time.") if standing is State.MET else _("Ended on %(when)s.")
        return Proof("proved", _("Acted on"), in_time % done)
    began = (
        _("First action: %(when)s.") % {"when": formats.local_date(request.first_action_at)} + " "
        if request.first_action_at
        else ""
    )
    if leading is None:
        return Proof("waiting", _("Acted on"), began + _("Not done yet."))
    due = {"when": formats.local_date(leading.due_at)}
    if standing is State.BREACHED:
        return Proof("late", _("Acted on"), began + _("Not done. It was due on %(when)s.") % due)
    return Proof("waiting", _("Acted on"), began + _("Not done yet. Due on %(when)s.") % due)


# --- the clock ------------------------------------------------------------------------------------------------


def _leading(clocks: Sequence[PromiseClock]) -> PromiseClock | None:
    """The promise that counts: the end of the latest round, else its first action."""
    latest = [clock for clock in clocks if clock.round == clocks[-1].round] if clocks else []
    return next((clock for clock in latest if clock.target.kind is Kind.COMPLETION), latest[0] if latest else None)


def _clock(clock: PromiseClock | None, *, now: datetime) -> Clock | None:
    if clock is None:
        return None
    state = clock.standing(now=now)
    until = clock.met_at or clock.voided_at or clock.paused_since or now
    total = max(clock.due_at, until) - clock.started_at
    is_end = clock.target.kind is Kind.COMPLETION
    return Clock(
        state=state.value,
        big=_big(clock, state, now=now),
        due=formats.local_datetime(clock.due_at),
        share=_share(until - clock.started_at, total),
        due_share=_share(clock.due_at - clock.started_at, total),
        start=_("Counted from %(day)s") % {"day": formats.local_date(clock.started_at, "short")},
        end=formats.local_date(max(clock.due_at, until), "short"),
        heading="" if is_end else _("First action"),
        why=_why(clock, state),
        label=_("Promised by"),
    )


def _share(part: timedelta, whole: timedelta) -> float:
    return round(max(0.0, min(1.0, part / whole)), 3) if whole else 1.0


def _big(clock: PromiseClock, state: State, *, now: datetime) -> str:
    if state is State.BREACHED:
        return _("%(time)s late") % {"time": _length(now - clock.due_at)}
    if state is State.MET_LATE and clock.met_at:
        return _("Done, %(time)s late") % {"time": _length(clock.met_at - clock.due_at)}
    fixed = {State.PAUSED: _("The clock is paused"), State.MET: _("Done in time"), State.VOID: _("No longer promised")}
    return fixed.get(state) or _("%(time)s left") % {"time": _length(clock.due_at - now)}


def _length(time: timedelta) -> str:
    return formats.time_words(max(60.0, time.total_seconds()))


def _why(clock: PromiseClock, state: State) -> str:
    if state is State.BREACHED:
        return _(
            "We missed our date, and we are sorry. The date stays on the record, and you see every next step here."
        )
    if state is State.AT_RISK:
        return _("Most of the promised time has passed. If we cannot keep the date, we say so here.")
    if state is State.PAUSED:
        reason = facts.reason_words(clock.pauses[-1].reason)
        since = _("Paused since %(day)s") % {"day": formats.local_date(clock.paused_since)}
        latest = clock.pause_ends_by
        ends = (
            " " + _("It runs again on %(day)s at the latest.") % {"day": formats.local_date(latest)} if latest else ""
        )
        return (f"{since}: {reason}." if reason else f"{since}.") + ends
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

"""How a request stands, for every surface: the promise as a clock, and the three proofs of what was done.

Nothing is drawn as a fact that the tables do not prove: a hand-off nobody confirmed is "not yet confirmed".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from answerable.catalogue.city import City
from answerable.journal import queries as journal
from answerable.kernel.languages import in_language
from answerable.promises.clock import PromiseClock
from answerable.promises.rules import Kind, State
from answerable.requests.views import HandoffView, RequestView
from answerable.web.components import facts, formats

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


def proofs_of(
    request: RequestView, *, city: City, handoffs: Sequence[HandoffView], clocks: Sequence[PromiseClock], now: datetime
) -> tuple[Proof, Proof, Proof]:
    """Logged and sealed, sent and confirmed, acted on in time: each proved, awaited or late."""
    return logged_proof(request), sent_proof(city, handoffs), acted_proof(request, clocks, now=now)


# --- the three proofs --------------------


def logged_proof(request: RequestView) -> Proof:
    """That it was logged, and that nobody altered its history since."""
    said = {"number": request.number, "when": _moment(request.logged_at)}
    if journal.broken_chains(subject=f"request:{request.id}", limit=1):
        return Proof(
            "late",
            _("Logged"),
            _("%(number)s, %(when)s. Its record does not match its seal. We are looking into it.") % said,
        )
    return Proof("proved", _("Logged"), _("%(number)s, %(when)s. Its record is sealed and whole.") % said)


def _moment(at: datetime, style: str = "long") -> str:
    """The instant before a full stop, so that `p.m.` does not end in two."""
    return formats.local_datetime(at, style).removesuffix(".")


def sent_proof(city: City, handoffs: Sequence[HandoffView]) -> Proof:
    """That the department was told, and whether it confirmed."""
    if not handoffs:
        return Proof("waiting", _("Sent"), _("Not yet sent to a department."))
    last = handoffs[-1]
    name = in_language(city.department(last.department).name, language=get_language() or "en")
    said = {
        "department": name,
        "sent": _moment(last.sent_at or last.made_at, "short"),
        "confirmed": _moment(last.acknowledged_at or last.made_at, "short"),
    }
    title = _("Sent to %(department)s") % said
    if last.state in CONFIRMED:
        return Proof("proved", title, _("%(sent)s. The department confirmed it: %(confirmed)s.") % said)
    if last.state in SENT_BACK:
        return Proof("late", title, _("The department did not take it. We are finding the right team."))
    if last.state == "queued":
        return Proof("waiting", title, _("It is about to be sent."))
    return Proof("waiting", title, _("%(sent)s. Not yet confirmed by the department.") % said)


def acted_proof(request: RequestView, clocks: Sequence[PromiseClock], *, now: datetime) -> Proof:
    """That something was done, and whether in time."""
    promised = leading(clocks)
    standing = promised.standing(now=now) if promised else None
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
    if promised is None:
        return Proof("waiting", _("Acted on"), began + _("Not done yet."))
    due = {"when": formats.local_date(promised.due_at)}
    if standing is State.BREACHED:
        return Proof("late", _("Acted on"), began + _("Not done. It was due on %(when)s.") % due)
    return Proof("waiting", _("Acted on"), began + _("Not done yet. Due on %(when)s.") % due)


# --- the clock --------------------


def leading(clocks: Sequence[PromiseClock]) -> PromiseClock | None:
    """The promise that counts: the end of the latest round, else its first action."""
    latest = [clock for clock in clocks if clock.round == clocks[-1].round] if clocks else []
    return next((clock for clock in latest if clock.target.kind is Kind.COMPLETION), latest[0] if latest else None)


def clock_of(clock: PromiseClock | None, *, now: datetime) -> Clock | None:
    """The promise as it is drawn; None where nothing is promised."""
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

"""The panel that answers, for desk and office alike: who has it, since when, what is promised, what was tried."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from answerable.catalogue.city import City
from answerable.connectors import queries as connectors
from answerable.connectors.views import DeliveryView
from answerable.journal.records import RecordedFact
from answerable.kernel.errors import AnswerableError
from answerable.kernel.languages import Text, in_language
from answerable.requests import owners
from answerable.requests.owners import Holding
from answerable.requests.rules import PromiseStanding
from answerable.requests.views import HandoffView, RequestView
from answerable.staff import queries as staff
from answerable.web.components import facts, formats
from answerable.web.components.told import Scene

ENDED: Final = frozenset({"resolved", "closed"})


@dataclass(frozen=True, slots=True)
class Hand:
    """Somebody who has or had it: a name, the place, from when to when and how long in words."""

    name: str
    place: str
    since: datetime
    until: datetime | None
    lasted: str
    reason: str


@dataclass(frozen=True, slots=True)
class Trial:
    """Something that was tried, and what came of it: short words with a tone (ok, late, risk), or a sentence."""

    at: datetime
    title: str
    text: str
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """The four answers."""

    is_open: bool
    now: Hand
    since_logged: str
    promises: tuple[tuple[str, str], ...]
    tried: tuple[Trial, ...]
    before: tuple[Hand, ...]


def panel_of(
    found: RequestView, history: Sequence[RecordedFact], *, city: City, handoffs: Sequence[HandoffView], now: datetime
) -> Panel:
    """What the panel says of the request; `history` is its whole timeline, oldest first."""
    held = owners.holdings(history) or (_as_it_stands(found),)
    current = _as_it_stands(found, since=held[-1].since, reason=held[-1].reason)
    people = staff.by_ids(sorted({each.person for each in (*held, current) if each.person}))
    names = _Names(
        city=city,
        people={key: each.name for key, each in people.items()},
        teams=staff.team_names({each.team for each in (*held, current) if each.team}),
    )
    ended_at = found.closed_at or found.resolved_at
    whole = (ended_at or now) - found.logged_at
    return Panel(
        is_open=found.is_open,
        now=_hand(current, names, now=ended_at or now),
        since_logged=formats.time_words(whole.total_seconds()),
        promises=_promises(found, now=now),
        tried=_tried(found, history, city=city, handoffs=handoffs),
        before=tuple(_hand(each, names, now=now) for each in reversed(held[:-1])),
    )


def _as_it_stands(found: RequestView, *, since: datetime | None = None, reason: str = "") -> Holding:
    return Holding(
        found.department, found.queue, found.team_id, found.assignee_id, since or found.logged_at, reason=reason
    )


@dataclass(frozen=True, slots=True)
class _Names:
    city: City
    people: Mapping[int, str]
    teams: Mapping[int, Text]

    def place(self, holding: Holding) -> str:
        return place_name(self.city, holding.department, holding.queue)

    def who(self, holding: Holding) -> str:
        team = self.teams.get(holding.team or 0)
        names = (_said(team) if team else "", self.people.get(holding.person or 0, ""))
        return ", ".join(name for name in names if name)


def place_name(city: City, department: str, queue: str) -> str:
    """Department and queue in words, or their codes where this version of the catalogue has none."""
    try:
        return f"{_said(city.department(department).name)}, {_said(city.queue(department, queue).name)}"
    except AnswerableError:
        return f"{department}, {queue}"


def _said(text: Text) -> str:
    return in_language(text, language=get_language() or "en")


def _hand(holding: Holding, names: _Names, *, now: datetime) -> Hand:
    return Hand(
        name=names.who(holding),
        place=names.place(holding),
        since=holding.since,
        until=holding.until,
        lasted=formats.time_words(max(holding.lasted(now).total_seconds(), 0.0)),
        reason=facts.reason_words(holding.reason),
    )


def _promises(found: RequestView, *, now: datetime) -> tuple[tuple[str, str], ...]:
    told = []
    if found.first_action_due is not None:
        done = found.first_action_at
        told.append((_("First action"), _dated(found.first_action_due, done=done, paused=None, now=now)))
    if found.completion_due is not None:
        paused = found.paused_since if found.standing(now) is PromiseStanding.PAUSED else None
        told.append((_("Done by"), _dated(found.completion_due, done=found.resolved_at, paused=paused, now=now)))
    return tuple(told)


def _dated(due: datetime, *, done: datetime | None, paused: datetime | None, now: datetime) -> str:
    """The promised instant, and how that stands."""
    day = formats.local_datetime(due, "short")
    if done is not None:
        return (_("%(day)s, kept") if done < due else _("%(day)s, kept late")) % {"day": day}
    if paused is not None:
        return _("%(day)s, the clock stands still since %(since)s") % {
            "day": day, "since": formats.local_datetime(paused, "short"),
        }  # fmt: skip
    time = formats.time_words(abs((due - now).total_seconds()))
    if due <= now:
        return _("%(day)s, overdue by %(time)s") % {"day": day, "time": time}
    return _("%(day)s, %(time)s left") % {"day": day, "time": time}


# --- what was tried --------------------


def _tried(
    found: RequestView, history: Sequence[RecordedFact], *, city: City, handoffs: Sequence[HandoffView]
) -> tuple[Trial, ...]:
    """Work orders with every try to deliver them, and what people did about it, newest first."""
    sent = {each.handoff_id: each for each in connectors.of_request(found.id) if each.kind == "file"}
    trials = [_order(each, sent.get(each.id), city) for each in handoffs]
    scene = Scene(city=city, service_code=found.service_code)
    trials += [_event(fact, scene) for fact in history if _is_trial(fact)]
    return tuple(sorted(trials, key=lambda each: each.at, reverse=True))


def _order(order: HandoffView, delivery: DeliveryView | None, city: City) -> Trial:
    title = _("Work order %(number)s for %(place)s") % {
        "number": order.sequence, "place": place_name(city, order.department, order.queue),
    }  # fmt: skip
    state, tone = {
        "queued": (_("waiting to be sent"), "risk"),
        "sent": (_("not yet accepted"), "risk"),
        "acknowledged": (_("accepted"), "ok"),
        "refused": (_("sent back"), "late"),
        "failed": (_("not delivered"), "late"),
        "done_reported": (_("reported as done"), "ok"),
        "out_of_sync": (_("to be compared"), "risk"),
    }.get(order.state, (order.state, ""))
    told = [state]
    if delivery is not None and delivery.tries:
        told.append(ngettext("%(num)d try", "%(num)d tries", delivery.tries) % {"num": delivery.tries})
    if order.reference:
        told.append(_("their number %(reference)s") % {"reference": order.reference})
    why = facts.reason_words(order.reason)
    return Trial(at=order.made_at, title=title, text=", ".join([*told, *([why] if why else [])]), tone=tone)


_STEPS: Final = frozenset({"awaiting_requester", "scheduled", "on_hold", "referred", "resolved"})


def _is_trial(fact: RecordedFact) -> bool:
    """Whether the fact is something somebody did to get it done, or that went wrong."""
    if fact.kind == "request.moved":
        return fact.body.get("after") in _STEPS or bool(fact.body.get("reopened"))
    return fact.kind in {"promise.escalated", "promise.breached"}


def _event(fact: RecordedFact, scene: Scene) -> Trial:
    told = facts.to_staff(fact, scene)
    return Trial(at=fact.at, title=told.title, text=told.text)

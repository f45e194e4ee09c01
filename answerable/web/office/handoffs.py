"""Work that goes to other systems: how each connector does, what waits, every try, and what nobody could read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from answerable.catalogue import queries as catalogue
from answerable.catalogue.structs import Department
from answerable.connectors import actions
from answerable.connectors import queries as connectors
from answerable.connectors.errors import NotRetryable, UnknownDelivery
from answerable.connectors.rules import Kind, Ledger
from answerable.connectors.views import DeliveryView, PulseView, Tally
from answerable.kernel.ids import new_token
from answerable.plumbing import clock
from answerable.requests import queries as requests
from answerable.web.office import access, acts, wording

STATES: Final[Mapping[str, str | Promise]] = {
    Ledger.DUE: gettext_lazy("Waiting to be sent"),
    Ledger.SENDING: gettext_lazy("Being sent"),
    Ledger.DELIVERED: gettext_lazy("Sent, number awaited"),
    Ledger.ACKNOWLEDGED: gettext_lazy("They have it"),
    Ledger.REFUSED: gettext_lazy("They refused it"),
    Ledger.DEAD: gettext_lazy("Given up"),
    Ledger.WITHDRAWN: gettext_lazy("No longer wanted"),
}
KINDS: Final[Mapping[str, str | Promise]] = {
    Kind.FILE: gettext_lazy("Work order"),
    Kind.TELL: gettext_lazy("News for them"),
}
OUTCOMES: Final[Mapping[str, str | Promise]] = {
    "running": gettext_lazy("Under way or cut off"),
    "delivered": gettext_lazy("They have it"),
    "pending": gettext_lazy("Taken, number awaited"),
    "refused": gettext_lazy("Refused"),
    "away": gettext_lazy("No answer; they do not have it"),
    "unknown": gettext_lazy("No answer; they may have it"),
    "dropped": gettext_lazy("Not sent"),
}
REASONS: Final[Mapping[str, str | Promise]] = {
    "no_longer_wanted": gettext_lazy("The request moved on or ended before it was sent."),
    "takes_no_news": gettext_lazy("The other system takes no news."),
}
_TONES: Final = {
    Ledger.ACKNOWLEDGED: "ok", Ledger.REFUSED: "late", Ledger.DEAD: "late", Ledger.WITHDRAWN: "rest",
}  # fmt: skip
SILENT_AFTER: Final = timedelta(minutes=1)
"""A worker that has not moved for so long is not running."""

PAGE_SIZE: Final = 50


@dataclass(frozen=True, slots=True)
class LineCard:
    """One connector, as its card shows it."""

    code: str
    department: str
    host: str
    pulse: PulseView
    tally: Tally
    is_running: bool

    @property
    def waiting(self) -> int:
        """How much is to be sent."""
        return self.tally.states.get(Ledger.DUE, 0) + self.tally.states.get(Ledger.SENDING, 0)

    @property
    def stuck(self) -> int:
        """How much a person must decide."""
        return self.tally.states.get(Ledger.REFUSED, 0) + self.tally.states.get(Ledger.DEAD, 0)

    @property
    def given_up(self) -> int:
        """How much was tried too often, or waited too long."""
        return self.tally.states.get(Ledger.DEAD, 0)


@require_GET
def handoffs(request: HttpRequest) -> HttpResponse:
    """Every connector, and the ledger of one of them."""
    cards = _cards(clock.now())
    codes = [card.code for card in cards]
    asked = request.GET.get("connector", "")
    chosen = asked if asked in codes else (codes[0] if codes else "")
    state = request.GET.get("state", "")
    state = state if state in set(Ledger) else ""
    at = acts.number_in(request.GET.get("before", ""))
    shown = connectors.deliveries(chosen, state=state, before=at, limit=PAGE_SIZE + 1) if chosen else ()
    context = {
        "cards": cards, "chosen": chosen, "state": state, "states": wording.choices(STATES), "state_words": STATES,
        "tones": _TONES, "kind_words": KINDS, "reason_words": REASONS, "lines": shown[:PAGE_SIZE],
        "numbers": _numbers(shown), "key": new_token(),
        "waiting": sum(connectors.tray_counts().values()),
        "open": sum(sum(each.values()) for each in connectors.drift_counts().values()),
        "following": shown[PAGE_SIZE - 1].id if len(shown) > PAGE_SIZE else None,
    }  # fmt: skip
    return render(request, "office/handoffs.html", context)


def _cards(now: datetime) -> list[LineCard]:
    tallies = connectors.tallies()
    return [_card(each, tallies, now) for each in catalogue.active().departments if each.connector is not None]


def _card(department: Department, tallies: Mapping[str, Tally], now: datetime) -> LineCard:
    assert department.connector is not None
    code = department.connector.code
    pulse = connectors.pulse(code)
    return LineCard(
        code=code,
        department=wording.said(department.name),
        host=department.connector.whereto,
        pulse=pulse,
        tally=tallies.get(code, Tally(states={}, oldest_due=None)),
        is_running=pulse.beat_at is not None and now - pulse.beat_at < SILENT_AFTER,
    )


def _numbers(lines: Sequence[DeliveryView]) -> dict[int, str]:
    found = requests.rows_by_ids([line.request_id for line in lines])
    return {request_id: row.number for request_id, row in found.items()}


@require_POST
def line_reset(request: HttpRequest, code: str) -> HttpResponse:
    """A line taken for down is tried with everything at once."""
    _known_line(code)
    actions.reset_line(code)
    messages.success(request, _("Everything that waits is tried now."))
    return HttpResponseRedirect(f"{reverse('office:handoffs')}?connector={code}")


@require_POST
def line_resend(request: HttpRequest, code: str) -> HttpResponse:
    """What was given up at a connector is sent again."""
    _known_line(code)
    key = f"resend:{request.POST.get('key', '')[:20]}"
    number = actions.retry_all(code, by=access.member_of(request).by, key=key)
    told = ngettext("%(num)d hand-off is sent again now.", "%(num)d hand-offs are sent again now.", number)
    messages.success(request, told % {"num": number})
    return HttpResponseRedirect(f"{reverse('office:handoffs')}?connector={code}")


def _known_line(code: str) -> None:
    if code not in connectors.connectors():
        raise Http404


@require_GET
def handoff(request: HttpRequest, delivery_id: int) -> HttpResponse:
    """One thing sent or to be sent, with every try."""
    line = _line(delivery_id)
    number = _numbers([line]).get(line.request_id, "")
    context = {
        "line": line, "number": number, "attempts": connectors.attempts(line.id), "state_words": STATES,
        "tones": _TONES, "kind_words": KINDS, "outcome_words": OUTCOMES, "reason_words": REASONS, "key": new_token(),
        "may_retry": line.state in {Ledger.DUE, Ledger.DEAD, Ledger.REFUSED} and line.ended_at is None,
    }  # fmt: skip
    return render(request, "office/handoff.html", context)


def _line(delivery_id: int) -> DeliveryView:
    line = connectors.delivery(delivery_id)
    if line is None:
        raise Http404
    return line


@require_POST
def retry(request: HttpRequest, delivery_id: int) -> HttpResponse:
    """It is sent again at once."""
    key = f"retry:{delivery_id}:{request.POST.get('key', '')[:40]}"
    try:
        actions.retry(delivery_id, by=access.member_of(request).by, key=key)
        messages.success(request, _("It is sent again now."))
    except NotRetryable:
        messages.error(request, _("It was delivered meanwhile, or nobody wants it there any more."))
    except UnknownDelivery as error:
        raise Http404 from error
    return HttpResponseRedirect(reverse("office:handoff", args=[delivery_id]))

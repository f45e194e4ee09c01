"""Messages of other systems that nobody could follow by rule: each with everything it said, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from answerable.catalogue import queries as catalogue
from answerable.catalogue.connectorchecks import MEANINGS
from answerable.connectors import queries as connectors
from answerable.connectors import remedies
from answerable.connectors.rules import Verdict
from answerable.connectors.views import HeardView
from answerable.kernel.errors import AnswerableError
from answerable.requests import queries as requests
from answerable.web.components.connectorfacts import VERDICTS
from answerable.web.office import access, acts, wording
from answerable.web.office.drift import refusal

PAGE_SIZE: Final = 25
STAGES: Final[Mapping[str, str | Promise]] = {
    "acknowledged": gettext_lazy("They have it"),
    "scheduled": gettext_lazy("Work is planned, on the day given"),
    "in_progress": gettext_lazy("Work has begun"),
    "asked": gettext_lazy("A question to the resident"),
    "refused": gettext_lazy("Not theirs: to be checked"),
}
PROBLEMS: Final[Mapping[str, str | Promise]] = {
    "no_question": gettext_lazy("It asks the resident something, but brings no words."),
    "event_reused": gettext_lazy("Their id of this message was another message’s already."),
    "request.bad_photo": gettext_lazy("A picture could not be read."),
    "request.proof_missing": gettext_lazy("The service is closed only with proof, and it brings none."),
    "request.step_not_allowed": gettext_lazy("The request cannot take this step from where it stands."),
    "request.step_incomplete": gettext_lazy("It lacks a date, a reason or a name that the step needs."),
}


@require_GET
def tray(request: HttpRequest) -> HttpResponse:
    """What waits, newest first."""
    named = connectors.connectors()
    connector, verdict = request.GET.get("connector", ""), request.GET.get("verdict", "")
    connector = connector if connector in named else ""
    verdict = verdict if verdict in VERDICTS else ""
    shown = connectors.tray(
        connector=connector, verdict=verdict, before=acts.number_in(request.GET.get("before", "")),
        limit=PAGE_SIZE + 1,
    )  # fmt: skip
    context = {
        "messages_waiting": shown[:PAGE_SIZE], "connector": connector, "verdict": verdict,
        "connectors": [(code, code) for code in named], "verdicts": wording.choices(VERDICTS),
        "verdict_words": VERDICTS, "problem_words": PROBLEMS, "numbers": _numbers(shown), "meanings": _meanings(),
        "learned": connectors.meanings(), "waiting": sum(connectors.tray_counts().values()),
        "open": sum(sum(each.values()) for each in connectors.drift_counts().values()),
        "unknown": Verdict.UNKNOWN_REFERENCE,
        "following": shown[PAGE_SIZE - 1].id if len(shown) > PAGE_SIZE else None,
    }  # fmt: skip
    return render(request, "office/tray.html", context)


def _meanings() -> list[tuple[str, str]]:
    """What a word may mean, in words."""
    city = catalogue.active()
    over = [each for each in MEANINGS if each.startswith("resolved:")]
    return [
        *((code, str(words)) for code, words in STAGES.items()),
        *((each, _("Over: %(how)s") % {"how": wording.outcome_name(city, each.partition(":")[2])}) for each in over),
    ]


def _numbers(shown: Sequence[HeardView]) -> dict[int, str]:
    found = requests.rows_by_ids([each.request_id for each in shown if each.request_id is not None])
    return {request_id: row.number for request_id, row in found.items()}


@require_POST
def act(request: HttpRequest, heard_id: int) -> HttpResponse:
    """The message is followed as said, tied to a request, or let rest with a reason."""
    try:
        messages.success(request, _done(request, heard_id))
    except AnswerableError as error:
        messages.error(request, refusal(error))
    return HttpResponseRedirect(reverse("office:tray"))


def _done(request: HttpRequest, heard_id: int) -> str:
    sent, by = request.POST, access.member_of(request).by
    do = sent.get("do", "")
    if do == "attach":
        verdict = remedies.attach(heard_id, number=sent.get("number", "").strip(), by=by)
        told = VERDICTS.get(verdict)
        return str(told) if told and verdict != Verdict.APPLIED else _("Tied to the request, and followed.")
    if do == "apply" and sent.get("meaning") in MEANINGS:
        remedies.apply_as(
            heard_id, sent["meaning"], by=by, expected_on=_day(sent.get("until", "")),
            from_now_on=bool(sent.get("from_now_on")),
        )  # fmt: skip
        return _("Followed.")
    remedies.dismiss(heard_id, why=sent.get("why", "").strip(), by=by)
    return _("It rests without effect.")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@require_POST
def unlearn(request: HttpRequest, meaning_id: int) -> HttpResponse:
    """The word means again what the city pack, or everybody, says."""
    remedies.unlearn(meaning_id, by=access.member_of(request).by)
    messages.success(request, _("The word has no meaning of its own any more."))
    return HttpResponseRedirect(reverse("office:tray"))


def moved(_request: HttpRequest, unread_id: int) -> HttpResponse:
    """Words that wait have a page of their own now."""
    assert unread_id >= 0
    return HttpResponseRedirect(reverse("office:tray"))

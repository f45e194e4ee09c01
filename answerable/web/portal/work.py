"""A department's or contractor's page for one work order, opened by the link in its mail: no account, no more seen.

What is shown is what the mail said and no more: place, words, photos and requester as the city pack passes them on.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from answerable.catalogue import queries as catalogue
from answerable.catalogue.connectorstructs import Connector
from answerable.connectors import links, replies
from answerable.connectors.errors import LinkExpired, LinkOver, LinkTooSoon, NotTaken
from answerable.connectors.links import LinkView
from answerable.connectors.particulars import number_of
from answerable.connectors.replies import OUTCOMES, Reply, Say
from answerable.contacts import queries as contacts
from answerable.kernel.errors import AnswerableError
from answerable.kernel.ids import new_token
from answerable.kernel.languages import in_language
from answerable.plumbing import clock
from answerable.requests import pictures
from answerable.requests import queries as requests
from answerable.requests.rules import OPEN, Lifecycle, Outcome, allowed_from, seen_as
from answerable.requests.views import RequestView
from answerable.web.portal import errors, locator
from answerable.web.portal.report import shown_answers

MOST_WORDS: Final = 2000
"""Units: characters of one answer."""

MOST_KEY: Final = 40

_SAID: Final[Mapping[Say, str | Promise]] = {
    Say.ACCEPT: gettext_lazy("Thank you. The work order is yours."),
    Say.REFUSE: gettext_lazy("The work order was sent back with your reason."),
    Say.SCHEDULE: gettext_lazy("The date was told to the resident."),
    Say.START: gettext_lazy("Thank you. The resident sees that the work has begun."),
    Say.ASK: gettext_lazy("Your question was sent. The answer comes to you by email."),
    Say.NOTE: gettext_lazy("Your note was added."),
    Say.DONE: gettext_lazy("Thank you. The work is reported as done."),
}
_USES: Final[Mapping[str, str | Promise]] = {
    Say.ACCEPT: gettext_lazy("Accepted"),
    Say.REFUSE: gettext_lazy("Sent back"),
    Say.SCHEDULE: gettext_lazy("Date set"),
    Say.START: gettext_lazy("Work begun"),
    Say.ASK: gettext_lazy("Question asked"),
    Say.NOTE: gettext_lazy("Note added"),
    Say.DONE: gettext_lazy("Reported done"),
    "renew": gettext_lazy("New link asked for"),
}
_NEEDS: Final[Mapping[Say, Lifecycle]] = {
    Say.SCHEDULE: Lifecycle.SCHEDULED, Say.START: Lifecycle.IN_PROGRESS, Say.ASK: Lifecycle.AWAITING_REQUESTER,
    Say.DONE: Lifecycle.RESOLVED,
}  # fmt: skip
"""The state each answer leads to; it is offered where the request may go there."""


def _opened(token: str) -> LinkView:
    link = links.opened_by(token)
    if link is None:
        raise Http404
    return link


@require_GET
def work(request: HttpRequest, token: str) -> HttpResponse:
    """The work order and what can be said of it; when it is over or the link has expired, only that."""
    link = _opened(token)
    try:
        replies.check(link, now=clock.now())
    except LinkOver:
        return _closed(request, link, token, is_over=True)
    except LinkExpired:
        return _closed(request, link, token, is_over=False)
    replies.note_opened(link, at=clock.now())
    return _page(request, link, token)


def _closed(request: HttpRequest, link: LinkView, token: str, *, is_over: bool) -> HttpResponse:
    found = requests.by_id(link.request_id)
    context = {
        "found": found, "number": number_of(found, link.handoff_id), "token": token, "is_over": is_over, "link": link,
    }  # fmt: skip
    return render(request, "portal/work_closed.html", context, status=200 if is_over else 410)


def _page(
    request: HttpRequest, link: LinkView, token: str, *, problem: tuple[str, str, str] = ("", "", "")
) -> HttpResponse:
    """The page; `problem` is the answer that was refused, its field, and why."""
    found = requests.by_id(link.request_id)
    named = catalogue.active().connectors.get(link.connector)
    if named is None:
        raise Http404
    city = catalogue.version(found.catalogue_version)
    service = city.service(found.service_code)
    orders = requests.handoffs(found.id)
    context = {
        "found": found, "link": link, "token": token, "number": number_of(found, link.handoff_id), "service": service,
        "answers": _answers(service, found), "is_accepted": orders[-1].state in {"acknowledged", "done_reported"},
        "acts": _acts(found, is_accepted=orders[-1].state == "acknowledged"), "outcomes": _outcomes(),
        "problem": {"do": problem[0], "field": problem[1], "words": problem[2]}, "sent": request.POST,
        "key": new_token(), "seen": seen_as(lifecycle=found.lifecycle, department=found.department, queue=found.queue),
        "uses": [(_USES[each.what], each) for each in links.uses(link.handoff_id) if each.what in _USES],
        "notes": [each for each in requests.notes(found.id) if each.audience == "public"],
        "most_words": MOST_WORDS, "photo_mb": pictures.MAX_BYTES // 10**6, "most_photos": pictures.MAX_PHOTOS,
        **_passed_on(found, named),
    }  # fmt: skip
    return render(request, "portal/work.html", context, status=422 if problem[0] else 200)


def _passed_on(found: RequestView, named: Connector) -> dict[str, Any]:
    """Place, photos and requester, as far as the connector passes them on."""
    contact = contacts.by_id(found.contact_id) if named.contact and found.contact_id else None
    pin = found.point if named.place == "point" else None
    city = catalogue.version(found.catalogue_version)
    return {
        "address": "" if named.place == "none" else found.address or found.place_said,
        "point": pin,
        "map": locator.drawing(city, pin, at=found.logged_at),
        "photos": requests.photos(found.id) if named.photos else (),
        "contact": contact,
    }


def _answers(service: Any, found: RequestView) -> list[tuple[str, str]]:
    language = get_language() or "en"
    told = []
    for question, values in shown_answers(service, found.answers):
        words = [in_language(each, language=language) if isinstance(each, Mapping) else str(each) for each in values]
        told.append((in_language(question.label, language=language), ", ".join(words)))
    return told


def _acts(found: RequestView, *, is_accepted: bool) -> list[str]:
    """What can be said now, in the order of the page."""
    if found.lifecycle not in OPEN:
        return [Say.NOTE]
    possible = allowed_from(found.lifecycle, family=found.family)
    steps = [say for say, state in _NEEDS.items() if state in possible]
    return [*([] if is_accepted else [Say.ACCEPT]), *steps, Say.NOTE, Say.REFUSE]


def _outcomes() -> list[tuple[str, str]]:
    city = catalogue.active()
    language = get_language() or "en"
    return [(code, in_language(city.outcome(code).name, language=language)) for code in OUTCOMES]


@require_http_methods(["GET", "POST"])
def answer(request: HttpRequest, token: str) -> HttpResponse:
    """The answer is followed, or the page says why it cannot be."""
    here = HttpResponseRedirect(reverse("portal:work", args=[token]))
    if request.method == "GET":
        return here
    link = _opened(token)
    sent = request.POST
    try:
        say = Say(sent.get("do", ""))
    except ValueError:
        return here
    if len(sent.get("words", "")) > MOST_WORDS:
        return _page(request, link, token, problem=(say, "words", _("This is too long. Please shorten it.")))
    try:
        replies.answer(link, _reply(request, say), key=f"{link.id}:{sent.get('key', '')[:MOST_KEY] or new_token()}")
        messages.success(request, str(_SAID[say]))
    except (LinkOver, LinkExpired):
        return here
    except AnswerableError as error:
        return _page(request, link, token, problem=(say, _field(error), _why(error)))
    return here


def _reply(request: HttpRequest, say: Say) -> Reply:
    sent = request.POST
    files = request.FILES.getlist("photo")[: pictures.MAX_PHOTOS]
    return Reply(
        say=say,
        words=sent.get("words", "").replace("\r\n", "\n").strip(),
        on=_day(sent.get("on", "")),
        outcome=Outcome(sent["outcome"]) if sent.get("outcome") in set(Outcome) else None,
        party=sent.get("party", "").strip()[:120],
        reference=sent.get("reference", "").strip()[:60],
        photos=tuple(each.read(pictures.MAX_BYTES + 1) for each in files),
        seen=sent.get("seen", "")[:200],
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


def _field(error: AnswerableError) -> str:
    if isinstance(error, NotTaken):
        return "photo" if error.value in {"request.bad_photo", "request.proof_missing"} else "words"
    return error.field if error.field in {"words", "on", "outcome"} else "words"


def _why(error: AnswerableError) -> str:
    """The refusal in plain words."""
    code = error.value if isinstance(error, NotTaken) else error.code
    sentences = {
        "request.step_incomplete": {
            "on": _("Write the date, like 2026-11-21."),
            "outcome": _("Choose how it ended."),
        }.get(error.field, _("Please write a few words.")),
        "request.proof_missing": _(
            "This service wants proof of the work: add a photo, or say in a sentence what was found."
        ),
        "request.bad_photo": _("We cannot read this photo. Send a JPEG, PNG or WebP picture of at most 12 MB."),
        "request.moved_meanwhile": _("The request has changed meanwhile. Look at it again, then answer."),
    }
    return sentences.get(code) or errors.words(error)


@require_POST
def renew(request: HttpRequest, token: str) -> HttpResponse:
    """Another link is on its way to the department's own address."""
    link = _opened(token)
    try:
        replies.renew(link, by="department:link")
        messages.success(request, _("A new link is on its way to the department’s own address."))
    except LinkTooSoon:
        messages.error(request, _("A new link was sent a moment ago. Please look into your mail."))
    except LinkOver:
        pass
    return HttpResponseRedirect(reverse("portal:work", args=[token]))


@require_GET
def photo(request: HttpRequest, token: str, photo_id: int) -> HttpResponseBase:
    """A photo of the work order, while the link opens it."""
    link = _opened(token)
    named = catalogue.active().connectors.get(link.connector)
    try:
        replies.check(link, now=clock.now())
    except AnswerableError as error:
        raise Http404 from error
    found = requests.photo_of(link.request_id, photo_id=photo_id) if named and named.photos else None
    path = Path(settings.MEDIA_ROOT) / found.file if found else None
    if path is None or not path.exists():
        raise Http404
    return FileResponse(path.open("rb"), content_type="image/jpeg")

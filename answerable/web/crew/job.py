"""One job: what it is, where, and the few things a crew does with it, from a page or from a telephone's memory.

Every act carries the key it was given when its button was pressed, so that what is sent again after a lost answer is
done once; and the state the crew saw, so that nothing is decided about a request that somebody else moved meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from answerable.catalogue import queries as catalogue
from answerable.contacts import queries as contacts
from answerable.contacts.queries import ContactView
from answerable.kernel.errors import AnswerableError
from answerable.kernel.ids import new_token
from answerable.plumbing import clock
from answerable.requests import actions, fieldwork, pictures
from answerable.requests import queries as requests
from answerable.requests.actions import Change
from answerable.requests.errors import BadChoice, MovedMeanwhile, NotAllowed
from answerable.requests.proofs import Evidence
from answerable.requests.rules import Lifecycle, Outcome, Step, allowed_from, seen_as
from answerable.requests.views import RequestView
from answerable.staff.queries import StaffView
from answerable.web.crew import access, wording

MOST_WORDS: Final = 2000
"""Units: characters of one note."""

OUTCOMES: Final = (Outcome.COMPLETED, Outcome.TEMPORARY_REPAIR, Outcome.NO_PROBLEM_FOUND, Outcome.WITHIN_STANDARD)
"""How a crew can end a job by itself; anything else is for the office."""

TARGETS: Final[Mapping[str, Lifecycle]] = {
    "start": Lifecycle.IN_PROGRESS,
    "date": Lifecycle.SCHEDULED,
    "done": Lifecycle.RESOLVED,
}
"""The acts that move the request, and where to."""

CONFLICTS: Final = (MovedMeanwhile, NotAllowed)


@dataclass(frozen=True, slots=True)
class Ask:
    """Who wants what with which request; `pictures` as sent."""

    found: RequestView
    sent: Mapping[str, str]
    change: Change
    pictures: tuple[bytes, ...]


@require_GET
def job(request: HttpRequest, number: str) -> HttpResponse:
    """What, where, photos, and what to do."""
    member = access.member_of(request)
    return _page(request, member, access.opened(member, number))


def _page(
    request: HttpRequest, member: StaffView, found: RequestView, *, problem: str = "", do: str = ""
) -> HttpResponse:
    city = catalogue.version(found.catalogue_version)
    service = city.service(found.service_code) if city.has_service(found.service_code) else None
    following = allowed_from(found.lifecycle, family=found.family)
    context = {
        "found": found, "city_version": city, "service": wording.service_name(city, found.service_code),
        "state": wording.LIFECYCLE[found.lifecycle], "standing": found.standing(clock.now()).value,
        "photos": requests.photos(found.id), "contact": _contact(found, member),
        "answers": wording.answers(service, found.answers),
        "notes": [each for each in requests.notes(found.id) if each.audience != "public"][-5:],
        "may": {do: to in following for do, to in TARGETS.items()}, "is_open": found.is_open,
        "outcomes": [(str(each), wording.said(city.outcome(str(each)).name)) for each in OUTCOMES],
        "proof": wording.PROOFS.get(service.proof if service else "", ""),
        "help": [(code, str(words)) for code, words in wording.HELP.items()], "today": city.local_day(clock.now()),
        "seen": seen_as(lifecycle=found.lifecycle, department=found.department, queue=found.queue),
        "key": new_token(), "problem": problem, "tried": do, "sent": request.POST if problem else {},
        "most_words": MOST_WORDS, "targets": TARGETS,
    }  # fmt: skip
    return render(request, "crew/job.html", context, status=422 if problem else 200)


def _contact(found: RequestView, member: StaffView) -> ContactView | None:
    """Who reported it, for whom that is allowed, where the resident wishes to be reached."""
    if found.contact_id is None or not found.wishes_contact or not access.sees_contacts(member):
        return None
    try:
        return contacts.by_id(found.contact_id)
    except AnswerableError:
        return None


@require_http_methods(["GET", "POST"])
def act(request: HttpRequest, number: str) -> HttpResponse:
    """One act; a page for who works without scripts, JSON for the telephone's memory."""
    if request.method == "GET":
        return HttpResponseRedirect(reverse("crew:job", args=[number]))
    member = access.member_of(request)
    if request.headers.get("accept", "") == "application/json":
        return _remembered(request, member, number)
    found = access.opened(member, number)
    do = request.POST.get("do", "")
    try:
        messages.success(request, _perform(do, request, found, member))
    except AnswerableError as error:
        return _page(request, member, requests.by_id(found.id), problem=_reason(error, found), do=do)
    return HttpResponseRedirect(reverse("crew:today") if do == "done" else reverse("crew:job", args=[number]))


def _remembered(request: HttpRequest, member: StaffView, number: str) -> JsonResponse:
    """What becomes of an act that a telephone kept: 200 done, now or before; 401 somebody else's; 404 not this crew's;
    409 the request stands otherwise now; 422 something is missing.
    """
    if request.POST.get("member", "") not in {"", str(member.id)}:
        return _told("crew.other_person", _("Somebody else did this. They must sign in."), 401)
    try:
        found = access.opened(member, number)
    except Http404:
        return _told("request.unknown", _("This request is no longer your department’s."), 404)
    try:
        words = _perform(request.POST.get("do", ""), request, found, member)
    except AnswerableError as error:
        return _told(error.code, _reason(error, found), 409 if isinstance(error, CONFLICTS) else 422)
    return _told("", words, 200)


def _told(code: str, words: str, status: int) -> JsonResponse:
    return JsonResponse({"code": code, "words": words}, status=status)


def _reason(error: AnswerableError, found: RequestView) -> str:
    if not isinstance(error, CONFLICTS):
        return wording.refusal(error)
    state = wording.LIFECYCLE[requests.by_id(found.id).lifecycle]
    return _("%(reason)s It is now: %(state)s.") % {"reason": wording.refusal(error), "state": state}


def _perform(do: str, request: HttpRequest, found: RequestView, member: StaffView) -> str:
    if do not in ACTS:
        raise BadChoice("There is no such act.", field="do", value=do[:40], remedy="Load the page again.")
    files = [each for each in request.FILES.getlist("photo") if each.size][: pictures.MAX_PHOTOS]
    sent = {name: str(value) for name, value in request.POST.items()}
    change = Change.now(key=f"crew:{access.key_of(request)}", by=member.by, seen=sent.get("seen", ""))
    return ACTS[do](Ask(found, sent, change, tuple(each.read(pictures.MAX_BYTES + 1) for each in files)))


def _words(ask: Ask, name: str) -> str:
    return ask.sent.get(name, "").replace("\r\n", "\n").strip()[:MOST_WORDS]


def _start(ask: Ask) -> str:
    actions.move(ask.found.id, Step(to=Lifecycle.IN_PROGRESS), ask.change)
    return _("%(number)s is begun.") % {"number": ask.found.number}


def _date(ask: Ask) -> str:
    actions.move(ask.found.id, Step(to=Lifecycle.SCHEDULED, until=_day(ask)), ask.change, note=_words(ask, "note"))
    return _("%(number)s has a day now.") % {"number": ask.found.number}


def _day(ask: Ask) -> date | None:
    try:
        return date.fromisoformat(ask.sent.get("until", ""))
    except ValueError:
        return None


def _done(ask: Ask) -> str:
    code = ask.sent.get("outcome", "")
    if code not in {str(each) for each in OUTCOMES}:
        raise BadChoice("There is no such ending.", field="outcome", value=code[:40], remedy="Choose one of the list.")
    folder = Path(settings.MEDIA_ROOT)
    kept = [pictures.keep(each, scope=ask.change.key, folder=folder).photo for each in ask.pictures]
    evidence = Evidence(photos=tuple(kept), inspection=_inspection(ask))
    step = Step(to=Lifecycle.RESOLVED, outcome=Outcome(code))
    actions.move(ask.found.id, step, ask.change, note=_words(ask, "note"), evidence=evidence)
    return _("%(number)s is done.") % {"number": ask.found.number}


def _inspection(ask: Ask) -> str:
    """What the crew found; what waited for a signal says when the button was pressed, by the telephone's own clock."""
    words, pressed_at = _words(ask, "inspection"), ask.sent.get("pressed_at", "")[:40]
    waited = f"[{pressed_at}, by the telephone's clock]" if pressed_at else ""
    return "\n".join(each for each in (words, waited) if each) if words else ""


def _help(ask: Ask) -> str:
    fieldwork.ask_help(ask.found.id, ask.change, reason=ask.sent.get("reason", ""), words=_words(ask, "note"))
    return _("The office knows that you need help with %(number)s.") % {"number": ask.found.number}


ACTS: Final[Mapping[str, Callable[[Ask], str]]] = {"start": _start, "date": _date, "done": _done, "help": _help}
"""Every act by the word its form sends."""


@require_GET
def photo(request: HttpRequest, number: str, photo_id: int) -> HttpResponseBase:
    """A picture of the request."""
    member = access.member_of(request)
    found = access.opened(member, number)
    kept = requests.photo_of(found.id, photo_id=photo_id) if access.sees_contacts(member) else None
    path = Path(settings.MEDIA_ROOT) / kept.file if kept else None
    if path is None or not path.exists():
        raise Http404
    return FileResponse(path.open("rb"), content_type="image/jpeg")

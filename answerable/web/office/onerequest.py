"""The page of one request, and the door every act on it goes through."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from answerable.catalogue import queries as catalogue
from answerable.channels.imports import queries as imports
from answerable.kernel.errors import AnswerableError
from answerable.kernel.ids import new_token
from answerable.plumbing import clock
from answerable.requests import pictures
from answerable.requests import queries as requests
from answerable.requests.errors import UnknownRequest
from answerable.requests.rules import seen_as
from answerable.requests.views import RequestView
from answerable.staff import queries as staff
from answerable.staff.queries import StaffView
from answerable.web.components import letters
from answerable.web.live import announcements
from answerable.web.office import access, forms, readywords, story, wording
from answerable.web.office.acts import Ask, perform
from answerable.web.office.forms import Around, Tried

SHOWN_AT = frozenset({"other", "assignee", "team", "visibility", "photo", "inspection"})
"""Fields whose faults are shown beside them, in the words of the refusal."""


@require_GET
def request_page(request: HttpRequest, number: str) -> HttpResponse:
    """The whole story of one request."""
    member = access.member_of(request)
    found = access.opened(member, number)
    if number != found.number:
        return HttpResponseRedirect(reverse("office:request", args=[found.number]))
    return _page(request, member, found)


def _page(request: HttpRequest, member: StaffView, found: RequestView, *, tried: Tried | None = None) -> HttpResponse:
    ticket = access.ticket_of(request, announcements.request(found.id))
    now = clock.now()
    may_move = access.may_move(member, found)
    replies = readywords.offered(found) if may_move else ()
    around = Around(
        city=catalogue.active(),
        member=member,
        colleagues=staff.of_department(found.department) if may_move else (),
        teams=staff.teams(department=found.department) if may_move else (),
        suggested=story.suggested_queue(found, now=now) if may_move else "",
        replies=readywords.titles_of(replies),
    )
    context = {
        "found": found, "story": story.of(found, member, now=now), "member": member, "ticket": ticket, "now": now,
        "may_move": may_move, "sees_words": access.sees_words(member), "tried": tried, "key": new_token(),
        "acts": forms.acts_of(found, around, tried=tried) if may_move else [],
        "note_fields": forms.with_replies("note", forms.note_fields(tried=_when(tried, "note")), around),
        "reply_texts": readywords.texts_of(replies, found), "is_mine": found.assignee_id == member.id,
        "link_fields": forms.link_fields(tried=_when(tried, "link")),
        "split_fields": forms.part_fields("split", tried=_when(tried, "split")),
        "follow_on_fields": forms.part_fields("follow_on", tried=_when(tried, "follow_on")),
        "seen": seen_as(lifecycle=found.lifecycle, department=found.department, queue=found.queue),
        "lifecycle_words": wording.LIFECYCLE, "handoff_words": wording.HANDOFF, "priority_words": wording.PRIORITIES,
        "visibility_words": wording.VISIBILITY, "reason_words": wording.REASONS,
        "problems": _summary(tried),
        "told": letters.of_request(found.id) if access.sees_words(member) else [],
        "origin": imports.origin_of(found.id) if found.channel.startswith(imports.CHANNEL) else None,
    }  # fmt: skip
    return render(request, "office/request.html", context, status=422 if tried else 200)


def _when(tried: Tried | None, do: str) -> Tried | None:
    return tried if tried and tried.do == do else None


def _summary(tried: Tried | None) -> list[tuple[str, str]]:
    if tried is None:
        return []
    return [(f"{tried.do}-{name}" if name else "", words) for name, words in tried.problems.items()]


@require_http_methods(["GET", "POST"])
def act(request: HttpRequest, number: str) -> HttpResponse:
    """One act on the request; refused, the page comes back with the reason at its field and nothing typed is lost."""
    member = access.member_of(request)
    found = access.opened(member, number)
    here = reverse("office:request", args=[found.number])
    if request.method == "GET":
        return HttpResponseRedirect(here)
    do = request.POST.get("do", "")
    sent = {name: str(value) for name, value in request.POST.items()}
    change = access.change_by(member, request, seen=sent.get("seen", ""))
    ask = Ask(member=member, found=found, sent=sent, change=change, pictures=_pictures(request))
    try:
        messages.success(request, perform(do, ask))
    except UnknownRequest as error:
        if error.field == "other":
            return _refused(request, member, found, do=do, sent=sent, error=error)
        raise Http404 from error
    except AnswerableError as error:
        return _refused(request, member, requests.by_id(found.id), do=do, sent=sent, error=error)
    try:
        access.opened(member, found.number)
    except Http404:
        return HttpResponseRedirect(reverse("office:queue"))
    return HttpResponseRedirect(here)


def _pictures(request: HttpRequest) -> tuple[bytes, ...]:
    """The pictures that came with the form; empty fields send a file without a name."""
    files = [each for each in request.FILES.getlist("photo") if each.size][: pictures.MAX_PHOTOS]
    return tuple(each.read(pictures.MAX_BYTES + 1) for each in files)


def _refused(
    request: HttpRequest,
    member: StaffView,
    found: RequestView,
    *,
    do: str,
    sent: dict[str, str],
    error: AnswerableError,
) -> HttpResponse:
    """The page as the request stands now; a fault of one field is shown there, any other above everything."""
    names = {
        "reason": _("Choose a reason."), "until": _("Choose a day."), "party": _("Say who is responsible."),
        "outcome": _("Choose how it ended."), "note": _("Write a few words."), "queue": _("Choose a queue."),
        "kind": _("Choose how they are tied."),
    }  # fmt: skip
    field = error.field if error.field in {*names, *SHOWN_AT} else ""
    if error.code == "request.moved_meanwhile":
        words = _(
            "Somebody changed this request meanwhile: it is now “%(state)s” with %(queue)s. Your act was not taken. "
            "What you typed is still here."
        ) % {
            "state": wording.LIFECYCLE[found.lifecycle],
            "queue": wording.queue_name(catalogue.version(found.catalogue_version), found.department, found.queue),
        }  # fmt: skip
    elif error.code == "request.step_incomplete":
        words = names.get(error.field, wording.refusal(error))
    else:
        words = wording.refusal(error)
    return _page(request, member, found, tried=Tried(do=do, values=sent, problems={field: words}))


@require_GET
def photo(request: HttpRequest, number: str, photo_id: int) -> HttpResponseBase:
    """A picture of the request, for staff who may read its words."""
    member = access.member_of(request)
    found = access.opened(member, number)
    kept = requests.photo_of(found.id, photo_id=photo_id) if access.sees_words(member) else None
    path = Path(settings.MEDIA_ROOT) / kept.file if kept else None
    if path is None or not path.exists():
        raise Http404
    return FileResponse(path.open("rb"), content_type="image/jpeg")

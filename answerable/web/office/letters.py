"""The ledger of messages: what residents were told, where each message stands, addresses that fail, answers."""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from answerable.contacts import queries as contacts
from answerable.kernel.errors import AnswerableError
from answerable.notices import actions, queries
from answerable.notices.queries import MessageFilters
from answerable.notices.views import MessageView
from answerable.plumbing import clock
from answerable.requests import queries as requests
from answerable.staff.queries import StaffView
from answerable.web.components import letters
from answerable.web.office import access

PERIODS: Final = ("1", "7", "30", "365")
"""Units: days."""

PAGE: Final = 50


@require_GET
def ledger(request: HttpRequest) -> HttpResponse:
    """Every message, newest first, narrowed by where it stands, what it is, and to whom it went."""
    asked = {
        name: request.GET.get(name, "")[:254].strip() for name in ("state", "kind", "way", "address", "number", "days")
    }
    days = asked["days"] if asked["days"] in PERIODS else "30"
    before = request.GET.get("before", "")
    problem, request_id = _asked_request(asked["number"])
    filters = MessageFilters(
        state=asked["state"], kind=asked["kind"], way=asked["way"], address=asked["address"], request_id=request_id,
        made_from=clock.now() - timedelta(days=int(days)),
    )  # fmt: skip
    page = queries.messages(filters, before_id=int(before) if before.isdigit() else None, limit=PAGE)
    tally = queries.tally()
    more = "?" + urlencode({**asked, "days": days, "before": page.following}) if page.following else ""
    context = {
        "lines": letters.lines(page.rows) if not problem else [], "asked": asked | {"days": days}, "more": more,
        "states": [(state, str(words[0])) for state, words in letters.STATES.items()],
        "kinds": [(code, str(words)) for code, words in letters.KINDS.items()],
        "ways": [(way, str(words)) for way, words in letters.WAYS.items()],
        "periods": [(each, _("%(days)s days") % {"days": each}) for each in PERIODS], "problem": problem,
        "tally": [(count, letters.tag_of(state).word) for state, count in tally.items() if count],
        "oldest": queries.oldest_due(clock.now()),
    }  # fmt: skip
    return render(request, "office/messages.html", context)


def _asked_request(number: str) -> tuple[str, int | None]:
    if not number:
        return "", None
    try:
        return "", requests.by_number(number).id
    except AnswerableError:
        return _("There is no request with this number."), None


def _opened(request: HttpRequest, message_id: int) -> tuple[StaffView, MessageView, str]:
    """Who looks, the message, and its request's number.  Raises: Http404 for what they may not see."""
    member = access.member_of(request)
    try:
        found = queries.message(message_id)
    except AnswerableError as error:
        raise Http404 from error
    if not access.sees_words(member):
        raise Http404
    if found.request_id is None:
        if access.is_bound(member):
            raise Http404
        return member, found, ""
    about = requests.by_id(found.request_id)
    if not access.may_see(member, about):
        raise Http404
    return member, found, about.number


@require_GET
def message(request: HttpRequest, message_id: int) -> HttpResponse:
    """One message as it was sent, every try, and what may be done with it."""
    _member, found, number = _opened(request, message_id)
    person = contacts.by_ids([found.contact_id]).get(found.contact_id) if found.contact_id else None
    context = {"told": letters.whole(found.id), "number": number, "person": person}
    return render(request, "office/message.html", context)


@require_POST
def act(request: HttpRequest, message_id: int) -> HttpResponse:
    """The message is sent again, held back, let go or called off."""
    member, found, _number = _opened(request, message_id)
    try:
        messages.success(request, letters.act(found.id, request.POST.get("do", ""), by=member.by))
    except KeyError as error:
        raise Http404 from error
    except AnswerableError as error:
        messages.error(request, letters.refusal(error))
    return HttpResponseRedirect(reverse("office:message", args=[found.id]))


# --- what needs somebody ---------------------------------------------------------------------------------------


@require_GET
def returned(request: HttpRequest) -> HttpResponse:
    """Addresses that messages come back from, and answers nobody could place."""
    people = contacts.by_ids([each.contact_id for each in queries.unread() if each.contact_id])
    context = {
        "failing": letters.failing_lines(queries.failing()),
        "unread": [(each, people.get(each.contact_id or 0)) for each in queries.unread()],
    }
    return render(request, "office/messages_returned.html", context)


@require_POST
def settle(request: HttpRequest) -> HttpResponse:
    """An address is taken for good again, or an answer has been read."""
    member = access.member_of(request)
    failing, incoming = request.POST.get("failing", ""), request.POST.get("incoming", "")
    if failing.isdigit():
        actions.clear_failing(int(failing), by=member.by)
        messages.success(request, _("Messages go to this address again."))
    elif incoming.isdigit():
        try:
            actions.mark_read(int(incoming), by=member.by)
        except AnswerableError as error:
            raise Http404 from error
        messages.success(request, _("Noted as read."))
    return HttpResponseRedirect(reverse("office:messages_returned"))

"""One message as the operator reads it to a caller, and sends it again."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from answerable.contacts import queries as contacts
from answerable.kernel.errors import AnswerableError
from answerable.notices import queries
from answerable.notices.views import MessageView
from answerable.requests import queries as requests
from answerable.staff.queries import StaffView
from answerable.web.components import letters
from answerable.web.desk import access


def _about(viewer: StaffView, found: MessageView) -> str:
    """The number of the request the message is about; empty for none.  Raises: Http404 for what may not be seen."""
    if found.contact_id is None and found.request_id is None:
        raise Http404
    if found.request_id is None:
        return ""
    about = requests.by_id(found.request_id)
    if not access.may_see(viewer, about):
        raise Http404
    return about.number


@require_http_methods(["GET", "POST"])
def message(request: HttpRequest, message_id: int) -> HttpResponse:
    """The message with every try; a POST sends it again, holds it back, lets it go or calls it off."""
    viewer = access.viewer_of(request)
    try:
        found = queries.message(message_id)
    except AnswerableError as error:
        raise Http404 from error
    number = _about(viewer, found)
    if request.method == "GET":
        person = contacts.by_ids([found.contact_id]).get(found.contact_id) if found.contact_id else None
        context = {"told": letters.whole(found.id), "number": number, "person": person}
        return render(request, "desk/message.html", context)
    try:
        messages.success(request, letters.act(found.id, request.POST.get("do", ""), by=viewer.by))
    except KeyError as error:
        raise Http404 from error
    except AnswerableError as error:
        messages.error(request, letters.refusal(error))
    return HttpResponseRedirect(reverse("desk:message", args=[found.id]))

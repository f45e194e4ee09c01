"""Lists of work that somebody saved: kept, opened by an address that can be passed on, removed."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from answerable.kernel.errors import AnswerableError
from answerable.staff import actions
from answerable.staff import queries as staff
from answerable.web.office import access
from answerable.web.office.queue import asked_by


@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """The list as it is narrowed now is kept under a name."""
    member = access.member_of(request)
    query = asked_by(QueryDict(request.POST.get("query", ""))).query()
    try:
        actions.save_list(
            member, name=request.POST.get("name", ""), query=query, is_shared=request.POST.get("is_shared") == "yes"
        )
        messages.success(request, _("The list was saved."))
    except AnswerableError:
        messages.error(request, _("Give the list a name of 60 letters at most; 30 lists can be kept."))
    return HttpResponseRedirect(f"{reverse('office:queue')}?{query}")


@require_GET
def opened(request: HttpRequest, list_id: int) -> HttpResponse:
    """The list behind its short address, for its owner and those it is shared with."""
    found = [each for each in staff.lists_of(access.member_of(request)) if each.id == list_id]
    if not found:
        raise Http404
    return HttpResponseRedirect(f"{reverse('office:queue')}?{found[0].query}")


@require_POST
def remove(request: HttpRequest, list_id: int) -> HttpResponse:
    """The person's own list is gone."""
    actions.remove_list(access.member_of(request), list_id=list_id)
    messages.success(request, _("The list was removed."))
    return HttpResponseRedirect(reverse("office:queue"))

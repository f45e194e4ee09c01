"""Several requests changed at once: each in its own transaction, each told what was done or why not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from answerable.catalogue import queries as catalogue
from answerable.kernel.errors import AnswerableError
from answerable.kernel.ids import new_token
from answerable.plumbing import clock
from answerable.requests import queries as requests
from answerable.requests.actions import Change
from answerable.requests.errors import UnknownRequest
from answerable.requests.queries import MAX_PAGE
from answerable.requests.views import RequestRow
from answerable.staff.queries import StaffView
from answerable.web.office import access, bulkforms, wholelist, wording
from answerable.web.office.acts import Ask, perform


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one request."""

    number: str
    is_done: bool
    words: str
    service: str = ""
    address: str = ""


@require_http_methods(["GET", "POST"])
def bulk(request: HttpRequest) -> HttpResponse:
    """What is still to be said about the act, or what it did, request by request."""
    member = access.member_of(request)
    back = _back(request)
    numbers = list(dict.fromkeys(request.POST.getlist("selected")))[:MAX_PAGE]
    do = request.POST.get("do", "")
    if request.method == "GET" or do not in bulkforms.TITLES:
        return HttpResponseRedirect(back)
    if request.POST.get("all") == "yes":
        return wholelist.asked(request, member, do=do, back=back)
    if not numbers:
        messages.error(request, _("Tick at least one request first."))
        return HttpResponseRedirect(back)
    if do != "accept" and request.POST.get("told") != "yes":
        return _form(request, member, do=do, numbers=numbers, back=back)
    return _results(request, member, do=do, numbers=numbers, back=back)


def _back(request: HttpRequest) -> str:
    """The list the person came from; never another page or place."""
    home = reverse("office:queue")
    wanted = urlsplit(request.POST.get("back", ""))
    return f"{home}?{wanted.query}" if wanted.path == home and wanted.query else home


def _form(request: HttpRequest, member: StaffView, *, do: str, numbers: Sequence[str], back: str) -> HttpResponse:
    rows = _seen_rows(member, numbers)
    context = {
        "do": do, "title": bulkforms.TITLES[do], "back": back, "key": new_token(),
        "fields_asked": bulkforms.fields_of(
            do, member, departments={row.department for row in rows}, services={row.service_code for row in rows}
        ),
        "rows": [
            (row, wording.service_name(catalogue.version(row.catalogue_version), row.service_code)) for row in rows
        ],
        "lifecycle_words": wording.LIFECYCLE,
    }  # fmt: skip
    return render(request, "office/bulk.html", context)


def _seen_rows(member: StaffView, numbers: Sequence[str]) -> list[RequestRow]:
    return [row for row in requests.rows_by_numbers(numbers) if access.may_see(member, row)]


def _results(request: HttpRequest, member: StaffView, *, do: str, numbers: Sequence[str], back: str) -> HttpResponse:
    sent = {name: str(value) for name, value in request.POST.items()}
    act = bulkforms.act_of(do, sent)
    if not act:
        messages.error(request, _("Choose a state."))
        return _form(request, member, do=do, numbers=numbers, back=back)
    form_key = access.form_key(request)
    rows = {row.number: row for row in requests.rows_by_numbers(numbers)}
    results = [_one(member, rows.get(number), number, act=act, sent=sent, key=form_key) for number in numbers]
    context = {
        "title": bulkforms.TITLES[do], "results": results, "back": back,
        "done": sum(result.is_done for result in results), "failed": sum(not result.is_done for result in results),
    }  # fmt: skip
    return render(request, "office/bulk_results.html", context)


def _one(
    member: StaffView, row: RequestRow | None, number: str, *, act: str, sent: Mapping[str, str], key: str
) -> Result:
    """One request changed in a transaction of its own; what fails here hinders no other."""
    if row is None or not access.may_see(member, row):
        return Result(number=number[:20], is_done=False, words=_("There is no such request, or it is not yours."))
    service = wording.service_name(catalogue.version(row.catalogue_version), row.service_code)
    change = Change(key=f"bulk:{key}:{number}", by=member.by, at=clock.now())
    try:
        words, is_done = perform(act, Ask(member=member, found=row, sent=sent, change=change)), True
    except UnknownRequest:
        words, is_done = _("Your role may not change this request."), False
    except AnswerableError as error:
        words, is_done = wording.refusal(error), False
    return Result(number=row.number, is_done=is_done, words=words, service=service, address=row.address)

"""A whole list changed at once, up to five thousand requests: asked, carried out part by part, told request by request.

The page that shows how far it got carries out the next part, so that nothing goes on that nobody looks at; closed and
opened again it goes on where it stopped.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from answerable.catalogue import queries as catalogue
from answerable.kernel.errors import AnswerableError
from answerable.kernel.ids import new_token
from answerable.plumbing import clock
from answerable.requests import queries as requests
from answerable.requests import runs
from answerable.requests.actions import Change
from answerable.requests.errors import ProofMissing, UnknownRequest
from answerable.requests.runs import RunView
from answerable.requests.views import RequestRow
from answerable.staff import queries as staff
from answerable.staff.queries import StaffView
from answerable.web.office import access, bulkforms, wording
from answerable.web.office.acts import Ask, perform
from answerable.web.office.queue import asked_by, filters_of

PART_SECONDS: Final = 1.5
"""How long one part may take before its page is shown."""

PART: Final = 25
"""Units: requests taken up together."""

MOST_SHOWN: Final = 200
_NOT_KEPT: Final = frozenset({"csrfmiddlewaretoken", "query", "back", "key", "told", "all", "selected", "do"})


def asked(request: HttpRequest, member: StaffView, *, do: str, back: str) -> HttpResponse:
    """What is still to be said about the act on the whole list; once it is said, the run begins."""
    query = request.POST.get("query", "")[:600]
    list_of = asked_by(QueryDict(query))
    filters = filters_of(list_of, member, teams=[each.id for each in staff.teams_of(member.id)])
    ids = requests.ids_of(filters, sort=list_of.sort, limit=runs.MOST, now=clock.now())
    if not ids:
        messages.error(request, _("No request fits this list."))
        return HttpResponseRedirect(back)
    sent = {name: str(value) for name, value in request.POST.items() if name not in _NOT_KEPT}
    act = bulkforms.act_of(do, sent)
    if (do != "accept" and request.POST.get("told") != "yes") or not act:
        departments = {filters.department} if filters.department else set(_departments())
        services = {filters.service_code} if filters.service_code else set()
        context = {
            "do": do, "title": bulkforms.TITLES[do], "back": back, "key": new_token(), "count": len(ids),
            "query": query,
            "fields_asked": bulkforms.fields_of(do, member, departments=departments, services=services),
            "is_cut": len(ids) == runs.MOST,
        }  # fmt: skip
        return render(request, "office/wholelist.html", context)
    run_id = runs.begin(key=f"{member.id}:{access.form_key(request)}", by=member.by, act=act, sent=sent, ids=ids)
    return HttpResponseRedirect(reverse("office:run", args=[run_id]))


def _departments() -> list[str]:
    return [each.code for each in catalogue.active().departments]


@dataclass(frozen=True, slots=True)
class Refused:
    """A request that was not changed, and why."""

    row: RequestRow | None
    service: str
    words: str


@require_http_methods(["GET", "POST"])
def run(request: HttpRequest, run_id: int) -> HttpResponse:
    """How far the run is; sent, the next part of it is carried out."""
    member = access.member_of(request)
    try:
        found = runs.run(run_id)
    except AnswerableError as error:
        raise Http404 from error
    if found.by != member.by:
        raise Http404
    if request.method == "POST":
        _carry_on(found, member)
        return HttpResponseRedirect(reverse("office:run", args=[run_id]))
    lines = runs.lines(run_id, state="failed", limit=MOST_SHOWN)
    rows = requests.rows_by_ids([line.request_id for line in lines]) if lines else {}
    context = {
        "run": found, "title": _title(found), "share": (found.total - found.left) / max(found.total, 1),
        "reasons": [(_why(code, field), count) for code, field, count in runs.refusals(run_id)],
        "refused": [_refused(rows.get(line.request_id), _why(line.code, line.field)) for line in lines],
    }  # fmt: skip
    return render(request, "office/run.html", context)


def _why(code: str, field: str) -> str:
    return wording.refusal_of(code, field, value=field)


def _title(found: RunView) -> str:
    do = "move" if found.act in bulkforms.MOVES else found.act
    title = str(bulkforms.TITLES.get(do, found.act))
    return f"{title}: {bulkforms.MOVES[found.act]}" if found.act in bulkforms.MOVES else title


def _refused(row: RequestRow | None, words: str) -> Refused:
    service = wording.service_name(catalogue.version(row.catalogue_version), row.service_code) if row else ""
    return Refused(row=row, service=service, words=words)


def _carry_on(found: RunView, member: StaffView) -> None:
    """The next requests of the run are changed, for as long as a part may take."""
    until = time.monotonic() + PART_SECONDS
    while lines := runs.lines(found.id, state="due", limit=PART):
        rows = requests.rows_by_ids([line.request_id for line in lines])
        for line in lines:
            runs.note([(line.id, *_one(rows.get(line.request_id), found, member))])
            if time.monotonic() > until:
                return
    runs.end(found.id)


def _one(row: RequestRow | None, found: RunView, member: StaffView) -> tuple[str, str, str]:
    """What became of one request: changed in a transaction of its own, once however often the part is sent."""
    if row is None or not access.may_see(member, row):
        return "failed", UnknownRequest.code, ""
    change = Change(key=f"run:{found.id}:{row.number}", by=member.by, at=clock.now())
    try:
        perform(found.act, Ask(member=member, found=row, sent=found.sent, change=change))
    except UnknownRequest:
        return "failed", "run.no_permission", ""
    except AnswerableError as error:
        return "failed", error.code, error.value if error.code == ProofMissing.code else error.field
    return "done", "", ""

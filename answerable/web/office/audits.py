"""Closures that chance chose: looked at again by somebody who had no part in them, with a verdict that is published."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from answerable.audits import actions, queries
from answerable.audits.errors import UnknownAudit
from answerable.audits.queries import AuditView
from answerable.audits.rules import FEWEST, Accuracy
from answerable.catalogue import queries as catalogue
from answerable.kernel.errors import AnswerableError
from answerable.kernel.ids import new_token
from answerable.plumbing import clock
from answerable.requests import actions as requests
from answerable.requests import queries as request_reads
from answerable.requests.actions import Change
from answerable.requests.rules import Lifecycle, Step
from answerable.staff.queries import StaffView
from answerable.web.office import access, story, wording

YEAR: Final = timedelta(days=365)
MOST_WORDS: Final = 2000
"""Units: characters of the words beside a verdict."""


@dataclass(frozen=True, slots=True)
class Line:
    """One closure on the list."""

    audit: AuditView
    service: str
    department: str
    outcome: str


@require_GET
def audits(request: HttpRequest) -> HttpResponse:
    """What is to be judged, what was, and the rates."""
    city = catalogue.active()
    rates = queries.rates(since=clock.now() - YEAR)
    by_department: list[tuple[str, Accuracy]] = [
        (wording.department_name(city, code), each) for code, each in rates.departments.items()
    ]
    context = {
        "to_judge": [_line(each) for each in queries.to_judge()], "rates": rates, "departments": by_department,
        "judged": [_line(each) for each in queries.judged(limit=20)], "fewest": FEWEST, "terms": city.pack.city.audits,
        "verdicts": wording.VERDICTS,
    }  # fmt: skip
    return render(request, "office/audits.html", context)


def _line(audit: AuditView) -> Line:
    city = catalogue.active()
    return Line(
        audit=audit,
        service=wording.service_name(city, audit.service_code),
        department=wording.department_name(city, audit.department),
        outcome=wording.outcome_name(city, audit.outcome),
    )


@require_GET
def audit(request: HttpRequest, audit_id: int) -> HttpResponse:
    """What was said and shown at the end, and the form of the verdict."""
    member = access.member_of(request)
    return _page(request, member, _opened(audit_id))


def _opened(audit_id: int) -> AuditView:
    try:
        return queries.audit(audit_id)
    except UnknownAudit as error:
        raise Http404 from error


def _page(
    request: HttpRequest, member: StaffView, found: AuditView, *, problem: str = "", field: str = ""
) -> HttpResponse:
    seen = access.opened(member, found.number)
    context = {
        "audit": found, "line": _line(found), "found": seen, "story": story.of(seen, member, now=clock.now()),
        "is_own": queries.took_part(found.request_id, by=member.by), "verdicts": wording.VERDICTS, "key": new_token(),
        "problem": problem, "field": field, "sent": request.POST, "most_words": MOST_WORDS,
    }  # fmt: skip
    return render(request, "office/audit.html", context, status=422 if problem else 200)


@require_http_methods(["GET", "POST"])
def judge(request: HttpRequest, audit_id: int) -> HttpResponse:
    """The verdict is given; what was wrong can be opened again under its number."""
    if request.method == "GET":
        return HttpResponseRedirect(reverse("office:audit", args=[audit_id]))
    member, found = access.member_of(request), _opened(audit_id)
    note = str(request.POST.get("note", ""))[:MOST_WORDS]
    try:
        judged = actions.judge(
            audit_id, by=member.by, verdict=str(request.POST.get("verdict", "")), note=note, at=clock.now()
        )
        if judged.verdict == "wrong" and request.POST.get("reopen"):
            _reopen(request, member, judged)
    except AnswerableError as error:
        return _page(request, member, found, problem=wording.refusal(error), field=error.field)
    messages.success(request, _("The verdict on %(number)s is kept.") % {"number": found.number})
    return HttpResponseRedirect(reverse("office:audits"))


def _reopen(request: HttpRequest, member: StaffView, judged: AuditView) -> None:
    seen = request_reads.by_id(judged.request_id)
    if not seen.is_open:
        change = Change.now(key=f"audit:{access.form_key(request)}", by=member.by)
        requests.move(judged.request_id, Step(to=Lifecycle.TRIAGE, reason="audited_wrong"), change)

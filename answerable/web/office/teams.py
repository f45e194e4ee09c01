"""Teams of departments: made, changed and dissolved by supervisors and administrators."""

from __future__ import annotations

from collections.abc import Mapping

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from answerable.catalogue import queries as catalogue
from answerable.kernel.errors import AnswerableError
from answerable.staff import actions
from answerable.staff import queries as staff
from answerable.staff.actions import TeamPlan
from answerable.staff.queries import TeamView
from answerable.web.office import access, wording


@require_http_methods(["GET", "POST"])
def teams(request: HttpRequest) -> HttpResponse:
    """Every team; a new one is made of a department, a code and a name, and filled on its own page."""
    if request.method == "GET":
        return _list(request)
    sent = {name: str(value).strip() for name, value in request.POST.items()}
    known = {each.code for each in catalogue.active().departments}
    department = sent.get("department", "")
    plan = TeamPlan(name=(sent.get("name_en", ""), sent.get("name_fr", "")))
    code = sent.get("code", "")
    if any((each.department, each.code) == (department, code) for each in staff.every_team()):
        return _list(request, sent=sent, problems={"code": _("The department has a team of this code.")})
    try:
        made = actions.keep_team(
            department=department if department in known else "", code=code, plan=plan,
            by=access.member_of(request).by,
        )  # fmt: skip
    except AnswerableError as error:
        return _list(request, sent=sent, problems={error.field: _words(error)})
    messages.success(request, _("The team was made. Choose its people and queues."))
    return HttpResponseRedirect(reverse("office:team", args=[made.id]))


def _list(
    request: HttpRequest, *, sent: Mapping[str, str] | None = None, problems: Mapping[str, str] | None = None
) -> HttpResponse:
    city = catalogue.active()
    context = {
        "teams": [
            (
                each, wording.said(each.name), wording.department_name(city, each.department),
                [wording.queue_name(city, each.department, queue) for queue in each.queues],
            )
            for each in staff.every_team()
        ],
        "departments": [(each.code, wording.said(each.name)) for each in city.departments],
        "sent": sent or {}, "problems": problems or {},
    }  # fmt: skip
    return render(request, "office/teams.html", context, status=422 if problems else 200)


def _words(error: AnswerableError) -> str:
    return {
        "code": _("Use small letters, digits, hyphens or underlines."),
        "department": _("Choose the department they work for."),
        "name_en": _("Write the name, 80 characters at most."),
        "name_fr": _("Write the name, 80 characters at most."),
    }.get(error.field, error.message)


@require_http_methods(["GET", "POST"])
def team(request: HttpRequest, team_id: int) -> HttpResponse:
    """One team: its name, people and queues, and whether it is at work."""
    try:
        found = staff.team(team_id)
        catalogue.active().department(found.department)
    except AnswerableError as error:
        raise Http404 from error
    if request.method == "GET":
        return _team(request, found)
    sent = request.POST
    city = catalogue.active()
    queues = {each.code for each in city.department(found.department).queues}
    plan = TeamPlan(
        name=(sent.get("name_en", "").strip(), sent.get("name_fr", "").strip()),
        members=tuple(int(each) for each in sent.getlist("members") if each.isdecimal() and len(each) < MOST_DIGITS),
        queues=tuple(each for each in sent.getlist("queues") if each in queues),
        is_active=sent.get("is_active") != "no",
    )
    try:
        actions.keep_team(department=found.department, code=found.code, plan=plan, by=access.member_of(request).by)
    except AnswerableError as error:
        return _team(request, found, problems={error.field: _words(error)})
    messages.success(request, _("Saved."))
    return HttpResponseRedirect(reverse("office:teams"))


MOST_DIGITS = 18
"""Units: digits of an id."""


def _team(request: HttpRequest, found: TeamView, *, problems: Mapping[str, str] | None = None) -> HttpResponse:
    city = catalogue.active()
    taken = {queue: each for each in staff.teams(department=found.department) for queue in each.queues}
    department = city.department(found.department)
    sent = request.POST if problems else {}
    context = {
        "team": found, "title": wording.said(found.name), "problems": problems or {},
        "department": wording.said(department.name),
        "name_en": sent.get("name_en", found.name.get("en", "")),
        "name_fr": sent.get("name_fr", found.name.get("fr", "")),
        "people": [(str(each.id), each.name) for each in staff.of_department(found.department)],
        "members": [str(each.id) for each in found.members],
        "queues": [
            (each.code, _queue(wording.said(each.name), taken.get(each.code), found)) for each in department.queues
        ],
        "chosen": list(found.queues),
    }  # fmt: skip
    return render(request, "office/team.html", context, status=422 if problems else 200)


def _queue(name: str, now: TeamView | None, found: TeamView) -> str:
    """A queue, and whose work it is now if it is another team's."""
    if now is None or now.id == found.id:
        return name
    return _("%(queue)s (now of %(team)s)") % {"queue": name, "team": wording.said(now.name)}

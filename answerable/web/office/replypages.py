"""Ready-made words kept by the office: both languages side by side, every version, a look at a real request."""

from __future__ import annotations

from collections.abc import Mapping

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from answerable.catalogue import queries as catalogue
from answerable.kernel.errors import AnswerableError
from answerable.plumbing import clock
from answerable.requests import queries as requests
from answerable.requests import replies
from answerable.requests.queries import Filters
from answerable.requests.replies import PLACEHOLDERS, ReplyDraft, ReplyView
from answerable.staff import queries as staff
from answerable.staff.queries import StaffView
from answerable.web.components import facts
from answerable.web.office import access, readywords, wording

NEW = "new"
"""Stands in the address where words of no code are written yet."""


@require_GET
def every(request: HttpRequest) -> HttpResponse:
    """All ready-made words this person may use."""
    member = access.member_of(request)
    found = replies.every_reply(department=member.department if access.is_bound(member) else None)
    context = {"replies": [(each, wording.said(each.title), *_where(each)) for each in found]}
    return render(request, "office/replies.html", context)


def _where(each: ReplyView) -> tuple[str, str]:
    """The department and the service the words go with, in words."""
    city = catalogue.active()
    department = wording.department_name(city, each.department) if each.department else _("All departments")
    service = wording.service_name(city, each.service_code) if each.service_code else _("All services")
    return department, service


@require_http_methods(["GET", "POST"])
def one(request: HttpRequest, code: str) -> HttpResponse:
    """The words of that code; sent, both languages are published as one version, or what is wrong is said."""
    member = access.member_of(request)
    found = None if code == NEW else replies.reply(code)
    if (found is None and code != NEW) or (found and not _may_change(member, found)):
        raise Http404
    if request.method == "GET":
        return _page(request, member, found)
    sent = {name: str(value) for name, value in request.POST.items()}
    wanted = sent.get("code", "").strip() if found is None else found.code
    if found is None and replies.reply(wanted) is not None:
        return _page(request, member, found, sent=sent, problems={"code": _("This code is taken.")})
    try:
        kept = replies.publish(wanted, _draft(member, sent), by=member.by)
    except AnswerableError as error:
        return _page(request, member, found, sent=sent, problems={error.field: _words(error)})
    messages.success(request, _("Version %(number)s is in force.") % {"number": kept.version})
    return HttpResponseRedirect(reverse("office:reply", args=[kept.code]))


def _may_change(member: StaffView, found: ReplyView) -> bool:
    return not access.is_bound(member) or found.department == member.department


def _draft(member: StaffView, sent: Mapping[str, str]) -> ReplyDraft:
    city = catalogue.active()
    department = member.department if access.is_bound(member) else sent.get("department", "")
    service = sent.get("service_code", "")
    return ReplyDraft(
        title={tag: sent.get(f"title_{tag}", "").strip() for tag in ("en", "fr")},
        words={tag: sent.get(f"words_{tag}", "").replace("\r\n", "\n").strip() for tag in ("en", "fr")},
        department=department if department in {each.code for each in city.departments} else "",
        service_code=service if city.has_service(service) else "",
        is_active=sent.get("is_active", "yes") == "yes",
        same=sent.get("same") == "yes",
    )


def _words(error: AnswerableError) -> str:
    if error.value == "older":
        return _("You changed the other language only. Change this one, too, or say below that it still says the same.")
    if error.value == "placeholders":
        return _("Both languages must name the same placeholders.")
    if error.value and error.field.startswith("words"):
        return _("There is no placeholder {%(name)s}.") % {"name": error.value}
    return {
        "code": _("Use small letters, digits, hyphens or underlines."),
    }.get(error.field, _("Write it in both languages; titles have 80 letters at most, words 2,000."))


def _page(
    request: HttpRequest, member: StaffView, found: ReplyView | None, *,
    sent: Mapping[str, str] | None = None, problems: Mapping[str, str] | None = None,
) -> HttpResponse:  # fmt: skip
    city = catalogue.active()
    history = replies.versions(found.code) if found else ()
    people = staff.names_of([each.by for each in history])
    context = {
        "reply": found, "values": dict(sent) if sent is not None else _values(found), "problems": problems or {},
        "title": wording.said(found.title) if found else _("New words"), "is_bound": access.is_bound(member),
        "departments": [(each.code, wording.said(each.name)) for each in city.departments],
        "services": sorted(
            ((each.code, wording.said(each.name)) for each in city.services), key=lambda pair: pair[1]
        ),
        "placeholders": ", ".join(f"{{{name}}}" for name in PLACEHOLDERS),
        "history": [(each, facts.who(each.by, people)) for each in history],
        "example": _example(member, found) if found else None,
    }  # fmt: skip
    return render(request, "office/reply.html", context, status=422 if problems else 200)


def _values(found: ReplyView | None) -> dict[str, str]:
    if found is None:
        return {"is_active": "yes"}
    texts = {
        f"{name}_{tag}": text[tag] for name, text in (("title", found.title), ("words", found.words)) for tag in text
    }
    return texts | {
        "department": found.department, "service_code": found.service_code,
        "is_active": "yes" if found.is_active else "no",
    }  # fmt: skip


def _example(member: StaffView, found: ReplyView) -> tuple[str, Mapping[str, str]] | None:
    """The newest request the words go with, and what they would say to its resident."""
    department = member.department if access.is_bound(member) else found.department
    filters = Filters(department=department, service_code=found.service_code, state="all", hide_confidential=True)
    page = requests.list_requests(filters, sort="newest", limit=1, now=clock.now())
    if not page.rows:
        return None
    whole = requests.by_id(page.rows[0].id)
    values = readywords.values_of(whole)
    return whole.number, {tag: replies.filled(found.words, language=tag, values=values) for tag in ("en", "fr")}

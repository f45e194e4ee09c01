"""A resident's file: who, how to reach them, every request and enquiry; kept right by those who talk with them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from answerable.catalogue import queries as catalogue
from answerable.contacts import actions as contacts
from answerable.contacts import queries as contact_queries
from answerable.contacts.errors import UnknownContact
from answerable.contacts.queries import ContactView
from answerable.contacts.rules import NEWS_BY, ContactDetails, MessageClass, Way
from answerable.intake import queries as intake
from answerable.kernel.errors import AnswerableError
from answerable.notices import actions as notice_actions
from answerable.notices import queries as notices
from answerable.plumbing import clock
from answerable.requests import queries as requests
from answerable.staff import queries as staff
from answerable.web.components import letters
from answerable.web.desk import access, errors, wording
from answerable.web.desk.lines import lines

MAX_REQUESTS = 50
MAX_ENQUIRIES = 20
_FIELDS = ("name", "email", "phone", "address", "postal", "language", "news_by", "needs")


def _contact_or_404(contact_id: int) -> ContactView:
    try:
        return contact_queries.by_id(contact_id)
    except UnknownContact as error:
        raise Http404 from error


@require_http_methods(["GET"])
def contact(request: HttpRequest, contact_id: int) -> HttpResponse:
    """The whole file of one resident."""
    viewer = access.viewer_of(request)
    person = _contact_or_404(contact_id)
    rows = access.visible(viewer, requests.of_contact(contact_id, limit=MAX_REQUESTS))
    told = lines(rows, now=clock.now())
    enquiries = intake.enquiries_of(contact_id, limit=MAX_ENQUIRIES)
    people = staff.names_of([each.by for each in enquiries])
    context = {
        "person": person, "open_lines": [each for each in told if each.row.resolved_at is None],
        "ended_lines": [each for each in told if each.row.resolved_at is not None],
        "enquiries": [wording.enquiry(each, people=people) for each in enquiries],
        "news_by": wording.news_by(person.news_by), "language_name": wording.language_name(person.language),
        "is_full": len(rows) == MAX_REQUESTS, "told": letters.lines(notices.of_contact(contact_id, limit=20)),
        "returned": letters.failing_lines(notices.failing_of(contact_id)), "reach": _reach(contact_id),
    }  # fmt: skip
    return render(request, "desk/contact.html", context)


def _reach(contact_id: int) -> list[tuple[str, str]]:
    """By which ways each class of messages goes to the person, as they wish it."""
    reach = contact_queries.reach_of(contact_id)
    none = _("Nothing")
    lines = [
        (words, ", ".join(str(letters.WAYS[way]) for way in reach.ways(message_class)) or none)
        for message_class, words in (
            (MessageClass.SERVICE, _("News")),
            (MessageClass.EMERGENCY, _("Warnings")),
            (MessageClass.PROMOTIONAL, _("Invitations")),
        )
    ]
    wished = reach.wished
    if wished.quiet_from and wished.quiet_to:
        lines.append((_("Quiet"), f"{wished.quiet_from:%H:%M} – {wished.quiet_to:%H:%M}"))
    return lines


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, contact_id: int) -> HttpResponse:
    """The resident's details, to correct them; the journal says which fields changed, never to what."""
    viewer = access.viewer_of(request)
    person = _contact_or_404(contact_id)
    if request.method == "GET":
        return _edit_page(request, person, {name: getattr(person, name) for name in _FIELDS})
    sent = {name: str(request.POST.get(name, "")).strip() for name in _FIELDS}
    sent["news_by"] = sent["news_by"] if sent["news_by"] in NEWS_BY else "none"
    city = catalogue.active()
    if sent["language"] not in city.languages:
        sent["language"] = person.language
    try:
        contacts.change(person.id, ContactDetails(**sent, privacy_version=city.pack.city.privacy.version), by=viewer.by)
    except AnswerableError as error:
        return _edit_page(request, person, sent, problems={error.field: errors.words(error)})
    _clear_corrected(person, sent, by=viewer.by)
    messages.success(request, _("The file is up to date."))
    return HttpResponseRedirect(reverse("desk:contact", args=[person.id]))


def _clear_corrected(before: ContactView, sent: Mapping[str, str], *, by: str) -> None:
    """Another address stands for one that messages came back from: what was held for the person may go."""
    changed = {Way.EMAIL: before.email != sent["email"], Way.SMS: before.phone != sent["phone"]}
    for each in notices.failing_of(before.id):
        if changed.get(each.way):
            notice_actions.clear_failing(each.id, by=by)


def _edit_page(
    request: HttpRequest, person: ContactView, sent: Mapping[str, Any], *, problems: Mapping[str, str] | None = None
) -> HttpResponse:
    context = {
        "person": person, "sent": sent, "problems": problems or {},
        "languages_spoken": [(tag, wording.language_name(tag)) for tag in catalogue.active().languages],
        "returned": letters.failing_lines(notices.failing_of(person.id)),
        "ways": [(code, wording.news_by(code)) for code in ("none", "phone", "sms", "email")],
    }  # fmt: skip
    return render(request, "desk/contact_edit.html", context, status=422 if problems else 200)

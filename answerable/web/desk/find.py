"""Finding a request or a resident by whatever the caller says: a number, a telephone, a name, an address, an email."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from answerable.channels.imports import queries as imports
from answerable.contacts import queries as contacts
from answerable.contacts.queries import ContactView
from answerable.kernel.errors import AnswerableError, BadNumber, MistypedNumber
from answerable.kernel.ids import read_number
from answerable.plumbing import clock
from answerable.requests import queries as requests
from answerable.requests.views import RequestRow, RequestView
from answerable.staff.queries import StaffView
from answerable.web.desk import access, errors
from answerable.web.desk.lines import Line, lines

MAX_PEOPLE: Final = 12
MAX_REQUESTS: Final = 20
"""Units: results of one kind on a page; more words narrow them."""

_DIGITS_ONLY = re.compile(r"^[\d\s().+/-]+$")
_LIKE_A_NUMBER = re.compile(r"^\s*\d{2}[\s-]\d{7}[\s-]\d\s*$")
_SHORT = 3


@dataclass(frozen=True, slots=True)
class Findings:
    """What fits the words, by kind; `number_problem` says a mistyped digit."""

    asked: str
    request: RequestView | None = None
    number_problem: str = ""
    by_phone: tuple[ContactView, ...] = ()
    people: tuple[ContactView, ...] = ()
    of_people: tuple[Line, ...] = ()
    at_address: tuple[Line, ...] = ()
    is_too_short: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether nothing was found."""
        return not (self.request or self.by_phone or self.people or self.at_address)


@require_http_methods(["GET"])
def find(request: HttpRequest) -> HttpResponse:
    """The findings by kind; a number that is right opens its request at once."""
    viewer = access.viewer_of(request)
    asked = request.GET.get("q", "").strip()[:120]
    findings = look_up(asked, viewer=viewer)
    if findings.request is not None and not findings.by_phone:
        return HttpResponseRedirect(reverse("desk:request", args=[findings.request.number]))
    context = {"found": findings, "asked": asked, "sees_contacts": access.sees_contacts(viewer)}
    return render(request, "desk/find.html", context)


def look_up(asked: str, *, viewer: StaffView) -> Findings:
    """What fits the words, as far as this person may see it."""
    if not asked:
        return Findings(asked=asked)
    if len(asked) < _SHORT:
        return Findings(asked=asked, is_too_short=True)
    if _DIGITS_ONLY.match(asked):
        return _by_digits(asked, viewer=viewer)
    if (known := _of_other_records(asked, viewer=viewer)) is not None:
        return Findings(asked=asked, request=known)
    people = contacts.by_words(asked, limit=MAX_PEOPLE) if access.sees_contacts(viewer) else ()
    rows = access.visible(viewer, requests.at_address(asked, limit=MAX_REQUESTS))
    return Findings(
        asked=asked, people=people, of_people=_of_people(people, viewer=viewer), at_address=lines(rows, now=clock.now())
    )


def _by_digits(asked: str, *, viewer: StaffView) -> Findings:
    """Ten digits may be a request's number or a telephone: both are tried, and a mistyped number is said to be one."""
    problem: AnswerableError | None = None
    found = None
    try:
        read_number(asked)
        found = requests.by_number(asked)
    except (BadNumber, MistypedNumber) as error:
        problem = error
    except AnswerableError:
        found = None
    found = found if found and access.may_see(viewer, found) else _of_other_records(asked, viewer=viewer)
    by_phone = contacts.by_phone(asked, limit=MAX_PEOPLE) if access.sees_contacts(viewer) else ()
    says_number = isinstance(problem, MistypedNumber) and (_LIKE_A_NUMBER.match(asked) or not by_phone)
    rows = () if found or by_phone else access.visible(viewer, requests.at_address(asked, limit=MAX_REQUESTS))
    return Findings(
        asked=asked,
        request=found,
        number_problem=errors.words(problem) if says_number and problem else "",
        by_phone=by_phone,
        of_people=_of_people(by_phone, viewer=viewer),
        at_address=lines(rows, now=clock.now()),
    )


def _of_other_records(asked: str, *, viewer: StaffView) -> RequestView | None:
    """The imported request that had this number elsewhere, if it is the only one."""
    ids = imports.requests_numbered(asked, limit=2)
    found = requests.by_id(ids[0]) if len(ids) == 1 else None
    return found if found and access.may_see(viewer, found) else None


def _of_people(people: tuple[ContactView, ...], *, viewer: StaffView) -> tuple[Line, ...]:
    if not people:
        return ()
    rows: tuple[RequestRow, ...] = requests.of_contacts([each.id for each in people], limit=MAX_REQUESTS)
    return lines(access.visible(viewer, rows), now=clock.now())

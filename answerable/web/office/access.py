"""Who is looking, and which requests they may open or change; a forbidden request looks like one that is missing."""

from __future__ import annotations

import re
from typing import Final

from django.http import Http404, HttpRequest

from answerable.kernel.errors import AnswerableError
from answerable.kernel.ids import new_token
from answerable.requests import queries as requests
from answerable.requests.actions import Change
from answerable.requests.views import RequestRow, RequestView
from answerable.staff import queries as staff
from answerable.staff.queries import StaffView
from answerable.staff.rules import Permission, Role, may, may_move_request, may_see_request
from answerable.web.live import tickets

_KEY: Final = re.compile(r"^[A-Za-z0-9_-]{16,40}$")


def member_of(request: HttpRequest) -> StaffView:
    """The member of staff who is signed in.  Raises: Http404 for anybody else."""
    member = staff.of_user(request.user)
    if member is None:
        raise Http404
    return member


def is_bound(member: StaffView) -> bool:
    """Whether the person works for one department and sees only its requests."""
    return member.role == Role.DEPARTMENT


def may_see(member: StaffView, found: RequestRow | RequestView) -> bool:
    """Whether the person may open the request."""
    return may(member.role, Permission.SEE_OFFICE) and may_see_request(
        member.role,
        own_department=member.department,
        department=found.department,
        visibility=found.visibility,
    )


def may_move(member: StaffView, found: RequestRow | RequestView) -> bool:
    """Whether the person may change the request."""
    return may_see(member, found) and may_move_request(
        member.role, own_department=member.department, department=found.department
    )


def sees_words(member: StaffView) -> bool:
    """Whether the person may read what people wrote and who they are; analysts may not."""
    return may(member.role, Permission.SEE_CONTACTS)


def opened(member: StaffView, number: str) -> RequestView:
    """The request of that number.  Raises: Http404 when it is missing, or not this person's to see."""
    try:
        found = requests.by_number(number)
    except AnswerableError as error:
        raise Http404 from error
    if not may_see(member, found):
        raise Http404
    return found


def change_by(member: StaffView, request: HttpRequest, *, seen: str = "") -> Change:
    """A change by this person under the form's own key, so that sending twice is once."""
    return Change.now(key=f"office:{form_key(request)}", by=member.by, seen=seen)


def ticket_of(request: HttpRequest, *topics: str) -> str:
    """A ticket to hear of those topics while this person is signed in."""
    return tickets.mint_for_staff(topics, session_key=request.session.session_key or "")


def form_key(request: HttpRequest) -> str:
    """The key the form was given when it was drawn; a fresh one when it brings none."""
    key = str(request.POST.get("key", ""))
    return key if _KEY.match(key) else new_token()

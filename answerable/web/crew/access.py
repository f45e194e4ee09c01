"""Who is looking, and which requests they may open: a crew's own department; a forbidden one looks like none."""

from __future__ import annotations

import re
from typing import Final

from django.http import Http404, HttpRequest

from answerable.kernel.errors import AnswerableError
from answerable.kernel.ids import new_token
from answerable.requests import queries as requests
from answerable.requests.views import RequestView
from answerable.staff import queries as staff
from answerable.staff.queries import StaffView
from answerable.staff.rules import Permission, Role, may, may_move_request, may_see_request

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


def opened(member: StaffView, number: str) -> RequestView:
    """The request of that number, which this person may work on.  Raises: Http404."""
    try:
        found = requests.by_number(number)
    except AnswerableError as error:
        raise Http404 from error
    own = member.department
    sees = may_see_request(member.role, own_department=own, department=found.department, visibility=found.visibility)
    if not sees or not may_move_request(member.role, own_department=own, department=found.department):
        raise Http404
    return found


def sees_contacts(member: StaffView) -> bool:
    """Whether the person may read who reported it."""
    return may(member.role, Permission.SEE_CONTACTS)


def key_of(request: HttpRequest) -> str:
    """The key of the act, made on the telephone when the button was pressed; a fresh one when it brings none."""
    key = str(request.POST.get("key", ""))
    return key if _KEY.match(key) else new_token()

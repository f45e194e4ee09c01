"""Who is at the desk, and what they may see: a forbidden record and a missing one look the same."""

from __future__ import annotations

from collections.abc import Iterable

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest

from answerable.kernel.errors import AnswerableError
from answerable.requests import queries as requests
from answerable.requests.views import RequestRow, RequestView
from answerable.staff import queries as staff
from answerable.staff.queries import StaffView
from answerable.staff.rules import Permission, may, may_see_request


def viewer_of(request: HttpRequest) -> StaffView:
    """The signed-in member of staff.  Raises: PermissionDenied for anybody else."""
    viewer = staff.of_user(request.user)
    if viewer is None:
        raise PermissionDenied("desk.not_staff")
    return viewer


def may_see(viewer: StaffView, request: RequestView | RequestRow) -> bool:
    """Whether this member of staff may open that request."""
    return may_see_request(
        viewer.role, own_department=viewer.department, department=request.department, visibility=str(request.visibility)
    )


def visible(viewer: StaffView, rows: Iterable[RequestRow]) -> tuple[RequestRow, ...]:
    """The lines this member of staff may see."""
    return tuple(row for row in rows if may_see(viewer, row))


def request_or_404(viewer: StaffView, number: str) -> RequestView:
    """The request of that number.  Raises: Http404 when there is none, or none this person may see."""
    try:
        found = requests.by_number(number)
    except AnswerableError as error:
        raise Http404 from error
    if not may_see(viewer, found):
        raise Http404
    return found


def sees_contacts(viewer: StaffView) -> bool:
    """Whether names and ways to reach people are shown to this role."""
    return may(viewer.role, Permission.SEE_CONTACTS)

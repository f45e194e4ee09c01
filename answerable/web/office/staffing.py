"""People with a log-in and programs with a key: admitted, changed and shut out by administrators."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.contrib import messages
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from answerable.catalogue import queries as catalogue
from answerable.kernel.errors import AnswerableError
from answerable.staff import actions
from answerable.staff import queries as staff
from answerable.staff.actions import Post
from answerable.staff.queries import MemberRow
from answerable.staff.rules import Role
from answerable.web.office import access, wording

ROLES: Final[Mapping[str, str | Promise]] = {
    Role.OPERATOR: gettext_lazy("Operator: logs requests for callers"),
    Role.SUPERVISOR: gettext_lazy("Supervisor: sees and moves everything, publishes rules"),
    Role.DEPARTMENT: gettext_lazy("Department: does the work of one department"),
    Role.ANALYST: gettext_lazy("Analyst: reads, without words and contacts"),
    Role.ADMINISTRATOR: gettext_lazy("Administrator: everything, and this page"),
}
SHORT_ROLES: Final[Mapping[str, str | Promise]] = {
    Role.OPERATOR: gettext_lazy("Operator"),
    Role.SUPERVISOR: gettext_lazy("Supervisor"),
    Role.DEPARTMENT: gettext_lazy("Department"),
    Role.ANALYST: gettext_lazy("Analyst"),
    Role.ADMINISTRATOR: gettext_lazy("Administrator"),
}
SALT: Final = "answerable.web.office.secret"
"""Of the secrets that forms carry."""

_SECRET_SECONDS: Final = 3600
"""How long a form with a fresh secret may be sent; the secret is signed, so that sending twice makes one."""

_SYLLABLES: Final = [
    "ba",
    "be",
    "bi",
    "bo",
    "bu",
    "da",
    "de",
    "di",
    "do",
    "du",
    "fa",
    "fe",
    "fi",
    "fo",
    "ga",
    "ge",
    "go",
    "ka",
    "ke",
    "ki",
    "ko",
    "la",
    "le",
    "li",
    "lo",
    "lu",
    "ma",
    "me",
    "mi",
    "mo",
    "mu",
    "na",
    "ne",
    "ni",
    "no",
    "ra",
    "re",
    "ri",
    "ro",
    "ru",
    "sa",
    "se",
    "si",
    "so",
    "su",
    "ta",
    "te",
    "ti",
    "to",
    "tu",
    "va",
    "ve",
    "vi",
    "vo",
    "za",
    "ze",
    "zi",
    "zo",
]


def fresh_password() -> str:
    """A password that can be read aloud once and is then changed: four words, about 70 bits."""
    return "-".join("".join(secrets.choice(_SYLLABLES) for _part in range(3)) for _word in range(4))


@require_GET
def people(request: HttpRequest) -> HttpResponse:
    """Everybody with a log-in, and the programs with a key."""
    return _list(request)


def _list(
    request: HttpRequest, *, sent: Mapping[str, str] | None = None, problems: Mapping[str, str] | None = None
) -> HttpResponse:
    city = catalogue.active()
    context = {
        "members": [
            (row, SHORT_ROLES.get(row.member.role, row.member.role), _department(row)) for row in staff.members()
        ],
        "roles": wording.choices(ROLES), "sent": sent or {},
        "departments": [(each.code, wording.said(each.name)) for each in city.departments],
        "problems": problems or {}, "languages_known": [("en", _("English")), ("fr", _("French"))],
        "password": signing.dumps(fresh_password(), salt=SALT),
    }  # fmt: skip
    return render(request, "office/staff.html", context, status=422 if problems else 200)


def _department(row: MemberRow) -> str:
    return wording.department_name(catalogue.active(), row.member.department) if row.member.department else ""


def signed_secret(request: HttpRequest, name: str) -> str | None:
    """The secret the form was given; None when it is too old or was not made here."""
    try:
        return str(signing.loads(request.POST.get(name, ""), salt=SALT, max_age=_SECRET_SECONDS))
    except signing.BadSignature:
        return None


def _post_of(request: HttpRequest) -> Post:
    sent = request.POST
    role = sent.get("role", "")
    department = sent.get("department", "") if role == Role.DEPARTMENT else ""
    known = {each.code for each in catalogue.active().departments}
    return Post(
        role=Role(role) if role in set(Role) else Role.OPERATOR,
        department=department if department in known else "",
        name=(sent.get("first_name", "").strip()[:80], sent.get("last_name", "").strip()[:80]),
        language="fr" if sent.get("language") == "fr" else "en",
    )


def _words(error: AnswerableError) -> str:
    return {
        "username": _("Choose another user name: 3 to 40 letters, digits, dots or hyphens, not yet taken."),
        "last_name": _("Write a name."),
        "department": _("Choose the department they work for."),
        "role": _("Nobody takes away their own rights. Ask another administrator."),
    }.get(error.field, error.message)


@require_http_methods(["POST"])
def admit(request: HttpRequest) -> HttpResponse:
    """A new member of staff; the first password is shown once."""
    member = access.member_of(request)
    password = signed_secret(request, "secret")
    sent = {name: str(value) for name, value in request.POST.items()}
    if password is None:
        return _list(request, sent=sent, problems={"": _("This form was open too long. Please send it again.")})
    try:
        username = request.POST.get("username", "").strip()
        admitted = actions.admit(username=username, password=password, post=_post_of(request), by=member.by)
    except AnswerableError as error:
        return _list(request, sent=sent, problems={error.field: _words(error)})
    return _password_shown(
        request,
        title=_("%(name)s can sign in now") % {"name": admitted.name},
        label=_("First password of %(username)s") % {"username": admitted.username},
        secret=password,
    )


@dataclass(frozen=True, slots=True)
class Once:
    """A secret to show, and where its reader goes on: a label and an address."""

    title: str
    label: str
    secret: str
    section: str
    back: tuple[str, str]


def shown_once(request: HttpRequest, once: Once) -> HttpResponse:
    """The page that shows it, this once."""
    return render(request, "office/secret.html", {"once": once, "section": once.section})


def _password_shown(request: HttpRequest, *, title: str, label: str, secret: str) -> HttpResponse:
    return shown_once(request, Once(title, label, secret, section="staff", back=(_("Staff"), reverse("office:staff"))))


@require_http_methods(["GET", "POST"])
def person(request: HttpRequest, member_id: int) -> HttpResponse:
    """One person's post; changed, shut out, let in again, or given a new password."""
    try:
        row = staff.member(member_id)
    except AnswerableError as error:
        raise Http404 from error
    if request.method == "GET":
        return _person(request, row)
    is_active = request.POST.get("is_active") == "yes"
    password = (signed_secret(request, "secret") or "") if request.POST.get("do") == "password" else ""
    try:
        by = access.member_of(request).by
        actions.change_member(member_id, post=_post_of(request), is_active=is_active, by=by, password=password)
    except AnswerableError as error:
        return _person(request, row, problems={error.field: _words(error)})
    if password:
        name = row.member.name
        return _password_shown(
            request,
            title=_("%(name)s has a new password") % {"name": name},
            label=_("New password of %(username)s") % {"username": row.member.username},
            secret=password,
        )
    messages.success(request, _("Saved."))
    return HttpResponseRedirect(reverse("office:staff"))


def _person(request: HttpRequest, row: MemberRow, *, problems: Mapping[str, str] | None = None) -> HttpResponse:
    city = catalogue.active()
    values = {
        "first_name": row.first_name, "last_name": row.last_name, "role": row.member.role,
        "department": row.member.department, "language": row.member.language,
        "is_active": "yes" if row.is_active else "no",
    } | ({name: str(value) for name, value in request.POST.items()} if problems else {})  # fmt: skip
    context = {
        "row": row, "values": values, "problems": problems or {}, "roles": wording.choices(ROLES),
        "departments": [(each.code, wording.said(each.name)) for each in city.departments],
        "languages_known": [("en", _("English")), ("fr", _("French"))],
        "password": signing.dumps(fresh_password(), salt=SALT),
    }  # fmt: skip
    return render(request, "office/member.html", context, status=422 if problems else 200)

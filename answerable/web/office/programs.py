"""Programs with a key: what each may, how often, what its door does differently; given a new key, or none any more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any, Final

import msgspec
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
from answerable.intake.actions import digest_of
from answerable.kernel.errors import AnswerableError
from answerable.plumbing import clock
from answerable.staff import actions
from answerable.staff import queries as staff
from answerable.staff.actions import ClientTerms
from answerable.staff.queries import ClientView
from answerable.staff.rules import Profile, Scope
from answerable.web.office import access
from answerable.web.office.staffing import SALT, Once, shown_once, signed_secret

SCOPES: Final[Mapping[str, str | Promise]] = {
    Scope.WRITE_REQUESTS: gettext_lazy("Log requests"),
    Scope.READ_OFFICE: gettext_lazy("Read the office's list"),
    Scope.WRITE_UPDATES: gettext_lazy("Report progress of a department's work"),
    Scope.MANAGE_WEBHOOKS: gettext_lazy("Subscribe to news (webhooks)"),
}
PROFILE_WORDS: Final[Mapping[str, tuple[str | Promise, str | Promise]]] = {
    "expected_datetime": (
        gettext_lazy("Send the promised date (Open311)"),
        gettext_lazy("Switch it off for programs that break on it."),
    ),
    "extended_status": (
        gettext_lazy("Send detailed states, notes and updates without being asked (Open311)"),
        gettext_lazy("Older programs may not expect these fields."),
    ),
    "confidential_services": (
        gettext_lazy("List confidential services, too (Open311)"),
        gettext_lazy("They can be reported, and never be read back."),
    ),
    "department": (
        gettext_lazy("Whose work its updates may move"),
        gettext_lazy("The code of a department, or * for all. Needed to report progress."),
    ),
}
"""What each wish of a profile is called, and when it is of use; a test holds that none is missing."""

USUAL_RATE: Final = 6000


@dataclass(frozen=True, slots=True)
class Wish:
    """One field of the profile as the form draws it: `kind` is switch, number or words."""

    name: str
    label: str
    hint: str
    kind: str
    value: Any


@dataclass(frozen=True, slots=True)
class Line:
    """One program in the list."""

    client: ClientView
    may: str
    today: int
    last_at: datetime | None


@require_GET
def clients(request: HttpRequest) -> HttpResponse:
    """Every program with a key, and what it did today."""
    return _list(request)


def _list(request: HttpRequest, *, problems: Mapping[str, str] | None = None) -> HttpResponse:
    found = staff.clients()
    context = {
        "lines": _lines(found), "problems": problems or {}, "scopes": SCOPES, "sent": request.POST,
        "chosen": request.POST.getlist("scopes"), "rate": request.POST.get("rate_per_minute", USUAL_RATE),
        "wishes": _wishes(_profile_of(request) if problems else Profile()), "secret": _fresh_key(),
        "working": sum(each.is_active for each in found),
    }  # fmt: skip
    return render(request, "office/clients.html", context, status=422 if problems else 200)


def _lines(found: tuple[ClientView, ...]) -> list[Line]:
    zone = catalogue.active().timezone
    midnight = datetime.combine(clock.now().astimezone(zone).date(), time(), tzinfo=zone)
    calls = staff.calls_since(midnight, ids=[each.id for each in found])
    return [
        Line(
            client=each, may=_may(each), today=calls[each.id].calls if each.id in calls else 0,
            last_at=calls[each.id].last_at if each.id in calls else None,
        )
        for each in found
    ]  # fmt: skip


def _may(each: ClientView) -> str:
    return ", ".join(str(SCOPES.get(scope, scope)) for scope in each.scopes)


def _fresh_key() -> str:
    return signing.dumps(actions.fresh_api_key(), salt=SALT)


def _wishes(profile: Profile) -> list[Wish]:
    """The fields of the profile, whichever there are."""
    kinds = {bool: "switch", int: "number"}
    return [
        Wish(
            name=field.name, label=str(PROFILE_WORDS.get(field.name, (field.name.replace("_", " "), ""))[0]),
            hint=str(PROFILE_WORDS.get(field.name, ("", ""))[1]), kind=kinds.get(field.type, "words"),
            value=getattr(profile, field.name),
        )
        for field in msgspec.structs.fields(Profile)
    ]  # fmt: skip


def _profile_of(request: HttpRequest) -> Profile:
    sent: dict[str, Any] = {}
    for field in msgspec.structs.fields(Profile):
        told = request.POST.get(f"profile_{field.name}", "").strip()
        sent[field.name] = told == "yes" if field.type is bool else told
    try:
        return msgspec.convert(sent, Profile, strict=False)
    except msgspec.ValidationError:
        return Profile()


def _terms_of(request: HttpRequest) -> ClientTerms:
    rate = request.POST.get("rate_per_minute", "").strip()
    return ClientTerms(
        name=request.POST.get("client_name", "").strip()[:120],
        scopes=tuple(Scope(each) for each in request.POST.getlist("scopes") if each in set(Scope)),
        rate_per_minute=int(rate) if rate.isascii() and rate.isdigit() and len(rate) < len("1000000000") else -1,
        profile=_profile_of(request),
    )


def _words(error: AnswerableError) -> str:
    return {
        "client_name": _("Write what the program is called."),
        "scopes": _("Choose at least one thing it may do."),
        "rate_per_minute": _("Write a whole number up to 1,000,000, or 0 for no limit."),
    }.get(error.field, error.message)


def _key_shown(request: HttpRequest, *, title: str, key: str) -> HttpResponse:
    once = Once(title, _("API key"), key, section="clients", back=(_("Programs"), reverse("office:clients")))
    return shown_once(request, once)


@require_http_methods(["POST"])
def admit_client(request: HttpRequest) -> HttpResponse:
    """A program with a key, shown once; only its digest is kept."""
    member = access.member_of(request)
    key = signed_secret(request, "secret")
    if key is None:
        return _list(request, problems={"": _("This form was open too long. Please send it again.")})
    try:
        terms = _terms_of(request)
        actions.admit_client(terms=terms, digest_of_key=digest_of(key), by=member.by)
    except AnswerableError as error:
        return _list(request, problems={error.field: _words(error)})
    return _key_shown(request, title=_("%(name)s has a key now") % {"name": terms.name}, key=key)


@require_http_methods(["GET", "POST"])
def client(request: HttpRequest, client_id: int) -> HttpResponse:
    """One program: its terms to change, its calls, its subscriptions."""
    row = _row(client_id)
    if request.method == "GET":
        return _one(request, row)
    try:
        actions.change_client(client_id, terms=_terms_of(request), by=access.member_of(request).by)
    except AnswerableError as error:
        return _one(request, row, problems={error.field: _words(error)})
    messages.success(request, _("Saved. It holds within half a minute."))
    return HttpResponseRedirect(reverse("office:client", args=[client_id]))


def _row(client_id: int) -> ClientView:
    try:
        return staff.client(client_id)
    except AnswerableError as error:
        raise Http404 from error


def _one(request: HttpRequest, row: ClientView, *, problems: Mapping[str, str] | None = None) -> HttpResponse:
    sent = request.POST if problems else {}
    (line,) = _lines((row,))
    overlaps = row.previous_until if row.previous_until and row.previous_until > clock.now() else None
    context = {
        "row": row, "line": line, "problems": problems or {}, "scopes": SCOPES, "secret": _fresh_key(),
        "name": sent.get("client_name", row.name), "rate": sent.get("rate_per_minute", row.rate_per_minute),
        "chosen": request.POST.getlist("scopes") if problems else row.scopes, "overlaps": overlaps,
        "wishes": _wishes(_profile_of(request) if problems else row.profile),
        "overlap_days": actions.KEYS_OVERLAP.days,
    }  # fmt: skip
    return render(request, "office/client.html", context, status=422 if problems else 200)


@require_http_methods(["POST"])
def rotate_client(request: HttpRequest, client_id: int) -> HttpResponse:
    """A new key, shown once; the old one opens for a while, too."""
    row, key = _row(client_id), signed_secret(request, "secret")
    if key is None:
        return _one(request, row, problems={"": _("This form was open too long. Please send it again.")})
    actions.rotate_client(client_id, digest_of_key=digest_of(key), by=access.member_of(request).by)
    return _key_shown(request, title=_("%(name)s has a new key") % {"name": row.name}, key=key)


@require_http_methods(["POST"])
def revoke_client(request: HttpRequest, client_id: int) -> HttpResponse:
    """The program's keys open nothing any more."""
    actions.revoke_client(client_id, by=access.member_of(request).by)
    messages.success(request, _("The key opens nothing any more."))
    return HttpResponseRedirect(reverse("office:clients"))

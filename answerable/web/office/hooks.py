"""Subscriptions to news, and every message that was sent to them: seen, tried, sent again, paused."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods

from answerable.catalogue import queries as catalogue
from answerable.channels.webhooks import actions, queries, rules
from answerable.channels.webhooks.errors import UnknownDelivery, UnknownSubscription
from answerable.channels.webhooks.queries import Counts, DeliveryView, SubscriptionView
from answerable.channels.webhooks.rules import Wish
from answerable.kernel.errors import AnswerableError
from answerable.plumbing import clock
from answerable.staff import queries as staff
from answerable.web.office import access, wording
from answerable.web.office.staffing import Once, shown_once

STATES: Final[Mapping[str, tuple[str | Promise, str, str]]] = {
    "active": (gettext_lazy("Active"), "ok", ""),
    "retrying": (gettext_lazy("Not arriving"), "late", ""),
    "paused": (gettext_lazy("Paused"), "risk", "ring"),
    "ended": (gettext_lazy("Ended"), "rest", "void"),
    "due": (gettext_lazy("To be sent"), "info", "ring"),
    "delivered": (gettext_lazy("Delivered"), "ok", ""),
    "dead": (gettext_lazy("Given up"), "late", ""),
    "dropped": (gettext_lazy("Not wanted any more"), "rest", "void"),
}
"""Words, tone and form of each state of a subscription and of a delivery."""

REASONS: Final[Mapping[str, str | Promise]] = {
    "by_hand": gettext_lazy("Somebody did this by hand."),
    "failing": gettext_lazy("A message could not be delivered for a day. Look at it, mend the receiver, then resume."),
    "gone": gettext_lazy("The receiver said that it wants no more (410)."),
    "revoked": gettext_lazy("The program's key was revoked."),
}
ERRORS: Final[Mapping[str, str | Promise]] = {
    "timeout": gettext_lazy("No answer in time"),
    "refused": gettext_lazy("Nobody answered at that address"),
    "unknown_host": gettext_lazy("The name is not known"),
    "tls": gettext_lazy("The certificate is not good"),
    "broken_off": gettext_lazy("The connection broke"),
    "private": gettext_lazy("The name leads into our own network"),
    "not_https": gettext_lazy("The address is not https"),
    "failed": gettext_lazy("It failed on our side; see the log"),
}
KINDS: Final[Mapping[str, str | Promise]] = {
    "request.logged": gettext_lazy("A request was logged"),
    "request.moved": gettext_lazy("A request took a step"),
    "request.rerouted": gettext_lazy("It went to another department"),
    "request.reclassified": gettext_lazy("It became another service"),
    "request.noted": gettext_lazy("A public note was added"),
    "request.linked": gettext_lazy("It was tied to another"),
    "request.unlinked": gettext_lazy("A tie was undone"),
    "request.followed": gettext_lazy("Somebody else follows it"),
    "request.photo_added": gettext_lazy("A photo was added"),
    "request.visibility_changed": gettext_lazy("Who may see it changed"),
    "request.handed_off": gettext_lazy("Its work order moved"),
    "promise.made": gettext_lazy("A date was promised"),
    "promise.paused": gettext_lazy("The promise was paused"),
    "promise.resumed": gettext_lazy("The promise runs again"),
    "promise.remade": gettext_lazy("The promised date changed"),
    "promise.at_risk": gettext_lazy("The promise is at risk"),
    "promise.breached": gettext_lazy("The promise was missed"),
    "promise.met": gettext_lazy("The promise was met"),
    "promise.voided": gettext_lazy("The promise no longer applies"),
    rules.PING: gettext_lazy("Trial message"),
}
"""What each kind of news is called; a test holds that none is missing."""


@dataclass(frozen=True, slots=True)
class Tag:
    """A state as a tag shows it."""

    word: str
    tone: str
    form: str


@dataclass(frozen=True, slots=True)
class Row:
    """One subscription in the list."""

    subscription: SubscriptionView
    counts: Counts
    tag: Tag
    owner: str


@dataclass(frozen=True, slots=True)
class Message:
    """One delivery in a list."""

    delivery: DeliveryView
    kind: str
    tag: Tag
    result: str


def _tag(state: str) -> Tag:
    word, tone, form = STATES[state]
    return Tag(str(word), tone, form)


def _standing(found: SubscriptionView, counts: Counts) -> Tag:
    """The subscription's state, and whether what it sends arrives."""
    return _tag("retrying" if found.state == "active" and counts.retrying else found.state)


def _result(status: int | None, error: str) -> str:
    if error:
        return str(ERRORS.get(error, error))
    return _("Answered %(status)s") % {"status": status} if status is not None else "–"


@require_GET
def webhooks(request: HttpRequest) -> HttpResponse:
    """Every subscription, and how its messages fare."""
    return _list(request)


def _list(request: HttpRequest, *, problems: Mapping[str, str] | None = None) -> HttpResponse:
    found = queries.subscriptions()
    counts = queries.counts([each.id for each in found])
    names = staff.client_names([each.client_id for each in found if each.client_id])
    city = catalogue.active()
    context = {
        "rows": [
            Row(each, count, _standing(each, count), names.get(each.client_id or 0, _("The office")))
            for each in found
            for count in [counts.get(each.id, Counts())]
        ],
        "kinds": [(kind, str(words)) for kind, words in KINDS.items() if kind != rules.PING],
        "services": [(each.code, wording.said(each.name)) for each in city.services],
        "departments": [(each.code, wording.said(each.name)) for each in city.departments],
        "problems": problems or {}, "sent": request.POST, "chosen": request.POST.getlist("kinds"),
        "key": access.form_key(request),
    }  # fmt: skip
    return render(request, "office/webhooks.html", context, status=422 if problems else 200)


def _words(error: AnswerableError) -> str:
    return {
        "name": _("Write what the subscription is called."),
        "url": _("Write an https address of the public internet, such as https://hooks.example.org/news."),
        "kinds": _("Choose kinds of the list, or none for all."),
    }.get(error.field, error.message)


@require_http_methods(["POST"])
def subscribe(request: HttpRequest) -> HttpResponse:
    """News goes to an address from now on; the secret is shown once."""
    sent, member = request.POST, access.member_of(request)
    wish = Wish(
        name=sent.get("name", ""), url=sent.get("url", ""), kinds=tuple(sent.getlist("kinds")),
        service=sent.get("service", "")[:64], department=sent.get("department", "")[:64],
        includes_private=sent.get("includes_private") == "yes",
    )  # fmt: skip
    try:
        made = actions.subscribe(
            wish, key=access.form_key(request), client_id=None, by=member.by,
            may_be_private=settings.ANSWERABLE.private_addresses,
        )  # fmt: skip
    except AnswerableError as error:
        return _list(request, problems={error.field: _words(error)})
    return _secret_shown(request, made, title=_("%(name)s gets news now") % {"name": made.subscription.name})


def _secret_shown(request: HttpRequest, made: actions.Secret, *, title: str) -> HttpResponse:
    address = reverse("office:webhook", args=[made.subscription.token])
    label = _("The secret its messages are signed with")
    return shown_once(request, Once(title, label, made.secret, section="clients", back=(_("Webhooks"), address)))


@require_GET
def webhook(request: HttpRequest, token: str) -> HttpResponse:
    """One subscription and its deliveries, newest first."""
    found = _found(token)
    state = request.GET.get("state", "")
    state = state if state in {"due", "delivered", "dead", "dropped"} else ""
    page = queries.deliveries(found.id, state=state, after=request.GET.get("after", "")[:40], limit=25)
    counts = queries.counts([found.id]).get(found.id, Counts())
    names = staff.client_names([found.client_id] if found.client_id else [])
    more = "?" + urlencode({"state": state, "after": page.following}) if page.following else ""
    context = {
        "found": found, "tag": _standing(found, counts), "reason": REASONS.get(found.reason, ""), "counts": counts,
        "owner": names.get(found.client_id or 0, _("The office")), "kinds": _kinds(found), "more": more,
        "messages_sent": [_message(each) for each in page.rows], "state": state, "tabs": _tabs(token, counts),
        "tab": ["", "due", "dead", "delivered"].index(state) if state != "dropped" else 0,
        "service": _service(found), "department": _department(found), "key": access.form_key(request),
        "overlap_hours": int(rules.SECRETS_OVERLAP.total_seconds() // 3600),
    }  # fmt: skip
    return render(request, "office/webhook.html", context)


def _found(token: str) -> SubscriptionView:
    try:
        return queries.subscription(token)
    except UnknownSubscription as error:
        raise Http404 from error


def _kinds(found: SubscriptionView) -> str:
    return ", ".join(str(KINDS.get(kind, kind)) for kind in found.kinds) or _("Everything public")


def _service(found: SubscriptionView) -> str:
    city = catalogue.active()
    known = found.service and city.has_service(found.service)
    return wording.said(city.service(found.service).name) if known else found.service or _("All")


def _department(found: SubscriptionView) -> str:
    return wording.department_name(catalogue.active(), found.department) if found.department else _("All")


def _message(each: DeliveryView) -> Message:
    return Message(
        delivery=each, kind=str(KINDS.get(each.kind, each.kind)), tag=_tag(each.state),
        result=_result(each.last_status, each.last_error),
    )  # fmt: skip


def _tabs(token: str, counts: Counts) -> list[dict[str, object]]:
    address = reverse("office:webhook", args=[token])
    return [
        {"label": _("All"), "href": address},
        {"label": _("To be sent"), "href": f"{address}?state=due", "count": counts.due},
        {"label": _("Given up"), "href": f"{address}?state=dead", "count": counts.dead},
        {"label": _("Delivered"), "href": f"{address}?state=delivered", "count": counts.delivered},
    ]


@require_GET
def delivery(request: HttpRequest, token: str, delivery: str) -> HttpResponse:
    """One message: what it says, and every try to bring it."""
    found = _found(token)
    try:
        sent = queries.delivery(found.id, delivery)
    except UnknownDelivery as error:
        raise Http404 from error
    tries = [(each, _result(each.status, each.error)) for each in queries.attempts(sent.id)]
    context = {
        "found": found, "sent": sent, "message": _message(sent), "tries": tries,
        "payload": json.dumps(json.loads(sent.payload), indent=2, ensure_ascii=False),
        "is_under_way": sent.leased_until is not None and sent.leased_until > clock.now(),
    }  # fmt: skip
    return render(request, "office/delivery.html", context)


@require_http_methods(["POST"])
def act(request: HttpRequest, token: str) -> HttpResponse:
    """Something is done with a subscription, or with one of its messages."""
    by, do = access.member_of(request).by, request.POST.get("do", "")
    try:
        if do == "rotate":
            made = actions.rotate(token, key=access.form_key(request), by=by)
            return _secret_shown(request, made, title=_("%(name)s has a new secret") % {"name": made.subscription.name})
        messages.success(request, _done(request, token, do, by=by))
    except (UnknownSubscription, UnknownDelivery) as error:
        raise Http404 from error
    message = request.POST.get("delivery", "")
    if do == "resend" and message:
        return HttpResponseRedirect(reverse("office:delivery", args=[token, message]))
    return HttpResponseRedirect(reverse("office:webhook", args=[token]))


def _done(request: HttpRequest, token: str, do: str, *, by: str) -> str:
    """What is to be said afterwards."""
    if do == "pause":
        actions.pause(token, by=by)
        return _("Paused. News gathers until you resume.")
    if do == "resume":
        actions.resume(token, by=by)
        return _("News is sent again.")
    if do == "end":
        actions.end(token, by=by)
        return _("The subscription has ended.")
    if do == "ping":
        actions.ping(token, key=access.form_key(request))
        return _("A trial message is on its way. Load the page again in a moment.")
    if do == "resend":
        sent = actions.resend(token, request.POST.get("delivery", ""), by=by)
        return _("It is sent again, under its own id.") if sent else _("It is under way just now.")
    if do == "resend_dead":
        count = actions.resend_dead(token, by=by)
        return ngettext("%(num)d message is sent again.", "%(num)d messages are sent again.", count) % {"num": count}
    raise Http404

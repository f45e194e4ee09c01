"""How the city reaches somebody: which messages, by which way, when, in which language; and one click to stop them.

The link in a message proves that whoever holds it reads the address it went to.  A request's own link proves that only
when the city learned of the person with that very request: anybody may type another's address into a report.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time, timedelta
from typing import Any, Final

from babel import Locale
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from answerable.catalogue import queries as catalogue
from answerable.contacts import actions as contacts
from answerable.contacts import queries as contact_queries
from answerable.contacts.queries import Reach
from answerable.contacts.rules import Consents, ConsentSource, MessageClass, Way, Wished, masked_email, masked_phone
from answerable.kernel.errors import AnswerableError
from answerable.notices import queries as notices
from answerable.notices.views import MessageView
from answerable.plumbing import clock
from answerable.web.portal import errors
from answerable.web.portal.follow import RESIDENT, seen_by

OPENS_FOR: Final = timedelta(days=365)
"""How long the link of a message opens the page of wishes; it stops messages for ever."""

CLASSES: Final[Mapping[MessageClass, tuple[str | Promise, str | Promise]]] = {
    MessageClass.SERVICE: (
        gettext_lazy("News of your requests"),
        gettext_lazy("What happens to what you reported, questions about it, changed dates, and how it ended."),
    ),
    MessageClass.EMERGENCY: (
        gettext_lazy("Warnings"),
        gettext_lazy("What you must know at once, such as a burst water main in your street. They come at any hour."),
    ),
    MessageClass.PROMOTIONAL: (
        gettext_lazy("Invitations"),
        gettext_lazy("Events, programs and consultations. Only if you say yes."),
    ),
}
WAYS: Final[Mapping[Way, str | Promise]] = {
    Way.EMAIL: gettext_lazy("By email"),
    Way.SMS: gettext_lazy("By text message"),
    Way.PUSH: gettext_lazy("On a device"),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """One class of messages with the ways that are ticked for it."""

    code: str
    title: str
    hint: str
    ticked: tuple[str, ...]


def _reach_of(contact_id: int | None) -> Reach:
    if contact_id is None:
        raise Http404
    try:
        return contact_queries.reach_of(contact_id)
    except AnswerableError as error:
        raise Http404 from error


def _message(token: str) -> MessageView:
    try:
        found = notices.by_token(token)
    except AnswerableError as error:
        raise Http404 from error
    if found.contact_id is None and found.way is not Way.PUSH:
        raise Http404
    return found


@require_http_methods(["GET", "POST"])
def by_message(request: HttpRequest, token: str) -> HttpResponse:
    """The wishes of whoever got the message, for a year after it."""
    found = _message(token)
    if found.way is Way.PUSH or found.made_at < clock.now() - OPENS_FOR:
        return HttpResponseRedirect(reverse("portal:news_stop", args=[token]))
    return _wishes(request, _reach_of(found.contact_id), here="portal:news", token=token)


@require_http_methods(["GET", "POST"])
def by_request(request: HttpRequest, token: str) -> HttpResponse:
    """The wishes of the requester, where nobody but them can have given the address."""
    seen = seen_by(token)
    if not seen.is_requester:
        raise Http404
    reach = _reach_of(seen.request.contact_id)
    if reach.contact.created_at != seen.request.logged_at:
        context = {"back": reverse("portal:follow_link", args=[token]), "addresses": _named(_addresses(reach))}
        return render(request, "portal/wishes_elsewhere.html", context)
    return _wishes(request, reach, here="portal:wishes", token=token)


# --- the page of wishes ---------------------------------------------------------------------------------------


def _addresses(reach: Reach) -> dict[Way, str]:
    """The addresses there are, as only their owner knows them again."""
    given = {Way.EMAIL: masked_email(reach.contact.email), Way.SMS: masked_phone(reach.contact.phone)}
    return {way: address for way, address in given.items() if address}


def _named(addresses: Mapping[Way, str]) -> list[tuple[str, str]]:
    return [(str(WAYS[way]), text) for way, text in addresses.items()]


def _choices(reach: Reach, sent: QueryDict | None) -> list[Choice]:
    return [
        Choice(
            code=message_class, title=str(title), hint=str(hint),
            ticked=tuple(way for way, given in _said(reach, message_class, sent).items() if given),
        )
        for message_class, (title, hint) in CLASSES.items()
    ]  # fmt: skip


def _said(reach: Reach, message_class: MessageClass, sent: QueryDict | None) -> dict[Way, bool]:
    """What holds of the class for each way there is an address for; what was sent, when something was."""
    if sent is None:
        return {way: reach.may(message_class, way) for way in _addresses(reach)}
    return {way: way in sent.getlist(message_class) for way in _addresses(reach)}


def _wishes(request: HttpRequest, reach: Reach, *, here: str, token: str) -> HttpResponse:
    problems: dict[str, str] = {}
    if request.method == "POST":
        problems = _kept(request.POST, reach)
        if not problems:
            language = request.POST.get("language", "")
            with override(language if language in catalogue.active().languages else None):
                messages.success(request, _("Thank you. We reach you as you wish from now on."))
                return HttpResponseRedirect(reverse(here, args=[token]))
    sent = request.POST if request.method == "POST" else None
    context: dict[str, Any] = {
        "choices": _choices(reach, sent), "addresses": _named(_addresses(reach)),
        "ways": [(way, str(WAYS[way])) for way in _addresses(reach)],
        "languages_offered": [(tag, _own_name(tag)) for tag in catalogue.active().languages],
        "spoken": sent.get("language", "") if sent is not None else reach.contact.language,
        "quiet_from": sent.get("quiet_from", "") if sent is not None else _hour(reach.wished.quiet_from),
        "quiet_to": sent.get("quiet_to", "") if sent is not None else _hour(reach.wished.quiet_to),
        "digest": "digest" in sent if sent is not None else reach.wished.digest,
        "problems": problems, "by_phone": reach.contact.news_by == "phone",
    }  # fmt: skip
    return render(request, "portal/wishes.html", context, status=422 if problems else 200)


def _own_name(tag: str) -> str:
    """The language as its speakers call it."""
    return str(Locale.parse(tag).get_display_name(tag)).capitalize()


def _hour(at: time | None) -> str:
    return at.strftime("%H:%M") if at else ""


def _kept(sent: QueryDict, reach: Reach) -> dict[str, str]:
    """What stands against the wishes; kept when there is nothing."""
    problems: dict[str, str] = {}
    hours: dict[str, time | None] = {}
    for name in ("quiet_from", "quiet_to"):
        given = sent.get(name, "").strip()
        try:
            hours[name] = time.fromisoformat(given) if given else None
        except ValueError:
            problems[name] = _("Write an hour like 21:00.")
    language = sent.get("language", "")
    if language not in catalogue.active().languages:
        language = reach.contact.language
    if problems:
        return problems
    wished = Wished(digest="digest" in sent, **hours)
    try:
        contacts.wish(reach.contact.id, wished, language=language, by=RESIDENT)
    except AnswerableError as error:
        return {error.field: errors.words(error)}
    new: Consents = {
        (message_class, way): given
        for message_class in CLASSES
        for way, given in _said(reach, message_class, sent).items()
        if reach.may(message_class, way) is not given
    }
    contacts.consent(reach.contact.id, new, source=ConsentSource.PAGE, by=RESIDENT)
    return {}


# --- one click ------------------------------------------------------------------------------------------------


@csrf_exempt
@require_http_methods(["GET", "POST"])
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """No more messages of this class come by this way; a mail program may do it by itself, without a cookie.

    Looking at the page changes nothing, because programs that check links look at them.
    Source: RFC 8058 (one-click unsubscribe); CASL section 11: it takes effect at once and costs nothing.
    """
    found = _message(token)
    if request.method == "POST":
        _switch(found, is_on=request.POST.get("undo") == "yes")
    context = {
        "token": token, "way": WAYS[found.way], "what": CLASSES[found.message_class][0],
        "is_push": found.way is Way.PUSH, "address": _masked(found), "is_stopped": _is_stopped(found),
        "is_done": request.method == "POST",
    }  # fmt: skip
    return render(request, "portal/news_stop.html", context)


def _device_id(found: MessageView) -> int:
    number = found.address.removeprefix("device:")
    return int(number) if number.isdigit() else 0


def _switch(found: MessageView, *, is_on: bool) -> None:
    if found.contact_id is not None:
        contacts.consent(
            found.contact_id, {(found.message_class, found.way): is_on}, source=ConsentSource.UNSUBSCRIBE, by=RESIDENT
        )
    elif not is_on:
        contacts.end_device(_device_id(found), by=RESIDENT)


def _is_stopped(found: MessageView) -> bool:
    if found.contact_id is not None:
        return not _reach_of(found.contact_id).may(found.message_class, found.way)
    return contact_queries.device(_device_id(found)) is None


def _masked(found: MessageView) -> str:
    if found.way is Way.PUSH:
        return ""
    return masked_email(found.address) if found.way is Way.EMAIL else masked_phone(found.address)

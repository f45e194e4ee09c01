"""Logging for a caller on one screen: look as often as wished, then log, answer, refer, or join a request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from django.contrib import messages
from django.core import signing
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from answerable.catalogue import places
from answerable.catalogue import queries as catalogue
from answerable.contacts import actions as contacts
from answerable.contacts.queries import ContactView
from answerable.contacts.rules import ContactDetails, words_key
from answerable.intake import actions as intake
from answerable.intake.errors import BadReport
from answerable.kernel.errors import AnswerableError
from answerable.kernel.languages import in_language
from answerable.plumbing import clock
from answerable.requests import actions as requests
from answerable.requests import queries as request_queries
from answerable.requests.actions import Change
from answerable.requests.rules import LinkKind, is_listed_publicly
from answerable.requests.views import RequestView
from answerable.staff.queries import StaffView
from answerable.web.desk import access, errors, script, spots, wording
from answerable.web.desk.call import ANSWER_PREFIX, CHANNELS, SOMEBODY_NEW, Situation, look, read
from answerable.web.desk.lines import lines

SEAL = signing.Signer(salt="answerable.desk.logged")
"""Lets the person who just logged a request read its number aloud, whatever they may see later."""


def _language() -> str:
    return (get_language() or "en").split("-")[0]


@require_http_methods(["GET", "POST"])
def home(request: HttpRequest) -> HttpResponse:
    """The call as far as it got; a POST without an ending changes nothing and only looks again."""
    viewer = access.viewer_of(request)
    situation = look(read(request.POST if request.method == "POST" else request.GET), viewer=viewer, now=clock.now())
    if request.method == "POST":
        if same := request.POST.get("same", ""):
            return _same_one(request, situation, viewer, number=same)
        ending = _ENDINGS.get(request.POST.get("action", ""))
        if ending is not None:
            return ending(request, situation, viewer)
    return _page(request, situation)


def _page(request: HttpRequest, situation: Situation, *, problems: Mapping[str, str] | None = None) -> HttpResponse:
    now = situation.now
    say_language, say = script.line(situation)
    context = {
        "it": situation, "call": situation.call, "service": situation.service, "spot": situation.spot,
        "problems": problems or {}, "say": say, "say_language": say_language, "somebody_new": SOMEBODY_NEW,
        "channels": [(code, wording.channel(code)) for code in CHANNELS],
        "languages_spoken": [(tag, wording.language_name(tag)) for tag in situation.city.languages],
        "choices": [(spots.sealed(each), each) for each in situation.spot.choices],
        "nearby": [{"near": each, "standing": each.row.standing(now)} for each in situation.nearby],
        "open_rows": lines(situation.open_rows, now=now),
        "area_names": [hit.name for hit in situation.spot.place.areas.values()] if situation.spot.place else [],
        "precision": wording.precision(situation.spot.place.precision) if situation.spot.place else "",
        "referral": next((each for each in situation.referrals if each.code == situation.suggested_referral), None),
    }  # fmt: skip
    return render(request, "desk/home.html", context, status=422 if problems else 200)


# --- endings --------------------


def _log(request: HttpRequest, situation: Situation, viewer: StaffView) -> HttpResponse:
    """The request is logged and its number is there to be read aloud; the same form again leads to the same number."""
    if situation.service is None:
        return _page(
            request, situation, problems={"service": _("Say what it is about: a word of the problem is enough.")}
        )
    if situation.is_stopped:
        words = _("These answers end here. Tell the caller what is said above, then press “Refer”.")
        return _page(request, situation, problems={"referral": words})
    if problem := _place_problem(situation):
        return _page(request, situation, problems={"place": problem})
    try:
        with transaction.atomic():
            situation = replace(situation, contact=situation.contact or _somebody_new(situation, viewer))
            receipt = intake.receive(_report(situation, viewer))
    except BadReport as refused:
        found = {
            _field_id(situation, each.field): errors.words(each, service=situation.service) for each in refused.problems
        }
        return _page(request, situation, problems=found)
    except AnswerableError as error:
        return _page(request, situation, problems={"service": errors.words(error)})
    _remember(situation, viewer)
    _tie(situation, receipt.request_id, viewer)
    return HttpResponseRedirect(reverse("desk:logged", args=[SEAL.sign(receipt.number)]))


def _somebody_new(situation: Situation, viewer: StaffView) -> ContactView | None:
    """A file of their own for whoever shares a telephone with somebody known; sent twice, it is one file."""
    if situation.call.contact != SOMEBODY_NEW or not situation.known:
        return None
    said = words_key(situation.call.name)
    same = next((each for each in situation.known if said and words_key(each.name) == said), None)
    return same or _new_contact(situation, viewer)


def _place_problem(situation: Situation) -> str:
    """Words for a place that was said but is not settled; an empty one is judged with the rest of the report."""
    spot = situation.spot
    if spot.choices:
        return _("Ask which of these places it is.")
    if spot.is_outside:
        return _("This place is outside the city: refer the caller.")
    if spot.is_unknown:
        return _("This place is not known. Ask for the nearest corner, a landmark or the ward.")
    return ""


def _field_id(situation: Situation, field: str) -> str:
    is_question = situation.service is not None and situation.service.question(field) is not None
    return f"{ANSWER_PREFIX}{field}" if is_question else {"description": "words"}.get(field, field)


def _report(situation: Situation, viewer: StaffView) -> intake.Report:
    call = situation.call
    details = _details(situation)
    return intake.Report(
        key=call.key, channel=call.channel, language=call.language, service_code=call.service_code, by=viewer.by,
        description=call.words, answers=situation.answers, place=situation.spot.place,
        contact=None if details.is_empty else details,
        contact_id=situation.contact.id if situation.contact else None,
    )  # fmt: skip


def _details(situation: Situation) -> ContactDetails:
    call, kept = situation.call, situation.contact
    return ContactDetails(
        name=call.name, email=call.email, phone=call.phone, postal=call.postal, language=call.language,
        news_by=call.news_by, needs=call.needs, address=kept.address if kept else "",
        privacy_version=situation.city.pack.city.privacy.version,
    )  # fmt: skip


def _remember(situation: Situation, viewer: StaffView) -> None:
    """The file of a known resident follows what they said in this call."""
    kept = situation.contact
    if kept is None:
        return
    contacts.change(kept.id, _details(situation), by=viewer.by)


def _tie(situation: Situation, request_id: int, viewer: StaffView) -> None:
    """A follow-on knows the request it goes on from; sent twice, it is tied once."""
    if not situation.call.follow_on_of:
        return
    earlier = _seen(situation.call.follow_on_of, viewer)
    if earlier is not None:
        change = Change.now(key=f"{situation.call.key}:tie", by=viewer.by)
        requests.link(request_id, change, other_id=earlier.id, kind=LinkKind.FOLLOW_ON_OF)


def _seen(number: str, viewer: StaffView) -> RequestView | None:
    try:
        return access.request_or_404(viewer, number)
    except Http404:
        return None


def _same_one(request: HttpRequest, situation: Situation, viewer: StaffView, *, number: str) -> HttpResponse:
    """The caller follows the request that exists, instead of a second one."""
    found = _seen(number, viewer)
    if found is None or not is_listed_publicly(found.visibility):
        raise Http404
    try:
        contact = situation.contact or _new_contact(situation, viewer)
    except AnswerableError as error:
        return _page(request, situation, problems={error.field: errors.words(error)})
    change = Change.now(key=f"{situation.call.key}:same", by=viewer.by)
    requests.follow(found.id, change, contact_id=contact.id if contact else None, language=situation.call.language)
    _settle(situation, viewer, outcome="followed", words=found.number, contact=contact)
    return HttpResponseRedirect(reverse("desk:logged", args=[SEAL.sign(found.number)]) + "?same=1")


def _new_contact(situation: Situation, viewer: StaffView) -> ContactView | None:
    details = _details(situation)
    return None if details.is_empty else contacts.add(details, by=viewer.by)


def _answered(request: HttpRequest, situation: Situation, viewer: StaffView) -> HttpResponse:
    """The enquiry ends without a request: it was answered on the spot."""
    _settle(situation, viewer, outcome="answered", words=situation.call.words, contact=situation.contact)
    messages.success(request, _("Kept as answered, without a request. Ready for the next caller."))
    return HttpResponseRedirect(reverse("desk:home"))


def _refer(request: HttpRequest, situation: Situation, viewer: StaffView) -> HttpResponse:
    """The enquiry ends at another door, whose words are there to be read aloud."""
    code = situation.suggested_referral
    door = next((each for each in situation.referrals if each.code == code), None)
    if door is None:
        return _page(request, situation, problems={"referral": _("Choose whom to refer the caller to.")})
    _settle(
        situation, viewer, outcome="referred", words=situation.call.words, contact=situation.contact, referral=door.code
    )
    return HttpResponseRedirect(reverse("desk:referred", args=[door.code]) + f"?language={situation.call.language}")


def _settle(
    situation: Situation,
    viewer: StaffView,
    *,
    outcome: str,
    words: str,
    contact: ContactView | None,
    referral: str = "",
) -> None:
    intake.settle(
        intake.Closing(
            key=f"{situation.call.key}:{outcome}"[:80], channel=situation.call.channel,
            language=situation.call.language,
            outcome=outcome, by=viewer.by, referral=referral, words=words, contact_id=contact.id if contact else None,
        )
    )  # fmt: skip


_ENDINGS: Mapping[str, Callable[[HttpRequest, Situation, StaffView], HttpResponse]] = {
    "log": _log,
    "answered": _answered,
    "refer": _refer,
}


# --- after the ending, and suggestions --------------------


@require_http_methods(["GET"])
def logged(request: HttpRequest, sealed: str) -> HttpResponse:
    """The number to read aloud, group by group, with the promise and what happens next."""
    try:
        number = SEAL.unsign(sealed)
        found = request_queries.by_number(number)
    except (signing.BadSignature, AnswerableError) as error:
        raise Http404 from error
    city = catalogue.version(found.catalogue_version)
    context = {
        "found": found, "service": city.service(found.service_code), "department": city.department(found.department),
        "is_same": request.GET.get("same") == "1", "may_open": access.may_see(access.viewer_of(request), found),
    }  # fmt: skip
    return render(request, "desk/logged.html", context)


@require_http_methods(["GET"])
def referred(request: HttpRequest, code: str) -> HttpResponse:
    """The other door: its number and words, to be read aloud."""
    try:
        door = catalogue.active().referral(code)
    except AnswerableError as error:
        raise Http404 from error
    language = request.GET.get("language", "")
    spoken = language if language in door.text else _language()
    return render(request, "desk/referred.html", {"door": door, "spoken": spoken, "words": door.text[spoken]})


@require_http_methods(["GET"])
def suggest_services(request: HttpRequest) -> JsonResponse:
    """Services that fit what is typed so far, in either language."""
    city, language = catalogue.active(), _language()
    hits = city.search_services(request.GET.get("q", "")[:120], language=language, limit=7)
    items = [
        {
            "label": in_language(hit.service.name, language=language),
            "note": in_language(city.group(hit.service.group).name, language=language),
            "value": hit.service.code,
        }
        for hit in hits
    ]
    return JsonResponse({"items": items})


@require_http_methods(["GET"])
def suggest_places(request: HttpRequest) -> JsonResponse:
    """Places that go on from what is typed so far; each carries itself, sealed."""
    city, begun = catalogue.active(), request.GET.get("q", "").strip()[:120]
    found = places.suggest(city, begun, at=clock.now(), language=_language(), limit=7) if begun else ()
    items = [
        {
            "label": place.label,
            "note": next((hit.name for hit in place.areas.values()), ""),
            "value": spots.sealed(place),
        }
        for place in found
    ]
    return JsonResponse({"items": items})

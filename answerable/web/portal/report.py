"""Reporting a problem: service, place, same one?, details, how to reach you, sent.

Each step is a page of its own with a form that needs no script; what was filled in waits in a draft whose id is the
idempotency key of the request it becomes, so that sending twice is harmless.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from answerable.catalogue import places as catalogue_places
from answerable.catalogue import queries as catalogue
from answerable.catalogue.city import City
from answerable.catalogue.errors import UnknownService
from answerable.catalogue.places import Choices, Found, NotFound, Outside, Place
from answerable.catalogue.structs import Question, Service
from answerable.contacts.rules import ContactDetails
from answerable.intake import actions as intake
from answerable.intake import rules
from answerable.intake.actions import DraftView
from answerable.intake.errors import BadReport
from answerable.intake.rules import Proposal
from answerable.kernel.errors import AnswerableError
from answerable.kernel.facts import Json
from answerable.plumbing import clock
from answerable.promises import planning
from answerable.requests import pictures
from answerable.requests import queries as requests
from answerable.requests.errors import BadPhoto
from answerable.web.portal import errors, places

STEPS = 4
ANSWER_PREFIX = "q_"


def _language() -> str:
    return (get_language() or "en").split("-")[0]


# --- choosing a service ----------------------------------------------------------------------------------------------


@require_http_methods(["GET"])
def services(request: HttpRequest) -> HttpResponse:
    """All services by group, or those that fit the words asked for."""
    city = catalogue.active()
    asked = request.GET.get("q", "").strip()
    hits = city.search_services(asked, language=_language(), limit=12) if asked else ()
    shelves = [(group, city.services_of(group.code)) for group in city.groups]
    return render(
        request,
        "portal/services.html",
        {"asked": asked, "hits": [hit.service for hit in hits], "shelves": [each for each in shelves if each[1]]},
    )


@require_http_methods(["GET"])
def suggest_services(request: HttpRequest) -> HttpResponse:
    """Services that fit what is typed so far, for the search box."""
    language = _language()
    hits = catalogue.active().search_services(request.GET.get("q", ""), language=language, limit=6)
    items = [
        {"label": hit.service.name[language], "href": reverse("portal:start", args=[hit.service.code])} for hit in hits
    ]
    return JsonResponse({"items": items})


@require_http_methods(["GET"])
def suggest_places(request: HttpRequest) -> HttpResponse:
    """Places that go on from what is typed so far."""
    city = catalogue.active()
    begun = request.GET.get("q", "")[:120]
    found = (
        catalogue_places.suggest(city, begun, at=clock.now(), language=_language(), limit=6) if begun.strip() else ()
    )
    return JsonResponse({"items": [{"label": place.label, "value": place.label} for place in found]})


# --- the place ---------------------------------------------------------------------------------------------------------


def _service_or_404(code: str) -> tuple[City, Service]:
    city = catalogue.active()
    try:
        return city, city.service(code)
    except UnknownService as error:
        raise Http404 from error


@require_http_methods(["GET", "POST"])
def start(request: HttpRequest, service_code: str) -> HttpResponse:
    """What the service is and promises, what must be said first, and where the problem is."""
    city, service = _service_or_404(service_code)
    if request.method == "POST":
        draft = intake.open_draft(service_code=service.code, language=_language())
        return _take_place(request, draft, city, service)
    return _place_page(request, city, service, draft=None)


@require_http_methods(["GET", "POST"])
def place(request: HttpRequest, draft_id: str) -> HttpResponse:
    """The place again, to correct it."""
    draft, city, service = _draft_or_expired(draft_id)
    if request.method == "POST":
        return _take_place(request, draft, city, service)
    return _place_page(request, city, service, draft=draft)


def _take_place(request: HttpRequest, draft: DraftView, city: City, service: Service) -> HttpResponse:
    sent = {name: str(value) for name, value in request.POST.items()}
    if not any(sent.get(name, "").strip() for name in ("place", "ward", "lat")) and service.location != "required":
        intake.fill_draft(draft, {"place": None})
        return _to("details", draft)
    kept = places.from_json(draft.filled.get("place"))
    if sent.get("nudge") and kept:
        resolution = places.nudged(city, kept, direction=sent["nudge"], at=clock.now(), language=_language())
        if isinstance(resolution, Found):
            draft = intake.fill_draft(draft, {"place": places.as_json(resolution.place)})
        return _to("place", draft)
    chosen = _chosen(draft, sent.get("choice", ""))
    if chosen is not None and not _said_anew(sent, chosen):
        return _accept_place(request, draft, city, service, chosen)
    resolution = places.told(city, sent, at=clock.now(), language=_language())
    if isinstance(resolution, Found):
        return _accept_place(request, draft, city, service, resolution.place)
    if isinstance(resolution, Choices):
        draft = intake.fill_draft(draft, {"choices": [places.as_json(each) for each in resolution.candidates]})
        return _place_page(request, city, service, draft=draft, sent=sent, choices=resolution.candidates)
    if isinstance(resolution, Outside):
        return render(
            request,
            "portal/outside.html",
            {
                "service": service,
                "said": resolution.said,
                "referral": _referral(city, resolution.referral),
                "draft": draft,
            },
            status=422,
        )
    return _place_page(request, city, service, draft=draft, sent=sent, problems={"place": _not_found(resolution)})


def _said_anew(sent: Mapping[str, str], chosen: Place) -> bool:
    """Whether the words were changed after the choices were shown."""
    said = sent.get("place", "").strip()
    return bool(said) and said != chosen.said.strip() and said != chosen.label.strip()


def _chosen(draft: DraftView, choice: str) -> Place | None:
    kept = draft.filled.get("choices")
    if not isinstance(kept, list) or not choice.isdigit() or int(choice) >= len(kept):
        return None
    return places.from_json(kept[int(choice)])


def _not_found(resolution: NotFound) -> str:
    return {
        "empty": _("Say where it is: an address, a corner or a landmark."),
        "bad_coordinates": _("This position is not on Earth. Give latitude and longitude in degrees."),
    }.get(
        resolution.reason,
        _("We do not know this place. Check the spelling, name the nearest corner, or choose the ward below."),
    )


def _referral(city: City, code: str) -> Any:
    try:
        return city.referral(code) if code else None
    except AnswerableError:
        return None


def _accept_place(request: HttpRequest, draft: DraftView, city: City, service: Service, found: Place) -> HttpResponse:
    postal = str(request.POST.get("postal", "")).strip() or found.postal
    problems = rules.place_problems(
        service, precision=found.precision, has_point=found.point is not None, has_area=bool(found.areas)
    )
    if problems:
        sent = {name: str(value) for name, value in request.POST.items()}
        words = {"place": errors.words(problems[0], service=service)}
        return _place_page(request, city, service, draft=draft, sent=sent, problems=words)
    draft = intake.fill_draft(draft, {"place": places.as_json(found) | {"postal": postal}, "choices": None})
    return _to("nearby" if _nearby(city, service, found) else "details", draft)


def _place_page(
    request: HttpRequest,
    city: City,
    service: Service,
    *,
    draft: DraftView | None,
    sent: Mapping[str, str] | None = None,
    problems: Mapping[str, str] | None = None,
    choices: Sequence[Place] = (),
) -> HttpResponse:
    kept = places.from_json(draft.filled.get("place")) if draft else None
    version = next(each for each in city.areas.versions if each.source.kind == city.primary_area_kind)
    context = {
        "service": service,
        "draft": draft,
        "opening": rules.opening_stops(service),
        "place": kept,
        "sent": sent or ({"place": kept.said or kept.label, "postal": kept.postal} if kept else {}),
        "problems": problems or {},
        "choices": choices,
        "wards": _wards(city),
        "ward_word": version.source.label,
        "promise": city.promise_of(service.code),
        "dates": planning.dates_of(_planned(city, service, {})),
    }
    return render(request, "portal/place.html", context, status=422 if problems else 200)


def _wards(city: City) -> list[tuple[str, str]]:
    today = city.local_day(clock.now())
    current = [
        version
        for version in city.areas.versions
        if version.source.kind == city.primary_area_kind and version.holds_on(today)
    ]
    hits = [hit for version in current for hit in version.hits]
    return sorted(((hit.key, hit.name) for hit in hits), key=lambda pair: pair[1])


def _planned(city: City, service: Service, answers: Mapping[str, Json]) -> Sequence[planning.Planned]:
    priority = rules.priority_of(service, answers)
    return planning.plan(city, service=service, answers=answers, priority=priority, started_at=clock.now())


# --- is it the same one? -----------------------------------------------------------------------------------------------


def _nearby(city: City, service: Service, found: Place) -> Sequence[Any]:
    if found.point is None or service.visibility != "public":
        return ()
    since = clock.now() - timedelta(days=service.duplicate_days)
    return requests.nearby(found.point, service_codes=[service.code], radius_m=service.duplicate_radius_m, since=since)


@require_http_methods(["GET"])
def nearby(request: HttpRequest, draft_id: str) -> HttpResponse:
    """Open reports of the same kind close by: follow one instead, or go on."""
    draft, city, service = _draft_or_expired(draft_id)
    found = places.from_json(draft.filled.get("place"))
    rows = _nearby(city, service, found) if found else ()
    if not rows:
        return _to("details", draft)
    now = clock.now()
    context = {
        "draft": draft, "service": service, "place": found,
        "rows": [{"near": each, "standing": each.row.standing(now)} for each in rows],
    }  # fmt: skip
    return render(request, "portal/nearby.html", context)


# --- details -------------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def details(request: HttpRequest, draft_id: str) -> HttpResponse:
    """The service's own questions, the resident's words, and pictures."""
    draft, city, service = _draft_or_expired(draft_id)
    if request.method == "POST":
        return _take_details(request, draft, city, service)
    return _details_page(request, draft, city, service)


def _take_details(request: HttpRequest, draft: DraftView, city: City, service: Service) -> HttpResponse:
    if key := request.POST.get("drop_photo", ""):
        intake.drop_draft_photo(draft, key=key)
        return _to("details", draft)
    answers = _answers(request, service)
    description = str(request.POST.get("description", "")).replace("\r\n", "\n").strip()
    draft = intake.fill_draft(draft, {"answers": answers, "description": description})
    problems = _take_photos(request, draft, service)
    cleaned, faults = rules.clean_answers(service, answers)
    faults += rules.word_problems(description)
    problems |= {_field_id(service, each.field): errors.words(each, service=service) for each in faults}
    step = rules.next_step(service, cleaned)
    if step.proposal is Proposal.STOP:
        context = {
            "draft": draft,
            "service": service,
            "stops": [(stop, _referral(city, stop.refer)) for stop in step.stops],
        }
        return render(request, "portal/stop.html", context)
    if problems:
        return _details_page(request, draft, city, service, problems=problems)
    if request.POST.get("add_photo"):
        return _to("details", draft)
    return _to("contact", draft)


def _answers(request: HttpRequest, service: Service) -> dict[str, Json]:
    answers: dict[str, Json] = {}
    for question in service.questions:
        sent = [str(value) for value in request.POST.getlist(f"{ANSWER_PREFIX}{question.code}") if str(value).strip()]
        if sent:
            answers[question.code] = list(sent) if question.type == "multi" else sent[0]
    return answers


def _field_id(service: Service, field: str) -> str:
    return f"{ANSWER_PREFIX}{field}" if service.question(field) else field


def _take_photos(request: HttpRequest, draft: DraftView, service: Service) -> dict[str, str]:
    if not service.photos:
        return {}
    kept = len(intake.draft_photos(draft))
    for upload in request.FILES.getlist("photo"):
        if kept >= pictures.MAX_PHOTOS:
            return {
                "photo": _("At most %(limit)d photos can be sent; the others were left out.")
                % {"limit": pictures.MAX_PHOTOS}
            }
        try:
            picture = pictures.keep(upload.read(pictures.MAX_BYTES + 1), scope=draft.id, folder=settings.MEDIA_ROOT)
        except BadPhoto as error:
            return {"photo": errors.words(error, service=service)}
        taken = picture.taken_at
        photo = intake.KeptPhoto(
            key=picture.photo.key, file=picture.photo.file, width=picture.photo.width,
            height=picture.photo.height, size_bytes=picture.photo.size_bytes,
        )  # fmt: skip
        intake.add_draft_photo(
            draft, photo, taken_lat=taken.lat if taken else None, taken_lon=taken.lon if taken else None
        )
        kept += 1
    return {}


def _details_page(
    request: HttpRequest, draft: DraftView, city: City, service: Service, *, problems: Mapping[str, str] | None = None
) -> HttpResponse:
    answers = draft.filled.get("answers")
    kept: Mapping[str, Json] = answers if isinstance(answers, dict) else {}
    photos = intake.draft_photos(draft)
    context = {
        "draft": draft, "service": service, "answers": kept, "description": draft.filled.get("description", ""),
        "photos": photos, "photo_limit": pictures.MAX_PHOTOS, "photo_mb": pictures.MAX_BYTES // 10**6,
        "taken": next((each for each in photos if each.taken_lat is not None), None),
        "place": places.from_json(draft.filled.get("place")), "problems": problems or {},
        "warnings": rules.raised_stops(service, kept), "max_description": rules.MAX_DESCRIPTION,
    }  # fmt: skip
    return render(request, "portal/details.html", context, status=422 if problems else 200)


# --- how to reach you, and sending ---------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def contact(request: HttpRequest, draft_id: str) -> HttpResponse:
    """What will be sent, the promise, and, only if wished, how to reach the resident."""
    draft, city, service = _draft_or_expired(draft_id)
    cleaned, faults = rules.clean_answers(service, _kept_answers(draft))
    if faults:
        return _to("details", draft)
    if service.location == "required" and places.from_json(draft.filled.get("place")) is None:
        return _to("place", draft)
    if request.method == "GET":
        return _contact_page(request, draft, city, service, cleaned, sent={})
    sent = {name: str(request.POST.get(name, "")).strip() for name in ("name", "email", "phone", "news_by")}
    try:
        receipt = intake.receive(_report(draft, service, cleaned, city, sent))
    except BadReport as refused:
        problems = {_field_id(service, each.field): errors.words(each, service=service) for each in refused.problems}
        return _contact_page(request, draft, city, service, cleaned, sent=sent, problems=problems)
    return HttpResponseRedirect(reverse("portal:sent", args=[receipt.token]))


def _kept_answers(draft: DraftView) -> Mapping[str, Json]:
    answers = draft.filled.get("answers")
    return answers if isinstance(answers, dict) else {}


def _report(
    draft: DraftView, service: Service, answers: Mapping[str, Json], city: City, sent: Mapping[str, str]
) -> intake.Report:
    found = places.from_json(draft.filled.get("place"))
    news_by = sent["news_by"] if sent["news_by"] in {"email", "sms", "phone"} else "none"
    details = ContactDetails(
        name=sent["name"], email=sent["email"], phone=sent["phone"], postal=found.postal if found else "",
        language=draft.language, news_by=news_by, privacy_version=city.pack.city.privacy.version,
    )  # fmt: skip
    return intake.Report(
        key=draft.id, channel="web", language=draft.language, service_code=service.code, by="resident",
        description=str(draft.filled.get("description", "")), answers=answers, place=found,
        contact=None if details.is_empty else details, version_id=draft.version_id,
        photos=[each.photo for each in intake.draft_photos(draft)],
    )  # fmt: skip


def _contact_page(
    request: HttpRequest, draft: DraftView, city: City, service: Service, answers: Mapping[str, Json],
    *, sent: Mapping[str, str], problems: Mapping[str, str] | None = None,
) -> HttpResponse:  # fmt: skip
    planned = _planned(city, service, answers)
    context = {
        "draft": draft, "service": service, "sent": sent, "problems": problems or {},
        "answers": shown_answers(service, answers), "description": draft.filled.get("description", ""),
        "photos": intake.draft_photos(draft), "place": places.from_json(draft.filled.get("place")),
        "dates": planning.dates_of(planned), "privacy": city.pack.city.privacy, "promise": city.promise_of(service.code),
    }  # fmt: skip
    return render(request, "portal/contact.html", context, status=422 if problems else 200)


def shown_answers(service: Service, answers: Mapping[str, Json]) -> list[tuple[Question, list[Any]]]:
    """Each answered question with its answers as texts in every language, or as they were typed."""
    shown: list[tuple[Question, list[Any]]] = []
    for question in service.questions:
        value = answers.get(question.code)
        if value in (None, "", []):
            continue
        labels = {option.code: option.label for option in question.options}
        values = value if isinstance(value, list) else [value]
        shown.append((question, [labels.get(str(each), each) for each in values]))
    return shown


# --- drafts ----------------------------------------------------------------------------------------------------------------


class ExpiredDraft(Http404):
    """The draft is gone: start again."""


def _draft_or_expired(draft_id: str) -> tuple[DraftView, City, Service]:
    draft = intake.draft(draft_id)
    if draft is None:
        raise ExpiredDraft(_("This report was left for more than a day, or was never begun. Please start again."))
    city = catalogue.version(draft.version_id)
    return draft, city, city.service(draft.service_code)


def _to(step: str, draft: DraftView) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse(f"portal:{step}", args=[draft.id]))

"""The details of a report, how to reach the resident if they wish, and sending it.

The draft's id is the idempotency key of the request it becomes: pressing Send twice, going back or loading the answer
again all lead to the same number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from answerable.catalogue.structs import Service
from answerable.contacts.rules import ContactDetails
from answerable.intake import actions as intake
from answerable.intake import rules
from answerable.intake.actions import DraftPhotoView
from answerable.intake.errors import BadReport, KeyReused
from answerable.intake.rules import Proposal
from answerable.kernel.facts import Json
from answerable.kernel.languages import in_language
from answerable.kernel.places import Point
from answerable.promises import planning
from answerable.requests import pictures
from answerable.requests.errors import BadPhoto
from answerable.web.portal import errors, where
from answerable.web.portal.drafts import Filling, language, to, with_draft

ANSWER_PREFIX = "q_"
CONTACT_FIELDS = ("name", "email", "phone", "news_by")
NEWS_BY = frozenset({"email", "sms", "phone"})


# --- details --------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@with_draft
def details(request: HttpRequest, filling: Filling) -> HttpResponse:
    """The service's own questions, the resident's words, and pictures."""
    if request.method == "POST":
        return _take_details(request, filling)
    return _details_page(request, filling)


def _take_details(request: HttpRequest, filling: Filling) -> HttpResponse:
    service = filling.service
    answers = _answers(request, service)
    description = str(request.POST.get("description", "")).replace("\r\n", "\n").strip()
    filling = filling.filled(answers=answers, description=description[: rules.MAX_DESCRIPTION * 2])
    problems = _take_photos(request, filling)
    if detour := _detour(request, filling, has_problems=bool(problems)):
        return detour
    cleaned, faults = rules.clean_answers(service, answers)
    faults += rules.word_problems(description)
    problems |= {_field_id(service, each.field): errors.words(each, service=service) for each in faults}
    if rules.next_step(service, cleaned).proposal is Proposal.STOP:
        return to("stop", filling)
    if problems:
        return _details_page(request, filling, problems=problems)
    return to("contact", filling)


def _detour(request: HttpRequest, filling: Filling, *, has_problems: bool) -> HttpResponseRedirect | None:
    """The buttons beside the pictures; what was typed is kept already."""
    if key := request.POST.get("drop_photo", ""):
        intake.drop_draft_photo(filling.draft, key=key)
        return to("details", filling, anchor="photo")
    if key := request.POST.get("photo_place", ""):
        taken = next((each for each in intake.draft_photos(filling.draft) if each.photo.key == key), None)
        if taken and taken.taken_lat is not None and taken.taken_lon is not None:
            return where.from_photo(filling, Point(lat=taken.taken_lat, lon=taken.taken_lon))
    if request.POST.get("add_photo") and not has_problems:
        return to("details", filling, anchor="photo")
    return None


def _answers(request: HttpRequest, service: Service) -> dict[str, Json]:
    answers: dict[str, Json] = {}
    for question in service.questions:
        sent = [str(value) for value in request.POST.getlist(f"{ANSWER_PREFIX}{question.code}") if str(value).strip()]
        if sent:
            answers[question.code] = list(sent) if question.type == "multi" else sent[0]
    return answers


def _field_id(service: Service, field: str) -> str:
    return f"{ANSWER_PREFIX}{field}" if service.question(field) else field


def _take_photos(request: HttpRequest, filling: Filling) -> dict[str, str]:
    if not filling.service.photos:
        return {}
    kept = len(intake.draft_photos(filling.draft))
    for upload in request.FILES.getlist("photo"):
        if kept >= pictures.MAX_PHOTOS:
            return {
                "photo": _("At most %(limit)d photos can be sent; the others were left out.")
                % {"limit": pictures.MAX_PHOTOS}
            }
        try:
            _keep_photo(filling, upload.read(pictures.MAX_BYTES + 1))
        except BadPhoto as error:
            return {"photo": errors.words(error, service=filling.service)}
        kept += 1
    return {}


def _keep_photo(filling: Filling, content: bytes) -> None:
    picture = pictures.keep(content, scope=filling.draft.id, folder=Path(settings.MEDIA_ROOT))
    kept, taken = picture.photo, picture.taken_at
    photo = intake.KeptPhoto(
        key=kept.key, file=kept.file, width=kept.width, height=kept.height, size_bytes=kept.size_bytes
    )
    intake.add_draft_photo(
        filling.draft, photo, taken_lat=taken.lat if taken else None, taken_lon=taken.lon if taken else None
    )


def _details_page(request: HttpRequest, filling: Filling, *, problems: Mapping[str, str] | None = None) -> HttpResponse:
    photos = intake.draft_photos(filling.draft)
    context = {
        "filling": filling, "service": filling.service, "answers": filling.answers, "description": filling.description,
        "photos": photos, "photo_limit": pictures.MAX_PHOTOS, "photo_mb": pictures.MAX_BYTES // 10**6,
        "taken": _taken_elsewhere(filling, photos), "place": filling.place, "problems": problems or {},
        "warnings": [one for one in rules.raised_stops(filling.service, filling.answers) if one.action == "continue"],
        "max_description": rules.MAX_DESCRIPTION,
    }  # fmt: skip
    return render(request, "portal/details.html", context, status=422 if problems else 200)


def _taken_elsewhere(filling: Filling, photos: tuple[DraftPhotoView, ...]) -> DraftPhotoView | None:
    """A picture that knows where it was taken, unless the place is that already."""
    here = filling.place.point if filling.place else None
    return next(
        (
            each
            for each in photos
            if each.taken_lat is not None and (here is None or (each.taken_lat, each.taken_lon) != (here.lat, here.lon))
        ),
        None,
    )


def draft_photo(request: HttpRequest, draft_id: str, key: str) -> HttpResponseBase:
    """A picture that waits with its draft."""
    draft = intake.draft(draft_id)
    found = next((each.photo for each in intake.draft_photos(draft) if each.photo.key == key), None) if draft else None
    path = Path(settings.MEDIA_ROOT) / found.file if found else None
    if path is None or not path.exists():
        raise Http404
    return FileResponse(path.open("rb"), content_type="image/jpeg")


@require_GET
@with_draft
def stop(request: HttpRequest, filling: Filling) -> HttpResponse:
    """The answers end the form: call somebody now, or knock at another door."""
    cleaned, _faults = rules.clean_answers(filling.service, filling.answers)
    step = rules.next_step(filling.service, cleaned)
    if step.proposal is not Proposal.STOP:
        return to("details", filling)
    context = {
        "filling": filling, "service": filling.service,
        "stops": [(each, where.referral_of(filling.city, each.refer)) for each in step.stops],
    }  # fmt: skip
    return render(request, "portal/stop.html", context)


# --- how to reach you, and sending ----------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@with_draft
def contact(request: HttpRequest, filling: Filling) -> HttpResponse:
    """What will be sent, the promise, and, only if wished, how to reach the resident."""
    service = filling.service
    cleaned, faults = rules.clean_answers(service, filling.answers)
    if service.location == "required" and filling.place is None:
        return to("place", filling)
    if faults or rules.word_problems(filling.description):
        return to("details", filling)
    if rules.next_step(service, cleaned).proposal is Proposal.STOP:
        return to("stop", filling)
    if request.method == "GET":
        kept = {name: str(filling.typed_contact.get(name) or "") for name in CONTACT_FIELDS}
        return _contact_page(request, filling, cleaned, sent=kept)
    sent = {name: str(request.POST.get(name, "")).strip()[:254] for name in CONTACT_FIELDS}
    return _sent(request, filling, cleaned, sent)


def _sent(request: HttpRequest, filling: Filling, cleaned: Mapping[str, Json], sent: Mapping[str, str]) -> HttpResponse:
    try:
        receipt = intake.receive(_report(filling, cleaned, sent))
    except BadReport as refused:
        kept = filling.filled(contact=dict(sent))
        problems = {
            _field_id(filling.service, each.field): errors.words(each, service=filling.service)
            for each in refused.problems
        }
        return _contact_page(request, kept, cleaned, sent=sent, problems=problems)
    except KeyReused as reused:
        return _contact_page(request, filling, cleaned, sent=sent, problems={"": errors.words(reused)})
    filling.filled(sent=receipt.token, contact=None)
    return HttpResponseRedirect(reverse("portal:sent", args=[receipt.token]))


def _report(filling: Filling, answers: Mapping[str, Json], sent: Mapping[str, str]) -> intake.Report:
    draft, found = filling.draft, filling.place
    details = ContactDetails(
        name=sent["name"], email=sent["email"], phone=sent["phone"], postal=found.postal if found else "",
        language=language(), news_by=_news_by(sent), privacy_version=filling.city.pack.city.privacy.version,
    )  # fmt: skip
    return intake.Report(
        key=draft.id, channel="web", language=language(), service_code=filling.service.code, by="resident",
        description=filling.description, answers=answers, place=found,
        contact=None if details.is_empty else details, version_id=draft.version_id,
        photos=[each.photo for each in intake.draft_photos(draft)],
    )  # fmt: skip


def _news_by(sent: Mapping[str, str]) -> str:
    """The wish for news, as far as the way for it was given."""
    wished = sent["news_by"] if sent["news_by"] in NEWS_BY else ""
    if not wished or not sent["email" if wished == "email" else "phone"]:
        return "none"
    return wished


@dataclass(frozen=True, slots=True)
class Check:
    """One line of check-your-answers, with the way to change it."""

    label: str
    value: str
    href: str


def _contact_page(
    request: HttpRequest, filling: Filling, answers: Mapping[str, Json],
    *, sent: Mapping[str, str], problems: Mapping[str, str] | None = None,
) -> HttpResponse:  # fmt: skip
    context = {
        "filling": filling, "service": filling.service, "sent": sent, "problems": problems or {},
        "checks": checks(filling, answers), "photos": intake.draft_photos(filling.draft), "place": filling.place,
        "dates": planning.dates_of(filling.planned(answers)), "privacy": filling.city.pack.city.privacy,
    }  # fmt: skip
    return render(request, "portal/contact.html", context, status=422 if problems else 200)


def checks(filling: Filling, answers: Mapping[str, Json]) -> list[Check]:
    """Everything that will be sent, in the page's language."""
    draft_id = filling.draft.id
    place_page, details_page = reverse("portal:place", args=[draft_id]), reverse("portal:details", args=[draft_id])
    found = filling.place
    lines = [Check(_("Problem"), _said(filling.service.name), reverse("portal:report"))]
    if found or filling.service.location != "none":
        areas = [hit.name for hit in found.areas.values()] if found else []
        lines.append(Check(_("Place"), (found.label or found.said or ", ".join(areas)) if found else "", place_page))
        lines.append(Check(_("Postal code of the place"), found.postal if found else "", place_page))
    for question, values in shown_answers(filling.service, answers):
        words = ", ".join(_said(each) if isinstance(each, Mapping) else str(each) for each in values)
        lines.append(Check(_said(question.label), words, f"{details_page}#{ANSWER_PREFIX}{question.code}"))
    lines.append(Check(_("In your own words"), filling.description, f"{details_page}#description"))
    return lines


def _said(text: Mapping[str, str]) -> str:
    return in_language(text, language=get_language() or "en")


def shown_answers(service: Service, answers: Mapping[str, Json]) -> list[tuple[Any, list[Any]]]:
    """Each answered question with its answers as texts in every language, or as they were typed."""
    shown: list[tuple[Any, list[Any]]] = []
    for question in service.questions:
        value = answers.get(question.code)
        if value in (None, "", []):
            continue
        labels: dict[str, Any] = {option.code: option.label for option in question.options}
        if question.type == "yes_no":
            labels = {"yes": _("Yes"), "no": _("No")}
        values = value if isinstance(value, list) else [value]
        shown.append((question, [labels.get(str(each), str(each)) for each in values]))
    return shown

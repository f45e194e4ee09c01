"""Where it is: one text field, several ways to be exact, and whether somebody has reported it already.

Every form is answered by a redirect, also when something is wrong: the draft remembers what was typed and why it could
not be taken, so that the page may be loaded again or read in the other language.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from answerable.catalogue import queries as catalogue
from answerable.catalogue.areas import AreaHit
from answerable.catalogue.city import City
from answerable.catalogue.errors import UnknownService
from answerable.catalogue.places import Choices, Found, Outside, Place
from answerable.catalogue.structs import AreaSource, Referral, Service
from answerable.intake import actions as intake
from answerable.intake import rules
from answerable.kernel.errors import AnswerableError
from answerable.kernel.facts import Json
from answerable.kernel.places import Point
from answerable.plumbing import clock
from answerable.promises import planning
from answerable.requests import actions as requests_actions
from answerable.requests import queries as requests
from answerable.requests.actions import Change
from answerable.requests.proofs import may_dispute
from answerable.requests.views import NearbyRow
from answerable.web.components.measuredtimes import MeasuredTimes, measured_times
from answerable.web.portal import locator, places, standards
from answerable.web.portal.drafts import Filling, language, to, with_draft

MOST_LETTERS = 240
"""Units: characters of a place as it was typed."""


MOST_POSTAL = 12
"""Units: characters of a postal code as it is kept."""


def referral_of(city: City, code: str) -> Referral | None:
    """The other door of that code, if there is one."""
    try:
        return city.referral(code) if code else None
    except AnswerableError:
        return None


@require_http_methods(["GET", "POST"])
def start(request: HttpRequest, service_code: str) -> HttpResponse:
    """What the service is and promises, what must be said first, and where the problem is."""
    city = catalogue.active()
    try:
        service = city.service(service_code)
    except UnknownService as error:
        raise Http404 from error
    if request.method == "POST":
        draft = intake.open_draft(service_code=service.code, language=language())
        return _taken(request, Filling(draft=draft, city=city, service=service))
    return _page(request, city, service, filling=None)


@require_http_methods(["GET", "POST"])
@with_draft
def place(request: HttpRequest, filling: Filling) -> HttpResponse:
    """The place again, to correct it."""
    if request.method == "POST":
        return _taken(request, filling)
    return _page(request, filling.city, filling.service, filling=filling)


def _page(request: HttpRequest, city: City, service: Service, *, filling: Filling | None) -> HttpResponse:
    kept = filling.place if filling else None
    asked: Mapping[str, Json] = filling.asked_place if filling else {}
    planned = planning.plan(
        city, service=service, answers={}, priority=service.priority.default, started_at=clock.now()
    )
    context = {
        "service": service, "filling": filling, "place": kept, "city_pack": city,
        "action": _address(service, filling),
        "opening": [(stop, referral_of(city, stop.refer)) for stop in rules.opening_stops(service)],
        "said": asked.get("said", (kept.said or kept.label) if kept else ""),
        "postal": asked.get("postal", kept.postal if kept else ""),
        "ward": asked.get("ward", ""),
        "problem": _problem(str(asked.get("problem") or "")),
        "choices": _choices(filling), "wards": _wards(city), "area": _area_source(city),
        "map": locator.drawing(city, kept.point, at=clock.now()) if kept else None,
        "outlines": reverse("portal:outlines") + "?v=" + locator.outlines_version(city),
        "promise": city.promise_of(service.code), "dates": planning.dates_of(planned),
        "targets": standards.target_lines(city, service),
        "measured": _measured(city, service, kept, planning.dates_of(planned)),
    }  # fmt: skip
    return render(request, "portal/place.html", context)


def _measured(city: City, service: Service, kept: Place | None, dates: planning.Dates) -> MeasuredTimes | None:
    """How long such requests really took, where the city tells residents."""
    if not city.pack.city.tell_measured_times:
        return None
    area = kept.areas.get(city.primary_area_kind) if kept else None
    return measured_times(
        city, service=service.code, area=area.key if area else "", due=dates.completion_due, now=clock.now()
    )


def _address(service: Service, filling: Filling | None) -> str:
    """Where the form is sent: a report already begun goes on."""
    if filling is None:
        return reverse("portal:start", args=[service.code])
    return reverse("portal:place", args=[filling.draft.id])


def _problem(code: str) -> str:
    """What was wrong with the place, in words; empty for nothing."""
    return {
        "": "",
        "empty": _("Say where it is: an address, a corner or a landmark."),
        "bad_coordinates": _("This position is not on Earth. Give latitude and longitude in degrees."),
        "too_vague": _("We need to know it more exactly to send a crew. Give a house number or the nearest corner."),
        "choose": _("Choose one of these places, or write it more exactly."),
    }.get(
        code,
        _(
            "We do not know this place. Check the spelling, name the nearest corner, or choose the area from the"
            " list below."
        ),
    )


def _choices(filling: Filling | None) -> list[Place]:
    kept = filling.draft.filled.get("choices") if filling else None
    read = [places.from_json(each) for each in kept] if isinstance(kept, list) else []
    return [each for each in read if each is not None]


def _area_source(city: City) -> AreaSource:
    return next(each.source for each in city.areas.versions if each.source.kind == city.primary_area_kind)


def _wards(city: City) -> list[tuple[str, str]]:
    today = city.local_day(clock.now())
    hits: Sequence[AreaHit] = city.areas.of_kind(city.primary_area_kind, on=today)
    return sorted(((hit.key, hit.name) for hit in hits), key=lambda pair: pair[1])


# --- taking what was said -------------------------------------------------------------------------------------


def _taken(request: HttpRequest, filling: Filling) -> HttpResponseRedirect:
    sent = {name: str(value)[:MOST_LETTERS] for name, value in request.POST.items()}
    kept = filling.place
    if sent.get("nudge") and kept and not _said_anew(sent, kept):
        return _nudged(filling, kept, direction=sent["nudge"])
    known = _known(filling, sent)
    if known is not None:
        return _accepted(filling, known, sent)
    was_left_out = not any(sent.get(name, "").strip() for name in ("place", "ward", "lat"))
    if was_left_out and filling.service.location != "required":
        return to("details", filling.filled(place=None, choices=None, asked_place=None))
    return _looked_up(filling, sent)


def _known(filling: Filling, sent: Mapping[str, str]) -> Place | None:
    """The choice made, or the place kept before, as long as nothing else was said since."""
    chosen = _chosen(filling, sent.get("choice", ""))
    if chosen is not None and not _said_anew(sent, chosen):
        return chosen
    kept = filling.place
    return kept if kept is not None and not _said_anew(sent, kept) and not _points_anew(sent) else None


def _looked_up(filling: Filling, sent: Mapping[str, str]) -> HttpResponseRedirect:
    resolution = places.told(filling.city, sent, at=clock.now(), language=language())
    if isinstance(resolution, Found):
        return _accepted(filling, resolution.place, sent)
    if isinstance(resolution, Choices):
        listed: list[Json] = [places.as_json(each) for each in resolution.candidates]
        return to("place", filling.filled(choices=listed, asked_place=_asked(sent, problem="choose")))
    if isinstance(resolution, Outside):
        outside = filling.filled(asked_place=_asked(sent), outside=resolution.referral, choices=None)
        return to("outside", outside)
    return to("place", filling.filled(choices=None, asked_place=_asked(sent, problem=resolution.reason)))


def _asked(sent: Mapping[str, str], *, problem: str = "") -> dict[str, Json]:
    return {
        "said": sent.get("place", ""),
        "postal": sent.get("postal", ""),
        "ward": sent.get("ward", ""),
        "problem": problem,
    }


def _said_anew(sent: Mapping[str, str], known: Place) -> bool:
    """Whether the words were changed after the page showed this place."""
    said = sent.get("place", "").strip()
    return bool(said) and said not in {known.said.strip(), known.label.strip()}


def _points_anew(sent: Mapping[str, str]) -> bool:
    return bool(sent.get("lat", "").strip()) or (
        bool(sent.get("ward", "").strip()) and not sent.get("place", "").strip()
    )


def _chosen(filling: Filling, choice: str) -> Place | None:
    listed = _choices(filling)
    return next((each for index, each in enumerate(listed) if str(index) == choice), None)


def _nudged(filling: Filling, kept: Place, *, direction: str) -> HttpResponseRedirect:
    moved = places.nudged(filling.city, kept, direction=direction, at=clock.now(), language=language())
    if isinstance(moved, Found):
        filling = filling.filled(place=places.as_json(moved.place), asked_place=None, choices=None)
    return to("place", filling, anchor="pin")


def _accepted(filling: Filling, found: Place, sent: Mapping[str, str]) -> HttpResponseRedirect:
    problems = rules.place_problems(
        filling.service, precision=found.precision, has_point=found.point is not None, has_area=bool(found.areas)
    )
    if problems:
        return to("place", filling.filled(asked_place=_asked(sent, problem="too_vague"), choices=None))
    return settled(filling, found, postal=sent.get("postal", "").strip()[:MOST_POSTAL] or found.postal)


def settled(filling: Filling, found: Place, *, postal: str) -> HttpResponseRedirect:
    """The place is kept; on to what is reported close by, else to the details."""
    kept = filling.filled(
        place=places.as_json(found) | {"postal": postal}, choices=None, asked_place=None, outside=None
    )
    return to("nearby" if close_by(kept) else "details", kept)


def from_photo(filling: Filling, point: Point) -> HttpResponseRedirect:
    """The place is where the photo was taken, when that is in the city."""
    found = places.told(
        filling.city, {"lat": str(point.lat), "lon": str(point.lon)}, at=clock.now(), language=language()
    )
    if isinstance(found, Found):
        return settled(filling, found.place, postal=filling.place.postal if filling.place else "")
    return to("details", filling)


@require_GET
@with_draft
def outside(request: HttpRequest, filling: Filling) -> HttpResponse:
    """The place is not in this city: whom to ask instead, and how to correct it."""
    code = filling.draft.filled.get("outside")
    if code is None:
        return to("place", filling)
    context = {
        "service": filling.service, "filling": filling, "said": filling.asked_place.get("said", ""),
        "referral": referral_of(filling.city, str(code)),
    }  # fmt: skip
    return render(request, "portal/outside.html", context)


# --- is it the same one? --------------------------------------------------------------------------------------


def close_by(filling: Filling) -> tuple[NearbyRow, ...]:
    """Public reports of the same kind around the place, nearest first."""
    found, service = filling.place, filling.service
    if found is None or found.point is None or service.visibility != "public":
        return ()
    since = clock.now() - timedelta(days=service.duplicate_days)
    return requests.nearby(found.point, service_codes=[service.code], radius_m=service.duplicate_radius_m, since=since)


@require_http_methods(["GET", "POST"])
@with_draft
def nearby(request: HttpRequest, filling: Filling) -> HttpResponse:
    """Reports of the same kind close by: follow one instead, say that it is back, or go on."""
    rows = close_by(filling)
    if request.method == "POST":
        return _same_one(request, filling, rows)
    if not rows:
        return to("details", filling)
    now = clock.now()
    context = {
        "filling": filling, "service": filling.service, "place": filling.place,
        "rows": [
            {
                "near": each, "metres": max(5, round(each.distance_m / 5) * 5), "standing": each.row.standing(now),
                "is_over": each.row.resolved_at is not None,
                "may_dispute": may_dispute(each.row, now=now),
            }
            for each in rows
        ],
    }  # fmt: skip
    return render(request, "portal/nearby.html", context)


def _same_one(request: HttpRequest, filling: Filling, rows: Sequence[NearbyRow]) -> HttpResponseRedirect:
    """A link of one's own to the request chosen; the draft and the number are the key of that."""
    number = str(request.POST.get("number", ""))
    row = next((each.row for each in rows if each.row.number == number), None)
    if row is None:
        return to("nearby", filling)
    change = Change.now(key=f"too:{filling.draft.id}:{number}", by="resident")
    token = requests_actions.follow(row.id, change, contact_id=None, language=language())
    address = reverse("portal:follow_link", args=[token])
    return HttpResponseRedirect(address + ("#dispute" if row.resolved_at is not None else ""))

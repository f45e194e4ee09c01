"""New dates for many after a storm: whom, when, why, what they read; a preview first, and a record afterwards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Final

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_GET, require_POST

from answerable.catalogue import queries as catalogue
from answerable.catalogue.city import City
from answerable.guard import actions as guard
from answerable.guard import queries
from answerable.guard.actions import Decision
from answerable.guard.errors import BadSurge, UnknownSurge
from answerable.guard.queries import Move
from answerable.guard.rules import NewDate, check_words
from answerable.kernel.errors import AnswerableError
from answerable.kernel.ids import new_token
from answerable.plumbing import clock
from answerable.requests.errors import BadChoice
from answerable.requests.promised import Choice
from answerable.requests.promising import END_OF_DAY, need_new_date_reason
from answerable.staff import queries as staff
from answerable.web.components import formats
from answerable.web.components.facts import reason_words
from answerable.web.live import announcements, tickets
from answerable.web.office import access, wording

MOST_WORDS: Final = 600
"""Units: characters of what residents read, in one language."""

SHOWN: Final = 8
"""Units: days and examples a preview shows."""

Sent = Mapping[str, str]


@require_GET
def surges(request: HttpRequest) -> HttpResponse:
    """The form, and what was decided before."""
    sent = {name: str(value) for name, value in request.GET.items()}
    return _form(request, sent, areas=request.GET.getlist("areas"))


def _form(
    request: HttpRequest, sent: Sent, *, areas: Sequence[str], problem: AnswerableError | None = None
) -> HttpResponse:
    city = catalogue.active()
    today = city.local_day(clock.now())
    wards = city.areas.of_kind(city.primary_area_kind, on=today) if city.primary_area_kind else ()
    services = sorted(((each.code, wording.said(each.name)) for each in city.services), key=lambda pair: pair[1])
    context = {
        "sent": sent, "areas": areas, "problem": _problem(problem), "most_words": MOST_WORDS,
        "services": services, "groups": [(each.code, wording.said(each.name)) for each in city.groups],
        "departments": [(each.code, wording.said(each.name)) for each in city.departments],
        "wards": [(hit.key, wording.area_name(hit.name, hit.key)) for hit in wards],
        "ward_word": wording.area_kind_name(city, city.primary_area_kind),
        "reasons": wording.choices(wording.NEW_DATES), "city_languages": _languages(city),
        "records": [(each, staff.names_of([each.by]).get(each.by, "")) for each in queries.surges(limit=10)],
    }  # fmt: skip
    return render(request, "office/surges.html", context, status=422 if problem else 200)


def _languages(city: City) -> list[tuple[str, str]]:
    names = {"en": _("in English"), "fr": _("in French")}
    return [(each, names.get(each, each)) for each in city.languages]


def _problem(error: AnswerableError | None) -> tuple[str, str] | None:
    """The field at fault and what to do about it."""
    if error is None:
        return None
    words = {
        "guard.nobody_concerned": _("No open request fits, or none would get a later date. Widen the choice."),
        "until": _("Give the new day, or a number of days."),
        "days": _("Give 1 to 730 days."),
        "reason": _("Choose a reason."),
    }
    if error.field.startswith("words_"):
        return error.field, _("Say it in every language of the city, so that nobody is told less.")
    said = words.get(error.code) or words.get(error.field) or error.message
    return error.field if error.field in {"until", "days", "reason"} else "service", said


@require_POST
def preview(request: HttpRequest) -> HttpResponse:
    """Whom it concerns, their dates before and after, and the message as they read it; nothing has happened yet."""
    sent, areas = _sent(request), request.POST.getlist("areas")
    city, now = catalogue.active(), clock.now()
    try:
        decision = decision_of(sent, areas, city)
        moves = queries.moves_of(decision.choice, decision.date, now=now)
    except AnswerableError as error:
        return _form(request, sent, areas=areas, problem=error)
    context = {
        "sent": sent, "areas": areas, "count": len(moves), "key": new_token(), "decision": decision,
        "days": _days(moves, city), "more_days": len({each.after for each in moves}) > SHOWN,
        "examples": [(each, wording.service_name(city, each.service)) for each in moves[:SHOWN]],
        "letters": [_letter(decision, moves[0], city, language) for language in city.languages] if moves else [],
        "late": sum(each.before <= now for each in moves),
    }  # fmt: skip
    return render(request, "office/surge_preview.html", context)


@require_POST
def start(request: HttpRequest) -> HttpResponse:
    """The new dates are promised, once however often this is sent; the record shows how far it has got."""
    member, sent, areas = access.member_of(request), _sent(request), request.POST.getlist("areas")
    try:
        decision = decision_of(sent, areas, catalogue.active())
        key = f"surge:{access.form_key(request)}"
        surge = guard.start_surge(decision, key=key, by=member.by, at=clock.now())
    except AnswerableError as error:
        return _form(request, sent, areas=areas, problem=error)
    messages.success(request, _("The new dates are being promised. Each resident gets one message."))
    return HttpResponseRedirect(reverse("office:surge", args=[surge]))


@require_GET
def record(request: HttpRequest, surge_id: int) -> HttpResponse:
    """One decision: who took it, whom it concerned, what was said, how far it has got."""
    try:
        found = queries.surge(surge_id)
    except UnknownSurge as error:
        raise Http404 from error
    context = {
        "found": found, "done": found.count - found.left, "by": staff.names_of([found.by]).get(found.by, found.by),
        "reason": wording.NEW_DATES.get(found.reason, found.reason), "here": request.path,
        "ticket": tickets.mint([announcements.STAFF]),
        "letters": [(language, found.words.get(language, "")) for language, _name in _languages(catalogue.active())],
    }  # fmt: skip
    return render(request, "office/surge.html", context)


def _sent(request: HttpRequest) -> dict[str, str]:
    return {name: str(value).replace("\r\n", "\n").strip() for name, value in request.POST.items()}


def decision_of(sent: Sent, areas: Sequence[str], city: City) -> Decision:
    """What the form asks for.  Raises: BadSurge, BadChoice, MissingReason."""
    days = sent.get("days", "")
    if days and not (days.isdecimal() and len(days) <= 3):  # noqa: PLR2004 - a number of days has three digits
        raise BadSurge("That is no number of days.", field="days", value=days[:20])
    by_days = sent.get("how") == "days"
    words = {each: sent.get(f"words_{each}", "")[:MOST_WORDS] for each in city.languages}
    check_words(words, languages=city.languages)
    need_new_date_reason(sent.get("reason", ""))
    return Decision(
        choice=_choice(sent, areas, city),
        date=NewDate(days=int(days or 0)) if by_days else NewDate(until=_day(sent, "until")),
        reason=sent.get("reason", ""),
        words=words,
    )


def _choice(sent: Sent, areas: Sequence[str], city: City) -> Choice:
    service, group = sent.get("service", ""), sent.get("group", "")
    services = (service,) if service else tuple(each.code for each in city.services_of(group)) if group else ()
    return Choice(
        services=services, areas=tuple(each[:64] for each in areas[:200]), department=sent.get("department", "")[:64],
        logged_from=_instant(sent, "logged_from", city, at=time.min),
        logged_before=_instant(sent, "logged_until", city, at=time.max),
        due_before=_instant(sent, "due_until", city, at=END_OF_DAY),
    )  # fmt: skip


def _instant(sent: Sent, name: str, city: City, *, at: time) -> datetime | None:
    day = _day(sent, name)
    return None if day is None else datetime.combine(day, at, tzinfo=city.timezone)


def _day(sent: Sent, name: str) -> date | None:
    text = sent.get(name, "")
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise BadChoice(f"'{text[:20]}' is no date.", field=name, value=text[:20]) from None


def _days(moves: Sequence[Move], city: City) -> list[tuple[date, int]]:
    """How many are promised for each new day, soonest first."""
    counted = Counter(city.local_day(each.after) for each in moves)
    return sorted(counted.items())[:SHOWN]


def _letter(decision: Decision, move: Move, city: City, language: str) -> tuple[str, str, list[str]]:
    """The language, the heading and the sentences as the resident of that request reads them on their page."""
    with override(language):
        before = _("Before: %(day)s. The first date stays on the record.") % {"day": formats.local_date(move.before)}
        title = _("New promised date: %(day)s") % {"day": formats.local_date(move.after)}
        why = _("Reason: %(reason)s.") % {"reason": reason_words(decision.reason)}
        service = wording.said(city.service(move.service).name) if city.has_service(move.service) else move.service
        about = f"{move.number}, {service}"
    return language, title, [about, decision.words[language], why, before]

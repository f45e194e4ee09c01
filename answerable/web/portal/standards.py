"""What the city promises, service by service, in words taken from its targets and from nowhere else."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from answerable.audits import queries as audits
from answerable.audits.rules import FEWEST, Accuracy
from answerable.catalogue import queries as catalogue
from answerable.catalogue.city import City
from answerable.catalogue.structs import Group, PromiseTarget, Service
from answerable.kernel.languages import Text, in_language
from answerable.plumbing import clock

AUDITED: Final = timedelta(days=365)
"""How far back verdicts count."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A service as a tile: where it leads, its drawing, its name and its promise."""

    href: str
    icon: str
    label: str
    note: str


@dataclass(frozen=True, slots=True)
class TargetLine:
    """One target: how long, and for which reports; `condition` is empty for all others."""

    kind: str
    length: str
    condition: str


@dataclass(frozen=True, slots=True)
class Standard:
    """One service with its promise in words and targets."""

    service: Service
    text: Text
    first_action: tuple[TargetLine, ...]
    completion: tuple[TargetLine, ...]
    source: str


def _said(text: Text) -> str:
    return in_language(text, language=get_language() or "en")


def length_words(target: PromiseTarget) -> str:
    """How long, such as `4 days` or `2 business days`."""
    n = target.amount
    words = {
        "hours": ngettext("%(num)d hour", "%(num)d hours", n),
        "calendar_days": ngettext("%(num)d day", "%(num)d days", n),
        "business_days": ngettext("%(num)d business day", "%(num)d business days", n),
    }
    return words[target.unit] % {"num": n}


def tile(city: City, service: Service) -> Tile:
    """The service as a tile with its promise."""
    return Tile(
        href=reverse("portal:start", args=[service.code]),
        icon=service.icon or city.group(service.group).icon,
        label=_said(service.name),
        note=short_promise(city, service),
    )


def short_promise(city: City, service: Service) -> str:
    """The promise for an ordinary report, short; what depends on answers is left to the longer text."""
    plain = {each.kind: each for each in city.promise_of(service.code).targets if each.when is None}
    if "completion" in plain:
        return _("Done within %(time)s") % {"time": length_words(plain["completion"])}
    if "first_action" in plain:
        return _("First action within %(time)s") % {"time": length_words(plain["first_action"])}
    return ""


def target_lines(city: City, service: Service, *, kind: str = "") -> tuple[TargetLine, ...]:
    """The targets of the service's promise, as they are read: the first that fits counts."""
    targets = [each for each in city.promise_of(service.code).targets if kind in {"", each.kind}]
    several = {each.kind for each in targets if each.when is not None}
    return tuple(
        TargetLine(
            kind=each.kind,
            length=length_words(each),
            condition=_condition(service, each) or (_("otherwise") if each.kind in several else ""),
        )
        for each in targets
    )


def _condition(service: Service, target: PromiseTarget) -> str:
    if target.when is None:
        return ""
    parts = []
    if target.when.priority:
        parts.append(
            _("if it is %(priority)s") % {"priority": _either(_priority(each) for each in target.when.priority)}
        )
    question = service.question(target.when.answer) if target.when.answer else None
    if question is not None:
        labels = {option.code: _said(option.label) for option in question.options} or {"yes": _("Yes"), "no": _("No")}
        answers = _either(f"“{labels.get(value, value)}”" for value in target.when.values)
        parts.append(_("if “%(question)s” is %(answers)s") % {"question": _said(question.label), "answers": answers})
    return ", ".join(parts)


def _priority(code: str) -> str:
    return {"low": _("minor"), "normal": _("ordinary"), "high": _("serious"), "urgent": _("urgent")}.get(code, code)


def _either(words: Iterable[str]) -> str:
    listed = list(words)
    return _(" or ").join(listed)


def standard_of(city: City, service: Service) -> Standard:
    """The service's promise, whole."""
    promise = city.promise_of(service.code)
    return Standard(
        service=service,
        text=promise.text,
        first_action=target_lines(city, service, kind="first_action"),
        completion=target_lines(city, service, kind="completion"),
        source=promise.source,
    )


@require_GET
def standards(request: HttpRequest) -> HttpResponse:
    """Every service with its promise, group by group, and where the promise comes from."""
    city = catalogue.active()
    shelves: list[tuple[Group, list[Standard]]] = [
        (group, [standard_of(city, each) for each in city.services_of(group.code)]) for group in city.groups
    ]
    context = {"shelves": [each for each in shelves if each[1]], "proof_words": proof_words(), "checked": checked()}
    return render(request, "portal/standards.html", context)


@dataclass(frozen=True, slots=True)
class Checked:
    """How often "done" was right, of the city and of each department that was checked often enough."""

    city: Accuracy | None
    departments: tuple[tuple[str, str, Accuracy], ...]
    waiting: int


def checked() -> Checked:
    """The rates of a year, without those that rest on too few verdicts."""
    rates = audits.rates(since=clock.now() - AUDITED)
    enough = {code: each for code, each in rates.departments.items() if each.judged >= FEWEST}
    names = {each.code: _said(each.name) for each in catalogue.active().departments}
    city = rates.city if rates.city and rates.city.judged >= FEWEST else None
    lines = tuple((code, names.get(code, code), each) for code, each in enough.items())
    return Checked(city=city, departments=lines, waiting=rates.waiting)


@require_GET
def closures(request: HttpRequest) -> JsonResponse:
    """The same figures for programs: shares from 0 to 1, with intervals of 95 %."""
    told = checked()
    return JsonResponse(
        {
            "days": AUDITED.days, "fewest": FEWEST, "waiting": told.waiting,
            "city": dataclasses.asdict(told.city) if told.city else None,
            "departments": {code: dataclasses.asdict(each) for code, _name, each in told.departments},
        }
    )  # fmt: skip


def proof_words() -> dict[str, str]:
    """What proves the work before a service is closed as done, by the pack's word for it."""
    return {
        "none": "",
        "photo": _("Closed as done only with a photo of the work."),
        "note": _("Closed as done only with words on what was found and done."),
        "photo_or_note": _("Closed as done only with a photo of the work, or words on what was done."),
    }

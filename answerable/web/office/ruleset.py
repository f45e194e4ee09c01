"""The routing rules in force: shown in order, tried before they change, published, returned to the pack's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from answerable.catalogue import queries as catalogue
from answerable.catalogue.city import City
from answerable.kernel.errors import AnswerableError
from answerable.plumbing import clock
from answerable.requests import queries as requests
from answerable.routing import actions as routing_actions
from answerable.routing import packs
from answerable.routing import queries as routing
from answerable.routing.errors import GoldenCasesFail, StaleRules
from answerable.routing.queries import Comparison, Publication
from answerable.routing.rules import WEEKDAYS, Case, Condition, Rule
from answerable.staff import queries as staff
from answerable.staff.rules import Permission, may
from answerable.web.components import facts
from answerable.web.office import access, explanation, ruledoc, story, wording
from answerable.web.office.explanation import Told

SAMPLE = 500
"""Units: past requests on which changed rules are tried."""

MOST_DIFFERENCES = 50
"""Units: differences named; the rest are counted."""


@dataclass(frozen=True, slots=True)
class RuleLine:
    """A rule as the table shows it."""

    id: str
    conditions: tuple[Told, ...]
    department: str
    queue: str


@require_GET
def rules(request: HttpRequest) -> HttpResponse:
    """The rules in force, in their order, and how they came to be."""
    member = access.member_of(request)
    city = catalogue.active()
    active = routing.active_rules(city)
    published = routing.history(city)
    context = {
        "active": active, "lines": [_line(city, rule) for rule in active.rules.rules],
        "history": _history(published), "differs": routing.pack_differs(city),
        "may_publish": may(member.role, Permission.PUBLISH_ROUTES), "golden": len(packs.golden_of(city)),
        "published_by": _names([active.published_by]).get(active.published_by, ""),
    }  # fmt: skip
    return render(request, "office/rules.html", context)


def _line(city: City, rule: Rule) -> RuleLine:
    return RuleLine(
        id=rule.id,
        conditions=tuple(explanation.tell(city, each) for each in conditions_of(rule)),
        department=wording.department_name(city, rule.department),
        queue=wording.queue_name(city, rule.department, rule.queue),
    )


def conditions_of(rule: Rule) -> Iterator[Condition]:
    """What the rule asks for, before any case."""
    when = rule.when
    for about, wanted in (("service", when.services), ("group", when.groups)):
        if wanted:
            yield Condition(about, tuple(sorted(wanted)), ())
    for kind, wanted in when.areas.items():
        yield Condition(f"area:{kind}", tuple(sorted(wanted, key=lambda key: (len(key), key))), ())
    for question, wanted in when.answers.items():
        yield Condition(f"answer:{question}", tuple(sorted(wanted)), ())
    if when.priorities:
        yield Condition("priority", tuple(sorted(when.priorities)), ())
    if when.weekdays or when.start is not None or when.end is not None:
        days = ",".join(WEEKDAYS[day] for day in sorted(when.weekdays))
        start = f"{when.start:%H:%M}" if when.start else "00:00"
        end = f"{when.end:%H:%M}" if when.end else "24:00"
        yield Condition("time", (f"{days} {start}-{end}".strip(),), ())
    if when.calendar_closed:
        yield Condition("calendar_closed", (when.calendar_closed,), ())


def _names(bys: list[str]) -> dict[str, str]:
    known = staff.names_of([by for by in bys if ":" in by])
    return {by: facts.who(by, known) for by in bys if by}


def _history(published: tuple[Publication, ...]) -> list[tuple[Publication, str]]:
    names = _names([each.published_by for each in published])
    return [(each, names.get(each.published_by, "")) for each in published]


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest) -> HttpResponse:
    """The rules as a text: checked as often as wished, published when nothing stands against it."""
    member = access.member_of(request)
    city = catalogue.active()
    active = routing.active_rules(city)
    if request.method == "GET":
        text = ruledoc.written(routing.document_in_force(city))
        return _editor(request, text=text, replaces=_of(active.publication))
    text, replaces = request.POST.get("document", ""), request.POST.get("replaces", "")
    note = request.POST.get("note", "").strip()[:500]
    try:
        document = ruledoc.read(text)
    except AnswerableError as error:
        return _editor(request, text=text, replaces=replaces, note=note, problems=[("document", str(error))])
    comparison = routing.compare(city, document, sample=_sample(city))
    if request.POST.get("do") != "publish" or not comparison.may_publish:
        return _editor(request, text=text, replaces=replaces, note=note, comparison=comparison)
    if not note:
        problems = [("note", _("Say in a few words what changes and why."))]
        return _editor(request, text=text, replaces=replaces, comparison=comparison, problems=problems)
    try:
        routing_actions.publish_rules(
            city, document, note=note, by=member.by, at=clock.now(), replaces=_publication(replaces)
        )
    except (StaleRules, GoldenCasesFail) as error:
        words = _("Somebody published other rules meanwhile. Open the rules in force, then make your change again.")
        told = words if isinstance(error, StaleRules) else str(error)
        return _editor(
            request, text=text, replaces=replaces, note=note, comparison=comparison, problems=[("document", told)]
        )
    messages.success(request, _("The rules are in force from now on."))
    return HttpResponseRedirect(reverse("office:rules"))


@require_http_methods(["GET", "POST"])
def return_to_pack(request: HttpRequest) -> HttpResponse:
    """The pack's own rules are in force again."""
    member, city = access.member_of(request), catalogue.active()
    if request.method == "POST":
        replaces = _publication(request.POST.get("replaces", ""))
        try:
            note = request.POST.get("note", "").strip()[:500]
            routing_actions.return_to_pack(city, note=note, by=member.by, at=clock.now(), replaces=replaces)
            messages.success(request, _("The rules of the city pack are in force again."))
        except StaleRules:
            messages.error(request, _("Somebody published other rules meanwhile. Look at them first."))
    return HttpResponseRedirect(reverse("office:rules"))


def _of(publication: int | None) -> str:
    return "pack" if publication is None else str(publication)


def _publication(text: str) -> int | None:
    return int(text) if text.isdigit() else None


def _sample(city: City) -> list[tuple[str, Case]]:
    """The latest requests as cases, at the instants they were logged."""
    return [
        (found.number, story.case_of(found, city=city, at=found.logged_at))
        for found in requests.latest(limit=SAMPLE)
        if city.has_service(found.service_code)
    ]


def _editor(
    request: HttpRequest, *, text: str, replaces: str, note: str = "", comparison: Comparison | None = None,
    problems: list[tuple[str, str]] | None = None,
) -> HttpResponse:  # fmt: skip
    city = catalogue.active()
    context = {
        "text": text, "replaces": replaces, "note": note, "comparison": comparison, "problems": problems or [],
        "faults": _faults(comparison), "golden": _moves(city, comparison, "golden_differences"),
        "sample": _moves(city, comparison, "sample_differences"), "most": MOST_DIFFERENCES,
        "rows": min(40, max(16, text.count("\n") + 2)), "golden_count": len(packs.golden_of(city)),
    }  # fmt: skip
    failed = bool(problems) or bool(comparison and not comparison.may_publish)
    return render(request, "office/rules_edit.html", context, status=422 if failed else 200)


def _faults(comparison: Comparison | None) -> list[str]:
    if comparison is None:
        return []
    return [str(each) for each in comparison.faults] + [str(each) for each in comparison.golden_failures]


def _moves(city: City, comparison: Comparison | None, which: str) -> list[tuple[str, str, str, str]]:
    """Name, service, where it went before and where it goes now, of each case that changes its destination."""
    differences = getattr(comparison, which) if comparison else ()
    return [
        (
            each.name,
            wording.service_name(city, each.case.service),
            wording.queue_name(city, each.before.department, each.before.queue),
            wording.queue_name(city, each.after.department, each.after.queue),
        )
        for each in differences
        if each.moves
    ]

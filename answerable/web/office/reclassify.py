"""A request becomes another service: choose it, answer its questions, see what that does to promise and route."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from answerable.catalogue import queries as catalogue
from answerable.catalogue.structs import Service
from answerable.intake import rules as intake
from answerable.kernel.errors import AnswerableError
from answerable.kernel.ids import new_token
from answerable.requests import actions
from answerable.requests.rules import seen_as
from answerable.requests.views import RequestView
from answerable.web.components.rendering import question_field
from answerable.web.office import access, wording


@require_http_methods(["GET", "POST"])
def reclassify(request: HttpRequest, number: str) -> HttpResponse:
    """First the service, then its questions; sent, the request goes on under the same number."""
    member = access.member_of(request)
    found = access.opened(member, number)
    if not access.may_move(member, found) or not found.is_open:
        raise Http404
    city = catalogue.active()
    code = request.POST.get("service") or request.GET.get("service", "")
    service = city.service(code) if city.has_service(code) else None
    if request.method == "GET" or service is None:
        return _page(request, found, service)
    answers = {question.code: _answer(request, question.code) for question in service.questions}
    cleaned, problems = intake.clean_answers(service, {code: list(given) for code, given in answers.items()})
    if problems:
        return _page(
            request, found, service, answers=answers, problems={each.field: wording.refusal(each) for each in problems}
        )
    try:
        change = access.change_by(member, request, seen=request.POST.get("seen", ""))
        actions.reclassify(found.id, change, service_code=service.code, answers=cleaned)
    except AnswerableError as error:
        return _page(request, found, service, answers=answers, problems={"": wording.refusal(error)})
    messages.success(
        request, _("%(number)s is now: %(service)s.") % {"number": found.number, "service": wording.said(service.name)}
    )
    return HttpResponseRedirect(reverse("office:request", args=[found.number]))


def _answer(request: HttpRequest, code: str) -> list[str]:
    return [str(value) for value in request.POST.getlist(f"q_{code}")]


def _page(
    request: HttpRequest, found: RequestView, service: Service | None, *,
    answers: dict[str, list[str]] | None = None, problems: dict[str, str] | None = None,
) -> HttpResponse:  # fmt: skip
    city = catalogue.active()
    given = answers if answers is not None else _carried_over(found, service)
    asked = [
        question_field(each, _shown(each.type, given.get(each.code, [])), (problems or {}).get(each.code, ""))
        for each in (service.questions if service else ())
    ]
    context = {
        "found": found, "service": service, "asked": asked, "key": new_token(),
        "was": wording.service_name(catalogue.version(found.catalogue_version), found.service_code),
        "services": sorted(((each.code, wording.said(each.name)) for each in city.services), key=lambda pair: pair[1]),
        "promise": wording.said(city.promise(service.promise).text) if service else "",
        "problems": [(f"q_{name}" if name else "", words) for name, words in (problems or {}).items()],
        "seen": seen_as(lifecycle=found.lifecycle, department=found.department, queue=found.queue),
    }  # fmt: skip
    return render(request, "office/reclassify.html", context, status=422 if problems else 200)


def _carried_over(found: RequestView, service: Service | None) -> dict[str, list[str]]:
    """Answers already given to questions of the same name."""
    codes = {question.code for question in service.questions} if service else set()
    return {
        code: [str(each) for each in value] if isinstance(value, list) else [str(value)]
        for code, value in found.answers.items()
        if code in codes
    }


def _shown(kind: str, values: list[str]) -> list[str] | str:
    if kind == "multi":
        return values
    return values[0] if values else ""

"""One question when a request has ended: how satisfied are you; answered through the link, without an account."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from answerable.catalogue import queries as catalogue
from answerable.kernel.errors import AnswerableError
from answerable.kernel.ids import new_token
from answerable.plumbing import clock
from answerable.requests import survey
from answerable.requests.rules import BEST_SCORE, may_rate
from answerable.web.portal import errors
from answerable.web.portal.follow import Seen, change_by_resident, seen_by


def scores() -> list[tuple[str, str]]:
    """The five answers, best first."""
    return [
        ("5", _("Very satisfied")),
        ("4", _("Satisfied")),
        ("3", _("Neither satisfied nor dissatisfied")),
        ("2", _("Dissatisfied")),
        ("1", _("Very dissatisfied")),
    ]


@require_http_methods(["GET", "POST"])
def rate(request: HttpRequest, token: str) -> HttpResponse:
    """The question with its five answers and room for words; a message may lead here with an answer chosen."""
    seen = seen_by(token)
    if not seen.is_requester:
        raise Http404
    if request.method == "GET":
        earlier = next(
            (each for each in survey.ratings_of(seen.request.id) if each.round == seen.request.reopened), None
        )
        chosen = request.GET.get("score", "") or (str(earlier.score) if earlier else "")
        return _page(request, seen, score=chosen, words=earlier.words if earlier else "", is_told=earlier is not None)
    score, words = str(request.POST.get("score", "")), str(request.POST.get("words", "")).replace("\r\n", "\n").strip()
    problems = _problems(score, words)
    if not problems:
        try:
            survey.rate(seen.request.id, change_by_resident(request, "rate"), score=int(score), words=words)
        except AnswerableError as error:
            problems = {"score": errors.words(error)}
        else:
            messages.success(request, _("Thank you. Your answer was kept."))
            return HttpResponseRedirect(reverse("portal:follow_link", args=[token]))
    return _page(request, seen, score=score, words=words, problems=problems)


def _problems(score: str, words: str) -> dict[str, str]:
    known = {str(each) for each in range(1, BEST_SCORE + 1)}
    problems = {} if score in known else {"score": _("Choose one of the five answers.")}
    return problems | ({"words": _("This is too long. Please shorten it.")} if len(words) > survey.MOST_WORDS else {})


def _page(
    request: HttpRequest, seen: Seen, *, score: str, words: str, is_told: bool = False,
    problems: dict[str, str] | None = None,
) -> HttpResponse:  # fmt: skip
    found = seen.request
    context = {
        "found": found, "token": seen.token, "problems": problems or {}, "key": new_token(),
        "service": catalogue.version(found.catalogue_version).service(found.service_code),
        "scores": scores(), "score": score[:1], "words": words, "most_words": survey.MOST_WORDS, "is_told": is_told,
        "may_rate": may_rate(found.lifecycle, resolved_at=found.resolved_at, now=clock.now()),
    }  # fmt: skip
    return render(request, "portal/survey.html", context, status=422 if problems else 200)

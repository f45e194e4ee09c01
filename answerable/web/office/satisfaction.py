"""What residents said when their requests had ended: by service, by department, and in their words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from answerable.catalogue import queries as catalogue
from answerable.plumbing import clock
from answerable.requests import survey
from answerable.requests.rules import BEST_SCORE
from answerable.requests.survey import RatingView, Result
from answerable.web.office import access, wording

PERIODS: Final = ("30", "90", "365")
"""Units: days."""

FEW: Final = 10
"""Fewer answers than this say little; the page says so beside them."""


@dataclass(frozen=True, slots=True)
class ResultLine:
    """One service or department as the table shows it."""

    name: str
    result: Result

    @property
    def is_few(self) -> bool:
        """Whether there are too few answers to judge by."""
        return self.result.answers < FEW


@dataclass(frozen=True, slots=True)
class Said:
    """One answer with words."""

    rating: RatingView
    service: str
    department: str
    tone: str


@require_GET
def satisfaction(request: HttpRequest) -> HttpResponse:
    """The answers of a period; a department's people see their own."""
    member = access.member_of(request)
    city = catalogue.active()
    days = request.GET.get("days", "")
    days = days if days in PERIODS else "90"
    department = member.department if access.is_bound(member) else request.GET.get("department", "")[:64]
    score = request.GET.get("score", "")
    since = clock.now() - timedelta(days=int(days))
    services = survey.results("service_code", since=since, department=department)
    departments = survey.results("department", since=since, department=department)
    only = int(score) if score.isdigit() and 1 <= int(score) <= BEST_SCORE else None
    sees_words = access.sees_words(member)
    words = survey.latest_words(since=since, department=department, score=only) if sees_words else ()
    context = {
        "days": days, "periods": [(each, _("%(days)s days") % {"days": each}) for each in PERIODS],
        "department": department, "is_bound": access.is_bound(member), "score": score,
        "departments": [(each.code, wording.said(each.name)) for each in city.departments],
        "scores": [(str(each), f"{each} / 5") for each in range(5, 0, -1)],
        "whole": survey.all_together(services),
        "by_service": [ResultLine(wording.service_name(city, each.code), each) for each in services],
        "by_department": [ResultLine(wording.department_name(city, each.code), each) for each in departments],
        "said": _said(words), "sees_words": sees_words, "few": FEW,
    }  # fmt: skip
    return render(request, "office/satisfaction.html", context)


_TONES: Final = ("late", "late", "risk", "info", "ok", "ok")


def _said(words: Sequence[RatingView]) -> list[Said]:
    city = catalogue.active()
    return [
        Said(
            rating=each, service=wording.service_name(city, each.service_code),
            department=wording.department_name(city, each.department), tone=_TONES[each.score],
        )
        for each in words
    ]  # fmt: skip

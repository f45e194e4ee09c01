"""The one question asked when a request has ended: how satisfied are you, and why; and what people answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from django.db import connection

from answerable.requests import events, models, rules
from answerable.requests.changes import Change, append, changed
from answerable.requests.errors import TooLate
from answerable.requests.rules import Lifecycle

MOST_WORDS: Final = 2000
"""Units: characters kept of what somebody writes beside the answer."""

MOST_LATEST: Final = 100


@dataclass(frozen=True, slots=True)
class RatingView:
    """What the requester said of how one request was dealt with; `round` counts the reopenings before it."""

    request_id: int
    number: str
    round: int
    score: int
    words: str
    service_code: str
    department: str
    at: datetime


def rate(request_id: int, change: Change, *, score: int, words: str = "") -> RatingView:
    """The requester's answer is kept; a later one replaces it until the request is reopened or the time is over.

    Raises: UnknownRequest; BadScore; TooLate when it has not ended, or ended too long ago.
    """
    rules.need_score(score)

    def body(row: models.Request) -> None:
        if not rules.may_rate(Lifecycle(row.lifecycle), resolved_at=row.resolved_at, now=change.at):
            raise TooLate("This request is not to be rated now.", field="score", value=row.lifecycle)
        models.Rating.objects.update_or_create(
            request_id=row.id, round=row.reopened,
            defaults={
                "score": score, "words": words[:MOST_WORDS], "service_code": row.service_code,
                "department": row.department, "at": change.at,
            },
        )  # fmt: skip
        append(events.RequestRated(row.id, score=score, round=row.reopened), change)

    changed(request_id, change, kind="rate", content={"score": score, "words": words}, body=body)
    return ratings_of(request_id)[-1]


def ratings_of(request_id: int) -> tuple[RatingView, ...]:
    """What the requester said each time it had ended, oldest first."""
    rows = models.Rating.objects.filter(request_id=request_id).order_by("round")[:MOST_LATEST]
    number = models.Request.objects.filter(id=request_id).values_list("number", flat=True).first() or ""
    return tuple(_view(row, number) for row in rows)


def _view(row: models.Rating, number: str) -> RatingView:
    return RatingView(
        request_id=row.request_id, number=number, round=row.round, score=row.score, words=row.words,
        service_code=row.service_code, department=row.department, at=row.at,
    )  # fmt: skip


# --- results --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Result:
    """What people said of one service or department.

    `mean` is from 1 to 5; `satisfied` is the share of 4 and 5; `counts` says how often each score was given, 1 first.
    """

    code: str
    answers: int
    counts: tuple[int, ...]

    @property
    def mean(self) -> float:
        """The average score."""
        total = sum(score * count for score, count in enumerate(self.counts, start=1))
        return total / self.answers if self.answers else 0.0

    @property
    def satisfied(self) -> float:
        """The share of those who were satisfied or very satisfied, from 0 to 1."""
        return sum(self.counts[3:]) / self.answers if self.answers else 0.0


Grouping = Literal["service_code", "department"]

_RESULTS_SQL: Final = """
SELECT {by}, count(*),
       count(*) FILTER (WHERE score = 1), count(*) FILTER (WHERE score = 2), count(*) FILTER (WHERE score = 3),
       count(*) FILTER (WHERE score = 4), count(*) FILTER (WHERE score = 5)
  FROM requests_rating
 WHERE at >= %(since)s AND (%(department)s = '' OR department = %(department)s)
 GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 500
"""


def results(by: Grouping, *, since: datetime, department: str = "") -> tuple[Result, ...]:
    """The answers since then, most answered first; of one department where it is named."""
    column = {"service_code": "service_code", "department": "department"}[by]
    with connection.cursor() as cursor:
        cursor.execute(_RESULTS_SQL.format(by=column), {"since": since, "department": department})
        return tuple(Result(row[0], row[1], tuple(row[2:])) for row in cursor.fetchall())


def all_together(results: Sequence[Result]) -> Result:
    """The sum of those results."""
    counts = tuple(sum(each.counts[index] for each in results) for index in range(rules.BEST_SCORE))
    return Result("", sum(each.answers for each in results), counts)


def latest_words(*, since: datetime, department: str = "", score: int | None = None) -> tuple[RatingView, ...]:
    """What people wrote beside their answers, newest first, a hundred at most."""
    rows = models.Rating.objects.filter(at__gte=since).exclude(words="")
    rows = rows.filter(department=department) if department else rows
    rows = rows.filter(score=score) if score else rows
    kept = list(rows.order_by("-at", "-id")[:MOST_LATEST])
    found = models.Request.objects.filter(id__in=[row.request_id for row in kept]).values_list("id", "number")
    numbers = dict(found)
    return tuple(_view(row, numbers.get(row.request_id, "")) for row in kept)

"""Reads of the audits room."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from answerable.audits import events, models
from answerable.audits.errors import UnknownAudit
from answerable.audits.rules import Accuracy, Judged, Verdict, accuracy
from answerable.journal import queries as history

MOST_VERDICTS = 20_000
"""Units: verdicts a rate is computed from; more than any city gives in a year."""


@dataclass(frozen=True, slots=True)
class AuditView:
    """One closure that chance chose, and the verdict on it, empty until somebody gave one."""

    id: int
    request_id: int
    number: str
    department: str
    service_code: str
    outcome: str
    closed_by: str
    closed_at: datetime
    verdict: str
    note: str
    judged_by: str
    judged_at: datetime | None


@dataclass(frozen=True, slots=True)
class Rates:
    """How often closures were right: of the whole city, by department; and how many wait for a verdict."""

    city: Accuracy | None
    departments: Mapping[str, Accuracy]
    waiting: int


_FIELDS = tuple(field.name for field in dataclasses.fields(AuditView))


def _view(row: models.Audit) -> AuditView:
    return AuditView(**{name: getattr(row, name) for name in _FIELDS})


def audit(audit_id: int) -> AuditView:
    """One of them.  Raises: UnknownAudit."""
    row = models.Audit.objects.filter(id=audit_id).first()
    if row is None:
        raise UnknownAudit("There is no such audit.", field="id", value=str(audit_id))
    return _view(row)


def to_judge(*, limit: int = 100) -> tuple[AuditView, ...]:
    """Those without a verdict, oldest first."""
    return tuple(map(_view, models.Audit.objects.filter(verdict="").order_by("closed_at", "id")[:limit]))


def judged(*, limit: int = 100) -> tuple[AuditView, ...]:
    """Those with a verdict, newest first."""
    rows = models.Audit.objects.filter(judged_at__isnull=False).order_by("-judged_at", "-id")
    return tuple(map(_view, rows[:limit]))


def rates(*, since: datetime) -> Rates:
    """What the verdicts given since then say of all closures they were drawn from."""
    rows = models.Audit.objects.filter(judged_at__gte=since).values_list("department", "verdict", "weight")
    verdicts = [(department, Judged(Verdict(verdict), weight)) for department, verdict, weight in rows[:MOST_VERDICTS]]
    by_department: dict[str, list[Judged]] = {}
    for department, each in verdicts:
        by_department.setdefault(department, []).append(each)
    told = {code: accuracy(each) for code, each in sorted(by_department.items())}
    return Rates(
        city=accuracy([each for _department, each in verdicts]),
        departments={code: each for code, each in told.items() if each is not None},
        waiting=models.Audit.objects.filter(verdict="").count(),
    )


def took_part(request_id: int, *, by: str) -> bool:
    """Whether that person did anything with the request but judge it."""
    facts = history.timeline(f"request:{request_id}")
    return any(fact.by == by and fact.kind != events.ClosureAudited.KIND for fact in facts)

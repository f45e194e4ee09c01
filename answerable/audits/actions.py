"""Closures are drawn each night and judged by somebody who had no part in them."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from django.db import transaction

from answerable.audits import events, models, rules
from answerable.audits.errors import AlreadyJudged, OwnWork, UnknownAudit
from answerable.audits.queries import AuditView, audit, took_part
from answerable.catalogue import queries as catalogue
from answerable.journal import actions as journal
from answerable.journal import queries as history
from answerable.requests import endings
from answerable.requests.endings import Ended


def draw(day: date, *, by: str, at: datetime) -> int:
    """That local day's closures were drawn from, once for each department; gives how many are to be judged."""
    city = catalogue.active()
    since = datetime.combine(day, time(), tzinfo=city.timezone)
    until = datetime.combine(day + timedelta(days=1), time(), tzinfo=city.timezone)
    heaps: dict[str, list[Ended]] = {}
    for each in endings.ended_between(since, until):
        heaps.setdefault(each.department, []).append(each)
    return sum(_draw_one(day, department, heap, by=by, at=at) for department, heap in sorted(heaps.items()))


def _draw_one(day: date, department: str, heap: Sequence[Ended], *, by: str, at: datetime) -> int:
    terms = catalogue.active().pack.city.audits
    size = rules.sample_size(len(heap), share=terms.share, least=terms.least, most=terms.most)
    seed = secrets.token_hex(16)
    with transaction.atomic():
        row, is_new = models.Draw.objects.get_or_create(
            day=day, department=department,
            defaults={"population": len(heap), "sampled": size, "seed": seed, "at": at},
        )  # fmt: skip
        if not is_new or not size:
            return 0
        chosen = set(rules.drawn([each.id for each in heap], size=size, seed=seed))
        made = models.Audit.objects.bulk_create(
            [_audit(row.id, each, weight=len(heap) / size) for each in heap if each.id in chosen],
            ignore_conflicts=False,
        )
        for each in made:
            journal.append(events.ClosureSampled(each.request_id, audit_id=each.id), by=by, at=at)
    return len(made)


def _audit(draw_id: int, ended: Ended, *, weight: float) -> models.Audit:
    return models.Audit(
        draw_id=draw_id, request_id=ended.id, number=ended.number, department=ended.department,
        service_code=ended.service_code, outcome=ended.outcome, closed_by=_closer(ended.id),
        closed_at=ended.resolved_at, weight=weight,
    )  # fmt: skip


def _closer(request_id: int) -> str:
    """Who said that it was over."""
    facts = reversed(history.timeline(f"request:{request_id}"))
    return next((fact.by for fact in facts if fact.body.get("after") == "resolved"), "")


def judge(audit_id: int, *, by: str, verdict: str, note: str, at: datetime) -> AuditView:
    """The verdict is given, once; whoever took part in the request, or closed it, may not give it.

    Raises: UnknownAudit; AlreadyJudged; OwnWork; NoVerdict, NoGrounds.
    """
    given = rules.read_verdict(verdict, note=note)
    with transaction.atomic():
        row = models.Audit.objects.select_for_update().filter(id=audit_id).first()
        if row is None:
            raise UnknownAudit("There is no such audit.", field="id", value=str(audit_id))
        if row.verdict:
            raise AlreadyJudged("A verdict was given already.", field="verdict", value=row.verdict)
        if took_part(row.request_id, by=by):
            raise OwnWork("You took part in this request.", field="by", value=by, remedy="Leave it to a colleague.")
        row.verdict, row.note, row.judged_by, row.judged_at = given, note.strip(), by, at
        row.save()
        journal.append(events.ClosureAudited(row.request_id, audit_id=row.id, verdict=given), by=by, at=at)
    return audit(audit_id)

"""What every change to a request shares: one locked row, one transaction, one key, one reading of the clock."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from answerable.journal import actions as journal
from answerable.kernel.facts import Fact, Json
from answerable.plumbing import clock
from answerable.requests import models, rules
from answerable.requests.errors import KeyReused, UnknownRequest


@dataclass(frozen=True, slots=True)
class Change:
    """Who changes a request, under which key; the clock is read once for all of it.

    `seen` is the request as the person saw it (`rules.seen_as`); one that moved meanwhile refuses the change.
    """

    key: str
    by: str
    at: datetime
    seen: str = ""

    @classmethod
    def now(cls, *, key: str, by: str, seen: str = "") -> Change:
        """A change made at this instant."""
        return cls(key=key, by=by, at=clock.now(), seen=seen)


def append(fact: Fact, change: Change) -> None:
    """The journal knows, in the words of the change: who, and when."""
    journal.append(fact, by=change.by, at=change.at)


def _fingerprint(kind: str, content: Mapping[str, Json]) -> str:
    canonical = json.dumps([kind, content], sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()


def changed(
    request_id: int,
    change: Change,
    *,
    kind: str,
    content: Mapping[str, Json],
    body: Callable[[models.Request], Mapping[str, Json] | None],
) -> Mapping[str, Json]:
    """What `body` answered, the first time the key was seen; the row is locked, changed and stamped inside.

    Raises: UnknownRequest; KeyReused when the key carried another change; MovedMeanwhile.
    """
    with transaction.atomic():
        row = models.Request.objects.select_for_update().filter(id=request_id).first()
        if row is None:
            raise UnknownRequest("There is no such request.", field="id", value=str(request_id))
        told = _fingerprint(kind, content)
        earlier = models.Command.objects.filter(key=change.key).first()
        if earlier is not None:
            if earlier.fingerprint != told or earlier.request_id != request_id:
                raise KeyReused(
                    f"The key '{change.key}' was used for another change.",
                    field="key",
                    value=change.key,
                    remedy="Load the page again and send once more.",
                )
            return dict(earlier.answer)
        rules.check_seen(change.seen, lifecycle=row.lifecycle, department=row.department, queue=row.queue)
        answer = dict(body(row) or {})
        row.updated_at = max(change.at, row.updated_at)
        row.save()
        models.Command.objects.create(
            key=change.key, request_id=request_id, kind=kind, fingerprint=told, answer=answer, at=change.at
        )
        return answer


def kept_note(request_id: int, words: str, *, audience: str, change: Change) -> int:
    """The id of the words kept with the request; the caller appends the fact."""
    note = models.Note.objects.create(request_id=request_id, audience=audience, words=words, by=change.by, at=change.at)
    return int(note.id)

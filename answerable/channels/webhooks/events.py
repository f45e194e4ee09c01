"""The facts about subscriptions; what was delivered to them is in the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from answerable.kernel.facts import SubjectFact


@dataclass(frozen=True, slots=True)
class WebhookAdded(SubjectFact):
    """Somebody asked for news at an address."""

    KIND: ClassVar[str] = "webhook.added"
    SUBJECT_WORD: ClassVar[str] = "webhook"

    client: int | None = None


@dataclass(frozen=True, slots=True)
class WebhookChanged(SubjectFact):
    """A subscription was paused, resumed, ended, or got a new secret; `reason` says why by itself."""

    KIND: ClassVar[str] = "webhook.changed"
    SUBJECT_WORD: ClassVar[str] = "webhook"

    what: str
    reason: str | None = None

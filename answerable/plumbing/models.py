"""What the house keeps for itself."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now


class Timer(models.Model):
    """Something that must happen at an instant; the row is gone once it has happened."""

    due_at = models.DateTimeField()
    kind = models.TextField()
    subject = models.TextField()
    body = models.JSONField(default=dict, db_default={})
    created_at = models.DateTimeField(db_default=Now())
    failures = models.IntegerField(default=0, db_default=0)
    retry_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "plumbing_timer"
        constraints = (models.UniqueConstraint(fields=["kind", "subject"], name="plumbing_timer_once"),)
        indexes = (models.Index(fields=["due_at"], name="plumbing_timer_due"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.subject} at {self.due_at.isoformat()}"

"""The table of open data: one row a build."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Build(models.Model):
    """One making of the published files: asked for, at work, published or refused."""

    state = models.CharField(max_length=16)
    by = models.CharField(max_length=64)
    asked_at = models.DateTimeField()
    begun_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    name = models.CharField(max_length=32)
    reason = models.CharField(max_length=64)
    finding = models.TextField()
    counts = models.JSONField()

    class Meta:
        """At most one build waits and one is at work."""

        constraints = (
            models.UniqueConstraint(fields=["state"], condition=Q(state="asked"), name="opendata_one_waits"),
            models.UniqueConstraint(fields=["state"], condition=Q(state="building"), name="opendata_one_works"),
        )

    def __str__(self) -> str:
        return f"build {self.pk}"

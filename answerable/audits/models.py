"""The tables of the audits room."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Draw(models.Model):
    """One night's draw from one department: from how many, how many, and the seed that chose them."""

    day = models.DateField()
    department = models.CharField(max_length=64)
    population = models.IntegerField()
    sampled = models.IntegerField()
    seed = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        """A day is drawn from once."""

        constraints = (models.UniqueConstraint(fields=["day", "department"], name="audits_draw_once"),)

    def __str__(self) -> str:
        return f"{self.department} {self.day}"


class Audit(models.Model):
    """One closure to be looked at, and the verdict on it."""

    draw_id = models.BigIntegerField()
    request_id = models.BigIntegerField()
    number = models.CharField(max_length=12)
    department = models.CharField(max_length=64)
    service_code = models.CharField(max_length=64)
    outcome = models.CharField(max_length=32)
    closed_by = models.CharField(max_length=64)
    closed_at = models.DateTimeField()
    weight = models.FloatField()
    verdict = models.CharField(max_length=16, default="", db_default="")
    note = models.TextField(default="", db_default="")
    judged_by = models.CharField(max_length=64, default="", db_default="")
    judged_at = models.DateTimeField(null=True)

    class Meta:
        """Read as a list of what is to be judged, and by department for the rate."""

        constraints = (models.UniqueConstraint(fields=["request_id", "closed_at"], name="audits_closure_once"),)
        indexes = (
            models.Index(fields=["closed_at", "id"], condition=Q(verdict=""), name="audits_to_judge"),
            models.Index(fields=["judged_at", "id"], condition=Q(judged_at__isnull=False), name="audits_judged"),
        )

    def __str__(self) -> str:
        return f"audit {self.pk}"

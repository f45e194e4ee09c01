"""The tables of the guard: dates moved for many at once, and whose."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Surge(models.Model):
    """One decision to promise a new date to many: whom it concerns, what they are told, how far it has got."""

    key = models.CharField(max_length=80, unique=True)
    reason = models.CharField(max_length=32)
    words = models.JSONField()
    chosen = models.JSONField()
    count = models.IntegerField()
    left = models.IntegerField()
    by = models.CharField(max_length=64)
    at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"surge {self.pk}"


class Member(models.Model):
    """One request of a surge: its date before and after; `outcome` is empty until it was its turn."""

    surge_id = models.BigIntegerField()
    request_id = models.BigIntegerField()
    due_before = models.DateTimeField()
    due_at = models.DateTimeField()
    outcome = models.CharField(max_length=8, default="", db_default="")

    class Meta:
        """Each request once in a surge; those whose turn has not come are found at once."""

        constraints = (models.UniqueConstraint(fields=["surge_id", "request_id"], name="guard_member_once"),)
        indexes = (models.Index(fields=["surge_id", "request_id"], condition=Q(outcome=""), name="guard_member_next"),)

    def __str__(self) -> str:
        return f"{self.request_id} in surge {self.surge_id}"

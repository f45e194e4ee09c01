"""The tables of the promises room."""

from __future__ import annotations

from django.db import models


class Promise(models.Model):
    """One dated promise of a request, as it stands; how it came to stand so is in the ledger."""

    request_id = models.BigIntegerField()
    target = models.CharField(max_length=16)
    round = models.SmallIntegerField()
    amount = models.IntegerField()
    unit = models.CharField(max_length=16)
    calendar = models.CharField(max_length=63)
    catalogue_version = models.BigIntegerField()
    source = models.TextField()
    at_risk_share = models.FloatField()
    pause_cap_seconds = models.BigIntegerField(null=True)
    started_at = models.DateTimeField()
    due_at = models.DateTimeField()
    at_risk_at = models.DateTimeField()
    first_due_at = models.DateTimeField()
    state = models.CharField(max_length=12)
    pauses = models.JSONField(default=list)
    warned_at = models.DateTimeField(null=True)
    met_at = models.DateTimeField(null=True)
    breached_at = models.DateTimeField(null=True)
    voided_at = models.DateTimeField(null=True)
    repromised_at = models.DateTimeField(null=True)
    repromised_due = models.DateTimeField(null=True)
    version = models.IntegerField()

    class Meta:
        """One promise of a target in a round of a request."""

        db_table = "promises_promise"
        constraints = (
            models.UniqueConstraint(fields=["request_id", "target", "round"], name="promises_promise_once"),
            models.CheckConstraint(
                condition=models.Q(target__in=["first_action", "completion"]), name="promises_promise_target"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["running", "at_risk", "breached", "met", "met_late", "paused", "void"]),
                name="promises_promise_state",
            ),
        )

    def __str__(self) -> str:
        return f"{self.target} of request {self.request_id} by {self.due_at.isoformat()}"


class LedgerEntry(models.Model):
    """What happened to a promise, never changed afterwards."""

    promise_id = models.BigIntegerField()
    seq = models.IntegerField()
    entry = models.CharField(max_length=16)
    at = models.DateTimeField()
    by = models.CharField(max_length=64)
    body = models.JSONField(default=dict)

    class Meta:
        """Numbered from 1 within each promise."""

        db_table = "promises_ledger"
        constraints = (models.UniqueConstraint(fields=["promise_id", "seq"], name="promises_ledger_once"),)

    def __str__(self) -> str:
        return f"{self.seq} {self.entry} of promise {self.promise_id}"


class MeasuredCurve(models.Model):
    """How long requests of one kind really took; all rows are measured anew together."""

    target = models.CharField(max_length=16)
    service_code = models.CharField(max_length=64)
    area_key = models.CharField(max_length=64)
    season = models.CharField(max_length=8)
    observed = models.IntegerField()
    ended = models.IntegerField()
    knots = models.JSONField()
    half_seconds = models.FloatField(null=True)
    most_seconds = models.FloatField(null=True)
    measured_at = models.DateTimeField()

    class Meta:
        """One curve for a target, service, area and season; empty words mean all of them."""

        db_table = "promises_measured_curve"
        constraints = (
            models.UniqueConstraint(
                fields=["target", "service_code", "area_key", "season"], name="promises_measured_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.target} of {self.service_code} {self.area_key} {self.season}".strip()

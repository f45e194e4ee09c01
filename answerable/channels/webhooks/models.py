"""The tables of the webhooks room."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Subscription(models.Model):
    """Who wants which news at which address; its secrets are derived, not kept."""

    token = models.CharField(max_length=40, unique=True)
    client_id = models.BigIntegerField(null=True)
    key = models.CharField(max_length=120, unique=True)
    name = models.CharField(max_length=120)
    url = models.CharField(max_length=500)
    kinds = models.JSONField(default=list)
    service = models.CharField(max_length=64, blank=True, default="")
    department = models.CharField(max_length=64, blank=True, default="")
    includes_private = models.BooleanField(default=False)
    state = models.CharField(max_length=12)
    reason = models.CharField(max_length=16, blank=True, default="")
    secret_number = models.IntegerField(default=1)
    rotated_at = models.DateTimeField(null=True)
    rotation_key = models.CharField(max_length=120, blank=True, default="")
    listens_from = models.DateTimeField()
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        """Few rows: all that are not ended are read for each batch of facts."""

        constraints = (
            models.CheckConstraint(
                condition=Q(state__in=["active", "paused", "ended"]), name="webhooks_subscription_state"
            ),
        )
        indexes = (models.Index(fields=["client_id"], name="webhooks_of_client"),)

    def __str__(self) -> str:
        return self.name


class Delivery(models.Model):
    """One message to one subscriber: the ledger from which it is sent, until it has arrived or is given up."""

    token = models.CharField(max_length=40, unique=True)
    subscription = models.ForeignKey(Subscription, on_delete=models.CASCADE)
    key = models.CharField(max_length=120)
    kind = models.CharField(max_length=40)
    subject = models.CharField(max_length=64)
    number = models.CharField(max_length=12)
    payload = models.TextField()
    state = models.CharField(max_length=12)
    tries = models.IntegerField(default=0)
    all_tries = models.IntegerField(default=0)
    due_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True)
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    last_status = models.IntegerField(null=True)
    last_error = models.CharField(max_length=24, blank=True, default="")

    class Meta:
        """Claimed by what is due, kept in order within a subject, shown newest first."""

        constraints = (
            models.UniqueConstraint(fields=["subscription", "key"], name="webhooks_delivery_once"),
            models.CheckConstraint(
                condition=Q(state__in=["due", "delivered", "dead", "dropped"]), name="webhooks_delivery_state"
            ),
        )
        indexes = (
            models.Index(fields=["subscription", "due_at", "id"], condition=Q(state="due"), name="webhooks_due"),
            models.Index(fields=["subscription", "subject", "id"], condition=Q(state="due"), name="webhooks_in_order"),
            models.Index(fields=["subscription", "state", "id"], name="webhooks_shown"),
            models.Index(fields=["made_at"], name="webhooks_old"),
        )

    def __str__(self) -> str:
        return self.token


class Attempt(models.Model):
    """One try; without an end the worker was killed while it tried."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, db_index=False)
    number = models.IntegerField()
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    status = models.IntegerField(null=True)
    error = models.CharField(max_length=24, blank=True, default="")
    milliseconds = models.IntegerField(null=True)

    class Meta:
        """Numbered from 1 within a delivery."""

        constraints = (models.UniqueConstraint(fields=["delivery", "number"], name="webhooks_attempt_once"),)

    def __str__(self) -> str:
        return f"{self.number} of delivery {self.delivery_id}"

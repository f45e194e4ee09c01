"""The tables of the intake room."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q


class Enquiry(models.Model):
    """One time somebody told the city something, under the key of that telling."""

    key = models.CharField(max_length=80, unique=True)
    fingerprint = models.CharField(max_length=64)
    channel = models.CharField(max_length=24)
    language = models.CharField(max_length=8)
    outcome = models.CharField(max_length=24)
    request_id = models.BigIntegerField(null=True)
    referral = models.CharField(max_length=64)
    contact_id = models.BigIntegerField(null=True)
    client_id = models.BigIntegerField(null=True)
    words = models.TextField()
    by = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        """Read with the resident's file and with the request."""

        indexes = (
            models.Index(
                fields=["contact_id", "at"], condition=Q(contact_id__isnull=False), name="intake_enquiry_contact"
            ),
            models.Index(fields=["request_id"], condition=Q(request_id__isnull=False), name="intake_enquiry_request"),
        )

    def __str__(self) -> str:
        return f"enquiry {self.pk}"


class Draft(models.Model):
    """A report being filled in: its id is the idempotency key of what it becomes; gone a day after."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    language = models.CharField(max_length=8)
    service_code = models.CharField(max_length=64)
    catalogue_version = models.IntegerField()
    filled = models.JSONField()
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return str(self.id)


class DraftPhoto(models.Model):
    """A picture given before the request has its number."""

    draft_id = models.UUIDField(db_index=True)
    key = models.CharField(max_length=64, unique=True)
    file = models.CharField(max_length=160)
    width = models.IntegerField()
    height = models.IntegerField()
    size_bytes = models.IntegerField()
    taken_lat = models.FloatField(null=True)
    taken_lon = models.FloatField(null=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.key

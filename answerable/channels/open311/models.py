"""The tables of the Open311 door: pictures to fetch, tokens, and what was sent to the test endpoint."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class RemotePicture(models.Model):
    """A picture on another server that came with a request: the ledger of fetching it."""

    request_id = models.BigIntegerField(db_index=True)
    url = models.TextField()
    state = models.CharField(max_length=16)
    tries = models.IntegerField()
    next_at = models.DateTimeField()
    reason = models.CharField(max_length=60)
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        """Claimed by when they are due."""

        db_table = "open311_picture"
        indexes = (models.Index(fields=["next_at"], condition=Q(state="waiting"), name="open311_picture_due"),)

    def __str__(self) -> str:
        return f"picture {self.pk}"


class Token(models.Model):
    """What a program holds until the department has the work and the number is given."""

    token = models.CharField(max_length=32, primary_key=True)
    request_id = models.BigIntegerField(unique=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.token


class Trial(models.Model):
    """A telling to the test endpoint, as it would be read back; gone after a day."""

    key = models.CharField(max_length=80, unique=True)
    number = models.CharField(max_length=32, unique=True)
    client_id = models.BigIntegerField()
    told = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        """Listed for the client that sent them, newest first."""

        indexes = (models.Index(fields=["client_id", "at"], name="open311_trial_of"),)

    def __str__(self) -> str:
        return self.number

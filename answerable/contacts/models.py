"""The tables of the contacts room."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q


class Contact(models.Model):
    """One person or household as the city knows them; every word here can be erased."""

    name = models.CharField(max_length=160)
    email = models.CharField(max_length=254)
    phone = models.CharField(max_length=40)
    email_key = models.CharField(max_length=254)
    phone_key = models.CharField(max_length=20)
    address = models.CharField(max_length=240)
    postal = models.CharField(max_length=12)
    search_key = models.TextField()
    language = models.CharField(max_length=8)
    news_by = models.CharField(max_length=16)
    needs = models.TextField()
    privacy_version = models.CharField(max_length=32)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        """Found by number, by address and by words of the name."""

        indexes = (
            models.Index(fields=["phone_key"], condition=~Q(phone_key=""), name="contacts_phone"),
            models.Index(fields=["email_key"], condition=~Q(email_key=""), name="contacts_email"),
            GinIndex(fields=["search_key"], opclasses=["gin_trgm_ops"], name="contacts_words"),
        )

    def __str__(self) -> str:
        return f"contact {self.pk}"


class Consent(models.Model):
    """What one person said last of one class of messages by one way; the journal holds what they said before."""

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, db_index=False)
    message_class = models.CharField(max_length=16)
    way = models.CharField(max_length=8)
    given = models.BooleanField()
    source = models.CharField(max_length=16)
    at = models.DateTimeField()

    class Meta:
        """One row for each class and way."""

        constraints = (
            models.UniqueConstraint(fields=["contact", "message_class", "way"], name="contacts_consent_once"),
        )

    def __str__(self) -> str:
        return f"{self.message_class} by {self.way} to contact {self.contact_id}"


class Wishes(models.Model):
    """When and how much one person wishes to hear; without a row, as the city does."""

    contact = models.OneToOneField(Contact, on_delete=models.CASCADE, primary_key=True)
    quiet_from = models.TimeField(null=True)
    quiet_to = models.TimeField(null=True)
    digest = models.BooleanField(default=True, db_default=True)
    updated_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"wishes of contact {self.contact_id}"


class Device(models.Model):
    """A browser that wants news of one subject, with the keys that only it can open messages with."""

    subject = models.CharField(max_length=64)
    link = models.CharField(max_length=64)
    endpoint = models.CharField(max_length=500)
    public_key = models.CharField(max_length=100)
    secret = models.CharField(max_length=40)
    language = models.CharField(max_length=8)
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        """Read with the subject; one row for each browser in it."""

        constraints = (models.UniqueConstraint(fields=["subject", "endpoint"], name="contacts_device_once"),)

    def __str__(self) -> str:
        return f"device {self.pk} of {self.subject}"

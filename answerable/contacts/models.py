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

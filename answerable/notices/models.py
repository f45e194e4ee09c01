"""The tables of the notices room: every message and try, words the office changed, addresses that fail, answers."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Message(models.Model):
    """One message to one person by one way: what was said, and what came of it."""

    token = models.CharField(max_length=40, unique=True)
    key = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=32)
    message_class = models.CharField(max_length=16)
    way = models.CharField(max_length=8)
    language = models.CharField(max_length=8)
    contact_id = models.BigIntegerField(null=True)
    request_id = models.BigIntegerField(null=True)
    fact_id = models.BigIntegerField(null=True)
    address = models.CharField(max_length=254, default="")
    wording_version = models.IntegerField()
    subject = models.TextField()
    text = models.TextField()
    short = models.TextField()
    html = models.TextField(default="")
    link = models.CharField(max_length=300, default="")
    gathers = models.BooleanField(default=False)
    state = models.CharField(max_length=12)
    reason = models.CharField(max_length=32, default="")
    detail = models.TextField(default="")
    made_at = models.DateTimeField()
    due_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True)
    worker = models.BigIntegerField(null=True)
    tries = models.IntegerField(default=0)
    all_tries = models.IntegerField(default=0)
    resends = models.IntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    provider_id = models.CharField(max_length=120, default="")
    digest_id = models.BigIntegerField(null=True)

    class Meta:
        """Indexes follow the senders' question, the pages of a request and a contact, and the ledger."""

        indexes = (
            models.Index(
                fields=["way", "due_at", "id"], condition=Q(state__in=["due", "sending"]), name="notices_to_send"
            ),
            models.Index(
                fields=["contact_id", "way", "id"],
                condition=Q(state__in=["due", "sending"]),
                name="notices_in_order",
            ),
            models.Index(fields=["request_id", "id"], name="notices_of_request"),
            models.Index(fields=["contact_id", "id"], name="notices_of_contact"),
            models.Index(fields=["state", "id"], name="notices_by_state"),
            models.Index(fields=["digest_id"], condition=Q(digest_id__isnull=False), name="notices_of_digest"),
            models.Index(fields=["provider_id"], condition=~Q(provider_id=""), name="notices_provider"),
            models.Index(fields=["address", "id"], condition=~Q(address=""), name="notices_to_address"),
        )

    def __str__(self) -> str:
        return self.key


class Attempt(models.Model):
    """One try to send a message: begun before, ended after; one without an end was cut off."""

    message_id = models.BigIntegerField()
    number = models.IntegerField()
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=16)
    status_code = models.IntegerField(null=True)
    error = models.TextField(default="")

    class Meta:
        """Read with its message."""

        constraints = (models.UniqueConstraint(fields=["message_id", "number"], name="notices_attempt_once"),)

    def __str__(self) -> str:
        return f"{self.message_id}/{self.number}"


class Wording(models.Model):
    """The words of a kind in one language as the office published them; both languages of a version are published."""

    kind = models.CharField(max_length=32)
    language = models.CharField(max_length=8)
    version = models.IntegerField()
    subject = models.TextField()
    text = models.TextField()
    short = models.TextField()
    action = models.TextField(default="")
    by = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        """One row for each language of a version."""

        constraints = (models.UniqueConstraint(fields=["kind", "version", "language"], name="notices_wording_once"),)

    def __str__(self) -> str:
        return f"{self.kind}/{self.language} {self.version}"


class Draft(models.Model):
    """Words of a kind in one language that are being written; a language of a lower revision is behind the other."""

    kind = models.CharField(max_length=32)
    language = models.CharField(max_length=8)
    revision = models.IntegerField()
    subject = models.TextField()
    text = models.TextField()
    short = models.TextField()
    action = models.TextField(default="")
    by = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        """One draft of a language at a time."""

        constraints = (models.UniqueConstraint(fields=["kind", "language"], name="notices_draft_once"),)

    def __str__(self) -> str:
        return f"{self.kind}/{self.language} draft {self.revision}"


class Failing(models.Model):
    """An address messages came back from; a hard failure stops mail to it until somebody gives another."""

    way = models.CharField(max_length=8)
    address_key = models.CharField(max_length=254)
    is_hard = models.BooleanField()
    times = models.IntegerField()
    reason = models.CharField(max_length=32)
    detail = models.TextField(default="")
    contact_id = models.BigIntegerField(null=True)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    cleared_at = models.DateTimeField(null=True)

    class Meta:
        """One row for each address; the open ones are a list for operators."""

        constraints = (models.UniqueConstraint(fields=["way", "address_key"], name="notices_failing_once"),)
        indexes = (
            models.Index(fields=["contact_id"], condition=Q(cleared_at__isnull=True), name="notices_failing_of"),
            models.Index(fields=["last_at"], condition=Q(cleared_at__isnull=True), name="notices_failing_open"),
        )

    def __str__(self) -> str:
        return f"{self.way} to contact {self.contact_id}"


class Incoming(models.Model):
    """What somebody sent back by text message, and what we took it for; one nobody could place waits for staff."""

    key = models.CharField(max_length=120, unique=True)
    way = models.CharField(max_length=8)
    address = models.CharField(max_length=254)
    words = models.TextField()
    meaning = models.CharField(max_length=16)
    contact_id = models.BigIntegerField(null=True)
    request_id = models.BigIntegerField(null=True)
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    read_by = models.CharField(max_length=64, default="")

    class Meta:
        """Those nobody has read yet are a list."""

        indexes = (
            models.Index(
                fields=["id"], condition=Q(meaning="unclear", read_at__isnull=True), name="notices_incoming_unread"
            ),
            models.Index(fields=["contact_id", "id"], name="notices_incoming_of"),
        )

    def __str__(self) -> str:
        return f"incoming {self.pk}"

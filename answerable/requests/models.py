"""The tables of the requests room."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q


class Request(models.Model):
    """One service request, flat: a list needs no other table."""

    number = models.CharField(max_length=12, unique=True)
    token = models.CharField(max_length=32, unique=True)
    catalogue_version = models.IntegerField()
    service_code = models.CharField(max_length=64)
    service_group = models.CharField(max_length=64)
    family = models.CharField(max_length=32, default="default")
    channel = models.CharField(max_length=24)
    language = models.CharField(max_length=8)
    lifecycle = models.CharField(max_length=24)
    is_open = models.BooleanField()
    visibility = models.CharField(max_length=24)
    handoff = models.CharField(max_length=24)
    priority = models.CharField(max_length=24)
    department = models.CharField(max_length=64)
    queue = models.CharField(max_length=64)
    assignee_id = models.BigIntegerField(null=True)
    team_id = models.BigIntegerField(null=True)
    route = models.JSONField()
    answers = models.JSONField()
    description = models.TextField()
    contact_id = models.BigIntegerField(null=True)
    wishes_contact = models.BooleanField(default=False)
    lat = models.FloatField(null=True)
    lon = models.FloatField(null=True)
    precision = models.CharField(max_length=16)
    place_said = models.TextField()
    address = models.TextField()
    postal = models.CharField(max_length=12)
    areas = models.JSONField()
    area_key = models.CharField(max_length=64)
    h3_7 = models.BigIntegerField(null=True)
    h3_9 = models.BigIntegerField(null=True)
    h3_10 = models.BigIntegerField(null=True)
    logged_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    first_action_due = models.DateTimeField(null=True)
    first_action_at = models.DateTimeField(null=True)
    completion_due = models.DateTimeField(null=True)
    completion_at_risk = models.DateTimeField(null=True)
    due_sort = models.DateTimeField()
    paused_since = models.DateTimeField(null=True)
    resolved_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=32)
    outcome_party = models.CharField(max_length=120)
    until = models.DateField(null=True)
    reopened = models.IntegerField()
    disputed = models.IntegerField(default=0, db_default=0)
    followers = models.IntegerField()
    photos = models.IntegerField()

    class Meta:
        """Indexes follow the questions of the office list, the nearby check and the resident's file."""

        indexes = (
            models.Index(fields=["due_sort", "id"], condition=Q(is_open=True), name="requests_open_due"),
            models.Index(
                fields=["department", "due_sort", "id"], condition=Q(is_open=True), name="requests_dept_open_due"
            ),
            models.Index(
                fields=["team_id", "due_sort", "id"],
                condition=Q(is_open=True, team_id__isnull=False),
                name="requests_team_open_due",
            ),
            models.Index(
                fields=["assignee_id", "due_sort", "id"],
                condition=Q(is_open=True, assignee_id__isnull=False),
                name="requests_person_open_due",
            ),
            models.Index(fields=["logged_at", "id"], name="requests_newest"),
            models.Index(fields=["updated_at", "id"], name="requests_changed"),
            models.Index(fields=["department", "logged_at", "id"], name="requests_dept_newest"),
            models.Index(fields=["service_code", "logged_at", "id"], name="requests_service_newest"),
            models.Index(fields=["lifecycle", "logged_at", "id"], name="requests_state_newest"),
            models.Index(fields=["area_key", "logged_at", "id"], name="requests_area_newest"),
            models.Index(fields=["h3_10", "logged_at"], condition=Q(h3_10__isnull=False), name="requests_cell"),
            models.Index(
                fields=["contact_id", "logged_at"], condition=Q(contact_id__isnull=False), name="requests_contact"
            ),
            GinIndex(fields=["address"], opclasses=["gin_trgm_ops"], name="requests_address_words"),
        )

    def __str__(self) -> str:
        return self.number


class Note(models.Model):
    """Words added to a request, for the resident or for staff only."""

    request_id = models.BigIntegerField()
    audience = models.CharField(max_length=16)
    round = models.IntegerField(default=0, db_default=0)
    words = models.TextField()
    by = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        """Read with the request."""

        indexes = (models.Index(fields=["request_id", "id"], name="requests_note_of"),)

    def __str__(self) -> str:
        return f"note {self.pk}"


class Link(models.Model):
    """A tie from one request to another."""

    request_id = models.BigIntegerField()
    other_id = models.BigIntegerField()
    kind = models.CharField(max_length=24)
    by = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        """One tie of a kind between two requests."""

        constraints = (
            models.UniqueConstraint(fields=["request_id", "other_id", "kind"], name="requests_link_once"),
            models.UniqueConstraint(
                fields=["request_id"], condition=Q(kind="duplicate_of"), name="requests_one_original"
            ),
        )
        indexes = (models.Index(fields=["other_id"], name="requests_link_back"),)

    def __str__(self) -> str:
        return f"{self.request_id} {self.kind} {self.other_id}"


class Follower(models.Model):
    """Somebody who said "me too" instead of reporting again."""

    request_id = models.BigIntegerField()
    key = models.CharField(max_length=64, unique=True)
    token = models.CharField(max_length=32, unique=True)
    contact_id = models.BigIntegerField(null=True)
    language = models.CharField(max_length=8)
    at = models.DateTimeField()

    class Meta:
        """Counted with the request."""

        indexes = (models.Index(fields=["request_id"], name="requests_follower_of"),)

    def __str__(self) -> str:
        return f"follower {self.pk}"


class Photo(models.Model):
    """A picture, re-encoded and without hidden position; the file lies in the media folder."""

    request_id = models.BigIntegerField()
    key = models.CharField(max_length=64, unique=True)
    file = models.CharField(max_length=160)
    width = models.IntegerField()
    height = models.IntegerField()
    size_bytes = models.IntegerField()
    is_public = models.BooleanField()
    shows = models.CharField(max_length=16, default="problem", db_default="problem")
    round = models.IntegerField(default=0, db_default=0)
    by = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        """Read with the request."""

        indexes = (models.Index(fields=["request_id", "id"], name="requests_photo_of"),)

    def __str__(self) -> str:
        return f"photo {self.pk}"


class HandoffRow(models.Model):
    """The ledger of work handed to departments: one row a work order, every attempt dated."""

    request_id = models.BigIntegerField()
    sequence = models.IntegerField()
    department = models.CharField(max_length=64)
    queue = models.CharField(max_length=64)
    connector = models.CharField(max_length=64)
    state = models.CharField(max_length=24)
    key = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    reason = models.TextField()
    reference = models.CharField(max_length=120, default="", db_default="")

    class Meta:
        """One row per work order, numbered within the request."""

        db_table = "requests_handoff"
        constraints = (models.UniqueConstraint(fields=["request_id", "sequence"], name="requests_handoff_once"),)

    def __str__(self) -> str:
        return f"{self.request_id}/{self.sequence}"


class Command(models.Model):
    """Every write but the logging itself, under its idempotency key, with what it answered."""

    key = models.CharField(max_length=80, primary_key=True)
    request_id = models.BigIntegerField()
    kind = models.CharField(max_length=32)
    fingerprint = models.CharField(max_length=64)
    answer = models.JSONField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.key


class Run(models.Model):
    """Many requests changed together by one person: what was asked, and how far it got."""

    key = models.CharField(max_length=64, unique=True)
    by = models.CharField(max_length=64)
    act = models.CharField(max_length=32)
    sent = models.JSONField()
    total = models.IntegerField()
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.act} {self.total}"


class RunLine(models.Model):
    """One request of a run: `due`, `done`, or `failed` with the code of the refusal."""

    run_id = models.BigIntegerField()
    request_id = models.BigIntegerField()
    state = models.CharField(max_length=8, default="due")
    code = models.CharField(max_length=64, default="")
    field = models.CharField(max_length=64, default="")

    class Meta:
        """Taken in order, told by state."""

        indexes = (models.Index(fields=["run_id", "state", "id"], name="requests_run_lines"),)

    def __str__(self) -> str:
        return f"{self.run_id}: {self.request_id}"


class Reply(models.Model):
    """Ready-made words in both languages, one row a version; they go with a service, a department, or everything."""

    code = models.CharField(max_length=40)
    version = models.IntegerField()
    is_current = models.BooleanField()
    is_active = models.BooleanField()
    department = models.CharField(max_length=64)
    service_code = models.CharField(max_length=64)
    title = models.JSONField()
    words = models.JSONField()
    by = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        """One version of a number, and one in force."""

        constraints = (
            models.UniqueConstraint(fields=["code", "version"], name="requests_reply_once"),
            models.UniqueConstraint(fields=["code"], condition=Q(is_current=True), name="requests_reply_current"),
        )

    def __str__(self) -> str:
        return f"{self.code} {self.version}"


class Tries(models.Model):
    """How often a number was tried with a wrong postal code lately."""

    number = models.CharField(max_length=12, primary_key=True)
    since = models.DateTimeField(db_index=True)
    count = models.IntegerField()

    def __str__(self) -> str:
        return self.number


class PastSerial(models.Model):
    """How many numbers of a year were given to imported requests, from the top downwards."""

    year = models.IntegerField(primary_key=True)
    used = models.IntegerField()

    class Meta:
        db_table = "requests_past_serial"

    def __str__(self) -> str:
        return f"{self.year}: {self.used}"


class Rating(models.Model):
    """What the requester said of how the request was dealt with, once for each time it ended."""

    request_id = models.BigIntegerField()
    round = models.IntegerField()
    score = models.SmallIntegerField()
    words = models.TextField()
    service_code = models.CharField(max_length=64)
    department = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        """Counted by service and department over some months."""

        constraints = (
            models.UniqueConstraint(fields=["request_id", "round"], name="requests_rating_once"),
            models.CheckConstraint(condition=Q(score__gte=1, score__lte=5), name="requests_rating_score"),
        )
        indexes = (models.Index(fields=["at"], name="requests_rated"),)

    def __str__(self) -> str:
        return f"rating {self.round} of request {self.request_id}"

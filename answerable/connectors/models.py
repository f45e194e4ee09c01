"""The tables of the connectors room: what is sent, every attempt at it, and how each connector does."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Delivery(models.Model):
    """One thing to send: a work order (`file`), or news of one that was sent (`tell`), and what came of it."""

    kind = models.CharField(max_length=8)
    handoff_id = models.BigIntegerField()
    request_id = models.BigIntegerField()
    connector = models.CharField(max_length=64)
    key = models.CharField(max_length=80, unique=True)
    state = models.CharField(max_length=16)
    due_at = models.DateTimeField()
    tries = models.IntegerField(default=0)
    attempt_id = models.BigIntegerField(null=True)
    doubtful = models.BooleanField(default=False)
    made_at = models.DateTimeField()
    first_tried_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    reference = models.CharField(max_length=120, default="")
    token = models.CharField(max_length=120, default="")
    remote_word = models.CharField(max_length=64, default="")
    remote_at = models.DateTimeField(null=True)
    remote_sequence = models.BigIntegerField(null=True)
    followed_at = models.DateTimeField(null=True)
    reason = models.TextField(default="")
    word = models.CharField(max_length=32, default="")
    note_id = models.BigIntegerField(null=True)
    worker = models.BigIntegerField(null=True)
    sequence = models.IntegerField(default=1, db_default=1)
    resent_at = models.DateTimeField(null=True)

    class Meta:
        """Indexes follow the worker's questions, the request's page and the reference in an update."""

        indexes = (
            models.Index(
                fields=["connector", "due_at"], condition=Q(state__in=["due", "sending"]), name="connectors_to_send"
            ),
            models.Index(
                fields=["connector", "followed_at"],
                condition=Q(kind="file", state__in=["delivered", "acknowledged"], ended_at__isnull=True),
                name="connectors_to_follow",
            ),
            models.Index(fields=["worker"], condition=Q(state="sending"), name="connectors_sending"),
            models.Index(fields=["connector", "state", "id"], name="connectors_by_state"),
            models.Index(fields=["request_id"], name="connectors_of_request"),
            models.Index(fields=["connector", "reference"], name="connectors_reference"),
        )

    def __str__(self) -> str:
        return self.key


class Attempt(models.Model):
    """One try of something outside: begun before, ended after; one without an end was cut off."""

    delivery_id = models.BigIntegerField(null=True)
    connector = models.CharField(max_length=64)
    verb = models.CharField(max_length=16)
    key = models.CharField(max_length=80)
    timeout_seconds = models.FloatField()
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=16)
    status_code = models.IntegerField(null=True)
    error = models.TextField(default="")

    class Meta:
        """Read with its delivery, and the latest of a connector."""

        indexes = (
            models.Index(fields=["delivery_id", "id"], name="connectors_attempt_of"),
            models.Index(fields=["connector", "started_at"], name="connectors_attempt_latest"),
        )

    def __str__(self) -> str:
        return f"{self.verb} {self.key}"


class Pulse(models.Model):
    """How one connector does: when its worker last moved, when the other system last answered, how far it was read.

    `misses` counts tries in a row that got no answer; from `open_since` on only a probe is sent now and then.
    """

    connector = models.CharField(max_length=64, primary_key=True)
    beat_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    failure = models.TextField(default="")
    failures = models.IntegerField(default=0)
    poll_at = models.DateTimeField(null=True)
    read_to = models.DateTimeField(null=True)
    checked_at = models.DateTimeField(null=True)
    problems = models.JSONField(default=list)
    misses = models.IntegerField(default=0, db_default=0)
    open_since = models.DateTimeField(null=True)
    probe_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.connector


class Heard(models.Model):
    """One message from another system and what became of it; one without `read_at` waits in the tray for a person.

    The table keeps the name it had when only unread words were kept in it, so that the release before finds it.
    """

    connector = models.CharField(max_length=64)
    key = models.CharField(max_length=80, default="", db_default="")
    delivery_id = models.BigIntegerField(null=True)
    request_id = models.BigIntegerField(null=True)
    verdict = models.CharField(max_length=24, db_default="unread")
    problem = models.CharField(max_length=64, default="", db_default="")
    reference = models.CharField(max_length=120, default="", db_default="")
    event = models.CharField(max_length=120, default="", db_default="")
    sequence = models.BigIntegerField(null=True)
    word = models.CharField(max_length=64)
    words = models.TextField(default="")
    party = models.CharField(max_length=120, default="", db_default="")
    expected_on = models.DateField(null=True)
    photos = models.JSONField(default=list, db_default=[])
    told_at = models.DateTimeField(null=True)
    at = models.DateTimeField()
    times = models.IntegerField(default=1, db_default=1)
    heard_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)
    read_by = models.CharField(max_length=64, default="")
    remedy = models.CharField(max_length=24, default="", db_default="")
    why = models.TextField(default="", db_default="")

    class Meta:
        """One row for each message; the tray reads those nobody has looked after."""

        db_table = "connectors_unread"
        constraints = (
            models.UniqueConstraint(fields=["connector", "key"], condition=~Q(key=""), name="connectors_heard_once"),
        )
        indexes = (
            models.Index(fields=["connector", "id"], condition=Q(read_at__isnull=True), name="connectors_unread_of"),
            models.Index(fields=["delivery_id", "id"], name="connectors_heard_of"),
            models.Index(fields=["connector", "reference", "event"], name="connectors_heard_event"),
        )

    def __str__(self) -> str:
        return self.word


class Meaning(models.Model):
    """What a word of another system means from now on, as somebody in the office said; it goes before the pack's."""

    connector = models.CharField(max_length=64)
    word = models.CharField(max_length=64)
    meaning = models.CharField(max_length=64)
    by = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        """One meaning a word."""

        constraints = (models.UniqueConstraint(fields=["connector", "word"], name="connectors_one_meaning"),)

    def __str__(self) -> str:
        return f"{self.word} = {self.meaning}"


class Reconciliation(models.Model):
    """One comparison of our ledger with another system, asked for or nightly; `night` makes the nightly one single."""

    connector = models.CharField(max_length=64)
    night = models.DateField(null=True)
    by = models.CharField(max_length=64)
    asked_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    was_listed = models.BooleanField(default=False)
    compared = models.IntegerField(default=0)
    held = models.IntegerField(default=0)
    found = models.IntegerField(default=0)
    fresh = models.IntegerField(default=0)
    gone = models.IntegerField(default=0)
    failure = models.TextField(default="")

    class Meta:
        """Due ones are those without an end."""

        constraints = (
            models.UniqueConstraint(
                fields=["connector", "night"], condition=Q(night__isnull=False), name="connectors_one_night"
            ),
        )
        indexes = (
            models.Index(fields=["connector", "-id"], name="connectors_run_latest"),
            models.Index(fields=["asked_at"], condition=Q(ended_at__isnull=True), name="connectors_run_due"),
        )

    def __str__(self) -> str:
        return f"{self.connector} {self.asked_at}"


class DriftRow(models.Model):
    """One disagreement with another system, until somebody settled it or it was gone."""

    connector = models.CharField(max_length=64)
    kind = models.CharField(max_length=24)
    delivery_id = models.BigIntegerField(null=True)
    request_id = models.BigIntegerField(null=True)
    reference = models.CharField(max_length=120)
    our_state = models.CharField(max_length=24, default="")
    their_word = models.CharField(max_length=64, default="")
    their_words = models.TextField(default="")
    told_at = models.DateTimeField(null=True)
    expected_on = models.DateField(null=True)
    missing = models.JSONField(default=list)
    found_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    settled_by = models.CharField(max_length=64, default="")
    remedy = models.CharField(max_length=24, default="")
    why = models.TextField(default="")
    quiet_until = models.DateTimeField(null=True)

    class Meta:
        """One open row for each disagreement; settled ones are its history."""

        db_table = "connectors_drift"
        constraints = (
            models.UniqueConstraint(
                fields=["connector", "reference", "kind"],
                condition=Q(settled_at__isnull=True),
                name="connectors_drift_once",
            ),
        )
        indexes = (
            models.Index(
                fields=["connector", "id"], condition=Q(settled_at__isnull=True), name="connectors_drift_open"
            ),
            models.Index(fields=["connector", "reference", "-id"], name="connectors_drift_latest"),
            models.Index(fields=["delivery_id"], condition=Q(settled_at__isnull=True), name="connectors_drift_order"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.reference}"


class ReplyLink(models.Model):
    """A link by which a department answers one work order, until it expires or another takes its place."""

    handoff_id = models.BigIntegerField()
    request_id = models.BigIntegerField()
    connector = models.CharField(max_length=64)
    issue = models.IntegerField()
    language = models.CharField(max_length=8)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=64)
    expires_at = models.DateTimeField()

    class Meta:
        """Issued one after the other; the last one counts."""

        constraints = (models.UniqueConstraint(fields=["handoff_id", "issue"], name="connectors_link_once"),)

    def __str__(self) -> str:
        return f"{self.handoff_id}/{self.issue}"


class ReplyUse(models.Model):
    """One use of a link: opened, or something said, and by whom as they named themselves."""

    link_id = models.BigIntegerField()
    handoff_id = models.BigIntegerField()
    key = models.CharField(max_length=80, unique=True)
    what = models.CharField(max_length=16)
    party = models.CharField(max_length=120, default="")
    at = models.DateTimeField()

    class Meta:
        """Read with its work order."""

        indexes = (models.Index(fields=["handoff_id", "id"], name="connectors_use_of"),)

    def __str__(self) -> str:
        return self.key


class Parcel(models.Model):
    """Messages that came together, such as a file, and were taken: what is brought again is not read again."""

    connector = models.CharField(max_length=64)
    key = models.CharField(max_length=80)
    name = models.CharField(max_length=200)
    messages = models.IntegerField()
    at = models.DateTimeField()

    class Meta:
        """Taken once; read by its connector, newest first."""

        constraints = (models.UniqueConstraint(fields=["connector", "key"], name="connectors_parcel_once"),)
        indexes = (models.Index(fields=["connector", "-id"], name="connectors_parcel_latest"),)

    def __str__(self) -> str:
        return self.name

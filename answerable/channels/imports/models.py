"""The tables of the imports: sources, runs, and one row for each row of every file."""

from __future__ import annotations

from django.db import models


class Source(models.Model):
    """Where rows come from: one layout in one city pack."""

    pack = models.CharField(max_length=63)
    layout = models.CharField(max_length=63)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["pack", "layout"], name="imports_source_once"),)

    def __str__(self) -> str:
        return f"{self.pack} {self.layout}"


class Run(models.Model):
    """One file being imported, or imported: how far it got and what its report counts."""

    source_id = models.BigIntegerField()
    file = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    size_bytes = models.BigIntegerField()
    header = models.JSONField()
    options = models.JSONField()
    catalogue_version = models.IntegerField()
    rows_done = models.BigIntegerField(default=0)
    report = models.JSONField()
    by = models.CharField(max_length=64)
    started_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        """Lists are by time; a file is found again by its content."""

        indexes = (
            models.Index(fields=["-started_at"], name="imports_run_newest"),
            models.Index(fields=["fingerprint"], name="imports_run_of_file"),
        )

    def __str__(self) -> str:
        return f"{self.file} {self.rows_done}"


class Row(models.Model):
    """One untouched row: `key` is its number at the source or, without one, the digest of its text.

    `request_id` is what it became; a refused row has a `reason` instead.
    """

    pk = models.CompositePrimaryKey("source_id", "key")
    source_id = models.BigIntegerField()
    key = models.CharField(max_length=240)
    digest = models.BigIntegerField()
    request_id = models.BigIntegerField(null=True)
    reason = models.CharField(max_length=32)
    run_id = models.BigIntegerField()
    line = models.BigIntegerField()
    raw = models.TextField()

    class Meta:
        """Found from the request, and from a number of another city's."""

        indexes = (
            models.Index(fields=["request_id"], name="imports_row_of_request"),
            models.Index(fields=["run_id", "line"], condition=~models.Q(reason=""), name="imports_row_refused"),
        )

    def __str__(self) -> str:
        return self.key

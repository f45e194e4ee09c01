"""The table of the routing room."""

from __future__ import annotations

from django.db import models


class Ruleset(models.Model):
    """A rule set the office brought into force; without rules, the return to those of the city pack.  Rows stay."""

    pack = models.CharField(max_length=63)
    catalogue_version = models.BigIntegerField()
    rules = models.JSONField(null=True)
    published_at = models.DateTimeField()
    published_by = models.CharField(max_length=64)
    note = models.TextField()

    class Meta:
        """The newest row of a pack counts."""

        db_table = "routing_ruleset"
        indexes = (models.Index(fields=["pack", "-id"], name="routing_ruleset_newest"),)

    def __str__(self) -> str:
        return f"rule set {self.pk} of {self.pack}"

"""The tables of the staff room."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q


class StaffMember(AbstractUser):
    """One person with a log-in."""

    role = models.CharField(max_length=24, default="operator")
    department = models.CharField(max_length=64, blank=True, default="")
    language = models.CharField(max_length=8, default="en")

    def __str__(self) -> str:
        return self.username


class Team(models.Model):
    """People of one department who work together; `queues` are those whose work comes to them by itself."""

    department = models.CharField(max_length=64)
    code = models.CharField(max_length=40)
    name = models.JSONField()
    queues = models.JSONField(default=list)
    is_active = models.BooleanField(default=True)
    members: models.ManyToManyField[StaffMember, models.Model] = models.ManyToManyField(StaffMember)

    class Meta:
        """One team of a code in a department."""

        constraints = (models.UniqueConstraint(fields=["department", "code"], name="staff_team_once"),)

    def __str__(self) -> str:
        return f"{self.department}/{self.code}"


class SavedList(models.Model):
    """A list of work somebody looks at again and again; shared ones are their colleagues', too."""

    member_id = models.BigIntegerField()
    department = models.CharField(max_length=64, blank=True)
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=600)
    is_shared = models.BooleanField()

    class Meta:
        """One list of a name for each person."""

        constraints = (models.UniqueConstraint(fields=["member_id", "name"], name="staff_list_once"),)
        indexes = (models.Index(fields=["department"], condition=Q(is_shared=True), name="staff_list_shared"),)

    def __str__(self) -> str:
        return self.name


class ApiClient(models.Model):
    """A program that may write or read; only a digest of its key is kept."""

    name = models.CharField(max_length=120)
    key_digest = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    rate_per_minute = models.IntegerField(db_default=6000)
    profile = models.JSONField(db_default={})
    previous_digest = models.CharField(max_length=64, blank=True, db_default="", db_index=True)
    previous_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name


class ApiCalls(models.Model):
    """How often a program called in one minute, over all processes."""

    client_id = models.BigIntegerField()
    minute = models.BigIntegerField()
    calls = models.IntegerField()

    class Meta:
        """One row a program and minute; minutes since 1970."""

        constraints = (models.UniqueConstraint(fields=["client_id", "minute"], name="staff_apicalls_once"),)

    def __str__(self) -> str:
        return f"{self.client_id}: {self.calls}"

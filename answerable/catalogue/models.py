"""The catalogue's tables: packs as they were loaded, which one is in force, and named places to look up."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q


class PlaceSet(models.Model):
    """The gazetteer of some pack, indexed once per content and spelling rules."""

    content_hash = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    places = models.IntegerField(default=0)

    class Meta:
        db_table = "catalogue_placeset"

    def __str__(self) -> str:
        return f"place set {self.pk}"


class Version(models.Model):
    """One content of one pack; never changed after loading, kept for ever."""

    pack = models.CharField(max_length=63)
    content_hash = models.CharField(max_length=64, unique=True)
    loaded_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True)
    document = models.JSONField()
    placeset = models.ForeignKey(PlaceSet, on_delete=models.PROTECT)

    class Meta:
        db_table = "catalogue_version"

    def __str__(self) -> str:
        return f"{self.pack} version {self.pk}"


class Publication(models.Model):
    """A version came into force; the newest row counts, so that going back is one more row."""

    version = models.ForeignKey(Version, on_delete=models.PROTECT)
    at = models.DateTimeField()
    by = models.CharField(max_length=80)

    class Meta:
        db_table = "catalogue_publication"

    def __str__(self) -> str:
        return f"version {self.version_id} at {self.at.isoformat()}"


class AreaSet(models.Model):
    """The bytes of one file of areas, once per content."""

    content_hash = models.CharField(max_length=64, primary_key=True)
    file = models.CharField(max_length=200)
    content = models.BinaryField()

    class Meta:
        db_table = "catalogue_areaset"

    def __str__(self) -> str:
        return self.file


class NamedPlace(models.Model):
    """One way to say a place: `key` is how it is looked up, `label` how it is shown.

    `name` is what spelling may go wrong in: a street without its type, a landmark; empty for all else.
    """

    placeset = models.ForeignKey(PlaceSet, on_delete=models.CASCADE)
    kind = models.CharField(max_length=16)
    key = models.TextField()
    name = models.TextField(default="")
    street = models.TextField(default="")
    number = models.CharField(max_length=16, default="")
    district = models.TextField(default="")
    label = models.JSONField()
    postal = models.CharField(max_length=16, default="")
    area_kind = models.CharField(max_length=63, default="")
    area_keys = models.JSONField(default=list)
    lat = models.FloatField(null=True)
    lon = models.FloatField(null=True)
    weight = models.IntegerField(default=0)

    class Meta:
        db_table = "catalogue_place"
        indexes = (
            GinIndex(OpClass(F("name"), name="gin_trgm_ops"), name="catalogue_place_named", condition=~Q(name="")),
            models.Index(F("placeset"), OpClass(F("key"), name="text_pattern_ops"), name="catalogue_place_key"),
            models.Index(
                F("placeset"), OpClass(F("street"), name="text_pattern_ops"), F("number"), name="catalogue_place_street"
            ),
            models.Index(
                fields=("placeset", "lat", "lon"), name="catalogue_place_where", condition=Q(lat__isnull=False)
            ),
        )

    def __str__(self) -> str:
        return self.key

"""Names without types, which every street shares, are what is compared."""

import django.contrib.postgres.indexes
from django.db import migrations, models


class Migration(migrations.Migration):
    """Add the names, and their index in place of the one on keys."""

    dependencies = [("catalogue", "0001_catalogue")]
    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'", migrations.RunSQL.noop),
        migrations.RemoveIndex("namedplace", "catalogue_place_alike"),
        migrations.AddField("namedplace", "name", models.TextField(default="")),
        migrations.AddIndex(
            "namedplace",
            django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass(models.F("name"), name="gin_trgm_ops"),
                condition=models.Q(("name", ""), _negated=True),
                name="catalogue_place_named",
            ),
        ),
    ]

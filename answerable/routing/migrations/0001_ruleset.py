"""The table of published rule sets."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Create it."""

    initial = True

    dependencies = []

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'", migrations.RunSQL.noop),
        migrations.CreateModel(
            name="Ruleset",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("pack", models.CharField(max_length=63)),
                ("catalogue_version", models.BigIntegerField()),
                ("rules", models.JSONField(null=True)),
                ("published_at", models.DateTimeField()),
                ("published_by", models.CharField(max_length=64)),
                ("note", models.TextField()),
            ],
            options={
                "db_table": "routing_ruleset",
                "indexes": [models.Index(fields=["pack", "-id"], name="routing_ruleset_newest")],
            },
        ),
    ]

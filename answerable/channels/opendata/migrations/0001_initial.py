"""The builds of open data."""

from django.db import migrations, models

TIMEOUTS = "SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'"


class Migration(migrations.Migration):
    """Create the table."""

    initial = True

    dependencies = [("requests", "0001_initial")]

    operations = [
        migrations.RunSQL(TIMEOUTS, migrations.RunSQL.noop),
        migrations.CreateModel(
            name="Build",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("state", models.CharField(max_length=16)),
                ("by", models.CharField(max_length=64)),
                ("asked_at", models.DateTimeField()),
                ("begun_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("name", models.CharField(max_length=32)),
                ("reason", models.CharField(max_length=64)),
                ("finding", models.TextField()),
                ("counts", models.JSONField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "asked")), fields=("state",), name="opendata_one_waits"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "building")), fields=("state",), name="opendata_one_works"
                    ),
                ]
            },
        ),
    ]

"""Links by which departments answer work orders, their uses, and what came together."""

from django.db import migrations, models

TIMEOUTS = "SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'"


class Migration(migrations.Migration):
    """Create the tables."""

    dependencies = [("connectors", "0004_drift")]

    operations = [
        migrations.RunSQL(TIMEOUTS, migrations.RunSQL.noop),
        migrations.CreateModel(
            name="ReplyLink",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("handoff_id", models.BigIntegerField()),
                ("request_id", models.BigIntegerField()),
                ("connector", models.CharField(max_length=64)),
                ("issue", models.IntegerField()),
                ("language", models.CharField(max_length=8)),
                ("made_at", models.DateTimeField()),
                ("made_by", models.CharField(max_length=64)),
                ("expires_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("handoff_id", "issue"), name="connectors_link_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="ReplyUse",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("link_id", models.BigIntegerField()),
                ("handoff_id", models.BigIntegerField()),
                ("key", models.CharField(max_length=80, unique=True)),
                ("what", models.CharField(max_length=16)),
                ("party", models.CharField(default="", max_length=120)),
                ("at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["handoff_id", "id"], name="connectors_use_of")],
            },
        ),
        migrations.CreateModel(
            name="Parcel",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("connector", models.CharField(max_length=64)),
                ("key", models.CharField(max_length=80)),
                ("name", models.CharField(max_length=200)),
                ("messages", models.IntegerField()),
                ("at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("connector", "key"), name="connectors_parcel_once"),
                ],
                "indexes": [models.Index(fields=["connector", "-id"], name="connectors_parcel_latest")],
            },
        ),
    ]

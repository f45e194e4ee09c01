"""Timers, and the functions that set and cancel them."""

from pathlib import Path

from django.db import migrations, models
from django.db.models.functions import Now

SQL = Path(__file__).parent.parent / "sql"


class Migration(migrations.Migration):
    """Create the table and its functions."""

    initial = True
    dependencies = []
    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'", migrations.RunSQL.noop),
        migrations.CreateModel(
            name="Timer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("due_at", models.DateTimeField()),
                ("kind", models.TextField()),
                ("subject", models.TextField()),
                ("body", models.JSONField(db_default={}, default=dict)),
                ("created_at", models.DateTimeField(db_default=Now())),
                ("failures", models.IntegerField(db_default=0, default=0)),
                ("retry_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "plumbing_timer",
                "indexes": [models.Index(fields=["due_at"], name="plumbing_timer_due")],
                "constraints": [models.UniqueConstraint(fields=("kind", "subject"), name="plumbing_timer_once")],
            },
        ),
        migrations.RunSQL((SQL / "plumbing_timer_1.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop),
        migrations.RunSQL(
            "ALTER TABLE plumbing_timer SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500,"
            " fillfactor = 90)",
            migrations.RunSQL.noop,
        ),
    ]

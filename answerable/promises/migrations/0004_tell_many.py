"""Warnings and breaches by the thousand."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent.parent / "sql"
TIMEOUTS = "SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'"


class Migration(migrations.Migration):
    """Add the functions; those of the release before stay."""

    dependencies = [
        ('promises', '0003_measured_curves'),
        ('journal', '0005_append_many'),
        ('plumbing', '0001_timer'),
    ]

    operations = [
        migrations.RunSQL(TIMEOUTS, migrations.RunSQL.noop),
        migrations.RunSQL((SQL / "promises_functions_3.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop),
    ]

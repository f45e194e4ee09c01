"""Somebody who is known and wanted no news gets some when a new report asks for it."""

from __future__ import annotations

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent.parent / "sql"
TIMEOUTS = "SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'"


class Migration(migrations.Migration):
    """The function is replaced; calls of the release before stay right."""

    dependencies = [("contacts", "0002_wishes_and_devices")]
    operations = [
        migrations.RunSQL(TIMEOUTS, migrations.RunSQL.noop),
        migrations.RunSQL(
            (SQL / "remember_2.sql").read_text(encoding="utf-8"), (SQL / "remember.sql").read_text(encoding="utf-8")
        ),
    ]

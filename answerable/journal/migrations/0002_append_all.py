"""Several facts of one subject with one visit to its head."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent.parent / "sql"
TIMEOUTS = "SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'"


class Migration(migrations.Migration):
    """Replace the functions."""

    dependencies = [
        ('journal', '0001_journal'),
    ]

    operations = [
        migrations.RunSQL(TIMEOUTS, migrations.RunSQL.noop),
        migrations.RunSQL((SQL / "journal_functions_2.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop),
    ]

"""Facts are found by when they were recorded."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent.parent / "sql"
TIMEOUTS = "SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'"


class Migration(migrations.Migration):
    """Add the index."""

    dependencies = [("journal", "0002_append_all")]

    operations = [
        migrations.RunSQL(TIMEOUTS, migrations.RunSQL.noop),
        migrations.RunSQL((SQL / "journal_tables_2.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop),
    ]

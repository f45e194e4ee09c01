"""The journal's tables and functions."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent.parent / "sql"


class Migration(migrations.Migration):
    """Create them, with partitions for this month and the next three."""

    initial = True
    dependencies = []
    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'", migrations.RunSQL.noop),
        migrations.RunSQL((SQL / "journal_tables_1.sql").read_text(encoding="utf-8")),
        migrations.RunSQL((SQL / "journal_functions_1.sql").read_text(encoding="utf-8")),
        migrations.RunSQL("SELECT journal_ensure_partitions(now(), 3)", migrations.RunSQL.noop),
    ]

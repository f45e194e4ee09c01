"""Facts on many subjects in a few statements."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent.parent / "sql"
TIMEOUTS = "SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'"


class Migration(migrations.Migration):
    """Create the function."""

    dependencies = [
        ('journal', '0004_follow_from_here'),
    ]

    operations = [
        migrations.RunSQL(TIMEOUTS, migrations.RunSQL.noop),
        migrations.RunSQL((SQL / "journal_append_many.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop),
    ]

"""A follower may begin where the journal stands."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent.parent / "sql"
TIMEOUTS = "SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'"


class Migration(migrations.Migration):
    """Add the function."""

    dependencies = [("journal", "0003_when")]

    operations = [
        migrations.RunSQL(TIMEOUTS, migrations.RunSQL.noop),
        migrations.RunSQL((SQL / "journal_functions_3.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop),
    ]

"""A work order may go to another system: its connector and that system's reference are kept."""

from pathlib import Path

from django.db import migrations, models

SQL = Path(__file__).parent.parent / "sql"
TIMEOUTS = "SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'"


class Migration(migrations.Migration):
    """Widen and add a column, replace the function that logs."""

    dependencies = [("requests", "0004_changed")]

    operations = [
        migrations.RunSQL(TIMEOUTS, migrations.RunSQL.noop),
        migrations.AlterField("handoffrow", "connector", models.CharField(max_length=64)),
        migrations.AddField(
            "handoffrow", "reference", models.CharField(max_length=120, default="", db_default="")
        ),
        migrations.RunSQL((SQL / "log_3.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop),
    ]

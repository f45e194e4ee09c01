"""Pictures and notes say which round of work they belong to, pictures what they show, requests how often disputed."""

from pathlib import Path

from django.db import migrations, models

SQL = Path(__file__).parent.parent / "sql"
TIMEOUTS = "SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'"


class Migration(migrations.Migration):
    """Add columns whose defaults the database itself knows; the function that logs gives the request's."""

    dependencies = [("requests", "0009_rating")]

    operations = [
        migrations.RunSQL(TIMEOUTS, migrations.RunSQL.noop),
        migrations.RunSQL((SQL / "log_5.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop),
        migrations.AddField("request", "disputed", models.IntegerField(default=0, db_default=0)),
        migrations.AddField("note", "round", models.IntegerField(default=0, db_default=0)),
        migrations.AddField("photo", "round", models.IntegerField(default=0, db_default=0)),
        migrations.AddField("photo", "shows", models.CharField(max_length=16, default="problem", db_default="problem")),
    ]

"""Programs ask for what changed since they looked."""

from django.db import migrations, models

TIMEOUTS = "SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'"


class Migration(migrations.Migration):
    """Add the index."""

    dependencies = [("requests", "0003_tries")]

    operations = [
        migrations.RunSQL(TIMEOUTS, migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name="request",
            index=models.Index(fields=["updated_at", "id"], name="requests_changed"),
        ),
    ]

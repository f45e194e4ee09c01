"""Who sends a message, so that what the dead had in hand is taken over at once."""

from django.db import migrations, models

TIMEOUTS = "SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'"


class Migration(migrations.Migration):
    """Add a column."""

    dependencies = [("notices", "0001_ledger")]

    operations = [
        migrations.RunSQL(TIMEOUTS, migrations.RunSQL.noop),
        migrations.AddField(model_name="message", name="worker", field=models.BigIntegerField(null=True)),
    ]

"""Numbers of imported years are given out from the top downwards."""

from django.db import migrations, models

TIMEOUTS = "SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'"


class Migration(migrations.Migration):
    """Create the table."""

    dependencies = [("requests", "0005_connectors")]

    operations = [
        migrations.RunSQL(TIMEOUTS, migrations.RunSQL.noop),
        migrations.CreateModel(
            name="PastSerial",
            fields=[
                ("year", models.IntegerField(primary_key=True, serialize=False)),
                ("used", models.IntegerField()),
            ],
            options={"db_table": "requests_past_serial"},
        ),
    ]

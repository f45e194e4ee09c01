"""Senders that can be told dead from alive, messages in order, and a circuit breaker for each connector."""

from django.db import migrations, models

TIMEOUTS = "SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'"


class Migration(migrations.Migration):
    """Add who sends a row, its place in its request's order, and how each line stands."""

    dependencies = [("connectors", "0002_heard")]

    operations = [
        migrations.RunSQL(TIMEOUTS, migrations.RunSQL.noop),
        migrations.AddField("delivery", "worker", models.BigIntegerField(null=True)),
        migrations.AddField("delivery", "sequence", models.IntegerField(default=1, db_default=1)),
        migrations.AddField("delivery", "resent_at", models.DateTimeField(null=True)),
        migrations.AddField("pulse", "misses", models.IntegerField(default=0, db_default=0)),
        migrations.AddField("pulse", "open_since", models.DateTimeField(null=True)),
        migrations.AddField("pulse", "probe_at", models.DateTimeField(null=True)),
        migrations.AddIndex(
            "delivery",
            models.Index(fields=["worker"], condition=models.Q(state="sending"), name="connectors_sending"),
        ),
    ]

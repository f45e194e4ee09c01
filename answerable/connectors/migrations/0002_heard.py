"""Every message from another system is a row: what held unread words only holds them all."""

from django.db import migrations, models
from django.db.models import Q

TIMEOUTS = "SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'"


def _char(length: int) -> models.CharField:
    return models.CharField(max_length=length, default="", db_default="")


class Migration(migrations.Migration):
    """Widen the table under its old name."""

    dependencies = [("connectors", "0001_initial")]

    operations = [
        migrations.RunSQL(TIMEOUTS, migrations.RunSQL.noop),
        migrations.AddField("delivery", "remote_sequence", models.BigIntegerField(null=True)),
        migrations.RemoveConstraint("unread", "connectors_unread_once"),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RenameModel("Unread", "Heard"),
                migrations.AlterModelTable("heard", "connectors_unread"),
            ]
        ),
        migrations.AddField("heard", "key", _char(80)),
        migrations.AddField("heard", "verdict", models.CharField(max_length=24, db_default="unread")),
        migrations.AddField("heard", "problem", _char(64)),
        migrations.AddField("heard", "reference", _char(120)),
        migrations.AddField("heard", "event", _char(120)),
        migrations.AddField("heard", "sequence", models.BigIntegerField(null=True)),
        migrations.AddField("heard", "party", _char(120)),
        migrations.AddField("heard", "expected_on", models.DateField(null=True)),
        migrations.AddField("heard", "photos", models.JSONField(default=list, db_default=[])),
        migrations.AddField("heard", "times", models.IntegerField(default=1, db_default=1)),
        migrations.AddField("heard", "heard_at", models.DateTimeField(null=True)),
        migrations.AddField("heard", "remedy", _char(24)),
        migrations.AddField("heard", "why", models.TextField(default="", db_default="")),
        migrations.AlterField("heard", "delivery_id", models.BigIntegerField(null=True)),
        migrations.AlterField("heard", "request_id", models.BigIntegerField(null=True)),
        migrations.AddConstraint(
            "heard",
            models.UniqueConstraint(fields=["connector", "key"], condition=~Q(key=""), name="connectors_heard_once"),
        ),
        migrations.AddIndex("heard", models.Index(fields=["delivery_id", "id"], name="connectors_heard_of")),
        migrations.AddIndex(
            "heard", models.Index(fields=["connector", "reference", "event"], name="connectors_heard_event")
        ),
    ]

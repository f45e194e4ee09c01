"""Which team has a request in hand."""

from pathlib import Path

from django.db import migrations, models
from django.db.models import Q

SQL = Path(__file__).parent.parent / "sql"
TIMEOUTS = "SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'"


class Migration(migrations.Migration):
    """Add the column, the lists by team and by person, and the logging that fills it."""

    dependencies = [
        ('requests', '0007_fewer_indexes'),
        ('staff', '0004_teams'),
    ]

    operations = [
        migrations.RunSQL(TIMEOUTS, migrations.RunSQL.noop),
        migrations.AddField(model_name='request', name='team_id', field=models.BigIntegerField(null=True)),
        migrations.AddIndex(
            model_name='request',
            index=models.Index(
                fields=['team_id', 'due_sort', 'id'], condition=Q(is_open=True, team_id__isnull=False),
                name='requests_team_open_due',
            ),
        ),
        migrations.AddIndex(
            model_name='request',
            index=models.Index(
                fields=['assignee_id', 'due_sort', 'id'], condition=Q(is_open=True, assignee_id__isnull=False),
                name='requests_person_open_due',
            ),
        ),
        migrations.RunSQL((SQL / "log_4.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop),
    ]

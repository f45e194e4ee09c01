"""People of a department who work together."""

from pathlib import Path

from django.conf import settings
from django.db import migrations, models

SQL = Path(__file__).parent.parent / "sql"
TIMEOUTS = "SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'"


class Migration(migrations.Migration):
    """Create the table, and the function that says whose work a queue is."""

    dependencies = [
        ('staff', '0003_two_keys'),
    ]

    operations = [
        migrations.RunSQL(TIMEOUTS, migrations.RunSQL.noop),
        migrations.CreateModel(
            name='Team',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('department', models.CharField(max_length=64)),
                ('code', models.CharField(max_length=40)),
                ('name', models.JSONField()),
                ('queues', models.JSONField(default=list)),
                ('is_active', models.BooleanField(default=True)),
                ('members', models.ManyToManyField(to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('department', 'code'), name='staff_team_once')],
            },
        ),
        migrations.RunSQL((SQL / "team_of.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop),
    ]

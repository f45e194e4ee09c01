"""The promises' tables and functions."""

from pathlib import Path

from django.db import migrations, models

SQL = Path(__file__).parent.parent / "sql"


class Migration(migrations.Migration):
    """Create them."""

    initial = True

    dependencies = [
        ("journal", "0001_journal"),
        ("plumbing", "0001_timer"),
    ]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'", migrations.RunSQL.noop),
        migrations.CreateModel(
            name='LedgerEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('promise_id', models.BigIntegerField()),
                ('seq', models.IntegerField()),
                ('entry', models.CharField(max_length=16)),
                ('at', models.DateTimeField()),
                ('by', models.CharField(max_length=64)),
                ('body', models.JSONField(default=dict)),
            ],
            options={
                'db_table': 'promises_ledger',
                'constraints': [models.UniqueConstraint(fields=('promise_id', 'seq'), name='promises_ledger_once')],
            },
        ),
        migrations.CreateModel(
            name='Promise',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('request_id', models.BigIntegerField()),
                ('target', models.CharField(max_length=16)),
                ('round', models.SmallIntegerField()),
                ('amount', models.IntegerField()),
                ('unit', models.CharField(max_length=16)),
                ('calendar', models.CharField(max_length=63)),
                ('catalogue_version', models.BigIntegerField()),
                ('source', models.TextField()),
                ('at_risk_share', models.FloatField()),
                ('pause_cap_seconds', models.BigIntegerField(null=True)),
                ('started_at', models.DateTimeField()),
                ('due_at', models.DateTimeField()),
                ('at_risk_at', models.DateTimeField()),
                ('first_due_at', models.DateTimeField()),
                ('state', models.CharField(max_length=12)),
                ('pauses', models.JSONField(default=list)),
                ('warned_at', models.DateTimeField(null=True)),
                ('met_at', models.DateTimeField(null=True)),
                ('breached_at', models.DateTimeField(null=True)),
                ('voided_at', models.DateTimeField(null=True)),
                ('repromised_at', models.DateTimeField(null=True)),
                ('repromised_due', models.DateTimeField(null=True)),
                ('version', models.IntegerField()),
            ],
            options={
                'db_table': 'promises_promise',
                'constraints': [models.UniqueConstraint(fields=('request_id', 'target', 'round'), name='promises_promise_once'), models.CheckConstraint(condition=models.Q(('target__in', ['first_action', 'completion'])), name='promises_promise_target'), models.CheckConstraint(condition=models.Q(('state__in', ['running', 'at_risk', 'breached', 'met', 'met_late', 'paused', 'void'])), name='promises_promise_state')],
            },
        ),
        migrations.RunSQL((SQL / "promises_functions_1.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop),
    ]

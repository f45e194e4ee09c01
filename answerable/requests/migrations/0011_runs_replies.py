"""Many requests changed together, and ready-made words."""

from django.db import migrations, models
from django.db.models import Q

TIMEOUTS = "SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'"


class Migration(migrations.Migration):
    """Create the tables."""

    dependencies = [
        ('requests', '0010_proof'),
    ]

    operations = [
        migrations.RunSQL(TIMEOUTS, migrations.RunSQL.noop),
        migrations.CreateModel(
            name='Run',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=64, unique=True)),
                ('by', models.CharField(max_length=64)),
                ('act', models.CharField(max_length=32)),
                ('sent', models.JSONField()),
                ('total', models.IntegerField()),
                ('made_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='RunLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('run_id', models.BigIntegerField()),
                ('request_id', models.BigIntegerField()),
                ('state', models.CharField(default='due', max_length=8)),
                ('code', models.CharField(default='', max_length=64)),
                ('field', models.CharField(default='', max_length=64)),
            ],
            options={
                'indexes': [models.Index(fields=['run_id', 'state', 'id'], name='requests_run_lines')],
            },
        ),
        migrations.CreateModel(
            name='Reply',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=40)),
                ('version', models.IntegerField()),
                ('is_current', models.BooleanField()),
                ('is_active', models.BooleanField()),
                ('department', models.CharField(max_length=64)),
                ('service_code', models.CharField(max_length=64)),
                ('title', models.JSONField()),
                ('words', models.JSONField()),
                ('by', models.CharField(max_length=64)),
                ('at', models.DateTimeField()),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('code', 'version'), name='requests_reply_once'),
                    models.UniqueConstraint(
                        fields=('code',), condition=Q(is_current=True), name='requests_reply_current'
                    ),
                ],
            },
        ),
    ]

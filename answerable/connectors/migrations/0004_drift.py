"""What disagrees with other systems, the comparisons that found it, and what words mean from now on."""

from django.db import migrations, models

TIMEOUTS = "SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'"


class Migration(migrations.Migration):
    """Create the tables."""

    dependencies = [
        ('connectors', '0003_senders'),
    ]

    operations = [
        migrations.RunSQL(TIMEOUTS, migrations.RunSQL.noop),
        migrations.CreateModel(
            name='DriftRow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('connector', models.CharField(max_length=64)),
                ('kind', models.CharField(max_length=24)),
                ('delivery_id', models.BigIntegerField(null=True)),
                ('request_id', models.BigIntegerField(null=True)),
                ('reference', models.CharField(max_length=120)),
                ('our_state', models.CharField(default='', max_length=24)),
                ('their_word', models.CharField(default='', max_length=64)),
                ('their_words', models.TextField(default='')),
                ('told_at', models.DateTimeField(null=True)),
                ('expected_on', models.DateField(null=True)),
                ('missing', models.JSONField(default=list)),
                ('found_at', models.DateTimeField()),
                ('seen_at', models.DateTimeField()),
                ('settled_at', models.DateTimeField(null=True)),
                ('settled_by', models.CharField(default='', max_length=64)),
                ('remedy', models.CharField(default='', max_length=24)),
                ('why', models.TextField(default='')),
                ('quiet_until', models.DateTimeField(null=True)),
            ],
            options={
                'db_table': 'connectors_drift',
                'indexes': [models.Index(condition=models.Q(('settled_at__isnull', True)), fields=['connector', 'id'], name='connectors_drift_open'), models.Index(fields=['connector', 'reference', '-id'], name='connectors_drift_latest'), models.Index(condition=models.Q(('settled_at__isnull', True)), fields=['delivery_id'], name='connectors_drift_order')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('settled_at__isnull', True)), fields=('connector', 'reference', 'kind'), name='connectors_drift_once')],
            },
        ),
        migrations.CreateModel(
            name='Meaning',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('connector', models.CharField(max_length=64)),
                ('word', models.CharField(max_length=64)),
                ('meaning', models.CharField(max_length=64)),
                ('by', models.CharField(max_length=64)),
                ('at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('connector', 'word'), name='connectors_one_meaning')],
            },
        ),
        migrations.CreateModel(
            name='Reconciliation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('connector', models.CharField(max_length=64)),
                ('night', models.DateField(null=True)),
                ('by', models.CharField(max_length=64)),
                ('asked_at', models.DateTimeField()),
                ('started_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('was_listed', models.BooleanField(default=False)),
                ('compared', models.IntegerField(default=0)),
                ('held', models.IntegerField(default=0)),
                ('found', models.IntegerField(default=0)),
                ('fresh', models.IntegerField(default=0)),
                ('gone', models.IntegerField(default=0)),
                ('failure', models.TextField(default='')),
            ],
            options={
                'indexes': [models.Index(fields=['connector', '-id'], name='connectors_run_latest'), models.Index(condition=models.Q(('ended_at__isnull', True)), fields=['asked_at'], name='connectors_run_due')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('night__isnull', False)), fields=('connector', 'night'), name='connectors_one_night')],
            },
        ),
    ]

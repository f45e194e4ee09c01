"""Sources, runs and untouched rows of imports."""

from django.db import migrations, models


TIMEOUTS = "SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'"


class Migration(migrations.Migration):
    """Create the tables."""

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.RunSQL(TIMEOUTS, migrations.RunSQL.noop),
        migrations.CreateModel(
            name='Row',
            fields=[
                ('pk', models.CompositePrimaryKey('source_id', 'key', blank=True, editable=False, primary_key=True, serialize=False)),
                ('source_id', models.BigIntegerField()),
                ('key', models.CharField(max_length=240)),
                ('digest', models.BigIntegerField()),
                ('request_id', models.BigIntegerField(null=True)),
                ('reason', models.CharField(max_length=32)),
                ('run_id', models.BigIntegerField()),
                ('line', models.BigIntegerField()),
                ('raw', models.TextField()),
            ],
            options={
                'indexes': [models.Index(fields=['request_id'], name='imports_row_of_request'), models.Index(condition=models.Q(('reason', ''), _negated=True), fields=['run_id', 'line'], name='imports_row_refused')],
            },
        ),
        migrations.CreateModel(
            name='Run',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source_id', models.BigIntegerField()),
                ('file', models.CharField(max_length=255)),
                ('fingerprint', models.CharField(max_length=64)),
                ('size_bytes', models.BigIntegerField()),
                ('header', models.JSONField()),
                ('options', models.JSONField()),
                ('catalogue_version', models.IntegerField()),
                ('rows_done', models.BigIntegerField(default=0)),
                ('report', models.JSONField()),
                ('by', models.CharField(max_length=64)),
                ('started_at', models.DateTimeField()),
                ('updated_at', models.DateTimeField()),
                ('finished_at', models.DateTimeField(null=True)),
            ],
            options={
                'indexes': [models.Index(fields=['-started_at'], name='imports_run_newest'), models.Index(fields=['fingerprint'], name='imports_run_of_file')],
            },
        ),
        migrations.CreateModel(
            name='Source',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('pack', models.CharField(max_length=63)),
                ('layout', models.CharField(max_length=63)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('pack', 'layout'), name='imports_source_once')],
            },
        ),
    ]

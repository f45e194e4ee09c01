"""The door's tables: pictures to fetch, tokens, tellings to the test endpoint."""

from django.db import migrations, models

TIMEOUTS = "SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'"


class Migration(migrations.Migration):
    """Create the tables."""

    initial = True

    dependencies = []

    operations = [
        migrations.RunSQL(TIMEOUTS, migrations.RunSQL.noop),
        migrations.CreateModel(
            name='Token',
            fields=[
                ('token', models.CharField(max_length=32, primary_key=True, serialize=False)),
                ('request_id', models.BigIntegerField(unique=True)),
                ('at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='RemotePicture',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('request_id', models.BigIntegerField(db_index=True)),
                ('url', models.TextField()),
                ('state', models.CharField(max_length=16)),
                ('tries', models.IntegerField()),
                ('next_at', models.DateTimeField()),
                ('reason', models.CharField(max_length=60)),
                ('made_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
            ],
            options={
                'db_table': 'open311_picture',
                'indexes': [models.Index(condition=models.Q(('state', 'waiting')), fields=['next_at'], name='open311_picture_due')],
            },
        ),
        migrations.CreateModel(
            name='Trial',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=80, unique=True)),
                ('number', models.CharField(max_length=32, unique=True)),
                ('client_id', models.BigIntegerField()),
                ('told', models.JSONField()),
                ('at', models.DateTimeField()),
            ],
            options={
                'indexes': [models.Index(fields=['client_id', 'at'], name='open311_trial_of')],
            },
        ),
    ]

"""Requests and everything that hangs on them."""

from pathlib import Path

import django.contrib.postgres.indexes
from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations, models


SQL = Path(__file__).parent.parent / "sql"
TIMEOUTS = "SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'"


class Migration(migrations.Migration):
    """Create the tables and their functions."""

    initial = True

    dependencies = [
        ('journal', '0001_journal'),
    ]

    operations = [
        migrations.RunSQL(TIMEOUTS, migrations.RunSQL.noop),
        TrigramExtension(),
        migrations.CreateModel(
            name='Command',
            fields=[
                ('key', models.CharField(max_length=80, primary_key=True, serialize=False)),
                ('request_id', models.BigIntegerField()),
                ('kind', models.CharField(max_length=32)),
                ('fingerprint', models.CharField(max_length=64)),
                ('answer', models.JSONField()),
                ('at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Follower',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('request_id', models.BigIntegerField()),
                ('key', models.CharField(max_length=64, unique=True)),
                ('token', models.CharField(max_length=32, unique=True)),
                ('contact_id', models.BigIntegerField(null=True)),
                ('language', models.CharField(max_length=8)),
                ('at', models.DateTimeField()),
            ],
            options={
                'indexes': [models.Index(fields=['request_id'], name='requests_follower_of')],
            },
        ),
        migrations.CreateModel(
            name='HandoffRow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('request_id', models.BigIntegerField()),
                ('sequence', models.IntegerField()),
                ('department', models.CharField(max_length=64)),
                ('queue', models.CharField(max_length=64)),
                ('connector', models.CharField(max_length=32)),
                ('state', models.CharField(max_length=24)),
                ('key', models.CharField(max_length=64, unique=True)),
                ('made_at', models.DateTimeField()),
                ('sent_at', models.DateTimeField(null=True)),
                ('acknowledged_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('reason', models.TextField()),
            ],
            options={
                'db_table': 'requests_handoff',
                'constraints': [models.UniqueConstraint(fields=('request_id', 'sequence'), name='requests_handoff_once')],
            },
        ),
        migrations.CreateModel(
            name='Link',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('request_id', models.BigIntegerField()),
                ('other_id', models.BigIntegerField()),
                ('kind', models.CharField(max_length=24)),
                ('by', models.CharField(max_length=64)),
                ('at', models.DateTimeField()),
            ],
            options={
                'indexes': [models.Index(fields=['other_id'], name='requests_link_back')],
                'constraints': [models.UniqueConstraint(fields=('request_id', 'other_id', 'kind'), name='requests_link_once'), models.UniqueConstraint(condition=models.Q(('kind', 'duplicate_of')), fields=('request_id',), name='requests_one_original')],
            },
        ),
        migrations.CreateModel(
            name='Note',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('request_id', models.BigIntegerField()),
                ('audience', models.CharField(max_length=16)),
                ('words', models.TextField()),
                ('by', models.CharField(max_length=64)),
                ('at', models.DateTimeField()),
            ],
            options={
                'indexes': [models.Index(fields=['request_id', 'id'], name='requests_note_of')],
            },
        ),
        migrations.CreateModel(
            name='Photo',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('request_id', models.BigIntegerField()),
                ('key', models.CharField(max_length=64, unique=True)),
                ('file', models.CharField(max_length=160)),
                ('width', models.IntegerField()),
                ('height', models.IntegerField()),
                ('size_bytes', models.IntegerField()),
                ('is_public', models.BooleanField()),
                ('by', models.CharField(max_length=64)),
                ('at', models.DateTimeField()),
            ],
            options={
                'indexes': [models.Index(fields=['request_id', 'id'], name='requests_photo_of')],
            },
        ),
        migrations.CreateModel(
            name='Request',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=12, unique=True)),
                ('token', models.CharField(max_length=32, unique=True)),
                ('catalogue_version', models.IntegerField()),
                ('service_code', models.CharField(max_length=64)),
                ('service_group', models.CharField(max_length=64)),
                ('family', models.CharField(default='default', max_length=32)),
                ('channel', models.CharField(max_length=24)),
                ('language', models.CharField(max_length=8)),
                ('lifecycle', models.CharField(max_length=24)),
                ('is_open', models.BooleanField()),
                ('visibility', models.CharField(max_length=24)),
                ('handoff', models.CharField(max_length=24)),
                ('priority', models.CharField(max_length=24)),
                ('department', models.CharField(max_length=64)),
                ('queue', models.CharField(max_length=64)),
                ('assignee_id', models.BigIntegerField(null=True)),
                ('route', models.JSONField()),
                ('answers', models.JSONField()),
                ('description', models.TextField()),
                ('contact_id', models.BigIntegerField(null=True)),
                ('wishes_contact', models.BooleanField(default=False)),
                ('lat', models.FloatField(null=True)),
                ('lon', models.FloatField(null=True)),
                ('precision', models.CharField(max_length=16)),
                ('place_said', models.TextField()),
                ('address', models.TextField()),
                ('postal', models.CharField(max_length=12)),
                ('areas', models.JSONField()),
                ('area_key', models.CharField(max_length=64)),
                ('h3_7', models.BigIntegerField(null=True)),
                ('h3_9', models.BigIntegerField(null=True)),
                ('h3_10', models.BigIntegerField(null=True)),
                ('logged_at', models.DateTimeField()),
                ('updated_at', models.DateTimeField()),
                ('first_action_due', models.DateTimeField(null=True)),
                ('first_action_at', models.DateTimeField(null=True)),
                ('completion_due', models.DateTimeField(null=True)),
                ('completion_at_risk', models.DateTimeField(null=True)),
                ('due_sort', models.DateTimeField()),
                ('paused_since', models.DateTimeField(null=True)),
                ('resolved_at', models.DateTimeField(null=True)),
                ('closed_at', models.DateTimeField(null=True)),
                ('outcome', models.CharField(max_length=32)),
                ('outcome_party', models.CharField(max_length=120)),
                ('until', models.DateField(null=True)),
                ('reopened', models.IntegerField()),
                ('followers', models.IntegerField()),
                ('photos', models.IntegerField()),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('is_open', True)), fields=['due_sort', 'id'], name='requests_open_due'), models.Index(condition=models.Q(('is_open', True)), fields=['department', 'due_sort', 'id'], name='requests_dept_open_due'), models.Index(fields=['logged_at', 'id'], name='requests_newest'), models.Index(fields=['department', 'logged_at', 'id'], name='requests_dept_newest'), models.Index(fields=['service_code', 'logged_at', 'id'], name='requests_service_newest'), models.Index(fields=['lifecycle', 'logged_at', 'id'], name='requests_state_newest'), models.Index(fields=['area_key', 'logged_at', 'id'], name='requests_area_newest'), models.Index(condition=models.Q(('h3_10__isnull', False)), fields=['h3_10', 'logged_at'], name='requests_cell'), models.Index(condition=models.Q(('contact_id__isnull', False)), fields=['contact_id', 'logged_at'], name='requests_contact'), django.contrib.postgres.indexes.GinIndex(fields=['address'], name='requests_address_words', opclasses=['gin_trgm_ops'])],
            },
        ),
        migrations.RunSQL((SQL / "log.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop),
    ]

"""Enquiries, drafts, and the one statement behind every door."""

from pathlib import Path

import uuid
from django.db import migrations, models


SQL = Path(__file__).parent.parent / "sql"
TIMEOUTS = "SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'"


class Migration(migrations.Migration):
    """Create the tables and their functions."""

    initial = True

    dependencies = [
        ('requests', '0001_initial'),
        ('contacts', '0001_initial'),
        ('staff', '0001_initial'),
        ('journal', '0001_journal'),
    ]

    operations = [
        migrations.RunSQL(TIMEOUTS, migrations.RunSQL.noop),
        migrations.CreateModel(
            name='Draft',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('language', models.CharField(max_length=8)),
                ('service_code', models.CharField(max_length=64)),
                ('catalogue_version', models.IntegerField()),
                ('filled', models.JSONField()),
                ('created_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField(db_index=True)),
            ],
        ),
        migrations.CreateModel(
            name='DraftPhoto',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('draft_id', models.UUIDField(db_index=True)),
                ('key', models.CharField(max_length=64, unique=True)),
                ('file', models.CharField(max_length=160)),
                ('width', models.IntegerField()),
                ('height', models.IntegerField()),
                ('size_bytes', models.IntegerField()),
                ('taken_lat', models.FloatField(null=True)),
                ('taken_lon', models.FloatField(null=True)),
                ('at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Enquiry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=80, unique=True)),
                ('fingerprint', models.CharField(max_length=64)),
                ('channel', models.CharField(max_length=24)),
                ('language', models.CharField(max_length=8)),
                ('outcome', models.CharField(max_length=24)),
                ('request_id', models.BigIntegerField(null=True)),
                ('referral', models.CharField(max_length=64)),
                ('contact_id', models.BigIntegerField(null=True)),
                ('client_id', models.BigIntegerField(null=True)),
                ('words', models.TextField()),
                ('by', models.CharField(max_length=64)),
                ('at', models.DateTimeField()),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('contact_id__isnull', False)), fields=['contact_id', 'at'], name='intake_enquiry_contact'), models.Index(condition=models.Q(('request_id__isnull', False)), fields=['request_id'], name='intake_enquiry_request')],
            },
        ),
        migrations.RunSQL((SQL / "receive.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop),
    ]

"""People, and how the same person is recognised."""

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
    ]

    operations = [
        migrations.RunSQL(TIMEOUTS, migrations.RunSQL.noop),
        TrigramExtension(),
        migrations.CreateModel(
            name='Contact',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=160)),
                ('email', models.CharField(max_length=254)),
                ('phone', models.CharField(max_length=40)),
                ('email_key', models.CharField(max_length=254)),
                ('phone_key', models.CharField(max_length=20)),
                ('address', models.CharField(max_length=240)),
                ('postal', models.CharField(max_length=12)),
                ('search_key', models.TextField()),
                ('language', models.CharField(max_length=8)),
                ('news_by', models.CharField(max_length=16)),
                ('needs', models.TextField()),
                ('privacy_version', models.CharField(max_length=32)),
                ('created_at', models.DateTimeField()),
                ('updated_at', models.DateTimeField()),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('phone_key', ''), _negated=True), fields=['phone_key'], name='contacts_phone'), models.Index(condition=models.Q(('email_key', ''), _negated=True), fields=['email_key'], name='contacts_email'), django.contrib.postgres.indexes.GinIndex(fields=['search_key'], name='contacts_words', opclasses=['gin_trgm_ops'])],
            },
        ),
        migrations.RunSQL((SQL / "remember.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop),
    ]

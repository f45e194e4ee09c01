"""Dates moved for many at once."""

from django.db import migrations, models

TIMEOUTS = "SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'"


class Migration(migrations.Migration):
    """Create the tables."""

    initial = True
    dependencies = []

    operations = [
        migrations.RunSQL(TIMEOUTS, migrations.RunSQL.noop),
        migrations.CreateModel(
            name='Surge',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=80, unique=True)),
                ('reason', models.CharField(max_length=32)),
                ('words', models.JSONField()),
                ('chosen', models.JSONField()),
                ('count', models.IntegerField()),
                ('left', models.IntegerField()),
                ('by', models.CharField(max_length=64)),
                ('at', models.DateTimeField()),
                ('finished_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Member',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('surge_id', models.BigIntegerField()),
                ('request_id', models.BigIntegerField()),
                ('due_before', models.DateTimeField()),
                ('due_at', models.DateTimeField()),
                ('outcome', models.CharField(db_default='', default='', max_length=8)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('outcome', '')), fields=['surge_id', 'request_id'], name='guard_member_next')],
                'constraints': [models.UniqueConstraint(fields=('surge_id', 'request_id'), name='guard_member_once')],
            },
        ),
    ]

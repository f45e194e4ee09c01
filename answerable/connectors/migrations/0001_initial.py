"""The ledger of what is sent outside."""

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
            name='Pulse',
            fields=[
                ('connector', models.CharField(max_length=64, primary_key=True, serialize=False)),
                ('beat_at', models.DateTimeField(null=True)),
                ('answered_at', models.DateTimeField(null=True)),
                ('failed_at', models.DateTimeField(null=True)),
                ('failure', models.TextField(default='')),
                ('failures', models.IntegerField(default=0)),
                ('poll_at', models.DateTimeField(null=True)),
                ('read_to', models.DateTimeField(null=True)),
                ('checked_at', models.DateTimeField(null=True)),
                ('problems', models.JSONField(default=list)),
            ],
        ),
        migrations.CreateModel(
            name='Attempt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('delivery_id', models.BigIntegerField(null=True)),
                ('connector', models.CharField(max_length=64)),
                ('verb', models.CharField(max_length=16)),
                ('key', models.CharField(max_length=80)),
                ('timeout_seconds', models.FloatField()),
                ('started_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('outcome', models.CharField(max_length=16)),
                ('status_code', models.IntegerField(null=True)),
                ('error', models.TextField(default='')),
            ],
            options={
                'indexes': [models.Index(fields=['delivery_id', 'id'], name='connectors_attempt_of'), models.Index(fields=['connector', 'started_at'], name='connectors_attempt_latest')],
            },
        ),
        migrations.CreateModel(
            name='Delivery',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=8)),
                ('handoff_id', models.BigIntegerField()),
                ('request_id', models.BigIntegerField()),
                ('connector', models.CharField(max_length=64)),
                ('key', models.CharField(max_length=80, unique=True)),
                ('state', models.CharField(max_length=16)),
                ('due_at', models.DateTimeField()),
                ('tries', models.IntegerField(default=0)),
                ('attempt_id', models.BigIntegerField(null=True)),
                ('doubtful', models.BooleanField(default=False)),
                ('made_at', models.DateTimeField()),
                ('first_tried_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('reference', models.CharField(default='', max_length=120)),
                ('token', models.CharField(default='', max_length=120)),
                ('remote_word', models.CharField(default='', max_length=64)),
                ('remote_at', models.DateTimeField(null=True)),
                ('followed_at', models.DateTimeField(null=True)),
                ('reason', models.TextField(default='')),
                ('word', models.CharField(default='', max_length=32)),
                ('note_id', models.BigIntegerField(null=True)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('state__in', ['due', 'sending'])), fields=['connector', 'due_at'], name='connectors_to_send'), models.Index(condition=models.Q(('ended_at__isnull', True), ('kind', 'file'), ('state__in', ['delivered', 'acknowledged'])), fields=['connector', 'followed_at'], name='connectors_to_follow'), models.Index(fields=['connector', 'state', 'id'], name='connectors_by_state'), models.Index(fields=['request_id'], name='connectors_of_request'), models.Index(fields=['connector', 'reference'], name='connectors_reference')],
            },
        ),
        migrations.CreateModel(
            name='Unread',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('delivery_id', models.BigIntegerField()),
                ('request_id', models.BigIntegerField()),
                ('connector', models.CharField(max_length=64)),
                ('word', models.CharField(max_length=64)),
                ('words', models.TextField(default='')),
                ('told_at', models.DateTimeField(null=True)),
                ('at', models.DateTimeField()),
                ('read_at', models.DateTimeField(null=True)),
                ('read_by', models.CharField(default='', max_length=64)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('read_at__isnull', True)), fields=['connector', 'id'], name='connectors_unread_of')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('read_at__isnull', True)), fields=('delivery_id', 'word'), name='connectors_unread_once')],
            },
        ),
    ]

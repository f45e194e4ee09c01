"""Messages and what came of them; words the office changed; addresses that fail; answers."""

from django.db import migrations, models


TIMEOUTS = "SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'"


class Migration(migrations.Migration):
    """Six tables, and the place in the journal from which news is told."""

    initial = True

    dependencies = [("journal", "0004_follow_from_here")]

    operations = [
        migrations.RunSQL(TIMEOUTS, migrations.RunSQL.noop),
        migrations.RunSQL("SELECT journal_follow_from_here('notices')", migrations.RunSQL.noop),
        migrations.CreateModel(
            name='Attempt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('message_id', models.BigIntegerField()),
                ('number', models.IntegerField()),
                ('started_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('outcome', models.CharField(max_length=16)),
                ('status_code', models.IntegerField(null=True)),
                ('error', models.TextField(default='')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('message_id', 'number'), name='notices_attempt_once')],
            },
        ),
        migrations.CreateModel(
            name='Draft',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=32)),
                ('language', models.CharField(max_length=8)),
                ('revision', models.IntegerField()),
                ('subject', models.TextField()),
                ('text', models.TextField()),
                ('short', models.TextField()),
                ('action', models.TextField(default='')),
                ('by', models.CharField(max_length=64)),
                ('at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('kind', 'language'), name='notices_draft_once')],
            },
        ),
        migrations.CreateModel(
            name='Failing',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('way', models.CharField(max_length=8)),
                ('address_key', models.CharField(max_length=254)),
                ('is_hard', models.BooleanField()),
                ('times', models.IntegerField()),
                ('reason', models.CharField(max_length=32)),
                ('detail', models.TextField(default='')),
                ('contact_id', models.BigIntegerField(null=True)),
                ('first_at', models.DateTimeField()),
                ('last_at', models.DateTimeField()),
                ('cleared_at', models.DateTimeField(null=True)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('cleared_at__isnull', True)), fields=['contact_id'], name='notices_failing_of'), models.Index(condition=models.Q(('cleared_at__isnull', True)), fields=['last_at'], name='notices_failing_open')],
                'constraints': [models.UniqueConstraint(fields=('way', 'address_key'), name='notices_failing_once')],
            },
        ),
        migrations.CreateModel(
            name='Incoming',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=120, unique=True)),
                ('way', models.CharField(max_length=8)),
                ('address', models.CharField(max_length=254)),
                ('words', models.TextField()),
                ('meaning', models.CharField(max_length=16)),
                ('contact_id', models.BigIntegerField(null=True)),
                ('request_id', models.BigIntegerField(null=True)),
                ('at', models.DateTimeField()),
                ('read_at', models.DateTimeField(null=True)),
                ('read_by', models.CharField(default='', max_length=64)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('meaning', 'unclear'), ('read_at__isnull', True)), fields=['id'], name='notices_incoming_unread'), models.Index(fields=['contact_id', 'id'], name='notices_incoming_of')],
            },
        ),
        migrations.CreateModel(
            name='Message',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('token', models.CharField(max_length=40, unique=True)),
                ('key', models.CharField(max_length=120, unique=True)),
                ('kind', models.CharField(max_length=32)),
                ('message_class', models.CharField(max_length=16)),
                ('way', models.CharField(max_length=8)),
                ('language', models.CharField(max_length=8)),
                ('contact_id', models.BigIntegerField(null=True)),
                ('request_id', models.BigIntegerField(null=True)),
                ('fact_id', models.BigIntegerField(null=True)),
                ('address', models.CharField(default='', max_length=254)),
                ('wording_version', models.IntegerField()),
                ('subject', models.TextField()),
                ('text', models.TextField()),
                ('short', models.TextField()),
                ('html', models.TextField(default='')),
                ('link', models.CharField(default='', max_length=300)),
                ('gathers', models.BooleanField(default=False)),
                ('state', models.CharField(max_length=12)),
                ('reason', models.CharField(default='', max_length=32)),
                ('detail', models.TextField(default='')),
                ('made_at', models.DateTimeField()),
                ('due_at', models.DateTimeField()),
                ('leased_until', models.DateTimeField(null=True)),
                ('tries', models.IntegerField(default=0)),
                ('all_tries', models.IntegerField(default=0)),
                ('resends', models.IntegerField(default=0)),
                ('sent_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('provider_id', models.CharField(default='', max_length=120)),
                ('digest_id', models.BigIntegerField(null=True)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('state__in', ['due', 'sending'])), fields=['way', 'due_at', 'id'], name='notices_to_send'), models.Index(condition=models.Q(('state__in', ['due', 'sending'])), fields=['contact_id', 'way', 'id'], name='notices_in_order'), models.Index(fields=['request_id', 'id'], name='notices_of_request'), models.Index(fields=['contact_id', 'id'], name='notices_of_contact'), models.Index(fields=['state', 'id'], name='notices_by_state'), models.Index(condition=models.Q(('digest_id__isnull', False)), fields=['digest_id'], name='notices_of_digest'), models.Index(condition=models.Q(('provider_id', ''), _negated=True), fields=['provider_id'], name='notices_provider'), models.Index(condition=models.Q(('address', ''), _negated=True), fields=['address', 'id'], name='notices_to_address')],
            },
        ),
        migrations.CreateModel(
            name='Wording',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=32)),
                ('language', models.CharField(max_length=8)),
                ('version', models.IntegerField()),
                ('subject', models.TextField()),
                ('text', models.TextField()),
                ('short', models.TextField()),
                ('action', models.TextField(default='')),
                ('by', models.CharField(max_length=64)),
                ('at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('kind', 'version', 'language'), name='notices_wording_once')],
            },
        ),
    ]

"""Who wants news, and the ledger of what was sent."""

import django.db.models.deletion
from django.db import migrations, models


TIMEOUTS = "SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'"


class Migration(migrations.Migration):
    """Three tables."""

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.RunSQL(TIMEOUTS, migrations.RunSQL.noop),
        migrations.CreateModel(
            name='Subscription',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('token', models.CharField(max_length=40, unique=True)),
                ('client_id', models.BigIntegerField(null=True)),
                ('key', models.CharField(max_length=120, unique=True)),
                ('name', models.CharField(max_length=120)),
                ('url', models.CharField(max_length=500)),
                ('kinds', models.JSONField(default=list)),
                ('service', models.CharField(blank=True, default='', max_length=64)),
                ('department', models.CharField(blank=True, default='', max_length=64)),
                ('includes_private', models.BooleanField(default=False)),
                ('state', models.CharField(max_length=12)),
                ('reason', models.CharField(blank=True, default='', max_length=16)),
                ('secret_number', models.IntegerField(default=1)),
                ('rotated_at', models.DateTimeField(null=True)),
                ('rotation_key', models.CharField(blank=True, default='', max_length=120)),
                ('listens_from', models.DateTimeField()),
                ('created_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
            ],
            options={
                'indexes': [models.Index(fields=['client_id'], name='webhooks_of_client')],
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['active', 'paused', 'ended'])), name='webhooks_subscription_state')],
            },
        ),
        migrations.CreateModel(
            name='Delivery',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('token', models.CharField(max_length=40, unique=True)),
                ('key', models.CharField(max_length=120)),
                ('kind', models.CharField(max_length=40)),
                ('subject', models.CharField(max_length=64)),
                ('number', models.CharField(max_length=12)),
                ('payload', models.TextField()),
                ('state', models.CharField(max_length=12)),
                ('tries', models.IntegerField(default=0)),
                ('all_tries', models.IntegerField(default=0)),
                ('due_at', models.DateTimeField()),
                ('leased_until', models.DateTimeField(null=True)),
                ('made_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('last_status', models.IntegerField(null=True)),
                ('last_error', models.CharField(blank=True, default='', max_length=24)),
                ('subscription', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='webhooks.subscription')),
            ],
        ),
        migrations.CreateModel(
            name='Attempt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.IntegerField()),
                ('started_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('status', models.IntegerField(null=True)),
                ('error', models.CharField(blank=True, default='', max_length=24)),
                ('milliseconds', models.IntegerField(null=True)),
                ('delivery', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to='webhooks.delivery')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('delivery', 'number'), name='webhooks_attempt_once')],
            },
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(condition=models.Q(('state', 'due')), fields=['subscription', 'due_at', 'id'], name='webhooks_due'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(condition=models.Q(('state', 'due')), fields=['subscription', 'subject', 'id'], name='webhooks_in_order'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(fields=['subscription', 'state', 'id'], name='webhooks_shown'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(fields=['made_at'], name='webhooks_old'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.UniqueConstraint(fields=('subscription', 'key'), name='webhooks_delivery_once'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['due', 'delivered', 'dead', 'dropped'])), name='webhooks_delivery_state'),
        ),
    ]

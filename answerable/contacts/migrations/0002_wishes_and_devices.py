"""What people wish to be told, by which way and when; browsers that want news."""

import django.db.models.deletion
from django.db import migrations, models

TIMEOUTS = "SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'"


class Migration(migrations.Migration):
    """Create the tables."""

    dependencies = [
        ('contacts', '0001_initial'),
    ]

    operations = [
        migrations.RunSQL(TIMEOUTS, migrations.RunSQL.noop),
        migrations.CreateModel(
            name='Wishes',
            fields=[
                ('contact', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, serialize=False, to='contacts.contact')),
                ('quiet_from', models.TimeField(null=True)),
                ('quiet_to', models.TimeField(null=True)),
                ('digest', models.BooleanField(db_default=True, default=True)),
                ('updated_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Device',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('subject', models.CharField(max_length=64)),
                ('link', models.CharField(max_length=64)),
                ('endpoint', models.CharField(max_length=500)),
                ('public_key', models.CharField(max_length=100)),
                ('secret', models.CharField(max_length=40)),
                ('language', models.CharField(max_length=8)),
                ('made_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('subject', 'endpoint'), name='contacts_device_once')],
            },
        ),
        migrations.CreateModel(
            name='Consent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('message_class', models.CharField(max_length=16)),
                ('way', models.CharField(max_length=8)),
                ('given', models.BooleanField()),
                ('source', models.CharField(max_length=16)),
                ('at', models.DateTimeField()),
                ('contact', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to='contacts.contact')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('contact', 'message_class', 'way'), name='contacts_consent_once')],
            },
        ),
    ]

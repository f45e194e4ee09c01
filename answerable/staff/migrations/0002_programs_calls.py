"""How often programs may call, what is different for them, and how often they did."""

from django.db import migrations, models


TIMEOUTS = "SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'"


class Migration(migrations.Migration):
    """Two columns of programs and a table of counts."""

    dependencies = [
        ('staff', '0001_initial'),
    ]

    operations = [
        migrations.RunSQL(TIMEOUTS, migrations.RunSQL.noop),
        migrations.AddField(
            model_name='apiclient',
            name='profile',
            field=models.JSONField(db_default={}),
        ),
        migrations.AddField(
            model_name='apiclient',
            name='rate_per_minute',
            field=models.IntegerField(db_default=6000),
        ),
        migrations.CreateModel(
            name='ApiCalls',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('client_id', models.BigIntegerField()),
                ('minute', models.BigIntegerField()),
                ('calls', models.IntegerField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('client_id', 'minute'), name='staff_apicalls_once')],
            },
        ),
    ]

"""Each night's draw, and the closures it chose with the verdicts on them."""

from django.db import migrations, models

TIMEOUTS = "SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'"


class Migration(migrations.Migration):
    """Two tables."""

    initial = True

    dependencies = []

    operations = [
        migrations.RunSQL(TIMEOUTS, migrations.RunSQL.noop),
        migrations.CreateModel(
            name='Audit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('draw_id', models.BigIntegerField()),
                ('request_id', models.BigIntegerField()),
                ('number', models.CharField(max_length=12)),
                ('department', models.CharField(max_length=64)),
                ('service_code', models.CharField(max_length=64)),
                ('outcome', models.CharField(max_length=32)),
                ('closed_by', models.CharField(max_length=64)),
                ('closed_at', models.DateTimeField()),
                ('weight', models.FloatField()),
                ('verdict', models.CharField(db_default='', default='', max_length=16)),
                ('note', models.TextField(db_default='', default='')),
                ('judged_by', models.CharField(db_default='', default='', max_length=64)),
                ('judged_at', models.DateTimeField(null=True)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('verdict', '')), fields=['closed_at', 'id'], name='audits_to_judge'), models.Index(condition=models.Q(('judged_at__isnull', False)), fields=['judged_at', 'id'], name='audits_judged')],
                'constraints': [models.UniqueConstraint(fields=('request_id', 'closed_at'), name='audits_closure_once')],
            },
        ),
        migrations.CreateModel(
            name='Draw',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('department', models.CharField(max_length=64)),
                ('population', models.IntegerField()),
                ('sampled', models.IntegerField()),
                ('seed', models.CharField(max_length=64)),
                ('at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('day', 'department'), name='audits_draw_once')],
            },
        ),
    ]

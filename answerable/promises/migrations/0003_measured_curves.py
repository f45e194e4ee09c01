"""How long requests really took."""

from django.db import migrations, models

TIMEOUTS = "SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'"


class Migration(migrations.Migration):
    """Create the table."""

    dependencies = [
        ('promises', '0002_keep'),
    ]

    operations = [
        migrations.RunSQL(TIMEOUTS, migrations.RunSQL.noop),
        migrations.CreateModel(
            name='MeasuredCurve',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('target', models.CharField(max_length=16)),
                ('service_code', models.CharField(max_length=64)),
                ('area_key', models.CharField(max_length=64)),
                ('season', models.CharField(max_length=8)),
                ('observed', models.IntegerField()),
                ('ended', models.IntegerField()),
                ('knots', models.JSONField()),
                ('half_seconds', models.FloatField(null=True)),
                ('most_seconds', models.FloatField(null=True)),
                ('measured_at', models.DateTimeField()),
            ],
            options={
                'db_table': 'promises_measured_curve',
                'constraints': [models.UniqueConstraint(fields=('target', 'service_code', 'area_key', 'season'), name='promises_measured_once')],
            },
        ),
    ]

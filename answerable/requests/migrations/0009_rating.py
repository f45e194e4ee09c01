"""What requesters say of how their request was dealt with."""

from django.db import migrations, models

TIMEOUTS = "SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'"


class Migration(migrations.Migration):
    """Create the table."""

    dependencies = [
        ('requests', '0008_team'),
    ]

    operations = [
        migrations.RunSQL(TIMEOUTS, migrations.RunSQL.noop),
        migrations.CreateModel(
            name='Rating',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('request_id', models.BigIntegerField()),
                ('round', models.IntegerField()),
                ('score', models.SmallIntegerField()),
                ('words', models.TextField()),
                ('service_code', models.CharField(max_length=64)),
                ('department', models.CharField(max_length=64)),
                ('at', models.DateTimeField()),
            ],
            options={
                'indexes': [models.Index(fields=['at'], name='requests_rated')],
                'constraints': [models.UniqueConstraint(fields=('request_id', 'round'), name='requests_rating_once'), models.CheckConstraint(condition=models.Q(('score__gte', 1), ('score__lte', 5)), name='requests_rating_score')],
            },
        ),
    ]

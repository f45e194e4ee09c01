"""A program's key before a rotation opens for a while, too."""

from django.db import migrations, models


TIMEOUTS = "SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'"


class Migration(migrations.Migration):
    """Two columns of programs."""

    dependencies = [
        ('staff', '0002_programs_calls'),
    ]

    operations = [
        migrations.RunSQL(TIMEOUTS, migrations.RunSQL.noop),
        migrations.AddField(
            model_name='apiclient',
            name='previous_digest',
            field=models.CharField(blank=True, db_default='', db_index=True, max_length=64),
        ),
        migrations.AddField(
            model_name='apiclient',
            name='previous_until',
            field=models.DateTimeField(null=True),
        ),
    ]

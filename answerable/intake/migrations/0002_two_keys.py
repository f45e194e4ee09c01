"""A program's key before a rotation logs requests for a while, too."""

from pathlib import Path

from django.db import migrations


SQL = Path(__file__).parent.parent / "sql"
TIMEOUTS = "SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'"


class Migration(migrations.Migration):
    """The next version of the function that receives."""

    dependencies = [
        ('intake', '0001_initial'),
        ('staff', '0003_two_keys'),
    ]

    operations = [
        migrations.RunSQL(TIMEOUTS, migrations.RunSQL.noop),
        migrations.RunSQL((SQL / "receive_2.sql").read_text(), migrations.RunSQL.noop),
    ]

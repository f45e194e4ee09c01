"""Lists of work that people saved."""

from django.db import migrations, models
from django.db.models import Q

TIMEOUTS = "SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'"


class Migration(migrations.Migration):
    """Create the table."""

    dependencies = [
        ('staff', '0004_teams'),
    ]

    operations = [
        migrations.RunSQL(TIMEOUTS, migrations.RunSQL.noop),
        migrations.CreateModel(
            name='SavedList',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('member_id', models.BigIntegerField()),
                ('department', models.CharField(blank=True, max_length=64)),
                ('name', models.CharField(max_length=60)),
                ('query', models.CharField(max_length=600)),
                ('is_shared', models.BooleanField()),
            ],
            options={
                'indexes': [models.Index(fields=['department'], condition=Q(is_shared=True), name='staff_list_shared')],
                'constraints': [models.UniqueConstraint(fields=('member_id', 'name'), name='staff_list_once')],
            },
        ),
    ]

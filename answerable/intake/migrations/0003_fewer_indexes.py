"""Nobody looks for the beginning of a key, so the indexes Django adds for that only cost every write."""

from django.db import migrations

TIMEOUTS = "SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'"

DROP = """
DO $$
DECLARE
    v_index text;
BEGIN
    FOR v_index IN SELECT indexname FROM pg_indexes
                    WHERE schemaname = current_schema() AND tablename IN ('intake_enquiry')
                      AND indexname LIKE '%\\_like' LOOP
        EXECUTE format('DROP INDEX %I', v_index);
    END LOOP;
END
$$
"""


class Migration(migrations.Migration):
    """Drop them; what needs them must make its own."""

    dependencies = [
        ('intake', '0002_two_keys'),
    ]

    operations = [
        migrations.RunSQL(TIMEOUTS, migrations.RunSQL.noop),
        migrations.RunSQL(DROP, migrations.RunSQL.noop),
    ]

"""The catalogue's tables."""

import django.contrib.postgres.indexes
import django.db.models.deletion
from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations, models


class Migration(migrations.Migration):
    """Create them; pg_trgm finds what is spelt alike."""

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'", migrations.RunSQL.noop),
        TrigramExtension(),
        migrations.CreateModel(
            name='AreaSet',
            fields=[
                ('content_hash', models.CharField(max_length=64, primary_key=True, serialize=False)),
                ('file', models.CharField(max_length=200)),
                ('content', models.BinaryField()),
            ],
            options={
                'db_table': 'catalogue_areaset',
            },
        ),
        migrations.CreateModel(
            name='PlaceSet',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('content_hash', models.CharField(max_length=64, unique=True)),
                ('made_at', models.DateTimeField()),
                ('places', models.IntegerField(default=0)),
            ],
            options={
                'db_table': 'catalogue_placeset',
            },
        ),
        migrations.CreateModel(
            name='Version',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('pack', models.CharField(max_length=63)),
                ('content_hash', models.CharField(max_length=64, unique=True)),
                ('loaded_at', models.DateTimeField()),
                ('published_at', models.DateTimeField(null=True)),
                ('document', models.JSONField()),
                ('placeset', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='catalogue.placeset')),
            ],
            options={
                'db_table': 'catalogue_version',
            },
        ),
        migrations.CreateModel(
            name='Publication',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('by', models.CharField(max_length=80)),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='catalogue.version')),
            ],
            options={
                'db_table': 'catalogue_publication',
            },
        ),
        migrations.CreateModel(
            name='NamedPlace',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=16)),
                ('key', models.TextField()),
                ('street', models.TextField(default='')),
                ('number', models.CharField(default='', max_length=16)),
                ('district', models.TextField(default='')),
                ('label', models.JSONField()),
                ('postal', models.CharField(default='', max_length=16)),
                ('area_kind', models.CharField(default='', max_length=63)),
                ('area_keys', models.JSONField(default=list)),
                ('lat', models.FloatField(null=True)),
                ('lon', models.FloatField(null=True)),
                ('weight', models.IntegerField(default=0)),
                ('placeset', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='catalogue.placeset')),
            ],
            options={
                'db_table': 'catalogue_place',
                'indexes': [django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.indexes.OpClass(models.F('key'), name='gin_trgm_ops'), condition=models.Q(('kind', 'address'), _negated=True), name='catalogue_place_alike'), models.Index(models.F('placeset'), django.contrib.postgres.indexes.OpClass(models.F('key'), name='text_pattern_ops'), name='catalogue_place_key'), models.Index(models.F('placeset'), django.contrib.postgres.indexes.OpClass(models.F('street'), name='text_pattern_ops'), models.F('number'), name='catalogue_place_street'), models.Index(condition=models.Q(('lat__isnull', False)), fields=['placeset', 'lat', 'lon'], name='catalogue_place_where')],
            },
        ),
    ]


import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='SpentAllowance',
            fields=[
                ('key', models.CharField(max_length=64, primary_key=True, serialize=False)),
                ('until', models.BigIntegerField(db_index=True)),
            ],
            options={
                'verbose_name': 'spent allowance',
                'verbose_name_plural': 'spent allowances',
            },
        ),
        migrations.AddField(
            model_name='apitoken',
            name='address',
            field=models.GenericIPAddressField(blank=True, null=True, verbose_name='network address'),
        ),
        migrations.AddField(
            model_name='apitoken',
            name='agent',
            field=models.CharField(blank=True, help_text='As it called itself.', max_length=200, verbose_name='program'),
        ),
        migrations.CreateModel(
            name='Session',
            fields=[
                ('session_key', models.CharField(max_length=40, primary_key=True, serialize=False, verbose_name='session key')),
                ('session_data', models.TextField(verbose_name='session data')),
                ('expire_date', models.DateTimeField(db_index=True, verbose_name='expire date')),
                ('started_at', models.DateTimeField(null=True, verbose_name='since')),
                ('last_seen_at', models.DateTimeField(null=True, verbose_name='last seen')),
                ('agent', models.CharField(blank=True, max_length=200, verbose_name='browser')),
                ('address', models.GenericIPAddressField(null=True, verbose_name='network address')),
                ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='sessions', to=settings.AUTH_USER_MODEL, verbose_name='user')),
            ],
            options={
                'verbose_name': 'session',
                'verbose_name_plural': 'sessions',
                'abstract': False,
            },
        ),
    ]

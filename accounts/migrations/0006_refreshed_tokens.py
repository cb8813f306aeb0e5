import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0005_recovery_codes'),
    ]

    operations = [
        migrations.AddField(
            model_name='apitoken',
            name='refresher',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='refreshed', to=settings.KNOX_TOKEN_MODEL, verbose_name='made by'),
        ),
        migrations.AddField(
            model_name='apitoken',
            name='refreshes',
            field=models.BooleanField(db_default=False, default=False, help_text='And opens nothing by itself.', verbose_name='makes others'),
        ),
    ]

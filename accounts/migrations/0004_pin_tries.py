
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0003_forget_typed_passwords'),
    ]

    operations = [
        migrations.CreateModel(
            name='PinTries',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('side', models.CharField(choices=[('asker', 'asker'), ('approver', 'approver')], max_length=8)),
                ('wrong', models.PositiveSmallIntegerField(default=0)),
                ('rests', models.PositiveSmallIntegerField(default=0)),
                ('rests_until', models.DateTimeField(blank=True, null=True)),
                ('last_wrong_at', models.DateTimeField(blank=True, null=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='pin_tries', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'tries of PINs',
                'verbose_name_plural': 'tries of PINs',
            },
        ),
        migrations.DeleteModel(
            name='PinGuesses',
        ),
        migrations.AddConstraint(
            model_name='pintries',
            constraint=models.UniqueConstraint(fields=('user', 'side'), name='pin_tries_once_per_side'),
        ),
    ]



import attendees.models
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('attendees', '0003_admission'),
        ('orders', '0003_hold_of_initializing_orders'),
        ('tickets', '0003_validity'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name='attendee',
            index=models.Index(attendees.models.ByteOrder(django.db.models.functions.text.Lower('lastname')), models.F('ticket'), condition=models.Q(('lastname__gt', '')), name='attendee_by_lastname'),
        ),
        migrations.AddIndex(
            model_name='attendee',
            index=models.Index(attendees.models.ByteOrder(django.db.models.functions.text.Lower('firstname')), models.F('ticket'), condition=models.Q(('firstname__gt', '')), name='attendee_by_firstname'),
        ),
        migrations.AddIndex(
            model_name='attendee',
            index=models.Index(attendees.models.ByteOrder(django.db.models.functions.text.Lower('email')), models.F('ticket'), condition=models.Q(('email__gt', '')), name='attendee_by_email'),
        ),
    ]

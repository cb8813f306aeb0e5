from datetime import timedelta

from django.db import migrations
from django.db.models import F


def give_a_time(apps, schema_editor):
    """What was ordered online before holds had an end gets the one that such orders have now."""
    orders = apps.get_model("orders", "Order").objects.filter(status="initializing", expires_at=None)
    orders.update(expires_at=F("created_at") + timedelta(minutes=10))


class Migration(migrations.Migration):

    dependencies = [("orders", "0002_shifts_and_lifecycle")]

    operations = [migrations.RunPython(give_a_time, migrations.RunPython.noop)]

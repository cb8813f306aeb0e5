from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("attendees", "0005_moved_in_place")]

    operations = [
        migrations.RemoveConstraint(model_name="checkin", name="check_in_nonce_once_per_user"),
        migrations.AddConstraint(
            model_name="checkin",
            constraint=models.UniqueConstraint(
                condition=models.Q(("nonce__isnull", False)),
                fields=("event", "nonce"),
                name="check_in_nonce_once_per_event",
            ),
        ),
    ]

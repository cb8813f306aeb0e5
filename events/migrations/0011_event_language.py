from django.db import migrations, models

import base.languages


class Migration(migrations.Migration):
    dependencies = [("events", "0010_one_paragraph_gone")]

    operations = [
        migrations.AddField(
            model_name="event",
            name="language",
            field=models.CharField(
                blank=True,
                choices=base.languages.offered,
                db_default="",
                default="",
                help_text="Of what guests get: receipts, tickets and mail; screens speak the language of who uses them. "
                "Empty: that of this site.",
                max_length=8,
                verbose_name="language",
            ),
        ),
    ]

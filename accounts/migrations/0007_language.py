from django.db import migrations, models

import base.languages


class Migration(migrations.Migration):
    dependencies = [("accounts", "0006_refreshed_tokens")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="language",
            field=models.CharField(
                blank=True,
                choices=base.languages.offered,
                db_default="",
                default="",
                help_text="Of the screens, and of what is mailed. Empty: as the browser says.",
                max_length=8,
                verbose_name="language",
            ),
        ),
    ]

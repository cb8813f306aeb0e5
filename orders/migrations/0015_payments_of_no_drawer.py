from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0014_companies_and_references'),
        ('shifts', '0005_locked'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='payment',
            index=models.Index(condition=models.Q(('shift__isnull', True)), fields=['order'], name='payment_of_no_drawer'),
        ),
    ]

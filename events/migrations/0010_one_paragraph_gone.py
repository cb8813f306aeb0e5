from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('events', '0009_paragraphs_moved'),
    ]

    operations = [
        migrations.RemoveField(
            model_name='event',
            name='mail_paragraph',
        ),
    ]

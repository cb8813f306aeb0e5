"""What an event has said in its mails, it says to whom reads the site's language."""

from django.conf import settings
from django.db import migrations


def move(apps, schema_editor):
    written = apps.get_model("events", "Event").objects.exclude(mail_paragraph="").order_by("pk")
    paragraphs = apps.get_model("events", "MailParagraph")
    paragraphs.objects.bulk_create(
        (
            paragraphs(event_id=pk, language=settings.LANGUAGE_CODE, text=text)
            for pk, text in written.values_list("pk", "mail_paragraph")
        ),
        batch_size=500,
    )


def move_back(apps, schema_editor):
    """There is room for one: that in the site's language, else the oldest."""
    events = apps.get_model("events", "Event").objects
    paragraphs = apps.get_model("events", "MailParagraph").objects
    for some in (paragraphs.order_by("-pk"), paragraphs.filter(language=settings.LANGUAGE_CODE)):
        for event, text in some.values_list("event", "text"):
            events.filter(pk=event).update(mail_paragraph=text)
    paragraphs.all().delete()


class Migration(migrations.Migration):
    dependencies = [("events", "0008_paragraphs")]

    operations = [migrations.RunPython(move, move_back)]

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps


from attendees.words import words_of

AT_ONCE = 2000


def fill(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Write the words of all guests who were sold a ticket before, some at a time."""
    guests = apps.get_model("attendees", "Attendee").objects
    words = apps.get_model("attendees", "NameWord")
    named = guests.exclude(firstname="", lastname="", email="").filter(order__isnull=False)
    told = named.order_by("pk").values_list("pk", "ticket__event_id", "firstname", "lastname", "email")
    last = 0
    while some := list(told.filter(pk__gt=last)[:AT_ONCE]):
        words.objects.bulk_create(
            words(event_id=event_id, attendee_id=pk, word=word, place=place)
            for pk, event_id, *names in some
            for word, place in words_of(*names)
        )
        last = some[-1][0]


def empty(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    apps.get_model("attendees", "NameWord").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("attendees", "0004_name_words")]

    operations = [migrations.RunPython(fill, empty)]

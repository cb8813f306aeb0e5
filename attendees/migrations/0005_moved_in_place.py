from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

# https://www.postgresql.org/docs/current/storage-hot.html: a new version of a row on the same page, while
# no index speaks of what has changed, is written into no index.


def leave_room(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Leave a tenth of each page free for guests who move."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE attendees_attendee SET (fillfactor = 90)")


def fill(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE attendees_attendee RESET (fillfactor)")


class Migration(migrations.Migration):
    dependencies = [("attendees", "0004_search")]

    operations = [
        migrations.RemoveIndex(model_name="attendee", name="attendee_inside"),
        migrations.RunPython(leave_room, fill),
    ]

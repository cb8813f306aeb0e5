from django.db import migrations

# django-axes listed failed log-ins in its tables, now and then with what was typed into other fields; the
# sessions of before, which nobody reads any more, had the tokens of links to set a password.
TABLES = (
    "axes_accessattempt",
    "axes_accessattemptexpiration",
    "axes_accessfailurelog",
    "axes_accesslog",
    "django_session",
)


def forget(apps, schema_editor):
    """Leave the tables to whoever goes back to the version before, but nothing in them."""
    connection = schema_editor.connection
    for table in sorted(set(TABLES) & set(connection.introspection.table_names()), reverse=True):
        schema_editor.execute(f"DELETE FROM {schema_editor.quote_name(table)}")


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_log_ins_and_allowances")]

    operations = [migrations.RunPython(forget, migrations.RunPython.noop)]

"""A database by itself, filled with an evening, and told row by row:

DATABASE_URL=... python -m onsite_project.tests.evening fill
DATABASE_URL=... python -m onsite_project.tests.evening tell
"""

import json
import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "onsite_project.settings")


def fill():
    from django.core.management import call_command

    from tools.keep_release import make_accounts, make_evening

    call_command("migrate", verbosity=0)
    call_command("seed_demo", "--empty", verbosity=0)
    make_evening()
    make_accounts()


def tell():
    """Every row of every table."""
    from django.apps import apps

    told = {}
    for model in apps.get_models(include_auto_created=True):
        fields = model._meta.local_concrete_fields
        told[model._meta.label] = [
            [field.value_to_string(row) for field in fields] for row in model._base_manager.order_by("pk")
        ]
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    import django

    django.setup()
    {"fill": fill, "tell": tell}[sys.argv[1]]()

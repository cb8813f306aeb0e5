"""What the application asks of its database before it is migrated."""

from collections.abc import Sequence
from typing import Any

from django.apps import apps
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections
from django.db.migrations.loader import MigrationLoader
from django.utils.translation import gettext as _


def foreign_migrations(alias: str = "default") -> list[str]:
    """The migrations of ours that this database has and this version of Onsite has not: it was made by
    a newer version, or by one from before 0.1.0.
    """
    loader = MigrationLoader(connections[alias], ignore_no_migrations=True)
    return sorted(
        f"{label}.{name}"
        for label, name in set(loader.applied_migrations) - set(loader.disk_migrations)
        if label in apps.app_configs and not apps.get_app_config(label).name.startswith("django.")
    )


def explanation(foreign: Sequence[str]) -> str:
    """Why such a database is not migrated, in one line."""
    return _(
        "This database was made by another version of Onsite (it has %s) and cannot be migrated by this one;"
        " of a db.sqlite3, `make reset` moves it aside."
    ) % ", ".join(foreign[:3])


@register(Tags.database)
def database_is_of_this_line(*, databases: Sequence[str] | None, **_kwargs: Any) -> list[CheckMessage]:
    """`migrate` asks this first, lest it makes half a schema beside an old one."""
    found = [foreign_migrations(alias) for alias in databases or []]
    return [Error(explanation(foreign), id="onsite.E001") for foreign in found if foreign]

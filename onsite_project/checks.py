"""What the application asks of its settings and its database before it is migrated or served."""

import logging
from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import Error as DatabaseFault
from django.db import connections
from django.db.migrations.loader import MigrationLoader
from django.utils.translation import gettext as _

from base.timeouts import milliseconds, misfits

logger = logging.getLogger(__name__)


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


@register()
def timeouts_nest(**_kwargs: Any) -> list[CheckMessage]:
    """Whoever is further in gives up first."""
    return [
        Error(
            _("%(inner)s (%(inside)s seconds) must be more than 0 and less than %(outer)s (%(outside)s).")
            % {
                "inner": inner,
                "inside": getattr(settings, inner),
                "outer": outer,
                "outside": getattr(settings, outer),
            },
            id="onsite.E002",
        )
        for inner, outer in misfits(settings)
    ]


@register()
def links_in_mail_lead_here(**_kwargs: Any) -> list[CheckMessage]:
    """A link in a mail leads to the host under which somebody asked for it: perhaps not its owner."""
    if not settings.SENDS_MAIL or "*" not in settings.ALLOWED_HOSTS:
        return []
    detail = _("With ALLOWED_HOSTS=* anybody has mail sent whose links lead to themselves: name your hosts.")
    return [Warning(detail, id="onsite.W002")]


@register(Tags.database)
def database_keeps_limits(*, databases: Sequence[str] | None, **_kwargs: Any) -> list[CheckMessage]:
    """Sessions as they really are: a pooler or a `DATABASE_URL` with options of its own may have dropped
    what we ask for.
    """
    found = (statement for alias in databases or [] for statement in missing_limits(alias))
    detail = _("Nobody ends what takes too long: let a superuser say `%s`")
    return [Warning(detail % statement, id="onsite.W001") for statement in found]


def missing_limits(alias: str) -> Iterator[str]:
    """What has to be said to PostgreSQL to have all the limits that we count on, in one statement each."""
    connection, limits = connections[alias], settings.POSTGRES_LIMITS
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name, setting, quote_ident(CURRENT_USER) FROM pg_settings WHERE name = ANY(%s)",
            [[*limits]],
        )
        for name, setting, role in cursor.fetchall():
            most = milliseconds(limits[name])
            if most and not 0 < int(setting) <= most:
                yield f"ALTER ROLE {role} SET {name} = {most}"


def say_what_is_missing() -> None:
    """Log what is wrong with the settings and the database, and leave no connection behind: those who serve
    are forked. Ends the process where the settings do not fit (`SystemExit`).
    """
    if wrong := timeouts_nest():
        raise SystemExit("\n".join(str(problem) for problem in wrong))
    try:
        databases = checks.run_checks(tags=[Tags.database], databases=["default"])
        for problem in [*links_in_mail_lead_here(), *databases]:
            logger.warning("%s", problem)
    except DatabaseFault as error:
        logger.warning("The database does not answer yet: %s", error)
    finally:
        connections["default"].close()

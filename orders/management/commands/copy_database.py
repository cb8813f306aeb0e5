from pathlib import Path
from typing import Any

from django.core.management import CommandError, CommandParser
from django.db import DEFAULT_DB_ALIAS, connections
from django.utils.translation import gettext as _

from base.commands import Reporting
from base.copying import CannotCopy, copy
from base.given import Unfit, database

SOURCE = "source"


class Command(Reporting):
    help = (
        "Copy everything from another database, say the SQLite file that a box office began with, into the"
        " one that DATABASE_URL names, which must be empty but for `migrate`."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("source", help="As DATABASE_URL is written: sqlite:////srv/onsite/db.sqlite3")

    def handle(self, *, source: str, **options: Any) -> None:
        try:
            known = database(source)
        except Unfit as unfit:
            raise CommandError(_("This is no database; wanted: %s") % unfit.wanted) from unfit
        if known["ENGINE"].endswith("sqlite3") and not Path(known["NAME"]).is_file():
            raise CommandError(_("There is no file %s.") % known["NAME"])
        connections.databases[SOURCE] = connections.configure_settings({DEFAULT_DB_ALIAS: {}, SOURCE: known})[
            SOURCE
        ]
        try:
            counts = copy(SOURCE, DEFAULT_DB_ALIAS)
        except CannotCopy as reason:
            raise CommandError(str(reason)) from reason
        finally:
            connections[SOURCE].close()
            del connections[SOURCE], connections.databases[SOURCE]
        copied = [f"{number:9} {label}" for label, number in counts.items() if number]
        self.report(copied, done=_("Copied."))

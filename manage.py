#!/usr/bin/env python
import os
import sys
from io import TextIOWrapper


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "onsite_project.settings")
    if sys.argv[1:2] not in (["runserver"], ["worker"]):
        # Nobody waits at a screen for what is done here: a migration takes as long as it takes.
        os.environ.setdefault("ONSITE_MAINTENANCE", "1")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a name that the terminal has no letters for stops no command
            stream.reconfigure(errors="backslashreplace")
    from django.core.management import execute_from_command_line
    from django.db import OperationalError

    try:
        execute_from_command_line(sys.argv)
    except OperationalError as error:
        if getattr(error.__cause__, "pgcode", None) != "55P03":
            raise
        sys.exit(
            "Somebody else has locked what is to be changed, and MIGRATE_LOCK_TIMEOUT is over. What was under"
            " way was undone; run it again, when fewer people are at work."
        )


if __name__ == "__main__":
    main()

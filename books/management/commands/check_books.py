import sys
from itertools import groupby
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from base.identifiers import parse_id
from books.checking import Difference, differences
from books.checks import CHECKS
from events.models import Event


class Command(BaseCommand):
    help = (
        "Check that the books add up, while everybody sells: prints every difference with its ids, and exits"
        " with 1 if there is one. It repairs nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("event", nargs="?", help="identifier or id of an event; without one, of all")

    def handle(self, *args: Any, event: str | None, **options: Any) -> None:
        found = differences(CHECKS, None if event is None else _event(event))
        for name, those in groupby(found, lambda difference: difference.check):
            self._tell(name, list(those))
        if found:
            told = ngettext("%d difference.", "%d differences.", len(found)) % len(found)
            self.stdout.write(told)
            sys.exit(1)
        self.stdout.write(_("The books add up."))

    def _tell(self, name: str, found: list[Difference]) -> None:
        rule = next(check.rule for check in CHECKS if check.name == name)
        self.stdout.write(f"{name}: {rule}")
        for difference in found:
            where = "" if difference.event is None else _(" (event %d)") % difference.event
            self.stdout.write(f"  {difference}{where}")


def _event(reference: str) -> int:
    found = Event.objects.by_reference(parse_id(reference) or reference).first()
    if found is None:
        raise CommandError(_("There is no event %s.") % reference)
    return found.pk

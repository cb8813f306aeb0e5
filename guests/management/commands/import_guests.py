import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _

from base.commands import Reporting
from base.errors import DomainError
from base.identifiers import parse_reference
from events.models import Event
from guests.importing import Defaults, Fault, faults_of, guests_in, tickets_called
from guests.sheets import MOST_BYTES
from orders.guest_list import Way, already_there, put_on_list
from tickets.models import Ticket


class Command(Reporting):
    help = (
        "Put the guests of a CSV or XLSX file on an event's guest list, all or none: manage.py import_guests"
        " EVENT FILE. Exits with 1 and says why, line by line, if nobody was put there."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("event", help="the event's id or identifier")
        parser.add_argument("file", help="- for standard input")
        parser.add_argument("--ticket", help="by id or name, of rows that do not say which")
        parser.add_argument(
            "--way",
            choices=[way.value for way in Way],
            default=Way.FREE.value,
            help="how it is paid, of rows that do not say",
        )
        parser.add_argument("--dry-run", action="store_true", help="only say what would be done")

    def handle(self, *args: Any, **options: Any) -> None:
        event = self._event(options["event"])
        ticket = self._ticket(event, options["ticket"]) if options["ticket"] else None
        found = guests_in(_content(options["file"]), event, Defaults(Way(options["way"]), ticket))
        if found.faults:
            raise CommandError("\n".join(_told(found.faults)))
        if options["dry_run"]:
            there = len(already_there(event, found.entries))
            self._report(found.ignored, len(found.entries) - there, there)
            return
        try:
            listed = put_on_list(event, found.entries, by=None)
        except DomainError as refusal:
            raise CommandError("\n".join(_told(faults_of(refusal, found.lines)))) from refusal
        self._report(found.ignored, len(listed.guests), len(listed.already))

    def _report(self, ignored: Sequence[str], new: int, already: int) -> None:
        told = _("%(new)d new, %(already)d already on the list.") % {"new": new, "already": already}
        lines = [_("Columns that are not read: %s") % ", ".join(ignored)] if ignored else []
        self.report([*lines, told], done=told)

    @staticmethod
    def _event(text: str) -> Event:
        reference = parse_reference(text)
        event = Event.objects.by_reference(reference).first() if reference is not None else None
        if event is None:
            raise CommandError(f"There is no event {text!r}.")
        return event

    @staticmethod
    def _ticket(event: Event, text: str) -> Ticket:
        found = tickets_called(text, list(event.tickets.all()))
        if len(found) != 1:
            raise CommandError(f"The event has {len(found)} tickets {text!r}.")
        return found[0]


def _content(name: str) -> bytes:
    try:
        if name == "-":
            return sys.stdin.buffer.read(MOST_BYTES + 1)
        with Path(name).open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except OSError as error:
        raise CommandError(
            _("%(file)s cannot be read: %(error)s") % {"file": name, "error": error}
        ) from error


def _told(faults: Sequence[Fault]) -> Iterator[str]:
    for fault in faults:
        where = [_("line %d") % fault.line] if fault.line else []
        where += [fault.column] if fault.column else []
        yield ": ".join([", ".join(where), fault.detail]) if where else fault.detail

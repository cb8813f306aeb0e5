"""A table of guests as entries of the guest list, or what is wrong with it line by line."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.conf import settings
from django.core import signing
from django.utils.translation import gettext as _

from accounts.models import User
from base.errors import DomainError, Invalid, Problem
from base.identifiers import parse_id
from events.models import Event
from guests.columns import Columns, columns_of, folded
from guests.sheets import Row, rows_of
from limits.models import Hold
from orders.guest_list import Entry, Way, checked_entries
from tickets.models import Ticket

# What is said of how it is paid, folded.
WAYS: Mapping[Way, tuple[str, ...]] = {
    Way.FREE: ("free", "comp", "gratis", "frei", "gratuit", "kostenlos", "guest", "gaesteliste", "vip"),
    Way.AT_DOOR: (
        *("atdoor", "atthedoor", "unpaid", "topay", "open", "pending", "no", "0", "false", "offen", "nein"),
        *("abendkasse", "unbezahlt", "anpayer", "nonpaye", "impaye", "non", "nopagado", "porpagar", "nao"),
    ),
    Way.PAID: (
        *("paid", "completed", "yes", "1", "true", "bezahlt", "ja", "paye", "payee", "oui", "pagado", "si"),
        *("pago", "sim", "x"),
    ),
}
OF_WORD = {word: way for way, words in WAYS.items() for word in words}
KEPT_FOR = 60 * 60  # seconds between a preview and its confirmation
BESIDE = 50_000  # bytes that a form has beside the list


@dataclass(frozen=True)
class Fault:
    """What is wrong in a line, 0 if with the whole file, perhaps in the column of that name."""

    line: int
    column: str
    detail: str


@dataclass(frozen=True)
class Defaults:
    """What is so of every guest of whom the list says nothing else. Those of the hold's ticket come from the
    `hold`.
    """

    way: Way = Way.FREE
    ticket: Ticket | None = None
    hold: Hold | None = None


@dataclass(frozen=True)
class Guests:
    """The guests of a list, with the line of each; nobody is put on the list while there are `faults`."""

    entries: Sequence[Entry] = ()
    lines: Sequence[int] = ()
    faults: Sequence[Fault] = ()
    ignored: Sequence[str] = ()


def guests_in(content: bytes, event: Event, defaults: Defaults) -> Guests:
    """What stands in a file, as guests of the event."""
    try:
        rows = rows_of(content)
        columns = columns_of(rows[0].cells)
    except Invalid as refusal:
        return Guests(faults=[Fault(0, "", problem.detail) for problem in refusal.problems])
    if len(rows) == 1:
        return Guests(faults=[Fault(0, "", _("Nobody stands below the names of the columns."))])
    reader = _Reader(event, columns, defaults)
    entries = [reader.entry(row) for row in rows[1:]]
    lines = [row.line for row in rows[1:]]
    faults = [*reader.faults]
    try:
        entries = checked_entries(entries)
    except Invalid as refusal:
        faults += faults_of(refusal, lines, columns.titles)
    return Guests(entries, lines, sorted(faults, key=lambda fault: fault.line), columns.ignored)


def tickets_called(text: str, tickets: Sequence[Ticket]) -> list[Ticket]:
    """Those of that name, however it is written, else the one of that id."""
    named = [ticket for ticket in tickets if text and folded(ticket.name) == folded(text)]
    return named or [ticket for ticket in tickets if ticket.pk == parse_id(text)]


class _Reader:
    """Reads one row after the other; what it cannot read are its `faults`."""

    def __init__(self, event: Event, columns: Columns, defaults: Defaults) -> None:
        self.columns, self.defaults = columns, defaults
        self.faults: list[Fault] = []
        self.tickets = list(event.tickets.order_by("position", "pk"))

    def entry(self, row: Row) -> Entry:
        said = {name: self.columns.read(row.cells, name) for name in ("email", "key", "reference")}
        ticket_id, hold = self._ticket_id(row), self.defaults.hold
        first, last = self._names(row)
        return Entry(
            ticket_id,
            first,
            last,
            way=self._way(row),
            hold_id=hold.pk if hold is not None and hold.ticket_id == ticket_id else None,
            **said,
        )

    def _names(self, row: Row) -> tuple[str, str]:
        """First and last name; of a name in one column the last word is the last name."""
        first, last, whole = (
            self.columns.read(row.cells, name) for name in ("firstname", "lastname", "name")
        )
        if first or last or not whole:
            return first, last
        first, _blank, last = whole.rpartition(" ")
        return (first.strip(), last) if first else (last, "")

    def _ticket_id(self, row: Row) -> int:
        """0 for one that is not known, which is a fault."""
        text = self.columns.read(row.cells, "ticket")
        if not text and self.defaults.ticket is not None:
            return self.defaults.ticket.pk
        found = tickets_called(text, self.tickets)
        if len(found) == 1:
            return found[0].pk
        detail = _("There is no ticket “%s”.") % text if text else _("Say which ticket.")
        if found:
            detail = _("There are several tickets “%s”: say which by its number.") % text
        self._fault(row, "ticket", detail)
        return 0

    def _way(self, row: Row) -> Way:
        text = self.columns.read(row.cells, "way")
        if not text:
            return self.defaults.way
        way = OF_WORD.get(folded(text))
        if way is None:
            self._fault(row, "way", _("“%s” is neither free, paid nor unpaid.") % text[:40])
        return way or self.defaults.way

    def _fault(self, row: Row, field: str, detail: str) -> None:
        self.faults.append(Fault(row.line, self.columns.titles.get(field, ""), detail))


def faults_of(
    refusal: DomainError, lines: Sequence[int], titles: Mapping[str, str] | None = None
) -> list[Fault]:
    """What an act has refused of entries that stand in these lines; what it says of many it says once."""
    faults: dict[tuple[str, object], Fault] = {}
    for problem in refusal.problems:
        fault = _fault_of(problem, lines, titles or {})
        alike = fault.detail if refusal.status == 409 else len(faults)
        faults.setdefault((fault.column, alike), fault)
    return list(faults.values())


def _fault_of(problem: Problem, lines: Sequence[int], titles: Mapping[str, str]) -> Fault:
    match problem.path:
        case ("entries", int(index), str(name)):
            column = titles.get(name) or (titles.get("name", "") if "name" in name else "")
            detail = str(problem.detail)
            if problem.code == "duplicate-key":
                detail = _("The same guest, or the same key, as in line %d.") % lines[problem.meta["first"]]
            return Fault(lines[index], column, detail)
    return Fault(0, "", str(problem.detail))


# --- between the preview and its confirmation -----------------------------------------------------


def sealed(guests: Guests, *, event: Event, user: User) -> str:
    """The guests as a text that only we can have written, for this user to send back. Raises `Invalid`
    `too-large-file` for more than a form can carry.
    """
    said = [[*asdict(entry).values()] for entry in guests.entries]
    text = signing.dumps([said, list(guests.lines)], salt=_salt(event, user), compress=True)
    if len(text) > (settings.DATA_UPLOAD_MAX_MEMORY_SIZE or len(text)) - BESIDE:
        raise Invalid.of("too-large-file", _("There is too much in this file: split it."), "file")
    return text


def unsealed(text: str, *, event: Event, user: User) -> Guests:
    """The guests of a preview of this user. Raises `Invalid` `preview-over` for what is none, or too old."""
    try:
        said, lines = signing.loads(text, salt=_salt(event, user), max_age=KEPT_FOR)
    except signing.BadSignature as error:
        detail = _("This preview is over: choose the file again.")
        raise Invalid.of("preview-over", detail, "file") from error
    return Guests([_entry(*values) for values in said], lines)


def _entry(ticket_id: int, first: str, last: str, email: str, way: str, *rest: Any) -> Entry:
    return Entry(ticket_id, first, last, email, Way(way), *rest)


def _salt(event: Event, user: User) -> str:
    return f"guests.import.{event.pk}.{user.pk}"


def wanted(entries: Iterable[Entry]) -> Counter[int]:
    """How many of each ticket, by id."""
    return Counter(entry.ticket_id for entry in entries)
